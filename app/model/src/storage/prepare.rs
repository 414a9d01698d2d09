//! [`Preparation`]: making hosts ready for storage. What is wanted is a value; its playbook under `playbooks/storage/` does it,
//! task by task, and each task is a step that has words here.

use crate::lang::Text;
use crate::problem::Problem;
use serde_json::{Value, json};

/// What a host is to be made ready for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Preparation {
    /// An NFS server with a folder for a storage domain.
    NfsServer {
        /// The folder that is exported.
        folder: String,
        /// To whom, as exports(5) names them; empty: to everybody.
        clients: Vec<String>,
        /// Leave services, packages and the firewall alone.
        files_only: bool,
    },
    /// A drop-in file of multipath.
    Multipath {
        /// Its name, `NN-name`, without `.conf`; they are read in alphabetical order.
        name: String,
        /// What it is about.
        about: MultipathAbout,
        /// Settings as multipath.conf(5) names them.
        settings: Vec<(String, String)>,
    },
    /// The name of the iSCSI initiator.
    IscsiInitiator {
        /// The IQN.
        name: String,
    },
}

/// What a drop-in file of multipath is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MultipathAbout {
    /// LUNs by their WWID.
    Luns(Vec<String>),
    /// All LUNs of a kind of array.
    Array {
        /// SCSI vendor, a regular expression.
        vendor: String,
        /// SCSI product, a regular expression.
        product: String,
    },
}

/// The setting that a host which boots from the LUN needs: without any path its root file system waits.
pub const BOOT_SETTING: (&str, &str) = ("no_path_retry", "queue");

/// VDSM's own configuration depends on these.
const NEVER: [&str; 2] = ["user_friendly_names", "find_multipaths"];

impl Preparation {
    /// The playbook's name, without `.yml`.
    pub const fn playbook(&self) -> &'static str {
        match self {
            Self::NfsServer { .. } => "nfs-server",
            Self::Multipath { .. } => "multipath",
            Self::IscsiInitiator { .. } => "iscsi-initiator",
        }
    }

    /// The variables of the playbook.
    pub fn variables(&self) -> Value {
        match self {
            Self::NfsServer { folder, files_only, .. } => {
                json!({ "folder": folder, "exports": self.file(), "files_only": files_only })
            }
            Self::Multipath { name, about, .. } => {
                let wanted = match about {
                    MultipathAbout::Luns(wwids) => wwids.first().cloned().unwrap_or_default(),
                    MultipathAbout::Array { vendor, .. } => vendor.clone(),
                };
                json!({ "file": format!("{name}.conf"), "content": self.file(), "wanted": wanted })
            }
            Self::IscsiInitiator { name } => json!({ "initiator": name }),
        }
    }

    /// What is written, as it will stand in its file.
    pub fn file(&self) -> String {
        match self {
            Self::NfsServer { folder, clients, .. } => {
                // Root of a host becomes vdsm; everybody else keeps his number.
                let options = "(rw,sync,no_subtree_check,anonuid=36,anongid=36)";
                let everybody = ["*".to_owned()];
                let clients = if clients.is_empty() { everybody.as_slice() } else { clients };
                let clients: Vec<String> = clients.iter().map(|client| format!("{client}{options}")).collect();
                format!("{folder} {}", clients.join(" "))
            }
            Self::Multipath { about, settings, .. } => {
                let lines = |indent: &str| {
                    let line = |(key, value): &(String, String)| format!("{indent}{key} {value}\n");
                    settings.iter().map(line).collect::<String>()
                };
                match about {
                    MultipathAbout::Luns(wwids) => {
                        let lun = |wwid: &String| {
                            format!("    multipath {{\n        wwid \"{wwid}\"\n{}    }}\n", lines("        "))
                        };
                        format!("multipaths {{\n{}}}\n", wwids.iter().map(lun).collect::<String>())
                    }
                    MultipathAbout::Array { vendor, product } => format!(
                        "devices {{\n    device {{\n        vendor \"{vendor}\"\n        product \"{product}\"\n{}    }}\n}}\n",
                        lines("        ")
                    ),
                }
            }
            Self::IscsiInitiator { name } => format!("InitiatorName={name}\n"),
        }
    }

    /// What is wrong with what is wanted; nothing is planned while there is anything.
    pub fn problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut wrong = |field: &str, en: String, ja: String, do_en: &str, do_ja: &str| {
            problems.push(Problem::new(field, Text::new(en, ja), Text::new(do_en, do_ja)));
        };
        match self {
            Self::NfsServer { folder, clients, .. } => {
                let sound = folder.starts_with('/')
                    && folder.len() > 1
                    && folder.chars().all(is_plain)
                    && !folder.contains("..");
                if !sound {
                    wrong(
                        "folder",
                        format!("\"{folder}\" is no folder to export."),
                        format!("\"{folder}\" はエクスポートできるフォルダーではありません。"),
                        "Give an absolute path: /exports/he.",
                        "絶対パスを指定してください: /exports/he。",
                    );
                }
                for client in clients
                    .iter()
                    .filter(|client| client.is_empty() || !client.chars().all(|c| is_plain(c) || "*?@[]".contains(c)))
                {
                    wrong(
                        "client",
                        format!("\"{client}\" is no client."),
                        format!("\"{client}\" はクライアントの指定ではありません。"),
                        "Give a name, an address or a network: 192.0.2.0/24.",
                        "名前、アドレス、ネットワークを指定してください: 192.0.2.0/24。",
                    );
                }
            }
            Self::Multipath { name, about, settings } => {
                let (digits, rest) = name.split_at_checked(2).unwrap_or_default();
                let rest = rest.strip_prefix('-').unwrap_or_default();
                let words = rest.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c));
                if !digits.bytes().all(|b| b.is_ascii_digit()) || digits.is_empty() || rest.is_empty() || !words {
                    wrong(
                        "name",
                        format!("\"{name}\" is no name of a drop-in file."),
                        format!("\"{name}\" はドロップインファイルの名前ではありません。"),
                        "Give two digits, a dash and a word: 50-boot.",
                        "2 桁の数字、ハイフン、単語の形で指定してください: 50-boot。",
                    );
                }
                let values: Vec<&String> = match about {
                    MultipathAbout::Luns(wwids) => wwids.iter().collect(),
                    MultipathAbout::Array { vendor, product } => vec![vendor, product],
                };
                if values.is_empty() || values.iter().any(|value| value.is_empty() || !is_printable(value)) {
                    wrong(
                        "about",
                        "The LUN or the array is not named.".to_owned(),
                        "LUN またはアレイの指定がありません。".to_owned(),
                        "Give WWIDs, or vendor and product.",
                        "WWID、またはベンダーと製品を指定してください。",
                    );
                }
                for (key, value) in settings {
                    if NEVER.contains(&key.as_str()) {
                        wrong(
                            "set",
                            format!("{key} must stay as VDSM sets it."),
                            format!("{key} は VDSM の設定のままにする必要があります。"),
                            "Leave it out.",
                            "指定しないでください。",
                        );
                    }
                    let word = key.chars().all(|c| c.is_ascii_lowercase() || c == '_') && !key.is_empty();
                    if !word || value.is_empty() || !is_printable(value) {
                        wrong(
                            "set",
                            format!("\"{key} {value}\" is no setting."),
                            format!("\"{key} {value}\" は設定ではありません。"),
                            "Write KEY=VALUE as in multipath.conf(5).",
                            "multipath.conf(5) の設定を KEY=VALUE の形で指定してください。",
                        );
                    }
                }
                if settings.is_empty() {
                    wrong(
                        "set",
                        "There is no setting.".to_owned(),
                        "設定がありません。".to_owned(),
                        "Give one: --set no_path_retry=queue.",
                        "指定してください: --set no_path_retry=queue。",
                    );
                }
            }
            Self::IscsiInitiator { name } => {
                if crate::answers::iscsi_name(name).is_err() {
                    wrong(
                        "name",
                        format!("\"{name}\" is no iSCSI name."),
                        format!("\"{name}\" は iSCSI 名ではありません。"),
                        "Write iqn.YYYY-MM.DOMAIN:NAME (RFC 7143, 4.2.7).",
                        "iqn.YYYY-MM.ドメイン:名前 の形で指定してください (RFC 7143, 4.2.7)。",
                    );
                }
            }
        }
        problems
    }

    /// What to know before saying yes.
    pub fn notes(&self) -> Vec<Text> {
        let careful = |key: &str| key == "no_path_retry" || key == "polling_interval";
        match self {
            Self::Multipath { settings, .. } if settings.iter().any(|(key, _)| careful(key)) => vec![Text::new(
                "VDSM depends on no_path_retry and polling_interval: change them only for a boot LUN or when the vendor says so.",
                "VDSM は no_path_retry と polling_interval に依存します。ブート LUN の場合、またはベンダーの指示がある場合にのみ変更してください。",
            )],
            Self::Multipath { .. } => Vec::new(),
            Self::NfsServer { clients, .. } if clients.is_empty() => vec![Text::new(
                "Everybody who reaches this server may mount the folder; --client limits it.",
                "このサーバーに到達できるすべてのホストがマウントできます。--client で制限できます。",
            )],
            Self::NfsServer { .. } => Vec::new(),
            Self::IscsiInitiator { .. } => vec![Text::new(
                "Storage that allows only the old name will refuse this host until the new one is entered there.",
                "旧名だけを許可しているストレージは、新しい名前を登録するまでこのホストを拒否します。",
            )],
        }
    }
}

fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || "/._-:".contains(c)
}

/// Goes between double quotes of multipath.conf.
fn is_printable(value: &str) -> bool {
    value.chars().all(|c| (c.is_ascii_graphic() || c == ' ') && !"\"{}\\#".contains(c))
}

/// Words of a step by its task's name; `None`: the task only looks, and is not shown.
pub fn step(task: &str) -> Option<Text> {
    let (en, ja) = match task {
        "nfs-group" => ("group kvm with number 36", "グループ kvm (36)"),
        "nfs-user" => ("user vdsm with number 36 in group kvm", "グループ kvm のユーザー vdsm (36)"),
        "nfs-folder" => ("the folder, owned by 36:36, mode 0755", "フォルダー (所有者 36:36、モード 0755)"),
        "nfs-package" => ("package nfs-utils", "パッケージ nfs-utils"),
        "nfs-export" => ("the export in /etc/exports", "/etc/exports のエクスポート"),
        "nfs-service" => ("service nfs-server, running and enabled", "サービス nfs-server の起動と有効化"),
        "nfs-reread" => ("exportfs reads the exports again", "exportfs によるエクスポートの再読み込み"),
        "nfs-firewall" => ("firewalld lets nfs, rpc-bind and mountd in", "firewalld で nfs、rpc-bind、mountd を許可"),
        "nfs-verify" => ("verified: the folder's owner and mode", "検証: フォルダーの所有者とモード"),
        "nfs-verify-export" => ("verified: the server exports the folder", "検証: サーバーがフォルダーをエクスポート"),
        "multipath-package" => ("package device-mapper-multipath", "パッケージ device-mapper-multipath"),
        "multipath-folder" => ("folder /etc/multipath/conf.d", "フォルダー /etc/multipath/conf.d"),
        "multipath-file" => ("the drop-in file", "ドロップインファイル"),
        "multipath-reload" => ("multipathd reads its files again (no restart)", "multipathd の再読み込み (再起動なし)"),
        "multipath-verify" => ("verified: the file holds what was wanted", "検証: ファイルの内容"),
        "multipath-verify-read" => ("verified: multipathd has read it", "検証: multipathd が読み込んだ内容"),
        "initiator-package" => ("package iscsi-initiator-utils", "パッケージ iscsi-initiator-utils"),
        "initiator-sessions" => ("no session runs under another name", "別の名前のセッションがないこと"),
        "initiator-file" => ("/etc/iscsi/initiatorname.iscsi", "/etc/iscsi/initiatorname.iscsi"),
        "initiator-restart" => ("iscsid starts again if it runs", "iscsid の再起動 (動作中の場合)"),
        "initiator-verify" => ("verified: the host has the name", "検証: イニシエーター名"),
        _ => return None,
    };
    Some(Text::new(en, ja))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_boot_lun_waits_for_its_paths() {
        let (key, value) = BOOT_SETTING;
        let wanted = Preparation::Multipath {
            name: "90-boot".into(),
            about: MultipathAbout::Luns(vec!["3600d0230000000000e13955cc3757800".into()]),
            settings: vec![(key.into(), value.into())],
        };
        assert_eq!(wanted.problems(), []);
        let file = "multipaths {\n    multipath {\n        wwid \"3600d0230000000000e13955cc3757800\"\n        no_path_retry queue\n    }\n}\n";
        assert_eq!(wanted.file(), file);
    }

    #[test]
    fn what_vdsm_owns_and_what_could_break_out_of_a_file_is_refused() {
        let multipath = |name: &str, wwid: &str, key: &str, value: &str| Preparation::Multipath {
            name: name.into(),
            about: MultipathAbout::Luns(vec![wwid.into()]),
            settings: vec![(key.into(), value.into())],
        };
        for bad in [
            multipath("90-x", "36001", "user_friendly_names", "no"),
            multipath("90-x", "36001\"\n}", "no_path_retry", "queue"),
            multipath("../x", "36001", "no_path_retry", "queue"),
            multipath("90-x", "36001", "no_path_retry", "queue\n}"),
            Preparation::NfsServer { folder: "/a b".into(), clients: vec![], files_only: true },
            Preparation::NfsServer {
                folder: "/a".into(),
                clients: vec!["x(rw,no_root_squash)".into()],
                files_only: true,
            },
            Preparation::IscsiInitiator { name: "host1".into() },
        ] {
            assert_eq!(bad.problems().len(), 1, "{bad:?}");
        }
    }

    #[test]
    fn every_task_that_changes_something_or_verifies_has_words() {
        for playbook in [
            include_str!("../../../../playbooks/storage/nfs-server.yml"),
            include_str!("../../../../playbooks/storage/multipath.yml"),
            include_str!("../../../../playbooks/storage/iscsi-initiator.yml"),
        ] {
            let tasks: Vec<&str> = playbook.split("    - name: ").skip(1).collect();
            assert!(tasks.len() > 4);
            for task in tasks {
                let name = task.lines().next().unwrap_or_default();
                let only_looks = task.contains("check_mode: false") && step(name).is_none();
                assert!(step(name).is_some() || only_looks, "{name}");
            }
        }
    }
}

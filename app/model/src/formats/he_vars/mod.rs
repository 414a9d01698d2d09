//! Variable files of the upstream role (`he_*`) to the tree of our own format.

mod known;

use super::tree::{Entry, Node, Value};
use super::typed::nearest;
use super::{Notice, NoticeKind};
use crate::lang::{Text, text};
use crate::problem::Position;
#[cfg(feature = "schema")]
pub(super) use known::names;
use known::{DROPPED, FIELDS, SECRET_WORDS, TOGETHER};

/// The file's variables begin with `he_`.
pub(super) fn is_one(root: &Node) -> bool {
    root.entries().iter().any(|entry| entry.key.starts_with("he_"))
}

/// The tree of our own format. Of a variable that stands twice, the last one counts, as for Ansible.
pub(super) fn translate(root: &Node, notices: &mut Vec<Notice>) -> Node {
    let mut variables: Vec<Entry> = Vec::new();
    for entry in root.entries() {
        if let Some(first) = variables.iter_mut().find(|first| first.key == entry.key) {
            notice(
                notices,
                entry,
                NoticeKind::Repaired,
                text!("stands twice; this one counts", "重複しています。こちらを採用します"),
            );
            *first = entry.clone();
        } else {
            variables.push(entry.clone());
        }
    }
    Translation { variables, tree: Node::new(root.at, Value::Table(Vec::new())), notices }.finish()
}

struct Translation<'a> {
    variables: Vec<Entry>,
    tree: Node,
    notices: &'a mut Vec<Notice>,
}

impl Translation<'_> {
    fn finish(mut self) -> Node {
        for entry in self.variables.clone() {
            self.one(&entry);
        }
        self.address_family();
        self.appliance();
        self.openscap();
        self.pause();
        self.storage();
        self.tree
    }

    fn one(&mut self, entry: &Entry) {
        let key = entry.key.as_str();
        if let Some((_, kind)) = DROPPED.iter().find(|(name, _)| *name == key) {
            if !entry.node.is_unset() {
                notice(self.notices, entry, *kind, reason(*kind));
            }
            return;
        }
        if entry.node.is_unset()
            || TOGETHER.contains(&key) && !matches!(key, "he_dns_addr" | "he_dest_email" | "he_bridge")
        {
            return;
        }
        let word = entry.node.scalar().unwrap_or_default();
        match (key, FIELDS.iter().find(|(name, _)| *name == key)) {
            ("he_mem_size_MB" | "he_vcpus", _) if word == "max" => {
                let what = text!("\"max\" is left to the default", "\"max\" は既定値に任せます");
                notice(self.notices, entry, NoticeKind::Repaired, what);
            }
            (_, Some((_, field))) if field.starts_with("storage.") && !self.has_storage_for(field) => {
                let what = text!(
                    "means nothing for this storage type; dropped",
                    "このストレージ種別では意味がないため破棄しました"
                );
                notice(self.notices, entry, NoticeKind::Obsolete, what);
            }
            ("he_console_type", _) if word != "vnc" => {
                notice(
                    self.notices,
                    entry,
                    NoticeKind::Obsolete,
                    text!("only VNC works now", "現在は VNC のみ使用できます"),
                );
            }
            (_, Some((_, field))) if field.ends_with("password") => {
                self.tree.set(field, Node::text(entry.node.at, word));
                notice(self.notices, entry, NoticeKind::Secret, reason(NoticeKind::Secret));
            }
            (_, Some((_, field))) => self.tree.set(field, entry.node.clone()),
            ("he_dns_addr", _) => self.tree.set("engine_vm.dns", list(&entry.node)),
            ("he_dest_email", _) => self.tree.set("engine.mail_recipients", list(&entry.node)),
            ("he_bridge", _) => {
                let what = text!(
                    "the role does not read it; taken as the management network",
                    "ロールはこの変数を読みません。管理ネットワークとして扱います"
                );
                notice(self.notices, entry, NoticeKind::Repaired, what);
                if self.variable("he_mgmt_network").is_none() {
                    self.tree.set("engine.management_network", entry.node.clone());
                }
            }
            _ => self.unknown(entry),
        }
    }

    /// A variable of the user's own goes to Ansible as it is, unless it looks like a secret.
    fn unknown(&mut self, entry: &Entry) {
        let key = &entry.key;
        let lower = key.to_ascii_lowercase();
        if SECRET_WORDS.iter().any(|word| lower.contains(word)) {
            let what = text!(
                "unknown, and by its name a secret; dropped",
                "未知の変数で、名前から秘密情報とみなし、破棄しました"
            );
            notice(self.notices, entry, NoticeKind::Unknown, what);
            return;
        }
        let known = FIELDS.iter().map(|(name, _)| *name).chain(TOGETHER.iter().copied());
        let what = match nearest(key, known).filter(|_| key.starts_with("he_")) {
            Some(near) => text!(
                "unknown; did you mean {near}? Passed on to Ansible as it is",
                "未知の変数です。{near} ではありませんか。そのまま Ansible に渡します"
            ),
            None => text!("unknown; passed on to Ansible as it is", "未知の変数です。そのまま Ansible に渡します"),
        };
        notice(self.notices, entry, NoticeKind::Unknown, what);
        // Set by hand: the name may hold a dot.
        let place = "advanced.ansible_extra_variables";
        let mut entries = self.tree.get(place).map(|node| node.entries().to_vec()).unwrap_or_default();
        entries.push(entry.clone());
        self.tree.set(place, Node::new(entry.at, Value::Table(entries)));
    }

    /// The file names a storage type that has this field.
    fn has_storage_for(&self, field: &str) -> bool {
        let kind = self.word("he_domain_type").map(|(kind, _)| kind.to_ascii_lowercase());
        kind.is_some_and(|kind| !field.starts_with("storage.iscsi.") || kind == "iscsi")
    }

    fn variable(&self, name: &str) -> Option<&Entry> {
        self.variables.iter().find(|entry| entry.key == name && !entry.node.is_unset())
    }

    fn word(&self, name: &str) -> Option<(String, Position)> {
        self.variable(name).and_then(|entry| Some((entry.node.scalar()?.trim().to_owned(), entry.node.at)))
    }

    fn is_true(&self, name: &str) -> bool {
        self.word(name)
            .is_some_and(|(word, _)| matches!(word.to_ascii_lowercase().as_str(), "true" | "yes" | "on" | "1"))
    }

    fn address_family(&mut self) {
        for (name, family) in [("he_force_ip4", "ipv4"), ("he_force_ip6", "ipv6")] {
            if let Some(at) = self.variable(name).filter(|_| self.is_true(name)).map(|entry| entry.node.at) {
                self.tree.set("host.ip_family", Node::text(at, family));
            }
        }
    }

    fn appliance(&mut self) {
        for name in ["he_appliance_ova", "he_appliance"] {
            if let Some((path, at)) = self.word(name) {
                let ova = name == "he_appliance_ova" || path.ends_with(".ova");
                self.tree.set(if ova { "appliance.ova" } else { "appliance.image" }, Node::text(at, path));
            }
        }
    }

    fn openscap(&mut self) {
        let Some(at) = self.variable("he_apply_openscap_profile").map(|entry| entry.node.at) else { return };
        let profile = match self.word("he_openscap_profile_name") {
            _ if !self.is_true("he_apply_openscap_profile") => Node::text(at, "none"),
            Some((name, at)) => Node::text(at, name),
            None => Node::text(at, "stig"),
        };
        self.tree.set("engine_vm.openscap_profile", profile);
    }

    fn pause(&mut self) {
        if let Some(node) = self.variable("he_pause_host").map(|entry| entry.node.clone()) {
            let restores = self.variable("he_restore_from_file").is_some();
            self.tree.set(if restores { "restore.pause" } else { "advanced.pause_after_host_added" }, node);
        }
    }

    fn storage(&mut self) {
        let Some((kind, at)) = self.storage_kind() else {
            // Variables of a storage without its kind would make a table that says nothing.
            return;
        };
        self.tree.set("storage.type", Node::text(at, kind.as_str()));
        let table = match kind.as_str() {
            "nfs" | "iscsi" | "fc" | "glusterfs" => format!("storage.{kind}"),
            // The reader says what is wrong with the word.
            _ => return,
        };
        if matches!(kind.as_str(), "nfs" | "glusterfs") {
            if let (Some((server, at)), Some((path, _))) =
                (self.word("he_storage_domain_addr"), self.word("he_storage_domain_path"))
            {
                let server = self.bracketed(&server);
                self.tree.set(&format!("{table}.connection"), Node::text(at, format!("{server}:{path}")));
            }
            if let Some((options, at)) = self.word("he_mount_options") {
                self.tree.set(&format!("{table}.mount_options"), Node::text(at, options));
            }
        }
        if kind == "nfs"
            && let Some((version, at)) = self.word("he_nfs_version")
        {
            self.tree.set("storage.nfs.version", Node::text(at, version));
        }
        if matches!(kind.as_str(), "iscsi" | "fc")
            && let Some((lun, at)) = self.word("he_lun_id")
        {
            self.tree.set(&format!("{table}.lun_id"), Node::text(at, lun));
        }
        if kind == "iscsi" {
            self.portals();
        }
    }

    /// The kind in the role's word: older files write the NFS version into it.
    fn storage_kind(&mut self) -> Option<(String, Position)> {
        let (word, at) = self.word("he_domain_type")?;
        let word = word.to_ascii_lowercase();
        let Some(version) = word.strip_prefix("nfs").filter(|version| !version.is_empty()) else {
            return Some((word, at));
        };
        let version =
            if version.starts_with(|c: char| c.is_ascii_digit()) { format!("v{version}") } else { version.to_owned() };
        if self.variable("he_nfs_version").is_none() {
            self.variables.push(Entry { at, key: "he_nfs_version".into(), node: Node::text(at, version.clone()) });
        }
        if let Some(entry) = self.variable("he_domain_type").cloned() {
            let what = text!("read as nfs, version {version}", "nfs、バージョン {version} として読み取りました");
            notice(self.notices, &entry, NoticeKind::Repaired, what);
        }
        Some(("nfs".to_owned(), at))
    }

    fn bracketed(&mut self, server: &str) -> String {
        if server.parse::<std::net::Ipv6Addr>().is_err() {
            return server.to_owned();
        }
        if let Some(entry) = self.variable("he_storage_domain_addr").cloned() {
            let what = text!("IPv6 address put in brackets", "IPv6 アドレスを角括弧で囲みました");
            notice(self.notices, &entry, NoticeKind::Repaired, what);
        }
        format!("[{server}]")
    }

    fn portals(&mut self) {
        let entry = self.variable("he_iscsi_portal_addr").or_else(|| self.variable("he_storage_domain_addr")).cloned();
        let Some(entry) = entry else { return };
        let addresses: Vec<String> = words(&entry.node);
        let mut ports = self.variable("he_iscsi_portal_port").map(|entry| words(&entry.node)).unwrap_or_default();
        if ports.len() != addresses.len() {
            let one = ports.first().cloned().unwrap_or_else(|| "3260".into());
            if !ports.is_empty() {
                let what = text!("port {one} is used for every portal", "すべてのポータルでポート {one} を使います");
                notice(self.notices, &entry, NoticeKind::Repaired, what);
            }
            ports = vec![one; addresses.len()];
        }
        let portals = addresses.iter().zip(&ports).map(|(address, port)| {
            let bare = address.trim_start_matches('[').trim_end_matches(']');
            let v6 = bare.contains(':');
            Node::text(entry.node.at, if v6 { format!("[{bare}]:{port}") } else { format!("{address}:{port}") })
        });
        let portals = Value::List(portals.collect());
        self.tree.set("storage.iscsi.portals", Node::new(entry.node.at, portals));
    }
}

/// A list, a text with commas, or the Python list in a text that the role's own template writes.
fn words(node: &Node) -> Vec<String> {
    if let Value::List(nodes) = &node.value {
        return nodes.iter().filter_map(Node::scalar).collect();
    }
    let text = node.scalar().unwrap_or_default();
    let text = match text.trim().strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        // "[2001:db8::1]" is one address, not a list.
        Some(inner) if inner.parse::<std::net::Ipv6Addr>().is_err() => inner.to_owned(),
        _ => text,
    };
    let item = |item: &str| item.trim().trim_matches(['\'', '"']).to_owned();
    text.split(',').map(item).filter(|item| !item.is_empty()).collect()
}

fn list(node: &Node) -> Node {
    Node::new(node.at, Value::List(words(node).into_iter().map(|word| Node::text(node.at, word)).collect()))
}

fn notice(notices: &mut Vec<Notice>, entry: &Entry, kind: NoticeKind, text: Text) {
    notices.push(Notice { at: entry.at, key: entry.key.clone(), kind, text });
}

pub(super) fn reason(kind: NoticeKind) -> Text {
    match kind {
        NoticeKind::Mapped => text!("taken over", "取り込みました"),
        NoticeKind::Repaired => text!("taken over after a repair", "修正して取り込みました"),
        NoticeKind::Secret => text!("a secret; read, and never written", "秘密情報です。読み取りますが書き出しません"),
        NoticeKind::Derived => text!("follows from other answers; dropped", "他の回答から決まるため破棄しました"),
        NoticeKind::PreviousDeployment => {
            text!("a result of an earlier deployment; dropped", "以前のデプロイの結果のため破棄しました")
        }
        NoticeKind::Consent => text!(
            "consent to a question that is not asked here; dropped",
            "ここでは尋ねない質問への同意のため破棄しました"
        ),
        NoticeKind::Obsolete => text!("means nothing any more; dropped", "現在は意味がないため破棄しました"),
        NoticeKind::Unknown => text!("unknown; dropped", "未知のキーのため破棄しました"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_read_in_every_spelling() {
        let at = Position { line: 1, column: 1 };
        for (text, expected) in [
            ("10.0.0.1,10.0.0.2", vec!["10.0.0.1", "10.0.0.2"]),
            ("['10.0.0.1', '10.0.0.2']", vec!["10.0.0.1", "10.0.0.2"]),
            ("[2001:db8::1]", vec!["[2001:db8::1]"]),
            (" , ", vec![]),
        ] {
            assert_eq!(words(&Node::text(at, text)), expected, "{text}");
        }
    }
}

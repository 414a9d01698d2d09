//! Rules over what is installed and where from: registration, packages, licences, files of one's own.

use crate::profile::field::{self, Judge};
use crate::profile::{Profile, ProfileKind, RegisterWith};
use crate::text;

impl Profile {
    pub(super) fn judge_registration(&self, judge: &mut Judge) {
        let registration = &self.registration;
        let word = |text: &str| {
            (1..=128).contains(&text.len())
                && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte))
        };
        let registers = registration.with != RegisterWith::Nobody;
        judge.demand(
            "registration.organization",
            !registers || registration.organization.as_deref().is_some_and(field::is_line),
            || text!("Registering needs the organization.", "登録には組織の指定が必要です。"),
            || {
                text!(
                    "Write organization = \"…\", as the portal or Satellite shows it.",
                    "ポータルまたは Satellite に表示される organization = \"…\" を書いてください。"
                )
            },
        );
        judge.demand(
            "registration.activation_key",
            !registers || !registration.activation_key.is_missing(),
            || text!("Registering needs an activation key.", "登録にはアクティベーションキーが必要です。"),
            || {
                text!(
                    "Write activation_key = {{ file = \"/path\" }}, or the key itself.",
                    "activation_key = {{ file = \"/path\" }} またはキーそのものを書いてください。"
                )
            },
        );
        judge.demand(
            "registration.activation_key",
            registration.activation_key.value().is_none_or(|key| field::is_line(key.expose())),
            || {
                text!(
                    "The activation key holds characters that none has.",
                    "アクティベーションキーに使えない文字が含まれています。"
                )
            },
            || {
                text!(
                    "Check the file or variable that it comes from.",
                    "読み込み元のファイルまたは変数を確認してください。"
                )
            },
        );
        let server = registration.server.as_deref();
        judge.demand(
            "registration.server",
            match registration.with {
                RegisterWith::Satellite => server.is_some_and(field::is_host_name),
                _ => server.is_none(),
            },
            || {
                text!(
                    "A Satellite is named by its fully qualified name, and only for with = \"satellite\".",
                    "server には Satellite の完全修飾ドメイン名を、with = \"satellite\" の場合にのみ指定します。"
                )
            },
            || {
                text!(
                    "Write server = \"satellite.example.com\".",
                    "server = \"satellite.example.com\" のように書いてください。"
                )
            },
        );
        for (index, repository) in registration.repositories.iter().enumerate() {
            judge.demand(
                &format!("registration.repositories[{index}]"),
                word(repository),
                || {
                    text!(
                        "\"{repository}\" is no repository's id.",
                        "\"{repository}\" はリポジトリー ID ではありません。"
                    )
                },
                || {
                    text!(
                        "Write an id such as rhel-8-for-x86_64-baseos-rpms.",
                        "rhel-8-for-x86_64-baseos-rpms のような ID を書いてください。"
                    )
                },
            );
        }
    }

    pub(super) fn judge_packages(&self, judge: &mut Judge) {
        let packages = &self.packages;
        let name = |text: &str| {
            let name = text.trim_start_matches(['-', '@', '^']);
            (1..=128).contains(&text.len())
                && !name.is_empty()
                && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.+-*:".contains(&byte))
        };
        for (index, package) in packages.install.iter().enumerate() {
            judge.demand(
                &format!("packages.install[{index}]"),
                name(package),
                || text!("\"{package}\" is no package.", "\"{package}\" はパッケージ名ではありません。"),
                || {
                    text!(
                        "Write a package, @group, or @^environment; -package leaves one out.",
                        "パッケージ名、@グループ、@^環境 を書いてください。-パッケージ名 で除外します。"
                    )
                },
            );
        }
        let urls = [
            ("packages.repositories", &packages.repositories),
            ("packages.release_packages", &packages.release_packages),
        ];
        for (field, list) in urls {
            for (index, url) in list.iter().enumerate() {
                judge.demand(
                    &format!("{field}[{index}]"),
                    field::is_url(url),
                    || text!("\"{url}\" is no URL.", "\"{url}\" は URL ではありません。"),
                    || text!("Write http://… without spaces.", "空白を含まない http://… を書いてください。"),
                );
            }
        }
        let given = !packages.install.is_empty() || packages.repositories.len() + packages.release_packages.len() > 0;
        judge.demand(
            "packages",
            !given || self.what() == ProfileKind::El,
            || {
                text!(
                    "An image-based host takes no packages while it is installed.",
                    "イメージベースのホストにはインストール時にパッケージを追加できません。"
                )
            },
            || {
                text!(
                    "Remove the table, or write kind = \"el\".",
                    "このテーブルを削除するか、kind = \"el\" と書いてください。"
                )
            },
        );
        judge.demand(
            "esxi.accept_eula",
            self.kind != Some(ProfileKind::Esxi) || self.esxi.accept_eula,
            || {
                text!(
                    "ESXi is not installed before you agree to its licence.",
                    "ESXi のインストールにはライセンスへの同意が必要です。"
                )
            },
            || text!("Read it, then write accept_eula = true.", "内容を確認し、accept_eula = true と書いてください。"),
        );
    }

    pub(super) fn judge_custom(&self, judge: &mut Judge) {
        let custom = &self.custom;
        judge.demand(
            "custom",
            custom.script.is_some() != custom.kernel.is_some(),
            || {
                text!(
                    "A custom profile needs a kernel or a script, and not both.",
                    "カスタムプロファイルには kernel と script のどちらか一方が必要です。"
                )
            },
            || {
                text!(
                    "Write kernel = \"…\", or script = \"\"\"#!ipxe …\"\"\".",
                    "kernel = \"…\" または script = \"\"\"#!ipxe …\"\"\" を書いてください。"
                )
            },
        );
        if let Some(script) = &custom.script {
            judge.demand(
                "custom.script",
                script.starts_with("#!ipxe\n"),
                || text!("This is no iPXE script.", "iPXE スクリプトではありません。"),
                || text!("Its first line is #!ipxe.", "1 行目は #!ipxe です。"),
            );
        }
        let kernel = custom.kernel.iter().map(|file| ("custom.kernel".to_owned(), file));
        let initrds = custom.initrds.iter().enumerate().map(|(i, file)| (format!("custom.initrds[{i}]"), file));
        for (field, file) in kernel.chain(initrds) {
            judge.demand(
                &field,
                field::is_url(file) || is_file_name(file),
                || {
                    text!(
                        "\"{file}\" is neither a URL nor a name below /files/.",
                        "\"{file}\" は URL でも /files/ 以下の名前でもありません。"
                    )
                },
                || text!("Write http://… or IMAGE/tree/PATH.", "http://… または IMAGE/tree/PATH を書いてください。"),
            );
        }
    }
}

fn is_file_name(name: &str) -> bool {
    let plain = |part: &str| {
        !part.is_empty()
            && part != "."
            && part != ".."
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-+".contains(&byte))
    };
    name.len() <= 256 && name.contains('/') && name.split('/').all(plain)
}

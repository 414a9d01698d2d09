//! The rules over a profile: field by field, across fields, and against the image.

use super::field::{self, Judge, wrong};
use super::{Loader, NetworkMode, Profile, ProfileKind, RegisterWith, VERSION};
use crate::image::{Image, Kind, is_name};
use crate::text;
use hosted_deploy_model::node::Mac;
use hosted_deploy_model::problem::Problem;
use std::net::Ipv4Addr;

/// Longest command for the end of an installation.
const COMMAND_MOST: usize = 4096;

impl Profile {
    /// Everything wrong with the profile. `image` is the one it names, where it is imported.
    pub fn problems(&self, image: Option<&Image>) -> Vec<Problem> {
        let mut judge = Judge::default();
        self.judge_head(image, &mut judge);
        self.judge_boot(&mut judge);
        self.judge_system(&mut judge);
        self.judge_network(&mut judge);
        self.disk.judge(self.what(), &mut judge);
        self.judge_registration(&mut judge);
        self.judge_packages(&mut judge);
        if self.kind == Some(ProfileKind::Custom) {
            self.judge_custom(&mut judge);
        }
        judge.0
    }

    fn judge_head(&self, image: Option<&Image>, judge: &mut Judge) {
        if let Some(version) = self.version.filter(|version| *version != VERSION) {
            judge.add(wrong(
                "version",
                text!(
                    "This program does not know version {version} of a profile.",
                    "このプログラムはプロファイルのバージョン {version} に対応していません。"
                ),
                text!(
                    "Write version = {VERSION}, or use a newer hosted-deploy.",
                    "version = {VERSION} と書くか、新しい hosted-deploy を使ってください。"
                ),
            ));
        }
        judge.demand(
            "kind",
            self.kind.is_some(),
            || {
                text!(
                    "The profile does not say what it installs.",
                    "プロファイルにインストール対象の指定がありません。"
                )
            },
            || {
                text!(
                    "Write kind = \"rhvh\", \"ovirt-node\", \"el\", \"esxi\" or \"custom\".",
                    "kind = \"rhvh\"、\"ovirt-node\"、\"el\"、\"esxi\"、\"custom\" のいずれかを書いてください。"
                )
            },
        );
        if let Some(description) = &self.description {
            judge.line("description", description);
        }
        let what = self.what();
        match &self.image {
            None => judge.demand(
                "image",
                what == ProfileKind::Custom,
                || text!("No image is named.", "イメージの指定がありません。"),
                || {
                    text!(
                        "Write image = \"NAME\"; `hosted-deploy pxe image list` shows the names.",
                        "image = \"名前\" と書いてください。名前は `hosted-deploy pxe image list` で確認できます。"
                    )
                },
            ),
            Some(name) => {
                judge.demand(
                    "image",
                    is_name(name),
                    || text!("\"{name}\" is no image's name.", "\"{name}\" はイメージ名ではありません。"),
                    || {
                        text!(
                            "Use a name that `hosted-deploy pxe image list` shows.",
                            "`hosted-deploy pxe image list` が表示する名前を使ってください。"
                        )
                    },
                );
                if let Some(image) = image {
                    let (is, wants) = (image.kind.title(), what.title());
                    judge.demand(
                        "image",
                        fits(what, image.kind),
                        || {
                            text!(
                                "The image {name} is {is}; the profile installs {wants}.",
                                "イメージ {name} は {is} ですが、プロファイルは {wants} をインストールします。"
                            )
                        },
                        || {
                            text!(
                                "Name another image, or change kind.",
                                "別のイメージを指定するか、kind を変更してください。"
                            )
                        },
                    );
                }
            }
        }
    }

    fn judge_boot(&self, judge: &mut Judge) {
        let arguments = [
            ("boot.kernel_arguments", &self.boot.kernel_arguments),
            ("boot.installed_kernel_arguments", &self.boot.installed_kernel_arguments),
            ("custom.arguments", &self.custom.arguments),
        ];
        for (field, words) in arguments {
            for (index, word) in words.iter().enumerate() {
                // A placeholder's braces are gone before a boot loader sees them.
                let plain =
                    if field == "custom.arguments" { crate::script::without_placeholders(word) } else { word.clone() };
                judge.demand(
                    &format!("{field}[{index}]"),
                    field::is_kernel_argument(&plain),
                    || text!("\"{word}\" cannot be a kernel argument here.", "\"{word}\" はカーネル引数に指定できません。"),
                    || text!(
                        "Write one argument without spaces, quotes, $, ;, &, | and backslash; boot loaders read them differently.",
                        "空白、引用符、$、;、&、|、バックスラッシュを含まない引数を 1 つずつ書いてください。ブートローダーごとに解釈が異なります。"
                    ),
                );
            }
        }
        if let Some(console) = &self.boot.serial_console {
            let tail = console.strip_prefix("tty").unwrap_or_default();
            let plain = tail.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b',');
            judge.demand(
                "boot.serial_console",
                !tail.is_empty() && plain && console.len() <= 32,
                || text!("\"{console}\" is no serial console.", "\"{console}\" はシリアルコンソールではありません。"),
                || text!("Write ttyS0,115200 or the like.", "ttyS0,115200 のように書いてください。"),
            );
        }
        for (field, number, most) in [
            ("boot.attempts", self.boot.attempts, 20),
            ("boot.boot_minutes", self.boot.boot_minutes, 1440),
            ("boot.install_minutes", self.boot.install_minutes, 1440),
        ] {
            judge.demand(
                field,
                number.is_none_or(|number| (1..=most).contains(&number)),
                || text!("The number is out of range.", "数値が範囲外です。"),
                || text!("Write a number from 1 to {most}.", "1 から {most} までの数値を指定してください。"),
            );
        }
        judge.demand(
            "boot.loader",
            self.boot.loader == Loader::Ipxe || self.what() != ProfileKind::Esxi && self.custom.script.is_none(),
            || text!("This loader cannot start it.", "このローダーでは起動できません。"),
            || text!("Write loader = \"ipxe\".", "loader = \"ipxe\" と書いてください。"),
        );
    }

    fn judge_system(&self, judge: &mut Judge) {
        let system = &self.system;
        let word = |text: &str, more: &[u8]| {
            (1..=64).contains(&text.len())
                && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || more.contains(&byte))
        };
        let shapes = [
            ("system.language", &system.language, &b"_.@-"[..], "en_US.UTF-8"),
            ("system.keyboard", &system.keyboard, b"_-", "us"),
            ("system.time_zone", &system.time_zone, b"_+-/", "Asia/Tokyo"),
        ];
        for (field, value, more, example) in shapes {
            let Some(value) = value else { continue };
            judge.demand(
                field,
                word(value, more) && !value.starts_with('-'),
                || text!("\"{value}\" is not possible here.", "\"{value}\" はここでは使用できません。"),
                || text!("Write it like {example}.", "{example} のように書いてください。"),
            );
        }
        judge.hosts("system.time_servers", &system.time_servers);
        if let Some(password) = system.root_password.value() {
            judge.demand(
                "system.root_password",
                field::is_crypted(password.expose()),
                || text!("The password is not crypted.", "パスワードが暗号化されていません。"),
                || {
                    text!(
                        "Write what `openssl passwd -6` prints for it; it begins with $6$.",
                        "`openssl passwd -6` の出力 ($6$ で始まる文字列) を書いてください。"
                    )
                },
            );
        }
        for (index, key) in system.ssh_keys.iter().enumerate() {
            judge.demand(
                &format!("system.ssh_keys[{index}]"),
                field::is_public_key(key),
                || text!("This is no public SSH key.", "SSH 公開鍵ではありません。"),
                || {
                    text!(
                        "Write the line of a .pub file: ssh-ed25519 AAAA… comment.",
                        ".pub ファイルの行を書いてください: ssh-ed25519 AAAA… コメント。"
                    )
                },
            );
        }
        let may_enter = !system.root_password.is_missing() || !system.ssh_keys.is_empty();
        judge.demand(
            "system.root_password",
            may_enter || !self.kind.is_some_and(|kind| kind != ProfileKind::Custom),
            || text!("Nobody could log in to the installed system.", "インストール後のシステムにログインできません。"),
            || {
                text!(
                    "Give a crypted root password, a public key in ssh_keys, or both.",
                    "暗号化した root パスワードか、ssh_keys の公開鍵、またはその両方を指定してください。"
                )
            },
        );
        judge.demand(
            "system.root_password",
            self.kind != Some(ProfileKind::Esxi) || !system.root_password.is_missing(),
            || {
                text!(
                    "ESXi cannot be installed without a root password.",
                    "ESXi のインストールには root パスワードが必要です。"
                )
            },
            || text!("Give a crypted one.", "暗号化したパスワードを指定してください。"),
        );
        for (index, command) in system.commands.iter().enumerate() {
            judge.demand(
                &format!("system.commands[{index}]"),
                (1..=COMMAND_MOST).contains(&command.len())
                    && !command.contains('\0')
                    && !command.lines().any(|line| line.trim_start().starts_with('%')),
                || text!("This command cannot stand in a kickstart.", "このコマンドはキックスタートに書けません。"),
                || {
                    text!(
                        "No line may begin with %, which ends a section; {COMMAND_MOST} characters at most.",
                        "行頭に % は使えません (セクションの終わりになります)。{COMMAND_MOST} 文字以内で書いてください。"
                    )
                },
            );
        }
    }

    fn judge_network(&self, judge: &mut Judge) {
        let network = &self.network;
        let fixed = network.mode == NetworkMode::Static;
        if let Some(gateway) = &network.gateway {
            judge.demand(
                "network.gateway",
                gateway.parse::<Ipv4Addr>().is_ok(),
                || text!("\"{gateway}\" is no IPv4 address.", "\"{gateway}\" は IPv4 アドレスではありません。"),
                || text!("Write an address such as 192.0.2.1.", "192.0.2.1 のように書いてください。"),
            );
        }
        judge.demand(
            "network.gateway",
            !fixed || network.gateway.is_some(),
            || text!("A static network needs its gateway.", "静的ネットワークにはゲートウェイが必要です。"),
            || text!("Write gateway = \"192.0.2.1\".", "gateway = \"192.0.2.1\" のように書いてください。"),
        );
        judge.demand(
            "network.dns",
            !fixed || !network.dns.is_empty(),
            || {
                text!(
                    "A static network needs a name server; the engine asks names forward and reverse.",
                    "静的ネットワークにはネームサーバーが必要です。エンジンは正引きと逆引きを行います。"
                )
            },
            || text!("Write dns = [\"192.0.2.53\"].", "dns = [\"192.0.2.53\"] のように書いてください。"),
        );
        for (index, server) in network.dns.iter().enumerate() {
            judge.demand(
                &format!("network.dns[{index}]"),
                server.parse::<Ipv4Addr>().is_ok(),
                || text!("\"{server}\" is no IPv4 address.", "\"{server}\" は IPv4 アドレスではありません。"),
                || text!("Write an address such as 192.0.2.53.", "192.0.2.53 のように書いてください。"),
            );
        }
        judge.demand(
            "network.prefix",
            network.prefix.is_none_or(|prefix| (1..=32).contains(&prefix)),
            || text!("The prefix length is out of range.", "プレフィックス長が範囲外です。"),
            || text!("Write a number from 1 to 32.", "1 から 32 までの数値を指定してください。"),
        );
        if let Some(domain) = &network.domain {
            judge.demand(
                "network.domain",
                field::is_host_name(domain),
                || text!("\"{domain}\" is no domain.", "\"{domain}\" はドメイン名ではありません。"),
                || text!("Write it like example.com.", "example.com のように書いてください。"),
            );
        }
        let card = |name: &str| name.parse::<Mac>().is_ok() || is_interface(name);
        let cards = network.bond.iter().enumerate().map(|(index, card)| (format!("network.bond[{index}]"), card));
        let device = network.device.iter().map(|device| ("network.device".to_owned(), device));
        for (field, name) in device.chain(cards) {
            judge.demand(
                &field,
                card(name),
                || text!("\"{name}\" is no network card.", "\"{name}\" はネットワークカードではありません。"),
                || {
                    text!(
                        "Write its name (ens1f0) or its MAC address.",
                        "名前 (ens1f0) または MAC アドレスを書いてください。"
                    )
                },
            );
        }
        judge.demand(
            "network.bond",
            network.bond.iter().all(|card| is_interface(card)) && network.bond.len() != 1,
            || {
                text!(
                    "A bond needs two cards or more, by name.",
                    "ボンドには 2 つ以上のカードを名前で指定する必要があります。"
                )
            },
            || {
                text!(
                    "Write bond = [\"ens1f0\", \"ens1f1\"].",
                    "bond = [\"ens1f0\", \"ens1f1\"] のように書いてください。"
                )
            },
        );
        judge.demand(
            "network.device",
            network.bond.is_empty() || network.device.is_none(),
            || text!("Both a card and a bond are named.", "カードとボンドの両方が指定されています。"),
            || text!("Keep one of them.", "どちらか一方だけを残してください。"),
        );
        if let Some(options) = &network.bond_options {
            judge.demand(
                "network.bond_options",
                field::is_kernel_argument(options),
                || {
                    text!(
                        "\"{options}\" are no options of a bond.",
                        "\"{options}\" はボンドのオプションではありません。"
                    )
                },
                || text!("Write mode=802.3ad,miimon=100.", "mode=802.3ad,miimon=100 のように書いてください。"),
            );
        }
        judge.demand(
            "network.vlan",
            network.vlan.is_none_or(|vlan| (1..=4094).contains(&vlan)),
            || text!("The VLAN is out of range.", "VLAN が範囲外です。"),
            || text!("Write a number from 1 to 4094.", "1 から 4094 までの数値を指定してください。"),
        );
    }

    fn judge_registration(&self, judge: &mut Judge) {
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

    fn judge_packages(&self, judge: &mut Judge) {
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

    fn judge_custom(&self, judge: &mut Judge) {
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

impl Judge {
    fn line(&mut self, field: &str, value: &str) {
        self.demand(
            field,
            value.chars().all(|c| !c.is_control()) && value.len() <= 200,
            || text!("This must be one line.", "1 行で書く必要があります。"),
            || {
                text!(
                    "Write at most 200 characters without line breaks.",
                    "改行を含まない 200 文字以内で書いてください。"
                )
            },
        );
    }

    fn hosts(&mut self, field: &str, hosts: &[String]) {
        for (index, host) in hosts.iter().enumerate() {
            self.demand(
                &format!("{field}[{index}]"),
                field::is_host(host),
                || {
                    text!(
                        "\"{host}\" is neither a host name nor an address.",
                        "\"{host}\" はホスト名でもアドレスでもありません。"
                    )
                },
                || text!("Write a name or an address alone.", "名前またはアドレスだけを書いてください。"),
            );
        }
    }
}

fn fits(profile: ProfileKind, image: Kind) -> bool {
    match profile {
        ProfileKind::Rhvh | ProfileKind::OvirtNode => image.is_live_image(),
        ProfileKind::El => image == Kind::El,
        ProfileKind::Esxi => image == Kind::Esxi,
        ProfileKind::Custom => true,
    }
}

fn is_interface(name: &str) -> bool {
    (1..=15).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
        && name.starts_with(|first: char| first.is_ascii_alphabetic())
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

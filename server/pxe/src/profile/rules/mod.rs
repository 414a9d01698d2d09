//! The rules over a profile: field by field, across fields, and against the image.

mod network;
mod packages;
mod system;

use super::field::{self, Judge, wrong};
use super::{Loader, Profile, ProfileKind, VERSION};
use crate::image::{Image, Kind, is_name};
use crate::text;
use hosted_deploy_model::problem::Problem;

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
}

impl Judge {
    pub(super) fn line(&mut self, field: &str, value: &str) {
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

    pub(super) fn hosts(&mut self, field: &str, hosts: &[String]) {
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

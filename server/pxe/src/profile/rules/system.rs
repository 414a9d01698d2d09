//! Rules over what the installed system is: language, clock, who may log in, commands.

use crate::profile::field::{self, Judge};
use crate::profile::{Profile, ProfileKind};
use crate::text;

/// Longest command for the end of an installation.
const COMMAND_MOST: usize = 4096;

impl Profile {
    pub(super) fn judge_system(&self, judge: &mut Judge) {
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
}

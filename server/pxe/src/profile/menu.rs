//! [`Menu`]: what an unknown machine is offered.
//!
//! Without a menu of your own it offers its own disk, a shell and a restart, and says how to add it. An item that
//! installs gives any machine on the segment the profile's kickstart, and with it root's crypted password: it is
//! there only when you wrote it down.

use super::field::{Judge, is_line};
use super::{ProfileError, Profiles};
use crate::text;
use hosted_deploy_model::problem::Problem;
use serde::{Deserialize, Serialize};

/// The menu for unknown machines; `menu.toml` beside the profiles.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Menu {
    /// Title.
    pub title: Option<String>,
    /// Seconds until the item on top is taken; 0 waits for ever. Default 60.
    pub timeout_secs: Option<u32>,
    /// What may be installed. Before them stands the machine's own disk, which the time-out takes.
    pub items: Vec<Item>,
    /// Leave the shell out.
    pub no_shell: bool,
}

/// An item that installs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Item {
    /// The profile.
    pub profile: String,
    /// What is shown. Default: the profile's description, else its name.
    pub label: Option<String>,
    /// A key that chooses it: one letter or digit.
    pub key: Option<String>,
}

/// Keys that the menu's own items have.
const TAKEN: [&str; 3] = ["l", "s", "r"];

impl Menu {
    /// Seconds until the machine's own disk is started.
    pub fn timeout(&self) -> u32 {
        self.timeout_secs.unwrap_or(60)
    }

    /// Everything wrong with it.
    pub fn problems(&self, profiles: &Profiles) -> Vec<Problem> {
        let mut judge = Judge::default();
        if let Some(title) = &self.title {
            judge.text("title", title);
        }
        for (index, item) in self.items.iter().enumerate() {
            let name = &item.profile;
            if let Err(error @ ProfileError::Unknown(_)) = profiles.get(name) {
                judge.demand(
                    &format!("items[{index}].profile"),
                    false,
                    || text!("{error}.", "プロファイル \"{name}\" がありません。"),
                    || text!("Add it first, or remove the item.", "先に追加するか、この項目を削除してください。"),
                );
            }
            if let Some(label) = &item.label {
                judge.text(&format!("items[{index}].label"), label);
            }
            let Some(key) = &item.key else { continue };
            let earlier = self.items.iter().take(index).any(|earlier| earlier.key.as_ref() == Some(key));
            judge.demand(
                &format!("items[{index}].key"),
                key.len() == 1
                    && key.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
                    && !TAKEN.contains(&key.as_str())
                    && !earlier,
                || text!("\"{key}\" cannot be this item's key.", "\"{key}\" はこの項目のキーに使えません。"),
                || {
                    text!(
                        "Write one small letter or digit that no other item has; l, s and r are taken.",
                        "他の項目と重ならない英小文字または数字を 1 文字書いてください。l、s、r は使用済みです。"
                    )
                },
            );
        }
        judge.0
    }
}

impl Judge {
    fn text(&mut self, field: &str, value: &str) {
        self.demand(
            field,
            is_line(value),
            || text!("This text cannot stand in a menu.", "このテキストはメニューに表示できません。"),
            || {
                text!(
                    "Write one line without quotes, backslash and $.",
                    "引用符、バックスラッシュ、$ を含まない 1 行で書いてください。"
                )
            },
        );
    }
}

//! What lies in a directory on shared storage, and whether it may be emptied.

use crate::duration::duration;
use crate::lang::{Lang, Text, text};
use serde::{Deserialize, Serialize};

/// One directory on shared storage, as `storage.sh` looked at it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contents {
    /// Storage domains by their ids, each with its description.
    pub domains: Vec<(String, String)>,
    /// What else lies there.
    pub others: Vec<String>,
    /// Seconds since the leases of any of them were last written; `None`: not known.
    pub written_secs: Option<u64>,
}

impl Contents {
    /// What `storage.sh look` prints: `domain ID DESCRIPTION`, `other NAME`, `written SECONDS`.
    pub fn parse(text: &str) -> Self {
        let mut contents = Self::default();
        for line in text.lines() {
            match line.split_once(' ') {
                Some(("domain", rest)) => {
                    let (id, words) = rest.split_once(' ').unwrap_or((rest, ""));
                    contents.domains.push((id.to_owned(), words.to_owned()));
                }
                Some(("other", name)) => contents.others.push(name.to_owned()),
                // One line a domain: a single one in use keeps all of it.
                Some(("written", secs)) => {
                    let known = contents.written_secs.into_iter();
                    contents.written_secs = known.chain(secs.trim().parse().ok()).min();
                }
                _ => {}
            }
        }
        contents
    }

    /// What is there, a line each.
    pub fn shown(&self) -> Text {
        let domains = self.domains.iter().map(|(id, words)| {
            let name = if words.is_empty() { String::new() } else { format!("{words} ") };
            text!("storage domain {name}({id})", "ストレージドメイン {name}({id})")
        });
        let others = self
            .others
            .iter()
            .map(|name| text!("{name}: no storage domain", "{name}: ストレージドメインではありません"));
        let written = self.written_secs.map(|secs| {
            let ago = |lang| duration(secs.saturating_mul(1000), lang);
            let (en, ja) = (ago(Lang::En), ago(Lang::Ja));
            text!("leases last written {en} ago", "リースの最終書き込み: {ja}前")
        });
        let lines: Vec<Text> = domains.chain(others).chain(written).collect();
        if lines.is_empty() {
            return Text::new("nothing", "なし");
        }
        let (en, ja): (Vec<String>, Vec<String>) = lines.into_iter().map(|line| (line.en, line.ja)).unzip();
        Text::new(en.join("\n"), ja.join("\n"))
    }

    /// Seconds until it shows whether a host still renews the leases; `None`: nobody does, or it stays as it is anyway.
    pub fn until_idle_secs(&self) -> Option<u64> {
        let ours = !self.domains.is_empty() && self.others.is_empty();
        self.written_secs.filter(|secs| ours && *secs < IN_USE_SECS).map(|secs| IN_USE_SECS - secs)
    }

    /// Why it may not be emptied.
    pub fn objection(&self) -> Option<Text> {
        if self.domains.is_empty() {
            return Some(Text::new(
                "There is no oVirt storage domain in it, so it is left alone.",
                "oVirt ストレージドメインがないため、変更しません。",
            ));
        }
        if !self.others.is_empty() {
            let others = self.others.iter().take(8).cloned().collect::<Vec<_>>().join(", ");
            return Some(text!(
                "It holds other things than storage domains ({others}), so it is left alone: move them away first.",
                "ストレージドメイン以外のものがあるため、変更しません ({others})。先に移動してください。"
            ));
        }
        if let Some(secs) = self.written_secs.filter(|secs| *secs < IN_USE_SECS) {
            let wait = IN_USE_SECS - secs;
            return Some(text!(
                "Its leases were written {secs} s ago: a host still uses it. If that was this one before its clean-up, look again in {wait} s; else stop or clean up that host first.",
                "{secs} 秒前にリースが書き込まれています。まだ使用中のホストがあります。クリーンアップ前のこのホストによる書き込みであれば {wait} 秒後に再確認してください。そうでなければ、先にそのホストを停止またはクリーンアップしてください。"
            ));
        }
        None
    }
}

/// sanlock renews a host's lease every 20 s.
const IN_USE_SECS: u64 = 90;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_is_emptied_only_if_it_holds_nothing_but_idle_domains() {
        let domain = "domain 49cff220-2a74-410c-805b-b7108436ee4f hosted_storage\n";
        assert!(Contents::parse("").objection().is_some());
        assert!(Contents::parse("other family photos\n").objection().is_some());
        assert!(
            Contents::parse(&format!("{domain}other family photos\n"))
                .objection()
                .unwrap()
                .en
                .contains("family photos")
        );
        assert!(Contents::parse(&format!("{domain}written 12\n")).objection().unwrap().en.contains("12 s ago"));
        assert_eq!(Contents::parse(&format!("{domain}written 600\n")).objection(), None);
        let wait = |text: &str| Contents::parse(&format!("{domain}{text}")).until_idle_secs();
        // One of two domains is in use, in whatever order they are listed.
        for two in ["written 12\nwritten 600\n", "written 600\nwritten 12\n"] {
            assert!(Contents::parse(&format!("{domain}{two}")).objection().is_some(), "{two}");
        }
        assert_eq!((wait("written 12\n"), wait("written 90\n"), wait("written 12\nother x\n")), (Some(78), None, None));
    }

    #[test]
    fn what_is_there_is_told_in_words() {
        let text = "domain 49cff220-2a74-410c-805b-b7108436ee4f hosted_storage\nwritten 600\nother family photos\n";
        assert_eq!(
            Contents::parse(text).shown().en,
            "storage domain hosted_storage (49cff220-2a74-410c-805b-b7108436ee4f)\n\
             family photos: no storage domain\nleases last written 10 min 00 s ago"
        );
        assert_eq!(Contents::default().shown().ja, "なし");
    }
}

//! [`Origin`]: where a log comes from, and where it is to be had when it is not here. The script tells it in its first line, as
//! fields between tabs; here it gets its words. Each line of them begins with `#`, which no log's own line is taken for.

use hosted_deploy_model::lang::{Lang, Text};

/// What the script's first line says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Origin<'a> {
    /// A file of this host.
    File { path: &'a str },
    /// The journal of one of its units.
    Unit { name: &'a str },
    /// A file in the engine's VM.
    Engine { engine: &'a str, path: &'a str },
    /// What the deployment fetched from the engine's VM.
    Copy { engine: &'a str, path: &'a str, copy: &'a str },
    /// In the engine's VM, which root of this host may not enter.
    Locked { engine: &'a str, path: &'a str },
    /// No deployment has written one.
    NoSetup,
    /// No VM has written to its console.
    NoConsole,
}

impl<'a> Origin<'a> {
    /// Reads the first line; `None` when it is none of the script's.
    pub(super) fn parse(line: &'a str) -> Option<Self> {
        let fields: Vec<&str> = line.split('\t').collect();
        Some(match *fields.as_slice() {
            ["file", path] => Self::File { path },
            ["unit", name] => Self::Unit { name },
            ["engine", engine, path] => Self::Engine { engine, path },
            ["copy", engine, path, copy] => Self::Copy { engine, path, copy },
            ["locked", engine, path] => Self::Locked { engine, path },
            ["no-setup"] => Self::NoSetup,
            ["no-console"] => Self::NoConsole,
            _ => return None,
        })
    }

    /// The same for a person.
    pub(super) fn text(&self) -> Text {
        let alike = |text: String| Text::new(text.clone(), text);
        match *self {
            Self::File { path } => alike(format!("# {path}")),
            Self::Unit { name } => alike(format!("# journalctl -u {name}")),
            Self::Engine { engine, path } => alike(format!("# {engine}:{path}")),
            Self::Copy { engine, path, copy } => {
                let (en, ja) = (named(engine, Lang::En), named(engine, Lang::Ja));
                Text::new(
                    format!(
                        "# What the deployment fetched, not how it is today: root of this host has no SSH key for {en}.\n\
                         # For the current log, log in to {en}: less {path}\n# {copy}"
                    ),
                    format!(
                        "# 現在のログではなく、デプロイ時に取得したコピーです (このホストの root は {ja} の SSH 鍵を持っていません)。\n\
                         # 現在のログは {ja} にログインして確認してください: less {path}\n# {copy}"
                    ),
                )
            }
            Self::Locked { engine, path } => {
                let (en, ja) = (named(engine, Lang::En), named(engine, Lang::Ja));
                Text::new(
                    format!(
                        "# Root of this host has no SSH key for {en}, and no deployment left a copy here.\n\
                         # Log in to {en}: less {path}"
                    ),
                    format!(
                        "# このホストの root は {ja} の SSH 鍵を持っておらず、デプロイ時のコピーもありません。\n\
                         # {ja} にログインして確認してください: less {path}"
                    ),
                )
            }
            Self::NoSetup => Text::new(
                "# No deployment has left a log on this host.\n\
                 # Looked for in /var/log/ovirt-hosted-engine-setup and /var/lib/hosted-deploy/runs.",
                "# このホストにデプロイのログはありません。\n\
                 # 確認した場所: /var/log/ovirt-hosted-engine-setup、/var/lib/hosted-deploy/runs",
            ),
            Self::NoConsole => Text::new(
                "# No engine VM has written to its console on this host.\n\
                 # Looked for in /var/log/libvirt/qemu. If it runs on another host, ask there.",
                "# このホストにエンジン VM のコンソールログはありません。\n\
                 # 確認した場所: /var/log/libvirt/qemu。別のホストで動作している場合は、そのホストを指定してください。",
            ),
        }
    }
}

fn named(engine: &str, lang: Lang) -> &str {
    if engine.is_empty() { lang.pick("the engine VM", "エンジン VM") } else { engine }
}

/// What the script printed, its first line in words.
pub(super) fn worded(printed: &str, lang: Lang) -> String {
    let (first, rest) = printed.split_once('\n').unwrap_or((printed, ""));
    match Origin::parse(first) {
        Some(origin) => format!("{}\n{rest}", origin.text().get(lang)),
        None => printed.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_first_line_is_put_into_words_and_a_strange_one_stays() {
        assert_eq!(worded("file\t/var/log/a\nfile\t/b\n", Lang::En), "# /var/log/a\nfile\t/b\n");
        assert_eq!(worded("no-setup", Lang::Ja).lines().next(), Some("# このホストにデプロイのログはありません。"));
        assert_eq!(worded("file\nx\n", Lang::En), "file\nx\n");
        assert_eq!(worded("", Lang::En), "");
    }

    #[test]
    fn every_line_of_every_origin_is_marked_and_no_sentence_is_the_same_in_both_languages() {
        let (engine, path) = ("engine.lab.example", "/var/log/ovirt-engine/engine.log");
        for origin in [
            Origin::File { path },
            Origin::Unit { name: "vdsmd" },
            Origin::Engine { engine, path },
            Origin::Copy { engine, path, copy: "/var/log/copy" },
            Origin::Locked { engine, path },
            Origin::Locked { engine: "", path },
            Origin::NoSetup,
            Origin::NoConsole,
        ] {
            let text = origin.text();
            for lang in [Lang::En, Lang::Ja] {
                assert!(text.get(lang).lines().all(|line| line.starts_with("# ")), "{origin:?}");
            }
            assert!(text.en.is_ascii(), "{}", text.en);
            let names_only = matches!(origin, Origin::File { .. } | Origin::Unit { .. } | Origin::Engine { .. });
            assert_eq!(text.ja.is_ascii(), names_only, "{}", text.ja);
        }
    }
}

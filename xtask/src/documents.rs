//! The pages for administrators, which are there in English and in Japanese: both have the same chapters, the same commands and
//! the same names in code, and no link of any page is dead.

use crate::repo;
use crate::report::Outcome;
use anyhow::{Context, Result, bail};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Pages of `docs` without a twin: those for developers, and `checks.md`, which holds both languages itself.
const ALONE: [&str; 3] = ["architecture.md", "checks.md", "testing.md"];

/// A page in both languages, as paths from the top of the repository.
struct Twins {
    english: String,
    japanese: String,
    /// How the English page links to the Japanese one, and the other way round.
    links: [String; 2],
}

/// What is compared of a page.
#[derive(Default)]
struct Page {
    /// Whole lines.
    headings: Vec<String>,
    /// Of fenced code: where a block begins, and its commands without their comments.
    commands: Vec<String>,
    /// What stands between backquotes: options, keys, files.
    names: BTreeSet<String>,
    /// Within the repository, without the part after `#`.
    links: Vec<String>,
}

/// Compares all pages.
pub(crate) fn check() -> Result<Outcome> {
    let (count, wrong) = problems(repo::root())?;
    if !wrong.is_empty() {
        bail!("mend the pages named here, in both languages:\n  {}", wrong.join("\n  "));
    }
    Ok(Outcome::passed(count, "pages; English and Japanese are in step"))
}

/// The number of pages, and what is wrong with them, a line each.
fn problems(root: &Path) -> Result<(usize, Vec<String>)> {
    let mut wrong = Vec::new();
    let mut pages = Vec::new();
    for folder in ["", "docs/", "docs/ja/"] {
        pages.extend(markdown(&root.join(folder))?.into_iter().map(|name| format!("{folder}{name}")));
    }
    for name in &pages {
        let page = page(root, name)?;
        let folder = root.join(name);
        let folder = folder.parent().unwrap_or(root);
        let dead = page.links.iter().filter(|link| !folder.join(link).exists());
        wrong.extend(dead.map(|link| format!("{name}: the link to {link} leads nowhere")));
    }
    for twins in twins(root)? {
        let missing = [&twins.english, &twins.japanese].into_iter().find(|name| !pages.contains(name));
        match missing {
            Some(name) => wrong.push(format!("{name} is missing: its page in the other language is there")),
            None => wrong.extend(apart(&twins, &page(root, &twins.english)?, &page(root, &twins.japanese)?)),
        }
    }
    Ok((pages.len(), wrong))
}

/// Every page that must be there twice.
fn twins(root: &Path) -> Result<Vec<Twins>> {
    let mut both = markdown(&root.join("docs"))?;
    both.retain(|name| !ALONE.contains(&name.as_str()));
    both.extend(markdown(&root.join("docs/ja"))?);
    both.sort();
    both.dedup();
    let readme = Twins {
        english: "README.md".into(),
        japanese: "README.ja.md".into(),
        links: ["README.ja.md".into(), "README.md".into()],
    };
    let docs = both.into_iter().map(|name| Twins {
        english: format!("docs/{name}"),
        japanese: format!("docs/ja/{name}"),
        links: [format!("ja/{name}"), format!("../{name}")],
    });
    Ok(std::iter::once(readme).chain(docs).collect())
}

/// The Markdown files of a folder.
fn markdown(folder: &Path) -> Result<Vec<String>> {
    let entries = fs::read_dir(folder).with_context(|| format!("{} cannot be listed", folder.display()))?;
    let mut names = Vec::new();
    for entry in entries {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.retain(|name| name.ends_with(".md"));
    names.sort();
    Ok(names)
}

fn page(root: &Path, name: &str) -> Result<Page> {
    let text = fs::read_to_string(root.join(name)).with_context(|| format!("{name} cannot be read"))?;
    Ok(read(&text))
}

fn read(text: &str) -> Page {
    let mut page = Page::default();
    let mut prose = String::new();
    let mut block = None;
    for line in text.lines() {
        match (line.strip_prefix("```"), block) {
            (Some(language), None) => {
                page.commands.push(line.to_owned());
                block = Some(language);
            }
            (Some(_), Some(_)) => block = None,
            (None, Some(language)) => page.commands.extend(command(language, line)),
            (None, None) if line.starts_with('#') => page.headings.push(line.to_owned()),
            (None, None) => prose.extend([line, "\n"]),
        }
    }
    page.links = links(&prose);
    // A name may begin in one line and end in the next.
    let words = |name: &str| name.split_whitespace().collect::<Vec<_>>().join(" ");
    page.names = prose.split('`').skip(1).step_by(2).map(words).collect();
    page
}

/// The part of a line of code that no language changes. A `console` block also holds what is printed, which is in the page's language.
fn command(language: &str, line: &str) -> Option<String> {
    if language == "console" && !line.starts_with("$ ") {
        return None;
    }
    // A comment is in the page's language, too.
    let code =
        if line.trim_start().starts_with('#') { "" } else { line.split_once(" #").map_or(line, |(code, _)| code) };
    let command = code.trim_end();
    (!command.is_empty()).then(|| command.to_owned())
}

fn links(prose: &str) -> Vec<String> {
    let targets = prose.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(target, _)| target);
    let here = targets.filter(|target| !target.contains("://") && !target.starts_with('#'));
    here.map(|target| target.split_once('#').map_or(target, |(file, _)| file).to_owned()).collect()
}

/// Where the two pages differ; of headings and commands only the first place, since all that follows it is out of step as well.
fn apart(twins: &Twins, english: &Page, japanese: &Page) -> Vec<String> {
    let Twins { english: en, japanese: ja, links: [to_japanese, to_english] } = twins;
    let mut wrong = Vec::new();
    if let Some((left, right)) = first(&english.headings, &japanese.headings, |a, b| level(a) == level(b)) {
        wrong.push(format!("{ja} has the heading `{right}` where {en} has `{left}`"));
    }
    if let Some((left, right)) = first(&english.commands, &japanese.commands, |a, b| a == b) {
        wrong.push(format!("{ja} has the command `{right}` where {en} has `{left}`"));
    }
    for (name, page, link, other) in [(en, english, to_japanese, japanese), (ja, japanese, to_english, english)] {
        wrong.extend(other.names.difference(&page.names).map(|code| format!("{name} lacks `{code}`")));
        if !page.links.contains(link) {
            wrong.push(format!("{name} does not link to {link}, the other language"));
        }
    }
    wrong
}

/// The first two lines that are not the same; of the shorter list, nothing.
fn first<'a>(left: &'a [String], right: &'a [String], same: impl Fn(&str, &str) -> bool) -> Option<(&'a str, &'a str)> {
    let line = |lines: &'a [String], at: usize| lines.get(at).map_or("", String::as_str);
    (0..left.len().max(right.len())).map(|at| (line(left, at), line(right, at))).find(|(a, b)| !same(a, b))
}

fn level(heading: &str) -> usize {
    heading.chars().take_while(|c| *c == '#').count()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENGLISH: &str = "# Disks\n\n[日本語](ja/disks.md), [all](../README.md#more), [far](https://example.com)\n\n\
                           ## Look\n\nBy `lsblk\n--json`:\n\n```sh\nlsblk --json   # a list\n```\n\n```console\n$ df\nFree\n```\n";
    const JAPANESE: &str = "# ディスク\n\n[English](../disks.md)\n\n\
                            ## 調べる\n\n`lsblk --json` を使います。\n\n```sh\n# 一覧\nlsblk --json   # 表示する\n```\n\n```console\n$ df\n空き\n```\n";

    /// What is said of a repository with this Japanese page.
    fn said(name: &str, english: &str, japanese: Option<&str>) -> Vec<String> {
        let root = std::env::temp_dir().join(format!("xtask-documents-{}-{name}", std::process::id()));
        fs::create_dir_all(root.join("docs/ja")).unwrap();
        fs::write(root.join("README.md"), "# It\n\n[日本語](README.ja.md)\n").unwrap();
        fs::write(root.join("README.ja.md"), "# それ\n\n[English](README.md)\n").unwrap();
        fs::write(root.join("docs/testing.md"), "# For developers\n").unwrap();
        fs::write(root.join("docs/disks.md"), english).unwrap();
        if let Some(text) = japanese {
            fs::write(root.join("docs/ja/disks.md"), text).unwrap();
        }
        let (_, wrong) = problems(&root).unwrap();
        fs::remove_dir_all(&root).unwrap();
        wrong
    }

    #[test]
    fn words_and_comments_may_differ() {
        assert_eq!(said("good", ENGLISH, Some(JAPANESE)), [""; 0]);
    }

    #[test]
    fn chapters_commands_and_names_may_not() {
        assert_eq!(
            said("level", ENGLISH, Some(&JAPANESE.replace("## 調べる", "### 調べる"))),
            ["docs/ja/disks.md has the heading `### 調べる` where docs/disks.md has `## Look`"]
        );
        assert_eq!(
            said("more", &format!("{ENGLISH}\n## Wipe\n"), Some(JAPANESE)),
            ["docs/ja/disks.md has the heading `` where docs/disks.md has `## Wipe`"]
        );
        assert_eq!(
            said("command", ENGLISH, Some(&JAPANESE.replace("lsblk --json ", "lsblk "))),
            ["docs/ja/disks.md has the command `lsblk` where docs/disks.md has `lsblk --json`"]
        );
        assert_eq!(
            said("name", ENGLISH, Some(&JAPANESE.replace("`lsblk --json`", "`lsblk`"))),
            ["docs/disks.md lacks `lsblk`", "docs/ja/disks.md lacks `lsblk --json`"]
        );
        assert_eq!(
            said("console", ENGLISH, Some(&JAPANESE.replace("$ df", "$ df -h"))),
            ["docs/ja/disks.md has the command `$ df -h` where docs/disks.md has `$ df`"]
        );
    }

    #[test]
    fn a_page_without_its_twin_or_its_links_is_told() {
        assert_eq!(
            said("none", ENGLISH, None),
            [
                "docs/disks.md: the link to ja/disks.md leads nowhere",
                "docs/ja/disks.md is missing: its page in the other language is there"
            ]
        );
        assert_eq!(
            said("dead", ENGLISH, Some(&format!("{JAPANESE}[表](../checks.md#df)\n"))),
            ["docs/ja/disks.md: the link to ../checks.md leads nowhere"]
        );
        assert_eq!(
            said("apart", ENGLISH, Some(&JAPANESE.replace("[English](../disks.md)", ""))),
            ["docs/ja/disks.md does not link to ../disks.md, the other language"]
        );
    }
}

//! Answer files: reading five formats, writing four.
//!
//! A text becomes a tree with places ([`tree`]); variable files of Ansible and answer files of otopi are first
//! translated into the tree that our own format has ([`he_vars`], [`otopi`]); one reader makes [`Answers`] of any tree.

mod he_vars;
#[cfg(feature = "schema")]
mod japanese;
mod json;
mod otopi;
#[cfg(feature = "schema")]
mod reference;
#[cfg(feature = "schema")]
mod template;
mod toml;
mod tree;
mod typed;
mod write;
mod yaml;

#[cfg(feature = "schema")]
pub use reference::{leaves, page, schema};
#[cfg(feature = "schema")]
pub use template::template;
pub use write::write;

use crate::answers::{Answers, VERSION};
use crate::lang::{Text, text};
use crate::problem::{Position, Problem};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use tree::{Node, Value};
use typed::Manners;

/// A format of answer files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// Our own.
    Toml,
    /// The same tables in YAML.
    Yaml,
    /// The same tables in JSON.
    Json,
    /// `he_*` variables of the upstream role, in YAML or JSON; written as YAML.
    HeVars,
    /// An answer file of `hosted-engine --deploy`; read only.
    Otopi,
}

impl Format {
    /// What a file of this name most likely is; the content may say otherwise.
    pub fn of_file_name(name: &str) -> Option<Self> {
        match name.rsplit_once('.')?.1.to_ascii_lowercase().as_str() {
            "toml" => Some(Self::Toml),
            "yaml" | "yml" => Some(Self::Yaml),
            "json" => Some(Self::Json),
            _ => None,
        }
    }

    /// A name for people.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Toml => "TOML",
            Self::Yaml => "YAML",
            Self::Json => "JSON",
            Self::HeVars => "he_* variables",
            Self::Otopi => "otopi answer file",
        }
    }
}

/// Something worth knowing about a file that was read all the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// Where.
    pub at: Position,
    /// The key as it stands in the file.
    pub key: String,
    /// What became of it.
    pub kind: NoticeKind,
    /// The same for people.
    pub text: Text,
}

/// What became of a key of a foreign file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NoticeKind {
    /// It became an answer.
    Mapped,
    /// It became an answer after a repair.
    Repaired,
    /// It is a secret; it was read and will not be written.
    Secret,
    /// It follows from other answers.
    Derived,
    /// It is a result of an earlier deployment and was dropped.
    PreviousDeployment,
    /// It agreed to a question that is not asked here.
    Consent,
    /// It means nothing any more.
    Obsolete,
    /// Nobody knows it.
    Unknown,
}

/// What reading a file gave.
#[derive(Clone, Debug)]
pub struct Reading {
    /// The answers.
    pub answers: Answers,
    /// What became of keys that are not simply answers.
    pub notices: Vec<Notice>,
    /// The format that the file was found to have.
    pub format: Format,
    places: Places,
}

impl Reading {
    /// Where a field stands in the file; for a field that is left out, its table.
    pub fn place(&self, field: &str) -> Option<Position> {
        self.places.of(field)
    }

    /// Tells problems of these answers where they stand in the file.
    pub fn locate(&self, problems: &mut [Problem]) {
        self.places.locate(problems);
    }
}

/// Where the fields of a file stand.
#[derive(Clone, Debug, Default)]
pub struct Places(BTreeMap<String, Position>);

impl Places {
    /// Where a field stands in the file; for a field that is left out, its table.
    pub fn of(&self, field: &str) -> Option<Position> {
        let mut path = field;
        loop {
            if let Some(at) = self.0.get(path) {
                return Some(*at);
            }
            path = path.get(..path.rfind(['.', '['])?)?;
        }
    }

    /// Tells problems where they stand in the file.
    pub fn locate(&self, problems: &mut [Problem]) {
        for problem in problems {
            problem.at = problem.at.or_else(|| self.of(&problem.field));
        }
    }
}

/// Reads a file of our own in TOML that is no answer file (a profile of network boot), with the same messages.
///
/// # Errors
/// Every mistake that can be told at once: syntax, unknown keys, values of the wrong kind.
pub fn read_toml<T: serde::de::DeserializeOwned + Default>(text: &str) -> Result<(T, Places), Vec<Problem>> {
    let root = toml::parse(text.strip_prefix('\u{feff}').unwrap_or(text)).map_err(|problem| vec![*problem])?;
    let (value, mut problems) = typed::read(&root, Manners::Strict);
    if problems.is_empty() {
        let mut places = Places::default();
        collect_places(&root, "", true, &mut places.0);
        return Ok((value, places));
    }
    problems.sort_by_key(|problem| problem.at);
    Err(problems)
}

/// Reads an answer file. The format is taken from the content; `hint` decides where the content leaves it open.
///
/// # Errors
/// Every mistake that can be told at once, in the order of the file: syntax, unknown keys, values of the wrong kind.
pub fn read(text: &str, hint: Option<Format>) -> Result<Reading, Vec<Problem>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut notices = Vec::new();
    let mut problems = Vec::new();
    let (root, format) = match detect(text, hint) {
        Format::Otopi => (otopi::translate(text, &mut notices, &mut problems), Format::Otopi),
        syntax => {
            let mut root = match syntax {
                Format::Toml => toml::parse(text),
                Format::Json => json::parse(text),
                _ => yaml::parse(text),
            }
            .map_err(|problem| vec![*problem])?;
            if syntax == Format::HeVars || he_vars::is_one(&root) {
                (he_vars::translate(&root, &mut notices), Format::HeVars)
            } else {
                repeated_keys(&mut root, "", &mut problems);
                (root, syntax)
            }
        }
    };
    let manners = match format {
        Format::HeVars | Format::Otopi => Manners::Lenient,
        _ => Manners::Strict,
    };
    let (answers, mistakes): (Answers, _) = typed::read(&root, manners);
    problems.extend(mistakes);
    problems.extend(unknown_version(&answers, &root));
    if problems.is_empty() {
        let mut places = BTreeMap::new();
        // Of a foreign file the tables are ours; they stand nowhere.
        collect_places(&root, "", manners == Manners::Strict, &mut places);
        return Ok(Reading { answers, notices, format, places: Places(places) });
    }
    problems.sort_by_key(|problem| problem.at);
    Err(problems)
}

/// The format by the first line that says something.
fn detect(text: &str, hint: Option<Format>) -> Format {
    let line = text.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with(['#', ';']));
    let Some(line) = line else { return hint.unwrap_or(Format::Toml) };
    let key = line.split(['=', ':']).next().unwrap_or_default().trim_end();
    let is_key = !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || "_-.\"'".contains(c));
    let by_content = match line {
        _ if line.starts_with("[environment:") || line.starts_with("OVEHOSTED_") || line.starts_with("QUESTION/") => {
            return Format::Otopi;
        }
        _ if line.starts_with('{') => Some(Format::Json),
        // A table of TOML, or a list of the others.
        _ if line.starts_with('[') => Some(hint.unwrap_or(Format::Toml)),
        _ if line.starts_with("---") || line.starts_with("- ") || line.starts_with('%') => Some(Format::Yaml),
        _ if is_key && line.get(key.len()..).is_some_and(|rest| rest.trim_start().starts_with('=')) => {
            Some(Format::Toml)
        }
        _ if is_key && line.contains(':') => Some(Format::Yaml),
        _ => None,
    };
    by_content.or(hint).unwrap_or(Format::Toml)
}

fn unknown_version(answers: &Answers, root: &Node) -> Option<Problem> {
    let version = answers.version.filter(|version| *version != VERSION)?;
    Some(Problem {
        at: root.get("version").map(|node| node.at),
        ..Problem::new(
            "version",
            text!(
                "This program does not know version {version} of the answer file.",
                "このプログラムは回答ファイルのバージョン {version} に対応していません。"
            ),
            text!(
                "Write version = {VERSION}, or use a newer hosted-deploy.",
                "version = {VERSION} と書くか、新しい hosted-deploy を使ってください。"
            ),
        )
    })
}

/// Names keys that stand twice in one table, and leaves the last of them.
fn repeated_keys(node: &mut Node, path: &str, problems: &mut Vec<Problem>) {
    match &mut node.value {
        Value::Table(entries) => {
            let mut seen: BTreeMap<String, Position> = BTreeMap::new();
            for entry in entries.iter_mut() {
                let field = join(path, &entry.key);
                if let Some(first) = seen.insert(entry.key.clone(), entry.at) {
                    let line = first.line;
                    problems.push(Problem {
                        at: Some(entry.at),
                        ..Problem::new(
                            field.clone(),
                            text!(
                                "The key stands twice; first in line {line}.",
                                "同じキーが {line} 行目にもあります。"
                            ),
                            text!("Keep one of the two.", "どちらか一方だけを残してください。"),
                        )
                    });
                }
                repeated_keys(&mut entry.node, &field, problems);
            }
            let mut index = 0;
            let keys: Vec<String> = entries.iter().map(|entry| entry.key.clone()).collect();
            entries.retain(|entry| {
                index += 1;
                !keys.iter().skip(index).any(|later| *later == entry.key)
            });
        }
        Value::List(nodes) => {
            for (index, node) in nodes.iter_mut().enumerate() {
                repeated_keys(node, &format!("{path}[{index}]"), problems);
            }
        }
        _ => (),
    }
}

fn collect_places(node: &Node, path: &str, tables: bool, places: &mut BTreeMap<String, Position>) {
    match &node.value {
        Value::Table(entries) => {
            for entry in entries {
                let field = join(path, &entry.key);
                match entry.node.value {
                    Value::Table(_) if tables => drop(places.insert(field.clone(), entry.at)),
                    Value::Table(_) => (),
                    _ => drop(places.insert(field.clone(), entry.node.at)),
                }
                collect_places(&entry.node, &field, tables, places);
            }
        }
        Value::List(nodes) => {
            for (index, node) in nodes.iter().enumerate() {
                let field = format!("{path}[{index}]");
                places.insert(field.clone(), node.at);
                collect_places(node, &field, tables, places);
            }
        }
        _ => (),
    }
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

fn syntax_problem(language: &str, message: &str, at: Option<Position>) -> Box<Problem> {
    let message = message.trim().trim_end_matches('.').replace('\n', "; ");
    let message = text!("This is no valid {language}: {message}.", "{language} として正しくありません: {message}。");
    let remedy = text!("Correct the line.", "この行を修正してください。");
    Box::new(Problem { at, ..Problem::new("", message, remedy) })
}

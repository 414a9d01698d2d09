//! Reading fixtures: comments, answers, sections over the good host's.

use hosted_deploy_model::answers::Answers;
use hosted_deploy_model::check::{Check, checks};
use hosted_deploy_model::facts::Facts;
use hosted_deploy_model::storage::Discovery;
use serde_json::Value;
use std::path::{Path, PathBuf};

const TOKEN: &str = "T";

/// Sections of which there is one, whatever they are about.
const SINGLE: [&str; 9] = [
    "ansible ",
    "module-python ",
    "storage-kind ",
    "trial ",
    "trial-numbers ",
    "trial-listing ",
    "trial-domains ",
    "trial-write-direct ",
    "trial-write ",
];

/// One file, taken apart.
#[derive(Clone, Debug)]
pub(crate) struct Fixture {
    answers: Value,
    whole: bool,
    pub(crate) evidence: String,
    pub(crate) fails: Option<Vec<String>>,
    /// What discovery found, where it is no command's output: iSCSI is spoken, not called.
    storage: Option<Discovery>,
    /// (name and subject, the section's lines).
    pub(crate) sections: Vec<(String, String)>,
}

pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/probe")
}

/// The ids that a folder has a fixture for.
pub(crate) fn ids(kind: &str) -> Vec<String> {
    let files = std::fs::read_dir(folder().join(kind)).expect("fixture folder");
    let name =
        |entry: std::io::Result<std::fs::DirEntry>| entry.expect("entry").file_name().into_string().expect("name");
    let mut ids: Vec<String> =
        files.map(name).map(|name| name.strip_suffix(".probe").expect("a .probe file").to_owned()).collect();
    ids.sort();
    ids
}

pub(crate) fn read(path: &str) -> Fixture {
    let text = std::fs::read_to_string(folder().join(format!("{path}.probe"))).expect("fixture");
    let comment = |key: &str| {
        let prefix = format!("# {key}: ");
        text.lines().find_map(|line| line.strip_prefix(&prefix)).map(str::to_owned)
    };
    assert!(comment("source").is_some_and(|source| !source.is_empty()), "{path} does not name its source");
    let mut sections: Vec<(String, String)> = Vec::new();
    for line in text.lines().skip_while(|line| line.starts_with("# ")) {
        match line.strip_prefix("T ") {
            Some(header) => {
                let words: Vec<&str> = header.splitn(3, ' ').collect();
                let about = words.get(2).copied().unwrap_or_default();
                sections.push((format!("{} {about}", words[0]), format!("{line}\n")));
            }
            None => {
                let (_, text) = sections.last_mut().expect("a section before text");
                text.push_str(line);
                text.push('\n');
            }
        }
    }
    Fixture {
        answers: comment("answers").map_or(Value::Null, |json| serde_json::from_str(&json).expect("answers")),
        whole: comment("whole").is_some(),
        evidence: comment("evidence").unwrap_or_default(),
        storage: comment("storage").map(|json| serde_json::from_str(&json).expect("storage")),
        fails: comment("fails").map(|ids| ids.split_whitespace().map(str::to_owned).collect()),
        sections,
    }
}

/// RFC 7396.
fn merge(base: &mut Value, patch: &Value) {
    match (base, patch) {
        (_, Value::Null) => {}
        (Value::Object(base), Value::Object(patch)) => {
            for (key, value) in patch {
                match value {
                    Value::Null => drop(base.remove(key)),
                    value => merge(base.entry(key).or_insert(Value::Object(serde_json::Map::new())), value),
                }
            }
        }
        (base, patch) => *base = patch.clone(),
    }
}

impl Fixture {
    /// This over the good host.
    pub(crate) fn over(mut self, base: &Self) -> Self {
        if self.whole {
            return self;
        }
        let mut answers = base.answers.clone();
        merge(&mut answers, &self.answers);
        let mut sections = base.sections.clone();
        for (key, text) in self.sections {
            // One interpreter is asked, whatever its path; of everything else a subject of its own.
            // So are storages: only one is ever looked at.
            let single = SINGLE.into_iter().find(|name| key.starts_with(name));
            sections.retain(|(known, _)| *known != key && single.is_none_or(|name| !known.starts_with(name)));
            sections.push((key, text));
        }
        self.answers = answers;
        self.sections = sections;
        self
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let end = self.sections.iter().filter(|(key, _)| key == "end ");
        let rest = self.sections.iter().filter(|(key, _)| key != "end ");
        rest.chain(end).map(|(_, text)| text.as_str()).collect::<String>().into_bytes()
    }

    pub(crate) fn answers(&self) -> Answers {
        serde_json::from_value(self.answers.clone()).expect("answers")
    }

    pub(crate) fn facts(&self) -> Facts {
        let mut facts = Facts::parse(TOKEN, &self.bytes()).expect("facts");
        if self.storage.is_some() {
            facts.storage = self.storage.clone();
        }
        facts
    }

    pub(crate) fn judged(&self) -> Vec<Check> {
        checks(&self.answers(), &self.facts())
    }
}

/// The good host.
pub(crate) fn good() -> Fixture {
    read("good")
}

/// A file over the good host.
pub(crate) fn over_good(path: &str) -> Fixture {
    read(path).over(&good())
}

pub(crate) fn by_id<'a>(checks: &'a [Check], id: &str) -> &'a Check {
    checks.iter().find(|check| check.id == id).unwrap_or_else(|| panic!("no check {id}"))
}

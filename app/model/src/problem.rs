//! [`Problem`]: what is wrong with an answer, where, and what to do about it.

use crate::lang::{Lang, Text};
use serde::{Deserialize, Serialize};

/// One thing wrong with the answers. Shown beside the field in the form, as a line on a terminal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// The field's path as it stands in an answer file: `engine_vm.mac`, `storage.nfs.connection`.
    /// Empty when the file as a whole is meant.
    pub field: String,
    /// What is wrong, in one sentence without the value of a secret.
    pub message: Text,
    /// What to do about it.
    pub remedy: Text,
    /// Where it stands in the file that was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Position>,
}

/// A place in a text file, both counted from 1; columns count characters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Position {
    /// Line.
    pub line: u32,
    /// Character in the line.
    pub column: u32,
}

impl std::fmt::Display for Position {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

impl Problem {
    /// A problem of a field, its place in a file not known.
    pub fn new(field: impl Into<String>, message: Text, remedy: Text) -> Self {
        Self { field: field.into(), message, remedy, at: None }
    }

    /// `field: message remedy` in one language, without the place.
    pub fn line(&self, lang: Lang) -> String {
        let (message, remedy) = (self.message.get(lang), self.remedy.get(lang));
        // Japanese sets no space between sentences.
        let gap = lang.pick(" ", "");
        match self.field.as_str() {
            "" => format!("{message}{gap}{remedy}"),
            field => format!("{field}: {message}{gap}{remedy}"),
        }
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.line(Lang::En))
    }
}

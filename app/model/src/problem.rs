//! [`Problem`]: what is wrong with an answer, where, and what to do about it.

use serde::{Deserialize, Serialize};

/// One thing wrong with the answers. Shown beside the field in the form, as a line on a terminal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// The field's path as it stands in an answer file: `engine_vm.mac`, `storage.nfs.connection`.
    pub field: String,
    /// What is wrong, in one sentence without the value of a secret.
    pub message: String,
    /// What to do about it.
    pub remedy: String,
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {} {}", self.field, self.message, self.remedy)
    }
}

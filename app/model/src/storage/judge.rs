//! The verdicts over a storage alone, before there is a whole set of answers.

use super::Discovery;
use crate::answers::{Answers, Storage};
use crate::check::{Check, storage_checks};
use crate::facts::Facts;

/// Judges what was found for a storage that is answered so far; only what discovery can tell.
pub fn judge(storage: &Storage, found: &Discovery) -> Vec<Check> {
    let answers = Answers { storage: Some(storage.clone()), ..Answers::default() };
    let facts = Facts { storage: Some(found.clone()), ..Facts::default() };
    storage_checks(&answers, &facts)
}

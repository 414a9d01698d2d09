//! The rules over [`Answers`]: of one field ([`field`], run by the `validator` derive), of one field's form beyond
//! that ([`shape`]), of fields against each other ([`cross`]), of fields against the host ([`host`]).

mod cross;
pub(super) mod field;
mod host;
mod shape;
mod storage;

use super::Answers;
use crate::facts::Facts;
use crate::lang::{Text, text};
use crate::problem::Problem;
use std::borrow::Cow;
use validator::{Validate, ValidationError, ValidationErrors, ValidationErrorsKind};

impl Answers {
    /// Everything that is wrong with these answers. With the host's facts, fields that the host decides are judged
    /// too, and those that nothing could fill ([`crate::defaults::fill`] comes first).
    ///
    /// A secret that is missing is no problem here but a question ([`Answers::missing_secrets`]).
    pub fn problems(&self, facts: Option<&Facts>) -> Vec<Problem> {
        let mut problems = Vec::new();
        if let Err(errors) = self.validate() {
            collect(&errors, "", &mut problems);
        }
        // What has no sound form is judged no further.
        let unsound: Vec<String> = problems.iter().map(|problem| problem.field.clone()).collect();
        let mut more = cross::problems(self);
        more.extend(storage::problems(self));
        more.extend(facts.into_iter().flat_map(|facts| host::problems(self, facts)));
        problems.extend(more.into_iter().filter(|problem| !unsound.contains(&problem.field)));
        // A template or a line break explains why nothing else fits.
        let shapeless = shape::problems(self);
        problems.retain(|problem| shapeless.iter().all(|worse| worse.field != problem.field));
        problems.extend(shapeless);
        problems.sort_by_key(|problem| (section_rank(&problem.field), problem.field.clone()));
        problems
    }
}

fn section_rank(field: &str) -> usize {
    const SECTIONS: [&str; 9] =
        ["version", "host", "engine_vm", "appliance", "engine", "storage", "network_test", "restore", "advanced"];
    let section = field.split('.').next().unwrap_or_default();
    SECTIONS.iter().position(|known| *known == section).unwrap_or(SECTIONS.len())
}

/// A field rule's verdict, carried through `validator` in both languages.
fn wrong(message: Text, remedy: Text) -> ValidationError {
    let mut error = ValidationError::new("rule");
    error.add_param(Cow::Borrowed("message"), &message);
    error.add_param(Cow::Borrowed("remedy"), &remedy);
    error
}

/// The same for one item of a list.
fn wrong_item(index: usize, mut error: ValidationError) -> ValidationError {
    error.add_param(Cow::Borrowed("index"), &index);
    error
}

fn collect(errors: &ValidationErrors, path: &str, problems: &mut Vec<Problem>) {
    for (name, kind) in errors.errors() {
        let field = if path.is_empty() { name.to_string() } else { format!("{path}.{name}") };
        match kind {
            ValidationErrorsKind::Struct(nested) => collect(nested, &field, problems),
            ValidationErrorsKind::List(items) => {
                for (index, nested) in items {
                    collect(nested, &format!("{field}[{index}]"), problems);
                }
            }
            ValidationErrorsKind::Field(errors) => {
                problems.extend(errors.iter().map(|error| problem(error, &field)));
            }
        }
    }
}

fn problem(error: &ValidationError, field: &str) -> Problem {
    let param = |name: &str| error.params.get(name);
    let read = |name: &str| param(name).and_then(|value| crate::json::typed::<Text>(value.clone()).ok());
    let field = match param("index") {
        Some(index) => format!("{field}[{index}]"),
        None => field.to_owned(),
    };
    let (message, remedy) = match (read("message"), read("remedy")) {
        (Some(message), Some(remedy)) => (message, remedy),
        // The derive's own range rule, the only other one in use.
        _ => {
            let number = |name: &str| param(name).map(ToString::to_string).unwrap_or_default();
            let (min, max, value) = (number("min"), number("max"), number("value"));
            (
                text!("{value} is out of range.", "{value} は範囲外です。"),
                text!("Write a number from {min} to {max}.", "{min} から {max} までの数値を指定してください。"),
            )
        }
    };
    Problem::new(field, message, remedy)
}

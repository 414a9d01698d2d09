//! The form of the answers: one entry for every field that a person fills in, in the order in which it is asked.
//!
//! The wizard draws itself from this table, and the server reads a draft by it: [`Values`] is what was typed, text by
//! text, so that nothing typed is lost because it is not an answer yet; [`Values::answers`] makes [`Answers`] of it.
//!
//! A field is added by one entry. What the login decides ([`BY_LOGIN`]) is not asked.
//!
//! [`Answers`]: crate::answers::Answers

mod engine;
mod storage;
mod strength;
mod values;
mod vm;
mod vm_advanced;

pub use strength::Strength;
pub use values::Values;

use crate::check;
use crate::lang::Lang;
use serde::{Deserialize, Serialize};

/// English and Japanese.
pub type Words = (&'static str, &'static str);

/// Fields of the answers that the login gives; no form asks for them.
pub const BY_LOGIN: [&str; 8] = [
    "host.address",
    "host.port",
    "host.user",
    "host.key_file",
    "host.key",
    "host.key_passphrase",
    "host.password",
    "host.sudo_password",
];

/// A step of the wizard.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Step {
    /// The engine's virtual machine.
    #[default]
    Vm,
    /// The engine in it.
    Engine,
    /// Review, checks, plan; builds the local VM.
    Prepare,
    /// The shared storage.
    Storage,
    /// Review; moves the VM to the storage.
    Finish,
}

impl Step {
    /// All, in order.
    pub const ALL: [Self; 5] = [Self::Vm, Self::Engine, Self::Prepare, Self::Storage, Self::Finish];

    /// As in the page's address.
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Vm => "vm",
            Self::Engine => "engine",
            Self::Prepare => "prepare",
            Self::Storage => "storage",
            Self::Finish => "finish",
        }
    }

    /// From the page's address.
    pub fn from_slug(slug: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|step| step.slug() == slug)
    }

    /// What a person reads.
    pub const fn title(self, lang: Lang) -> &'static str {
        match self {
            Self::Vm => lang.pick("VM", "VM の設定"),
            Self::Engine => lang.pick("Engine", "エンジン"),
            Self::Prepare => lang.pick("Prepare VM", "VM の準備"),
            Self::Storage => lang.pick("Storage", "ストレージ"),
            Self::Finish => lang.pick("Finish", "完了"),
        }
    }

    /// The step before.
    pub fn before(self) -> Option<Self> {
        Self::ALL.into_iter().rev().find(|other| *other < self)
    }

    /// The step after.
    pub fn after(self) -> Option<Self> {
        Self::ALL.into_iter().find(|other| *other > self)
    }
}

impl From<check::Step> for Step {
    fn from(step: check::Step) -> Self {
        match step {
            check::Step::Vm => Self::Vm,
            check::Step::Engine => Self::Engine,
            check::Step::Host | check::Step::PrepareVm => Self::Prepare,
            check::Step::Storage => Self::Storage,
        }
    }
}

/// Fields that stand together under one heading.
#[derive(Debug)]
pub struct Section {
    /// The step that it belongs to.
    pub step: Step,
    /// Its heading.
    pub title: Words,
    /// Folded until it is wanted.
    pub advanced: bool,
    /// Its fields, in order.
    pub fields: &'static [Field],
}

/// All sections, in the order of the steps.
pub fn sections() -> impl Iterator<Item = &'static Section> {
    vm::SECTIONS.iter().chain(vm_advanced::SECTIONS).chain(engine::SECTIONS).chain(storage::SECTIONS)
}

/// All fields, in the order in which they are asked.
pub fn fields() -> impl Iterator<Item = &'static Field> {
    sections().flat_map(|section| section.fields)
}

/// The field of this path.
pub fn field(path: &str) -> Option<&'static Field> {
    fields().find(|field| field.path == path)
}

/// The field that a problem or a check means: its path, an item of its list, or a table that it is the first of.
pub fn meant(path: &str) -> Option<&'static Field> {
    let path = path.split('[').next().unwrap_or_default();
    let inside = |field: &&Field| field.path.strip_prefix(path).is_some_and(|rest| rest.starts_with('.'));
    if path.is_empty() { None } else { field(path).or_else(|| fields().find(inside)) }
}

/// The step that asks for a field.
pub fn step_of(path: &str) -> Option<Step> {
    sections().find(|section| section.fields.iter().any(|field| field.path == path)).map(|section| section.step)
}

/// One question of the form.
#[derive(Debug)]
pub struct Field {
    /// Path of the answer.
    pub path: &'static str,
    /// What it is.
    pub label: Words,
    /// More about it, in one or two sentences; may be empty.
    pub help: Words,
    /// How it is asked.
    pub kind: Kind,
    /// There is no deployment without it, where it is shown.
    pub required: bool,
    /// What counts when it is left empty and the host does not decide it; empty when there is no such value.
    pub default: &'static str,
    /// When it is asked.
    pub when: When,
}

/// How a field is asked.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// One line.
    Text,
    /// A whole number, at most what the answer's type holds.
    Number {
        /// The largest.
        most: u64,
        /// `MiB` and the like; may be empty.
        unit: &'static str,
    },
    /// On or off; without a default, a third state leaves it to the role.
    Switch,
    /// One of some words.
    Choice(&'static [Choice]),
    /// Several texts, each in a line of its own.
    Lines,
    /// A password.
    Secret {
        /// Typed twice.
        twice: bool,
    },
    /// A text that is long but has no line break, such as a public key.
    Long,
    /// An interface of the host.
    Interface,
    /// Variables, a line each: `name = value`, the value in JSON.
    Variables,
}

/// A word that a field may have.
#[derive(Debug)]
pub struct Choice {
    /// As the answers have it.
    pub value: &'static str,
    /// As a person reads it.
    pub label: Words,
}

/// When a field is asked.
#[derive(Clone, Copy, Debug)]
pub enum When {
    /// Always.
    Always,
    /// Another field has one of these words.
    Is(&'static str, &'static [&'static str]),
    /// Another field was filled in.
    Given(&'static str),
}

const fn choice(value: &'static str, en: &'static str, ja: &'static str) -> Choice {
    Choice { value, label: (en, ja) }
}

impl Field {
    const fn new(path: &'static str, kind: Kind, en: &'static str, ja: &'static str) -> Self {
        Self { path, label: (en, ja), help: ("", ""), kind, required: false, default: "", when: When::Always }
    }

    const fn text(path: &'static str, en: &'static str, ja: &'static str) -> Self {
        Self::new(path, Kind::Text, en, ja)
    }

    const fn switch(path: &'static str, on: bool, en: &'static str, ja: &'static str) -> Self {
        Self { default: if on { "true" } else { "false" }, ..Self::new(path, Kind::Switch, en, ja) }
    }

    const fn help(self, en: &'static str, ja: &'static str) -> Self {
        Self { help: (en, ja), ..self }
    }

    const fn required(self) -> Self {
        Self { required: true, ..self }
    }

    const fn default(self, value: &'static str) -> Self {
        Self { default: value, ..self }
    }

    const fn when(self, when: When) -> Self {
        Self { when, ..self }
    }

    /// Its value is a secret: it is kept in memory only and never sent back.
    pub const fn is_secret(&self) -> bool {
        matches!(self.kind, Kind::Secret { .. })
    }

    /// An id for the document: the path with hyphens.
    pub fn id(&self) -> String {
        format!("f-{}", self.path.replace('.', "-"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[cfg(feature = "schema")]
    #[test]
    fn every_answer_is_asked_exactly_once_or_given_by_the_login() {
        use crate::formats;
        let mut asked: Vec<&str> = fields().map(|field| field.path).chain(BY_LOGIN).chain(["version"]).collect();
        asked.sort_unstable();
        let mut known = formats::leaves();
        known.sort_unstable();
        assert_eq!(asked, known);
    }

    #[test]
    fn every_field_and_heading_is_in_both_languages() {
        let japanese =
            |text: &str| text.chars().any(|c| matches!(c, '\u{3040}'..='\u{30ff}' | '\u{4e00}'..='\u{9fff}'));
        // Names that Japanese writes the same way.
        let same = ["FQDN", "vCPU"];
        let both = |(en, ja): Words, what: &str| {
            assert_eq!(en.is_empty(), ja.is_empty(), "{what}: {en} / {ja}");
            assert!(!japanese(en), "{what}: {en}");
            assert!(ja.is_empty() || japanese(ja) || same.contains(&ja), "{what}: {ja}");
        };
        for section in sections() {
            both(section.title, section.title.0);
            for field in section.fields {
                both(field.label, field.path);
                both(field.help, field.path);
                assert!(!field.label.0.is_empty(), "{}", field.path);
            }
        }
    }

    #[test]
    fn conditions_and_defaults_name_what_there_is() {
        for field in fields() {
            let path = field.path;
            if let Kind::Choice(choices) = field.kind {
                let values: BTreeSet<&str> = choices.iter().map(|choice| choice.value).collect();
                assert_eq!(values.len(), choices.len(), "{path}");
                assert!(field.default.is_empty() || values.contains(field.default), "{path}: {}", field.default);
            }
            match field.when {
                When::Always => {}
                When::Given(other) => assert!(super::field(other).is_some(), "{path}"),
                When::Is(other, words) => match super::field(other).unwrap().kind {
                    Kind::Choice(choices) => {
                        assert!(words.iter().all(|word| choices.iter().any(|choice| choice.value == *word)), "{path}");
                    }
                    kind => panic!("{path} hangs on {other}, which is {kind:?}"),
                },
            }
        }
    }

    #[test]
    fn checks_and_problems_find_their_field() {
        for rule in check::catalogue().filter(|rule| !rule.field.is_empty()) {
            assert!(meant(rule.field).is_some() || BY_LOGIN.contains(&rule.field), "{}: {}", rule.id, rule.field);
        }
        assert_eq!(meant("engine_vm.dns[2]").unwrap().path, "engine_vm.dns");
        assert_eq!(meant("appliance").unwrap().path, "appliance.ova");
        assert!(meant("").is_none() && meant("host.address").is_none());
    }

    #[test]
    fn steps_are_read_back_from_their_addresses() {
        for step in Step::ALL {
            assert_eq!(Step::from_slug(step.slug()), Some(step));
        }
        assert_eq!((Step::Vm.before(), Step::Vm.after()), (None, Some(Step::Engine)));
        assert_eq!((Step::Finish.before(), Step::Finish.after()), (Some(Step::Storage), None));
    }
}

//! [`Form`]: what stands in the form, and what the rules say of it. One signal for every field; everything else follows.

use super::api::{Judged, Opened, OpenedRun};
use super::saving::Saver;
use super::words;
use hosted_deploy_model::answers::Answers;
use hosted_deploy_model::defaults::{Filled, fill};
use hosted_deploy_model::facts::Facts;
use hosted_deploy_model::form::{self, Field, Kind, Step, Values, Words};
use hosted_deploy_model::lang::{Lang, Text};
use hosted_deploy_model::problem::Problem;
use leptos::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// What was typed into one field; for a password also the second time.
#[derive(Clone, Copy)]
pub(crate) struct Typed {
    pub(crate) text: RwSignal<String>,
    pub(crate) again: RwSignal<String>,
}

/// What follows from all that was typed.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Told {
    pub(crate) values: Values,
    pub(crate) answers: Answers,
    pub(crate) filled: Vec<Filled>,
    pub(crate) problems: Vec<Problem>,
}

/// The form's state; a copy is the same form.
#[derive(Clone, Copy)]
pub(crate) struct Form {
    pub(crate) lang: Lang,
    /// Who is logged in where.
    pub(super) at: StoredValue<String>,
    typed: StoredValue<BTreeMap<&'static str, Typed>>,
    /// Secret fields that the server has.
    pub(crate) kept: RwSignal<Vec<String>>,
    /// Secret fields that the server had before it was restarted.
    pub(crate) forgotten: RwSignal<Vec<String>>,
    /// Fields that were left once: their problems may be shown.
    pub(crate) touched: RwSignal<BTreeSet<&'static str>>,
    /// Steps that were left once: the same for all their fields.
    pub(crate) visited: RwSignal<BTreeSet<Step>>,
    pub(crate) judged: RwSignal<Option<Judged>>,
    /// A run of this host that has not ended.
    pub(crate) open_run: RwSignal<Option<OpenedRun>>,
    /// The run that is to be tried again with these answers.
    pub(crate) of_run: RwSignal<Option<String>>,
    pub(crate) told: Memo<Told>,
    pub(crate) saver: Saver,
}

impl Form {
    pub(crate) fn new(lang: Lang, opened: &Opened) -> Self {
        let draft = &opened.draft;
        let fields: BTreeMap<&'static str, Typed> = form::fields()
            .map(|field| {
                let text = RwSignal::new(draft.values.get(field.path).to_owned());
                (field.path, Typed { text, again: RwSignal::new(String::new()) })
            })
            .collect();
        let typed = StoredValue::new(fields);
        let kept = RwSignal::new(draft.secrets.clone());
        let judged = RwSignal::new(opened.judged.clone());
        let address = StoredValue::new(opened.address.clone());
        let told = Memo::new(move |_| {
            let facts = judged.with(|judged| judged.as_ref().map(|judged| judged.facts.facts()));
            let kept = kept.get();
            typed.with_value(|typed| tell(typed, &kept, facts.as_ref(), &address.get_value()))
        });
        Self {
            lang,
            at: StoredValue::new(opened.at.clone()),
            typed,
            kept,
            forgotten: RwSignal::new(draft.forgotten.clone()),
            touched: RwSignal::default(),
            visited: RwSignal::default(),
            judged,
            open_run: RwSignal::new(opened.run.clone()),
            of_run: RwSignal::new(draft.of_run.clone()),
            told,
            saver: Saver::new(draft.revision),
        }
    }

    /// A text in the visitor's language.
    pub(crate) fn say(&self, words: Words) -> &'static str {
        self.lang.pick(words.0, words.1)
    }

    /// The same.
    pub(crate) fn text<'a>(&self, text: &'a Text) -> &'a str {
        text.get(self.lang)
    }

    /// What stands in a field.
    pub(crate) fn typed(&self, path: &str) -> Typed {
        // Who asks may have waited for an answer, and the wizard been left.
        let found = self.typed.try_with_value(|typed| typed.get(path).copied()).flatten();
        found.unwrap_or_else(|| Typed { text: RwSignal::default(), again: RwSignal::default() })
    }

    /// Replaces what stands in fields, as another browser or a file says.
    pub(crate) fn put<'a>(&self, typed: impl IntoIterator<Item = (&'a str, &'a str)>) {
        for (path, text) in typed {
            self.typed(path).text.set(text.to_owned());
        }
    }

    /// Replaces everything.
    pub(crate) fn take(&self, draft: &super::api::Draft) {
        for field in form::fields() {
            let typed = self.typed(field.path);
            typed.text.set(draft.values.get(field.path).to_owned());
            typed.again.set(String::new());
        }
        self.kept.set(draft.secrets.clone());
        self.forgotten.set(draft.forgotten.clone());
        self.of_run.set(draft.of_run.clone());
        self.saver.seen.set_value(draft.revision);
    }

    /// A field was left: its problems may be told.
    pub(crate) fn touch(&self, path: &'static str) {
        if self.touched.with_untracked(|touched| !touched.contains(path)) {
            self.touched.update(|touched| touched.extend([path]));
        }
    }

    /// Steps were left: the same for all their fields.
    pub(crate) fn visit(&self, steps: &[Step]) {
        self.visited.update(|visited| visited.extend(steps));
    }

    /// Whether a field is asked.
    pub(crate) fn shows(&self, field: &'static Field) -> bool {
        self.told.with(|told| told.values.shows(field))
    }

    /// What is wrong with a field, whether or not it is time to say so.
    pub(crate) fn problem(&self, field: &Field) -> Option<Problem> {
        self.told.with(|told| told.problems.iter().find(|problem| means(problem, field)).cloned())
    }

    /// What is wrong with a field, if it is time to say so.
    pub(crate) fn shown_problem(&self, field: &'static Field, step: Step) -> Option<Problem> {
        let due = self.touched.with(|touched| touched.contains(field.path))
            || self.visited.with(|visited| visited.contains(&step));
        if due { self.problem(field) } else { None }
    }

    /// Problems of a step's fields.
    pub(crate) fn problems_of(&self, step: Step) -> Vec<Problem> {
        let of =
            |problem: &&Problem| form::meant(&problem.field).and_then(|field| form::step_of(field.path)) == Some(step);
        let mut problems: Vec<Problem> = self.told.with(|told| told.problems.iter().filter(of).cloned().collect());
        // As they are asked.
        let rank = |problem: &Problem| {
            form::meant(&problem.field).and_then(|meant| form::fields().position(|field| field.path == meant.path))
        };
        problems.sort_by_key(rank);
        problems
    }

    /// What counts when a field is left empty, and why.
    pub(crate) fn filled(&self, path: &str) -> Option<Filled> {
        self.told.with(|told| told.filled.iter().find(|filled| filled.field == path).cloned())
    }
}

/// The problem is this field's.
pub(crate) fn means(problem: &Problem, field: &Field) -> bool {
    form::meant(&problem.field).is_some_and(|meant| meant.path == field.path)
}

fn tell(typed: &BTreeMap<&'static str, Typed>, kept: &[String], facts: Option<&Facts>, address: &str) -> Told {
    let mut values = Values::default();
    for (path, typed) in typed {
        typed.text.with(|text| values.set(path, text));
    }
    let given = |path: &str| {
        let text = typed.get(path).map(|typed| typed.text.get()).unwrap_or_default();
        // What the server has was sound when it was typed; here only that it is there counts.
        let known = || kept.iter().any(|kept| kept == path).then(|| "********".to_owned());
        (!text.is_empty()).then_some(text).or_else(known).map(Into::into)
    };
    let (mut answers, mut problems) = values.answers(given);
    answers.host.address = Some(address.to_owned()).filter(|address| !address.is_empty());
    let filled = facts.map(|facts| fill(&mut answers, facts, &[0; 64])).unwrap_or_default();
    let typed_problems: Vec<String> = problems.iter().map(|problem| problem.field.clone()).collect();
    problems.extend(answers.problems(facts).into_iter().filter(|problem| !typed_problems.contains(&problem.field)));
    let problem =
        |path: &str, what: Words, next: Words| Problem::new(path, Text::new(what.0, what.1), Text::new(next.0, next.1));
    let missing = answers.missing_secrets();
    problems.extend(missing.iter().map(|missing| problem(missing.field, words::PASSWORD_MISSING, words::TYPE_IT)));
    for field in form::fields().filter(|field| matches!(field.kind, Kind::Secret { twice: true })) {
        let differ = typed.get(field.path).is_some_and(|typed| typed.text.get() != typed.again.get());
        if differ {
            problems.push(problem(field.path, words::PASSWORDS_DIFFER, words::TYPE_TWICE));
        }
    }
    Told { values, answers, filled, problems }
}

//! A run's answers into the draft, to be edited for another attempt. Passwords are not among them: the form asks for those
//! again, or the retry takes those that this server still has in memory.

use super::Desk;
use crate::drafts::Draft;
use hosted_deploy_app::refused::Refused;
use hosted_deploy_model::answers::Answers;
use hosted_deploy_model::edited::left_open;
use hosted_deploy_model::facts::Facts;
use hosted_deploy_model::form::{Field, Values, fields};

/// What somebody types first does not count as a draft: it was there when the draft was begun.
const DRAWN: &str = "engine_vm.mac";

/// What becomes of a draft that says something else than the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::web) enum Other {
    /// It stays, and whoever asked is asked.
    Ask,
    /// The run's answers take its place.
    Replace,
    /// It stays, and is what the next attempt is made with.
    Keep,
}

impl Desk {
    /// Makes the draft ready for another attempt of a run. Gives the fields that keep it from that: those in which a draft differs that
    /// `other` does not say what to do with.
    pub(in crate::web) fn edit(
        &self,
        run: &str,
        answers: &Answers,
        facts: &Facts,
        other: Other,
    ) -> Result<Vec<&'static Field>, Refused> {
        let (_, differ) = self.change(|draft| {
            let wanted = wanted(draft, answers, facts);
            let differ = differences(draft, &wanted, facts);
            let untouched = draft.values.iter().all(|(path, _)| path == DRAWN) && draft.secrets().is_empty();
            if !differ.is_empty() && (untouched || other == Other::Replace) {
                draft.replace_typed(wanted);
                for path in draft.secrets().into_iter().chain(draft.forgotten()) {
                    draft.set_secret(&path, "".into())?;
                }
            } else if !differ.is_empty() && other == Other::Ask {
                return Ok(differ);
            }
            draft.of_run = Some(run.to_owned());
            Ok(Vec::new())
        })?;
        Ok(differ)
    }

    /// The draft is meant for another attempt of this run.
    pub(in crate::web) fn is_edit_of(&self, run: &str) -> bool {
        self.draft().is_ok_and(|draft| draft.of_run.as_deref() == Some(run))
    }
}

fn of_storage(path: &str) -> bool {
    path.starts_with("storage.")
}

/// What must be typed for the run's answers. A run that never came to its storage says nothing about it.
fn wanted(draft: &Draft, answers: &Answers, facts: &Facts) -> Values {
    let mut wanted = Values::of(&left_open(answers, facts));
    if answers.storage.is_none() {
        for (path, typed) in draft.values.iter().filter(|(path, _)| of_storage(path)) {
            wanted.set(path, typed);
        }
    }
    wanted
}

/// Fields in which the draft means something else.
fn differences(draft: &Draft, wanted: &Values, facts: &Facts) -> Vec<&'static Field> {
    let (answers, unsound) = draft.answers();
    let mut typed = Values::of(&left_open(&answers, facts));
    for problem in &unsound {
        typed.set(&problem.field, draft.values.get(&problem.field));
    }
    let of = |values: &Values, field: &Field| match values.get(field.path) {
        "" => field.default.to_owned(),
        typed => typed.to_owned(),
    };
    let storage = wanted.iter().any(|(path, _)| of_storage(path));
    fields()
        .filter(|field| storage || !of_storage(field.path))
        .filter(|field| of(&typed, field) != of(wanted, field))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drafts::Drafts;
    use hosted_deploy_model::defaults::fill;

    /// A draft as somebody typed it, the facts of its host, and the answers of a run that was begun with it.
    fn begun(typed: &[(&str, &str)]) -> (Draft, Facts, Answers) {
        let mut draft = Draft::default();
        for (path, text) in [("engine_vm.fqdn", "engine.example.com"), (DRAWN, "00:16:3e:00:00:01")].iter().chain(typed)
        {
            draft.set(path, text).unwrap();
        }
        let facts = Facts { fqdn: "host1.example.com".into(), processors: 8, ..Facts::default() };
        let (mut answers, _) = draft.answers();
        fill(&mut answers, &facts, &[3; 64]);
        (draft, facts, answers)
    }

    fn differing(draft: &Draft, answers: &Answers, facts: &Facts) -> Vec<&'static str> {
        differences(draft, &wanted(draft, answers, facts), facts).iter().map(|field| field.path).collect()
    }

    #[test]
    fn the_draft_that_a_run_was_begun_with_is_not_another_one() {
        let (mut draft, facts, mut answers) = begun(&[("storage.nfs.connection", "nas:/exports/he")]);
        assert_eq!(differing(&draft, &answers, &facts), [""; 0]);
        draft.set("engine_vm.vcpus", "4").unwrap();
        assert_eq!(differing(&draft, &answers, &facts), [""; 0], "as it was derived");
        answers.storage = None;
        assert_eq!(differing(&draft, &answers, &facts), [""; 0], "the run was not told its storage");
    }

    #[test]
    fn every_field_that_was_typed_since_is_named_also_one_that_is_no_answer() {
        let (mut draft, facts, answers) = begun(&[("storage.nfs.connection", "nas:/exports/he")]);
        draft.set("engine_vm.memory_mib", "many").unwrap();
        draft.set("storage.nfs.connection", "").unwrap();
        draft.set("engine.cluster", "Other").unwrap();
        let mut differ = differing(&draft, &answers, &facts);
        differ.sort_unstable();
        assert_eq!(differ, ["engine.cluster", "engine_vm.memory_mib", "storage.nfs.connection"]);
    }

    #[test]
    fn storage_typed_for_a_run_that_never_knew_it_stays() {
        let (draft, facts, mut answers) = begun(&[("storage.nfs.connection", "nas:/exports/he")]);
        answers.storage = None;
        answers.engine_vm.fqdn = Some("other.example.com".into());
        let wanted = wanted(&draft, &answers, &facts);
        assert_eq!(wanted.get("storage.nfs.connection"), "nas:/exports/he");
        assert_eq!(wanted.get("engine_vm.fqdn"), "other.example.com");
        assert_eq!(wanted.get("engine_vm.vcpus"), "", "it was derived from the host");
    }

    #[test]
    fn what_a_draft_is_for_is_kept_and_ends_with_other_answers() {
        let state = tempfile::tempdir().unwrap();
        let change = |act: fn(&mut Draft)| {
            let drafts = Drafts::new(state.path());
            let changed = drafts.change(
                "host1:22",
                |_| (),
                |draft| {
                    act(draft);
                    Ok(())
                },
            );
            changed.unwrap();
            Drafts::new(state.path()).get("host1:22", |_| ()).unwrap().of_run
        };
        assert_eq!(change(|draft| draft.of_run = Some("run-1".into())).as_deref(), Some("run-1"));
        assert_eq!(change(|draft| drop(draft.set("engine.cluster", "x"))).as_deref(), Some("run-1"));
        assert_eq!(change(|draft| draft.replace(&Answers::default())), None);
    }
}

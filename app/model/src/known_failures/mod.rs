//! The known failures, most specific first.
//!
//! Known from the role's own tasks (names and messages of ovirt.ovirt 3.2.x) and from what users reported.

mod anywhere;
mod bootstrap;
mod checks;
mod storage;
mod target;

use crate::explain::Explanation;

/// All of them, in the order in which they are tried.
pub(crate) fn known_failures() -> impl Iterator<Item = &'static Explanation> {
    [checks::FAILURES, bootstrap::FAILURES, storage::FAILURES, target::FAILURES, anywhere::FAILURES]
        .into_iter()
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Cause;
    use crate::explain::explain;
    use crate::lang::Lang;
    use crate::phase::Phase;
    use std::collections::HashSet;

    #[test]
    fn every_known_failure_is_found_by_its_own_words_and_said_in_both_languages() {
        let mut ids = HashSet::new();
        for known in known_failures() {
            let (phase, cause) = known.example();
            assert_eq!(
                explain(phase, &cause).map(|found| found.id),
                Some(known.id),
                "{} is hidden by another",
                known.id
            );
            assert!(ids.insert(known.id), "{} stands twice", known.id);
            for lang in [Lang::En, Lang::Ja] {
                assert!(!known.why(lang).is_empty() && !known.remedy(lang).is_empty(), "{}", known.id);
            }
            assert_ne!(known.why(Lang::En), known.why(Lang::Ja), "{}", known.id);
        }
        assert!(ids.len() >= 20);
    }

    #[test]
    fn an_unknown_failure_is_left_to_its_own_words() {
        let cause = Cause { task: "Some new task".into(), message: "something unheard of".into(), also: vec![] };
        assert_eq!(explain(Phase::BootstrapLocalVm, &cause), None);
    }

    #[test]
    fn the_words_of_the_rescue_explain_what_the_first_failure_does_not() {
        let message = String::from("non-zero return code");
        let also =
            vec!["Engine VM IP address is 10.0.0.7 while the engine's he_fqdn e resolves to 10.0.0.8.".to_owned()];
        let cause = Cause { task: "Check engine VM health".into(), message, also };
        assert_eq!(explain(Phase::CreateTargetVm, &cause).map(|known| known.id), Some("engine-address-differs"));
    }

    #[test]
    fn a_failure_means_something_else_in_another_phase() {
        let cause = Cause { task: "x".into(), message: "Connection timed out".into(), also: vec![] };
        assert_eq!(explain(Phase::CreateStorageDomain, &cause).map(|known| known.id), Some("storage-unreachable"));
        assert_eq!(explain(Phase::InitialClean, &cause), None);
    }
}

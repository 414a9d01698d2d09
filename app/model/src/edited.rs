//! Answers of a run that are edited for another attempt: what of them a person gave, what was derived from the host, and what
//! an edit may change while the local engine VM stays.

use crate::answers::Answers;
use crate::defaults::fill;
use crate::facts::Facts;
use crate::form::{Field, Values, fields};

/// The answers of a run without what [`fill`] derived from the same facts, as somebody could have given them. The MAC
/// address stays: it was drawn, not derived, and may be reserved in DHCP by now.
pub fn left_open(answers: &Answers, facts: &Facts) -> Answers {
    let mut derived = Answers { advanced: answers.advanced.clone(), ..Answers::default() };
    fill(&mut derived, facts, &[0; 64]);
    let mut open = answers.clone();
    forget(&mut open.host.name_in_engine, &answers.host.fqdn);
    forget(&mut open.host.fqdn, &derived.host.fqdn);
    let (vm, derived) = (&mut open.engine_vm, &derived.engine_vm);
    forget(&mut vm.bridge_interface, &derived.bridge_interface);
    forget(&mut vm.gateway, &derived.gateway);
    forget(&mut vm.vcpus, &derived.vcpus);
    forget(&mut vm.memory_mib, &derived.memory_mib);
    forget(&mut vm.time_zone, &derived.time_zone);
    open
}

fn forget<T: PartialEq>(given: &mut Option<T>, derived: &Option<T>) {
    if given == derived {
        *given = None;
    }
}

/// What edited answers leave open stays as it was for the run `before`: the MAC address may be reserved in DHCP, and the
/// host has less memory to give while a local engine VM runs on it.
pub fn keep_derived(edited: &mut Answers, before: &Answers) {
    keep(&mut edited.host.fqdn, &before.host.fqdn);
    if edited.host.fqdn == before.host.fqdn {
        keep(&mut edited.host.name_in_engine, &before.host.name_in_engine);
    }
    let (vm, before) = (&mut edited.engine_vm, &before.engine_vm);
    keep(&mut vm.mac, &before.mac);
    keep(&mut vm.bridge_interface, &before.bridge_interface);
    keep(&mut vm.gateway, &before.gateway);
    keep(&mut vm.vcpus, &before.vcpus);
    keep(&mut vm.memory_mib, &before.memory_mib);
    keep(&mut vm.time_zone, &before.time_zone);
}

fn keep<T: Clone>(edited: &mut Option<T>, before: &Option<T>) {
    if edited.is_none() {
        edited.clone_from(before);
    }
}

/// What an edit has changed, by what it touches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Changed {
    /// Nothing.
    Nothing,
    /// Only where the engine VM will live.
    Storage,
    /// Something that the local engine VM was made with.
    EngineVm,
}

impl Changed {
    /// Between two attempts. Passwords and the way to the host do not count.
    pub fn between(before: &Answers, now: &Answers) -> Self {
        let (before, now) = (Values::of(before), Values::of(now));
        let other = |field: &Field| before.get(field.path) != now.get(field.path);
        let changed: Vec<&Field> = fields().filter(|field| other(field)).collect();
        match changed.iter().find(|field| !field.path.starts_with("storage.")) {
            Some(_) => Self::EngineVm,
            None if changed.is_empty() => Self::Nothing,
            None => Self::Storage,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answers::{EngineVm, Storage};
    use crate::defaults::Random;
    use crate::facts::DefaultRoute;

    const RANDOM: Random = [7; 64];

    fn facts() -> Facts {
        Facts {
            fqdn: "host1.example.com".into(),
            processors: 8,
            available_memory_mib: 32_000,
            time_zone: "Europe/Prague".into(),
            default_route: Some(DefaultRoute { interface: "eth0".into(), gateway: "192.0.2.1".parse().unwrap() }),
            ..Facts::default()
        }
    }

    #[test]
    fn what_was_derived_is_open_again_and_what_was_given_stays() {
        let mut run = Answers::default();
        run.engine_vm.fqdn = Some("engine.example.com".into());
        run.engine_vm.memory_mib = Some(8192);
        let given = run.clone();
        fill(&mut run, &facts(), &RANDOM);
        assert_eq!(run.engine_vm.vcpus, Some(4));
        let open = left_open(&run, &facts());
        let mac = run.engine_vm.mac.clone();
        assert_eq!(open, Answers { engine_vm: EngineVm { mac, ..given.engine_vm.clone() }, ..given });
    }

    #[test]
    fn what_an_edit_leaves_open_is_as_it_was_though_the_host_has_changed() {
        let mut run = Answers::default();
        fill(&mut run, &facts(), &RANDOM);
        let mut edited = left_open(&run, &facts());
        edited.engine_vm.vcpus = Some(2);
        keep_derived(&mut edited, &run);
        fill(&mut edited, &Facts { available_memory_mib: 9_000, ..facts() }, &[1; 64]);
        let vm = run.engine_vm.clone();
        let expected = Answers { engine_vm: EngineVm { vcpus: Some(2), ..vm }, ..run };
        assert_eq!(edited, expected);
    }

    #[test]
    fn a_host_that_is_renamed_gets_its_new_name_in_the_engine_too() {
        let mut run = Answers::default();
        fill(&mut run, &facts(), &RANDOM);
        let mut edited = left_open(&run, &facts());
        edited.host.fqdn = Some("host2.example.com".into());
        keep_derived(&mut edited, &run);
        fill(&mut edited, &facts(), &RANDOM);
        assert_eq!(edited.host.name_in_engine.as_deref(), Some("host2.example.com"));
    }

    #[test]
    fn passwords_and_the_way_to_the_host_are_no_change_and_storage_is_a_lesser_one() {
        let mut run = Answers::default();
        fill(&mut run, &facts(), &RANDOM);
        let mut edited = run.clone();
        edited.host.user = Some("operator".into());
        edited.set_secret("engine.admin_password", "other".into());
        assert_eq!(Changed::between(&run, &edited), Changed::Nothing);
        edited.storage = Some(Storage { domain_name: Some("other".into()), ..Storage::default() });
        assert_eq!(Changed::between(&run, &edited), Changed::Storage);
        edited.engine.cluster = Some("other".into());
        assert_eq!(Changed::between(&run, &edited), Changed::EngineVm);
    }
}

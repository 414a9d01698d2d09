//! The inside of an export or a volume, from the sections of a trial mount.

use super::found::{Folder, StoredDomain, Trial, Write};
use crate::facts::sections::{Sections, assigned, assignments};

/// What file servers put into every export by themselves.
const OF_THE_SERVER: [&str; 6] = ["lost+found", ".snapshot", ".snapshots", "~snapshot", ".trashcan", ".glusterfs"];

pub(super) fn folder(s: &Sections) -> Option<Folder> {
    let mount = s.get("trial")?;
    let source = mount.about.clone();
    let Some(numbers) = s.get("trial-numbers").filter(|_| mount.status == 0) else {
        return Some(Folder { source, trial: not_mounted(mount.status, &mount.text), ..Folder::default() });
    };
    let number = |key| assigned(&numbers.text, key).parse::<u64>().ok();
    let owner = assigned(&numbers.text, "owner").split_once(':');
    Some(Folder {
        source,
        trial: Trial::Mounted,
        mounted_as: numbers.text.lines().find_map(|line| line.strip_prefix("mounted=")).unwrap_or_default().to_owned(),
        owner: owner.and_then(|(user, group)| Some((user.parse().ok()?, group.parse().ok()?))),
        mode: u32::from_str_radix(assigned(&numbers.text, "mode"), 8).ok(),
        size_bytes: number("size_kib").map(|kib| kib.saturating_mul(1024)),
        free_bytes: number("free_kib").map(|kib| kib.saturating_mul(1024)),
        write: write(s),
        entries: s.ok("trial-listing").map(|text| {
            let names = text.lines().filter(|name| !name.is_empty() && !OF_THE_SERVER.contains(name));
            names.map(str::to_owned).collect()
        }),
        domains: domains(s.text("trial-domains")),
    })
}

/// mount(8) ends with 32 for whatever went wrong, so its words decide.
fn not_mounted(status: i32, said: &str) -> Trial {
    let words = said.trim();
    let cannot = ["unknown filesystem type", "you might need a /sbin/mount", "helper program", "No such device"];
    match status {
        0 => Trial::Refused("mount ended well, but nothing is mounted".to_owned()),
        124 | 137 => Trial::Refused("no answer within 25 s".to_owned()),
        125 => Trial::NotPossible("no mount namespace of its own".to_owned()),
        _ if cannot.iter().any(|cannot| words.contains(cannot)) => Trial::NotPossible(words.to_owned()),
        _ => Trial::Refused(words.to_owned()),
    }
}

fn write(s: &Sections) -> Option<Write> {
    let (direct, buffered) = (s.get("trial-write-direct")?, s.get("trial-write")?);
    let known = |status: i32| !matches!(status, 124..=127);
    match (direct.status, buffered.status) {
        (0, _) => Some(Write::Direct),
        (_, 0) => Some(Write::Buffered),
        (_, status) if known(status) => {
            // `dd: failed to open '/run/…': Permission denied`
            let line = buffered.text.lines().next().unwrap_or_default();
            Some(Write::Refused(line.rsplit_once(": ").map_or(line, |(_, why)| why).to_owned()))
        }
        _ => None,
    }
}

/// `FOLDER=` opens a domain; keys of `dom_md/metadata` follow.
fn domains(text: &str) -> Vec<StoredDomain> {
    let mut found: Vec<StoredDomain> = Vec::new();
    for (key, value) in assignments(text) {
        match (key, found.last_mut()) {
            ("FOLDER", _) => found.push(StoredDomain { uuid: value.to_owned(), ..StoredDomain::default() }),
            ("SDUUID", Some(domain)) => domain.uuid = value.to_owned(),
            ("DESCRIPTION", Some(domain)) => domain.name = value.to_owned(),
            ("POOL_DESCRIPTION", Some(domain)) => domain.data_center = value.to_owned(),
            _ => {}
        }
    }
    found
}

//! [`Figure`]s: what was read of certificates, names, storage, backups, disks and clocks, also when all is well. What is wrong
//! with them is a finding; here is how far it is from that.

use super::reading::Reading;
use crate::lang::{Text, text};
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// One of them. What was not read is not among them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figure {
    /// Stable id: `certificate-engine`, `name-engine`, `storage`, `backup`, `certificate-host`, `disk`, `clock`.
    pub id: String,
    /// The host; empty when it is about all of them.
    pub host: String,
    /// What it is.
    pub title: Text,
    /// How it is.
    pub value: Text,
}

/// The engine's, each from the first host that could tell, then those of each host.
pub(super) fn figures(ours: &[&Reading]) -> Vec<Figure> {
    let mut all = Vec::new();
    let mut add = |id: &str, host: &str, title: Text, value: Option<Text>| {
        let figure = |value| Figure { id: id.to_owned(), host: host.to_owned(), title, value };
        all.extend(value.map(figure));
    };
    let first = |look: fn(&Reading) -> Option<Text>| ours.iter().find_map(|reading| look(reading));
    add("name-engine", "", Text::new("Engine's name", "エンジン名"), first(name));
    add(
        "certificate-engine",
        "",
        Text::new("Engine's certificate", "エンジンの証明書"),
        first(|reading| reading.page.days.map(days_left)),
    );
    add("storage", "", Text::new("Engine's storage", "エンジンのストレージ"), first(storage));
    let newest = ours.iter().filter(|reading| reading.backup.is_some()).max_by_key(|reading| &reading.backup);
    add("backup", "", Text::new("Newest backup", "最新のバックアップ"), newest.and_then(|reading| backup(reading)));
    for reading in ours {
        let host = &reading.host;
        add(
            "certificate-host",
            host,
            text!("VDSM's certificate on {host}", "{host} の VDSM 証明書"),
            reading.certificate_days.map(days_left),
        );
        add("disk", host, text!("Fullest disk of {host}", "{host} の空きが最も少ないディスク"), disk(reading));
        add("clock", host, text!("Clock of {host}", "{host} の時計"), clock(reading));
    }
    all
}

fn days_left(days: i64) -> Text {
    let ago = -days;
    if days < 0 {
        text!("ended {ago} days ago", "{ago} 日前に期限切れ")
    } else {
        text!("{days} days left", "残り {days} 日")
    }
}

/// Forward and reverse, by DNS alone.
fn name(reading: &Reading) -> Option<Text> {
    let lookup = reading.names.iter().find(|lookup| lookup.name == reading.engine)?;
    let addresses = lookup.dns.as_ref().filter(|addresses| !addresses.is_empty())?;
    let back = |address: &IpAddr| reading.reverse.iter().find(|known| known.address == *address)?.dns.as_ref();
    let agrees = |names: &Vec<String>| names.iter().any(|name| name.eq_ignore_ascii_case(&lookup.name));
    let asked: Option<Vec<bool>> = addresses.iter().map(|address| back(address).map(agrees)).collect();
    let (en, ja) = match asked.map(|all| all.into_iter().all(|agrees| agrees)) {
        Some(true) => ("and back by the reverse look-up", "逆引きも一致"),
        Some(false) => ("the reverse look-up gives another name", "逆引きは不一致"),
        None => ("the reverse look-up did not answer", "逆引きは応答なし"),
    };
    let engine = &lookup.name;
    let shown = addresses.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    Some(text!("{engine} is {shown}, {en}", "{engine} は {shown} ({ja})"))
}

fn storage(reading: &Reading) -> Option<Text> {
    let (free, size) = (gib(reading.domain.free_kib?), gib(reading.domain.size_kib?));
    let place = if reading.storage.is_empty() { &reading.domain.id } else { &reading.storage };
    Some(text!("{place}: {free} of {size} GiB free", "{place}: 空き {free} / {size} GiB"))
}

fn backup(reading: &Reading) -> Option<Text> {
    let (at, path) = reading.backup.as_ref()?;
    let hours = reading.now.saturating_sub(*at) / 3600;
    let days = hours / 24;
    Some(if days == 0 {
        text!("{hours} h ago ({path})", "{hours} 時間前 ({path})")
    } else {
        text!("{days} days ago ({path})", "{days} 日前 ({path})")
    })
}

fn disk(reading: &Reading) -> Option<Text> {
    let space = reading.space.iter().min_by_key(|space| space.available_kib)?;
    let (mount, free, size) = (&space.mount, gib(space.available_kib), gib(space.size_kib));
    Some(text!("{mount}: {free} of {size} GiB free", "{mount}: 空き {free} / {size} GiB"))
}

fn clock(reading: &Reading) -> Option<Text> {
    let (en, ja) = match reading.clock_synchronized? {
        true => ("follows its time source", "時刻源に同期"),
        false => ("follows no time source", "時刻源に同期していません"),
    };
    Some(match reading.clock_offset_us.map(|offset| offset / 1000) {
        Some(ms) => text!("{en}, {ms} ms off", "{ja} (差 {ms} ms)"),
        None => Text::new(en, ja),
    })
}

/// With one decimal, cut off.
fn gib(kib: u64) -> String {
    let tenths = kib.saturating_mul(10) >> 20;
    format!("{}.{}", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{Lookup, ReverseLookup, Space};
    use crate::health::Domain;

    fn seen(reading: &Reading) -> Vec<(String, String)> {
        figures(&[reading]).into_iter().map(|figure| (figure.id, figure.value.en)).collect()
    }

    #[test]
    fn what_was_not_read_is_left_out() {
        assert!(seen(&Reading::default()).is_empty());
        assert!(figures(&[]).is_empty());
    }

    #[test]
    fn what_was_read_is_told_with_its_distance_from_trouble() {
        let engine = "engine.lab.example";
        let address = "192.0.2.50".parse().unwrap();
        let space = |mount: &str, gib: u64| Space {
            path: mount.into(),
            mount: mount.into(),
            size_kib: 100 << 20,
            available_kib: gib << 20,
            kind: "xfs".into(),
        };
        let mut reading = Reading {
            host: "node1".into(),
            now: 1_795_255_200,
            engine: engine.into(),
            storage: "storage.lab.example:/exports/he".into(),
            domain: Domain { size_kib: Some(100 << 20), free_kib: Some((50 << 20) + (1 << 19)), ..Domain::default() },
            names: vec![Lookup { name: engine.into(), all: None, files: None, dns: Some(vec![address]) }],
            reverse: vec![ReverseLookup { address, all: None, dns: Some(vec![engine.to_uppercase()]) }],
            certificate_days: Some(-3),
            space: vec![space("/", 40), space("/var", 12)],
            clock_synchronized: Some(true),
            clock_offset_us: Some(2_400),
            backup: Some((1_795_255_200 - 50 * 3600, "/var/lib/ovirt-engine-backup/a".into())),
            ..Reading::default()
        };
        reading.page.days = Some(300);
        let said = seen(&reading);
        let wanted = [
            ("name-engine", "engine.lab.example is 192.0.2.50, and back by the reverse look-up"),
            ("certificate-engine", "300 days left"),
            ("storage", "storage.lab.example:/exports/he: 50.5 of 100.0 GiB free"),
            ("backup", "2 days ago (/var/lib/ovirt-engine-backup/a)"),
            ("certificate-host", "ended 3 days ago"),
            ("disk", "/var: 12.0 of 100.0 GiB free"),
            ("clock", "follows its time source, 2 ms off"),
        ];
        assert_eq!(said, wanted.map(|(id, value)| (id.to_owned(), value.to_owned())));
        reading.reverse.clear();
        assert!(seen(&reading)[0].1.ends_with("the reverse look-up did not answer"));
        for figure in figures(&[&reading]) {
            assert!(!figure.title.ja.is_ascii() && !figure.value.ja.is_ascii(), "{figure:?}");
        }
    }
}

//! Time source, SELinux, firewalld, crypto policy and the state of units.

use super::sections::{Sections, assigned, assignments};
use serde::{Deserialize, Serialize};

/// Who keeps the clock right.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Clock {
    /// `NTPSynchronized` of timedatectl.
    pub synchronized: Option<bool>,
    /// Offset that chrony or ntpd reports, in microseconds, without its sign.
    pub offset_us: Option<u64>,
    /// chrony: `Normal`, `Not synchronised`, …
    pub leap: String,
    /// Time sources in use as `^* 10.0.0.1`; `None`: no daemon answered.
    pub sources: Option<Vec<String>>,
}

/// State of one systemd unit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Unit {
    /// `firewalld.service`.
    pub name: String,
    /// `loaded`, `not-found`, `masked`.
    pub load: String,
    /// `active`, `inactive`, `failed`.
    pub active: String,
    /// `running`, `dead`, `listening`.
    pub sub: String,
    /// `enabled`, `disabled`, `masked`, `static`.
    pub file: String,
}

/// What `firewall-cmd --list-all` says of one zone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Firewall {
    /// The zone's name.
    pub zone: String,
    /// Services it lets in.
    pub services: Vec<String>,
    /// Ports it lets in: `9090/tcp`, `5900-6923/tcp`.
    pub ports: Vec<String>,
    /// Interfaces in it.
    pub interfaces: Vec<String>,
}

/// Security settings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Security {
    /// SELinux at this moment: `enforcing`, `permissive`, `disabled`; `None`: not read.
    pub selinux: Option<String>,
    /// SELinux after the next boot.
    pub selinux_configured: String,
    /// Units that matter; empty: systemd did not answer.
    pub units: Vec<Unit>,
    /// The firewall's default zone; `None`: firewalld did not answer.
    pub firewall: Option<Firewall>,
    /// System-wide crypto policy (`DEFAULT`, `FIPS`, `FUTURE`).
    pub crypto_policy: String,
    /// FIPS mode of the kernel.
    pub fips: Option<bool>,
    /// Watchdog devices.
    pub watchdogs: Vec<String>,
}

impl Security {
    /// The unit of this name.
    pub fn unit(&self, name: &str) -> Option<&Unit> {
        self.units.iter().find(|unit| unit.name == name)
    }

    /// The unit is active.
    pub fn runs(&self, name: &str) -> bool {
        self.unit(name).is_some_and(|unit| unit.active == "active")
    }
}

pub(super) fn clock(s: &Sections) -> Clock {
    let synchronized = match assigned(s.text("timedatectl"), "NTPSynchronized") {
        "yes" => Some(true),
        "no" => Some(false),
        _ => status_line(s.text("timedatectl-status"), "synchronized").map(|value| value == "yes"),
    };
    let tracking = s.ok("chrony");
    let chrony = |key: &str| {
        let mut pairs = tracking.unwrap_or_default().lines().filter_map(|line| line.split_once(':'));
        pairs.find(|(name, _)| name.trim() == key).map_or("", |(_, value)| value.trim())
    };
    let offset = chrony("System time").split_whitespace().next().and_then(seconds_as_us);
    let ntp = s.ok("ntpq").map(|text| {
        let peers = text.lines().skip(2).filter(|line| !line.trim().is_empty());
        peers.map(|line| line.split_whitespace().next().unwrap_or_default().to_owned()).collect()
    });
    let ntp_offset = s.ok("ntpq").and_then(|text| {
        let peer = text.lines().find(|line| line.starts_with('*'))?;
        let milliseconds = peer.split_whitespace().nth(8)?.trim_start_matches(['-', '+']);
        seconds_as_us(milliseconds).map(|us| us / 1000)
    });
    let sources = s.ok("chrony-sources").map(|text| {
        let sources = text.lines().filter(|line| line.starts_with(['^', '=', '#']));
        sources.map(|line| line.split_whitespace().take(2).collect::<Vec<_>>().join(" ")).collect()
    });
    Clock {
        synchronized,
        offset_us: offset.or(ntp_offset),
        leap: chrony("Leap status").to_owned(),
        sources: sources.or(ntp),
    }
}

/// `0.000012345` as 12.
fn seconds_as_us(text: &str) -> Option<u64> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let part: String = part.chars().chain("000000".chars()).take(6).collect();
    whole.parse::<u64>().ok()?.checked_mul(1_000_000)?.checked_add(part.parse().ok()?)
}

/// A line `System clock synchronized: yes` of `timedatectl status`; older ones write `NTP synchronized`.
fn status_line<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    let mut pairs = text.lines().filter_map(|line| line.split_once(':'));
    pairs.find(|(name, _)| name.contains(key)).map(|(_, value)| value.trim())
}

/// The time zone, from timedatectl, or from where /etc/localtime points.
pub(super) fn time_zone(s: &Sections) -> String {
    let named = assigned(s.text("timedatectl"), "Timezone");
    if !named.is_empty() {
        return named.to_owned();
    }
    let shown = status_line(s.text("timedatectl-status"), "Time zone").and_then(|zone| zone.split_whitespace().next());
    let linked = assigned(s.text("identity"), "zone_link").split_once("/zoneinfo/").map(|(_, zone)| zone);
    shown.or(linked).unwrap_or_default().to_owned()
}

pub(super) fn security(s: &Sections) -> Security {
    let configured = assigned(s.text("selinux-file"), "SELINUX").to_owned();
    let selinux = match s.get("selinux") {
        Some(section) if section.status == 0 && section.text.trim() == "1" => Some("enforcing".to_owned()),
        Some(section) if section.status == 0 => Some("permissive".to_owned()),
        // The file system is not mounted while SELinux is off.
        Some(section) if section.status == 1 => Some("disabled".to_owned()),
        _ => None,
    };
    Security {
        selinux,
        selinux_configured: configured,
        units: s.text("units").split("\n\n").map(unit).filter(|unit| !unit.name.is_empty()).collect(),
        firewall: s.ok("firewall").map(firewall),
        crypto_policy: s.text("crypto-policy").lines().next().unwrap_or_default().trim().to_owned(),
        // A kernel without the file cannot be in FIPS mode.
        fips: s.get("fips").filter(|section| section.status <= 1).map(|section| section.text.trim() == "1"),
        watchdogs: s.text("watchdogs").lines().map(str::to_owned).collect(),
    }
}

fn unit(text: &str) -> Unit {
    let mut unit = Unit::default();
    for (key, value) in assignments(text) {
        let value = value.to_owned();
        match key {
            "Id" => unit.name = value,
            "LoadState" => unit.load = value,
            "ActiveState" => unit.active = value,
            "SubState" => unit.sub = value,
            "UnitFileState" => unit.file = value,
            _ => {}
        }
    }
    unit
}

fn firewall(text: &str) -> Firewall {
    let words = |key: &str| -> Vec<String> {
        let mut pairs = text.lines().filter_map(|line| line.split_once(':'));
        let value = pairs.find(|(name, _)| name.trim() == key).map_or("", |(_, value)| value);
        value.split_whitespace().map(str::to_owned).collect()
    };
    let zone = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    Firewall {
        zone: zone.split_whitespace().next().unwrap_or_default().to_owned(),
        services: words("services"),
        ports: words("ports"),
        interfaces: words("interfaces"),
    }
}

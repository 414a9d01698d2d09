//! [`Reading`]: one host as the health probe found it. The sections that the preflight's probe prints as well are parsed by
//! [`Facts::parse`]; here is what only the health of an engine needs.

use super::vm_status::VmStatus;
use crate::facts::sections::{Section, Sections, assigned};
use crate::facts::{Facts, Lookup, ParseError, ReverseLookup, Space, Unit};
use serde::{Deserialize, Serialize};

/// One host.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Reading {
    /// Its name or address as the person gave it.
    pub host: String,
    /// Its own name.
    pub hostname: String,
    /// Its clock, in seconds of the epoch.
    pub now: u64,
    /// The session is root's.
    pub root: bool,
    /// hosted-engine.conf: there is one; `None`: the session may not look.
    pub configuration: Option<bool>,
    /// It names an engine VM.
    pub deployed: bool,
    /// The engine's FQDN, from there.
    pub engine: String,
    /// This host's number among the hosted-engine hosts, from there.
    pub host_id: Option<u32>,
    /// The storage as it was set up, from there: `storage.example:/exports/he`.
    pub storage: String,
    /// `nfs`, `iscsi`, `fc`, `glusterfs`, from there.
    pub storage_kind: String,
    /// vm.conf has been fetched from the storage.
    pub vm_configuration: Option<bool>,
    /// What the HA daemons say.
    pub vm_status: VmStatus,
    /// What `hosted-engine --check-liveliness` says.
    pub liveliness: Liveliness,
    /// The engine's health page.
    pub page: Page,
    /// Days until the host's own certificate ends; `None`: not read.
    pub certificate_days: Option<i64>,
    /// Services.
    pub units: Vec<Unit>,
    /// libvirt's word for the VM HostedEngine here; `None`: libvirt does not run or was not read; empty: not defined.
    pub engine_vm: Option<String>,
    /// The same for HostedEngineLocal, which a deployment leaves.
    pub local_vm: Option<String>,
    /// Free space.
    pub space: Vec<Space>,
    /// The hosted-engine storage domain.
    pub domain: Domain,
    /// Forward look-ups of the engine's and the host's name.
    pub names: Vec<Lookup>,
    /// Reverse look-ups of what they gave.
    pub reverse: Vec<ReverseLookup>,
    /// The clock follows a source; `None`: not known.
    pub clock_synchronized: Option<bool>,
    /// How far it is off, in microseconds.
    pub clock_offset_us: Option<u64>,
    /// What the agent logged of its score, newest last.
    pub penalties: Vec<String>,
    /// The newest sign of a backup on this host: when, in seconds of the epoch, and the file.
    pub backup: Option<(u64, String)>,
    /// A run of ours that holds the host or runs on it.
    pub run: Option<String>,
}

/// `hosted-engine --check-liveliness`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Liveliness {
    /// The engine answers.
    Up,
    /// It does not.
    Down,
    /// The command could not tell.
    #[default]
    Unknown,
}

/// The engine's health page, asked from the host over TLS.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Page {
    /// A TLS server answered; `None`: nothing was asked.
    pub connected: Option<bool>,
    /// HTTP status; `None`: no answer.
    pub status: Option<u16>,
    /// The page says `DB Up`.
    pub up: bool,
    /// Whose certificate authority vouches for it: `engine-ca`, `system`; empty: none.
    pub trusted_by: String,
    /// Why none does, in openssl's words.
    pub distrust: String,
    /// Days until the certificate ends; `None`: not read.
    pub days: Option<i64>,
    /// openssl's complaint when nothing answered.
    pub said: String,
}

/// The hosted-engine storage domain on this host.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Domain {
    /// Its id.
    pub id: String,
    /// Where it is mounted or linked; empty: it is not there.
    pub place: String,
    /// Its metadata could be read through the mount; `None`: not tried.
    pub readable: Option<bool>,
    /// Reading it did not end in time.
    pub hangs: bool,
    /// It is mounted read-only.
    pub read_only: bool,
    /// VDSM's user may write to it; `None`: not asked, or block storage.
    pub writable: Option<bool>,
    /// Size in KiB.
    pub size_kib: Option<u64>,
    /// Free in KiB.
    pub free_kib: Option<u64>,
}

impl Domain {
    /// The mount that its folder lies in.
    pub fn mount(&self) -> &str {
        self.place.rsplit_once('/').map_or(self.place.as_str(), |(mount, _)| mount)
    }
}

impl Reading {
    /// Parses what the probe printed. `host` is the name that the person knows, `token` the random word of that run.
    ///
    /// # Errors
    /// When it is no probe's output, or not whole.
    pub fn parse(host: &str, token: &str, output: &[u8]) -> Result<Self, ParseError> {
        let facts = Facts::parse(token, output)?;
        let s = Sections::split(token, output);
        let identity = s.text("identity");
        let now = assigned(identity, "now").parse().unwrap_or_default();
        let conf = |key: &str| assigned(s.text("deployed"), key).to_owned();
        let vm = |name: &str| {
            let domains = facts.state.domains.as_ref()?;
            Some(domains.iter().find(|domain| domain.name == name).map_or_else(String::new, |d| d.state.clone()))
        };
        Ok(Self {
            host: host.to_owned(),
            hostname: Some(facts.fqdn.clone())
                .filter(|name| !name.is_empty())
                .unwrap_or_else(|| assigned(identity, "hostname").to_owned()),
            now,
            root: assigned(identity, "uid") == "0",
            configuration: facts.state.configuration,
            deployed: facts.already_deployed,
            engine: conf("fqdn"),
            host_id: conf("host_id").parse().ok(),
            storage: conf("storage"),
            storage_kind: conf("domainType"),
            vm_configuration: yes_or_no(s.get("vm-conf")),
            vm_status: vm_status(&s),
            liveliness: match s.get("liveliness").map(|section| section.status) {
                Some(0) => Liveliness::Up,
                Some(1) => Liveliness::Down,
                _ => Liveliness::Unknown,
            },
            page: page(&s, now),
            certificate_days: s.ok("host-certificate").and_then(|text| days_left(text, now)),
            units: facts.security.units,
            engine_vm: vm("HostedEngine"),
            local_vm: vm("HostedEngineLocal"),
            space: facts.disks.space,
            domain: domain(&s, conf("sdUUID")),
            names: facts.names.forward,
            reverse: facts.names.reverse,
            // What chrony says of itself counts: the kernel's flag stays off where chrony may only watch the clock.
            clock_synchronized: match facts.clock.leap.as_str() {
                "" => facts.clock.synchronized,
                leap => Some(leap != "Not synchronised"),
            },
            clock_offset_us: facts.clock.offset_us,
            penalties: s.text("penalties").lines().map(str::to_owned).collect(),
            backup: s.text("backups").lines().filter_map(backup).max(),
            run: s.text("our-runs").lines().map(str::trim).find(|line| !line.is_empty()).map(str::to_owned),
        })
    }

    /// A service's state; `None`: systemd did not tell.
    pub fn unit(&self, name: &str) -> Option<&Unit> {
        self.units.iter().find(|unit| unit.name == format!("{name}.service") && !unit.load.is_empty())
    }

    /// The service that sets the clock: the one that runs, else the one that should, else one that is installed.
    pub fn time_service(&self) -> Option<(&'static str, &Unit)> {
        let installed = ["chronyd", "chrony", "ntpd"]
            .into_iter()
            .filter_map(|name| Some((name, self.unit(name).filter(|unit| unit.load != "not-found")?)));
        installed.min_by_key(|(name, unit)| (self.is_stopped(name), unit.file != "enabled"))
    }

    /// The service is installed and does not run.
    pub fn is_stopped(&self, name: &str) -> bool {
        self.unit(name).is_some_and(|unit| {
            unit.load != "not-found" && !matches!(unit.active.as_str(), "active" | "activating" | "reloading")
        })
    }

    /// The engine answers, by what this host can see itself.
    pub fn sees_engine(&self) -> bool {
        self.page.up || self.liveliness == Liveliness::Up
    }
}

fn vm_status(s: &Sections) -> VmStatus {
    s.get("vm-status").map_or_else(VmStatus::default, |section| {
        VmStatus::parse(section.status, &section.text, s.text("vm-status-said"))
    })
}

fn yes_or_no(section: Option<&Section>) -> Option<bool> {
    match section?.status {
        0 => Some(true),
        1 => Some(false),
        _ => None,
    }
}

/// `openssl s_client` with the health page behind its own talk: first asked with the engine's CA, then with the system's.
fn page(s: &Sections, now: u64) -> Page {
    let asked: Vec<&Section> = s.all("page").collect();
    let trusted = asked.iter().find(|section| verify_code(&section.text).is_some_and(|(code, _)| code == 0));
    let Some(section) = trusted.or(asked.first()) else { return Page::default() };
    let verified = verify_code(&section.text);
    let connected = section.text.contains("BEGIN CERTIFICATE");
    let status = section.text.lines().find_map(|line| {
        let rest = line.split("HTTP/1.").nth(1)?;
        rest.split_whitespace().nth(1)?.parse().ok()
    });
    let said = section.text.lines().map(str::trim).find(|line| line.contains("errno") || line.contains(":error:"));
    Page {
        connected: Some(connected),
        status,
        up: status == Some(200) && section.text.contains("DB Up"),
        trusted_by: trusted.map(|section| section.about.clone()).unwrap_or_default(),
        distrust: match (trusted, verified) {
            (None, Some((_, why))) if connected => why.to_owned(),
            _ => String::new(),
        },
        days: s.ok("certificate").and_then(|text| days_left(text, now)),
        said: if connected { String::new() } else { said.unwrap_or_default().chars().take(160).collect() },
    }
}

/// `Verify return code: 20 (unable to get local issuer certificate)`.
fn verify_code(text: &str) -> Option<(u32, &str)> {
    let rest = text.split("Verify return code: ").nth(1)?;
    let (code, why) = rest.lines().next()?.split_once(' ')?;
    Some((code.parse().ok()?, why.trim_matches(['(', ')'])))
}

/// `notAfter=Nov 21 10:15:02 2027 GMT` as whole days from `now`, negative when it is over.
fn days_left(text: &str, now: u64) -> Option<i64> {
    let date = text.lines().find_map(|line| line.trim().strip_prefix("notAfter="))?;
    let words: Vec<&str> = date.split_whitespace().collect();
    let [month, day, time, year, ..] = words.as_slice() else { return None };
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let month = i64::try_from(months.iter().position(|name| name == month)?).ok()? + 1;
    let mut clock = time.split(':').map(|part| part.parse::<i64>());
    let (hour, minute) = (clock.next()?.ok()?, clock.next()?.ok()?);
    let ends = days_from_civil(year.parse().ok()?, month, day.parse().ok()?) * 86_400 + hour * 3600 + minute * 60;
    Some((ends - i64::try_from(now).ok()?).div_euclid(86_400))
}

/// Days since 1970-01-01 of a date of the Gregorian calendar, years beginning in March so that the leap day comes last.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, month) = (year.div_euclid(400), (month + 9) % 12);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * month + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

fn domain(s: &Sections, id: String) -> Domain {
    let place =
        s.ok("storage-place").map(|text| text.lines().next().unwrap_or_default().to_owned()).unwrap_or_default();
    let read = s.get("storage-read").map(|section| section.status);
    // df's line, or for block storage the volume group, whose logical volumes are the disks.
    let space = s.ok("storage-space").and_then(|text| {
        let words: Vec<&str> = text.lines().nth(1)?.split_whitespace().collect();
        Some((words.get(2)?.parse().ok()?, words.get(3)?.parse().ok()?))
    });
    let group = s.ok("storage-group").and_then(|text| {
        let (size, free) = text.lines().next()?.trim().split_once('|')?;
        let whole = |number: &str| number.split('.').next()?.parse().ok();
        Some((whole(size)?, whole(free)?))
    });
    let (size_kib, free_kib) = group.or(space).unzip();
    let under = |target: &str| !place.is_empty() && place.starts_with(target);
    let mounts = s.text("mounts").lines().filter_map(|line| {
        let words: Vec<&str> = line.split(' ').collect();
        Some((words.get(1)?.replace("\\040", " "), *words.get(3)?))
    });
    let read_only =
        mounts.filter(|(target, _)| under(target)).any(|(_, options)| options.split(',').any(|o| o == "ro"));
    Domain {
        id,
        readable: read.map(|status| status == 0),
        hangs: matches!(read, Some(124 | 137)) || matches!(s.get("storage-place").map(|p| p.status), Some(124 | 137)),
        read_only,
        writable: yes_or_no(s.get("storage-write")),
        size_kib,
        free_kib,
        place,
    }
}

/// `1795236000 /var/lib/ovirt-engine-backup/…`.
fn backup(line: &str) -> Option<(u64, String)> {
    let (at, path) = line.split_once(' ')?;
    Some((at.parse().ok()?, path.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_s_end_is_counted_in_whole_days() {
        // 2026-11-21 10:00:00 UTC.
        let now = 1_795_255_200;
        assert_eq!(days_left("notAfter=Nov 22 10:00:00 2026 GMT\nsubject=CN = e\n", now), Some(1));
        assert_eq!(days_left("notAfter=Nov 22 09:59:00 2026 GMT", now), Some(0));
        assert_eq!(days_left("notAfter=Nov 20 10:00:00 2026 GMT", now), Some(-1));
        assert_eq!(days_left("notAfter=Feb 29 10:00:00 2028 GMT", now), Some(465));
        assert_eq!(days_left("notAfter=soon", now), None);
    }
}

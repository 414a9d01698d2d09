//! [`Provisioner`]: what the servers ask of nodes, profiles and images.

use super::store::Nodes;
use super::token::Purpose;
use crate::image::{Images, Part};
use crate::kickstart;
use crate::mac::Mac;
use crate::profile::{self, Menu, Profiles};
use crate::provisioning::{Caller, Known, Loader, Located, Machine, Origin, Provisioning, Refusal, Report, Seen};
use crate::script::{self, Choice, Installation};
use hosted_deploy_model::node::failure::{NO_CALLBACK, NO_KICKSTART, TOO_OFTEN};
use hosted_deploy_model::node::{Boot, Happening, Node, State};
use std::collections::HashMap;
use std::net::Ipv4Addr;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

/// A loader asks for its text under several names, and firmware asks again: within so long it is one start.
const ONE_START_MILLIS: u64 = 20_000;
/// How often time-outs are looked for.
const TICK: Duration = Duration::from_secs(5);
/// Sightings that wait to be written; what comes on top of them is lost, and only a line in a log with it.
const WAITING_MOST: usize = 1024;
/// How long what a profile says of the first boot file is believed.
const FIRST_FILE_FRESH: Duration = Duration::from_secs(1);
/// The same sighting again within so long is not written down.
const SAME_MILLIS: u64 = 2_000;
const ATTEMPTS: u32 = 3;
const BOOT_MINUTES: u32 = 15;
const INSTALL_MINUTES: u32 = 90;
const HOST_KEYS_MOST: usize = 8;

/// The loader that a profile wants, its shim, and when that was read.
type FirstFile = (Instant, Loader, Option<String>);

/// Nodes, profiles and images behind the servers.
pub struct Provisioner {
    nodes: Nodes,
    pub(super) profiles: Profiles,
    pub(super) images: Images,
    clock: Box<dyn Fn() -> u64 + Send + Sync>,
    sightings: SyncSender<(Machine, Seen)>,
    first_files: Mutex<HashMap<String, FirstFile>>,
    recent: Mutex<HashMap<(Mac, String), u64>>,
}

impl Provisioner {
    /// Starts; a thread writes what is seen and looks at the clock, until the last handle is gone.
    pub fn start(nodes: Nodes, profiles: Profiles, images: Images) -> Arc<Self> {
        Self::start_with_clock(nodes, profiles, images, super::now)
    }

    /// The same with another clock (Unix milliseconds).
    pub fn start_with_clock(
        nodes: Nodes,
        profiles: Profiles,
        images: Images,
        clock: impl Fn() -> u64 + Send + Sync + 'static,
    ) -> Arc<Self> {
        let (sightings, incoming) = sync_channel(WAITING_MOST);
        let provisioner = Arc::new(Self {
            nodes,
            profiles,
            images,
            clock: Box::new(clock),
            sightings,
            first_files: Mutex::default(),
            recent: Mutex::default(),
        });
        let weak = Arc::downgrade(&provisioner);
        std::thread::spawn(move || watch(&weak, &incoming));
        provisioner
    }

    /// The nodes.
    pub fn nodes(&self) -> &Nodes {
        &self.nodes
    }

    /// Fails what takes too long.
    pub fn expire(&self) {
        let now = (self.clock)();
        for node in self.nodes.list().unwrap_or_default() {
            let boot = node.profile.as_deref().and_then(|name| self.profiles.get(name).ok()).unwrap_or_default().boot;
            let (minutes, what) = match node.state {
                State::Booting => (boot.boot_minutes.unwrap_or(BOOT_MINUTES), NO_KICKSTART),
                State::Installing => (boot.install_minutes.unwrap_or(INSTALL_MINUTES), NO_CALLBACK),
                _ => continue,
            };
            if now.saturating_sub(node.since) > u64::from(minutes) * 60_000 {
                let why = format!("{what} within {minutes} minutes");
                note(self.nodes.happen(&node.name, Happening::TimedOut, "timeout", &why, now).map(drop));
            }
        }
    }

    fn node_of(&self, machine: &Machine) -> Option<Arc<Node>> {
        self.nodes.find(machine.mac, machine.uuid)
    }

    /// The text that installs a node, or the reason why there is none.
    fn installation(&self, loader: Loader, node: &Node, machine: &Machine, origin: &Origin) -> Result<String, String> {
        let now = (self.clock)();
        let (profile, image) = self.recipe(node).map_err(|why| why.en)?;
        let again = node.state == State::Booting && now.saturating_sub(node.since) < ONE_START_MILLIS;
        let most = profile.boot.attempts.unwrap_or(ATTEMPTS);
        if !again && node.attempts >= most {
            let why = format!("{TOO_OFTEN} {most} times and never called back");
            note(self.nodes.happen(&node.name, Happening::TimedOut, "timeout", &why, now).map(drop));
            return Err(why);
        }
        // Judged with what it will be rendered with: a kickstart that cannot be made is told now, on the screen.
        let trial = Installation::of_node(&profile, image.as_ref(), node, Some(machine.mac), &origin.http(), "0");
        kickstart::render(&trial).map_err(|problems| problems.first().map(ToString::to_string).unwrap_or_default())?;
        let issued = self.nodes.issue(&node.name, &Purpose::Install, machine.mac, now);
        let token = issued.map_err(|error| error.to_string())?;
        let installation =
            Installation::of_node(&profile, image.as_ref(), node, Some(machine.mac), &origin.http(), &token);
        if again {
            note(self.nodes.saw(machine.mac, machine.uuid, "script", "asked again", now));
        } else {
            let detail = format!("{loader:?} for {}", node.profile.as_deref().unwrap_or_default());
            note(self.nodes.happen(&node.name, Happening::ScriptServed, "script", &detail, now).map(drop));
        }
        Ok(match loader {
            Loader::Ipxe => script::ipxe_install(&installation),
            Loader::Pxelinux => script::pxelinux_install(&installation),
            Loader::Grub => script::grub_install(&installation),
        })
    }

    fn failed(&self, loader: Loader, node: &str, why: &str) -> String {
        match loader {
            Loader::Ipxe => script::ipxe_failed(node, why),
            Loader::Pxelinux => script::pxelinux_local(node),
            Loader::Grub => script::grub_local(node),
        }
    }

    fn menu(&self, loader: Loader, machine: &Machine, origin: &Origin) -> String {
        let menu = self.profiles.menu().unwrap_or_else(|error| {
            tracing::warn!("the menu is shown without its items: {error}");
            Menu::default()
        });
        let mac = machine.mac.to_string();
        match loader {
            Loader::Pxelinux => return script::pxelinux_menu(&menu, &mac),
            Loader::Grub => return script::grub_menu(&menu, &mac),
            Loader::Ipxe => {}
        }
        let choices = menu.items.iter().filter_map(|item| self.choice(item, machine, origin));
        script::ipxe_menu(&menu, &choices.collect::<Vec<Choice>>())
    }

    fn choice(&self, item: &profile::Item, machine: &Machine, origin: &Origin) -> Option<Choice> {
        let node = self.nodes.find(machine.mac, machine.uuid)?;
        let purpose = Purpose::Choice(item.profile.clone());
        let token = self.nodes.issue(&node.name, &purpose, machine.mac, (self.clock)()).ok()?;
        let label = item.label.clone().or_else(|| self.profiles.get(&item.profile).ok()?.description);
        Some(Choice {
            label: label.unwrap_or_else(|| item.profile.clone()),
            key: item.key.clone(),
            url: format!("{}/ks/{token}", origin.http()),
        })
    }

    /// Somebody chose a menu's item on the machine's own screen: it becomes a node of that profile.
    fn chosen(&self, name: &str, profile: &str, mac: Mac, caller: &Caller, origin: &Origin) -> String {
        let now = (self.clock)();
        let change = super::Change { profile: Some(Some(profile.to_owned())), ..super::Change::default() };
        let machine = Machine { mac, uuid: None, arch: None, address: Some(caller.address) };
        match self.nodes.set(name, change, now) {
            Ok(_) => self.script(Loader::Ipxe, &machine, origin),
            Err(error) => script::ipxe_failed(name, &error.to_string()),
        }
    }

    fn kept_address(&self, name: &str) -> Option<Ipv4Addr> {
        self.nodes.get(name).ok()?.address
    }

    fn refused(&self, refusal: Refusal, caller: &Caller) -> Refusal {
        tracing::warn!("a token was refused to {} ({:?}): {refusal}", caller.address, caller.mac);
        if let Some(mac) = caller.mac.filter(|_| refusal != Refusal::Unknown) {
            note(self.nodes.saw(mac, None, "refused", &refusal.to_string(), (self.clock)()));
        }
        refusal
    }

    fn first_file(&self, profile: &str) -> (Loader, Option<String>) {
        let mut known = self.first_files.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((at, loader, shim)) = known.get(profile).filter(|(at, ..)| at.elapsed() < FIRST_FILE_FRESH) {
            let _ = at;
            return (*loader, shim.clone());
        }
        let (loader, shim) = match self.profiles.get(profile) {
            Ok(profile) => {
                let image = profile.image.as_deref().and_then(|name| self.images.get(name).ok());
                // By its path in the tree: GRUB is looked for beside it.
                let shim = image.as_ref().and_then(|image| {
                    let file = image.file(Part::Shim)?;
                    Some(image.url_path(&format!("tree/{}", file.path)))
                });
                (profile.boot.loader.into(), shim)
            }
            Err(_) => (Loader::Ipxe, None),
        };
        known.insert(profile.to_owned(), (Instant::now(), loader, shim.clone()));
        (loader, shim)
    }

    /// Writes a sighting down, unless the same was seen just now.
    fn write_down(&self, machine: &Machine, seen: &Seen) {
        let now = (self.clock)();
        let (kind, detail) = match seen {
            Seen::Asked { kind } => ("asked", (*kind).to_owned()),
            Seen::Leased => ("leased", machine.address.map(|address| address.to_string()).unwrap_or_default()),
            // It was written when it was made.
            Seen::Script(_) => return,
            Seen::File { name, bytes } => ("file", format!("{name} ({bytes} bytes)")),
        };
        // A lease alone is no wish to boot: laptops of guests are not nodes.
        if *seen == Seen::Leased && self.node_of(machine).is_none() {
            return;
        }
        {
            let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
            recent.retain(|_, at| now.saturating_sub(*at) < SAME_MILLIS);
            if recent.insert((machine.mac, detail.clone()), now).is_some() {
                return;
            }
        }
        note(self.nodes.saw(machine.mac, machine.uuid, kind, &detail, now));
    }
}

impl Provisioning for Provisioner {
    fn known(&self, machine: &Machine) -> Option<Known> {
        let node = self.node_of(machine)?;
        if node.state == State::Discovered && node.profile.is_none() && node.address.is_none() {
            return None;
        }
        let (loader, shim) = node.profile.as_deref().map(|profile| self.first_file(profile)).unwrap_or_default();
        Some(Known { name: node.name.clone(), address: node.address, loader, shim })
    }

    fn kept_for(&self, address: Ipv4Addr) -> Option<Mac> {
        self.nodes.find_address(address)?.mac
    }

    fn script(&self, loader: Loader, machine: &Machine, origin: &Origin) -> String {
        let node = match self.node_of(machine) {
            Some(node) => node,
            None => {
                note(self.nodes.saw(machine.mac, machine.uuid, "script", "the menu", (self.clock)()));
                match self.node_of(machine) {
                    Some(node) => node,
                    // Too many are discovered, or the database fails: the menu without items that install.
                    None => return self.menu(loader, machine, origin),
                }
            }
        };
        match node.state.boot() {
            Boot::Menu => self.menu(loader, machine, origin),
            Boot::LocalDisk if node.state == State::Failed => {
                self.failed(loader, &node.name, node.failure.as_deref().unwrap_or("no reason was given"))
            }
            Boot::LocalDisk => match loader {
                Loader::Ipxe => script::ipxe_local(&node.name),
                Loader::Pxelinux => script::pxelinux_local(&node.name),
                Loader::Grub => script::grub_local(&node.name),
            },
            Boot::Install => self.installation(loader, &node, machine, origin).unwrap_or_else(|why| {
                tracing::warn!("{} is not installed: {why}", node.name);
                note(self.nodes.saw(machine.mac, machine.uuid, "refused", &why, (self.clock)()));
                self.failed(loader, &node.name, &why)
            }),
        }
    }

    fn kickstart(&self, token: &str, caller: &Caller, origin: &Origin) -> Result<String, Refusal> {
        let now = (self.clock)();
        let (token, boot_cfg) = match token.strip_suffix(".boot.cfg") {
            Some(token) => (token, true),
            None => (token, false),
        };
        let judged = self.nodes.judge(token, caller, |name| self.kept_address(name), now);
        let good = judged.map_err(|refusal| self.refused(refusal, caller))?;
        if let Purpose::Choice(profile) = &good.purpose {
            self.nodes.spend(&good);
            return Ok(self.chosen(&good.node, profile, good.mac, caller, origin));
        }
        let node = self.nodes.get(&good.node).map_err(|_| Refusal::Unknown)?;
        if !matches!(node.state, State::Booting | State::Installing) {
            return Err(self.refused(Refusal::Spent, caller));
        }
        let (profile, image) = self.recipe(&node).map_err(|why| {
            note(self.nodes.saw(good.mac, None, "refused", &why.en, now));
            Refusal::Spent
        })?;
        let installation =
            Installation::of_node(&profile, image.as_ref(), &node, Some(good.mac), &origin.http(), token);
        if boot_cfg {
            let original = image.as_ref().and_then(|image| self.images.text(image, Part::BootCfg)).unwrap_or_default();
            return script::esxi_boot_cfg(&installation, &original).ok_or(Refusal::Unknown);
        }
        self.nodes.fetch(&good, now).map_err(|refusal| self.refused(refusal, caller))?;
        let text = kickstart::render(&installation).map_err(|problems| {
            let why = problems.first().map(ToString::to_string).unwrap_or_default();
            note(self.nodes.saw(good.mac, None, "refused", &why, now));
            Refusal::Spent
        })?;
        let detail = format!("to {}", caller.address);
        note(self.nodes.happen(&good.node, Happening::InstallerRuns, "kickstart", &detail, now).map(drop));
        Ok(text)
    }

    fn report(&self, token: &str, report: Report, body: &[u8], caller: &Caller) -> Result<(), Refusal> {
        let now = (self.clock)();
        let judged = self.nodes.judge(token, caller, |name| self.kept_address(name), now);
        let good = judged.map_err(|refusal| self.refused(refusal, caller))?;
        if good.purpose != Purpose::Install {
            return Err(self.refused(Refusal::Unknown, caller));
        }
        let text = String::from_utf8_lossy(body);
        let happened = match report {
            Report::Started => self.nodes.happen(&good.node, Happening::InstallerRuns, "started", "", now),
            Report::Built => {
                let keys: Vec<String> = text
                    .lines()
                    .map(str::trim)
                    .filter(|line| profile::is_public_key(line))
                    .take(HOST_KEYS_MOST)
                    .map(bare_key)
                    .collect();
                let detail = format!("{} host keys", keys.len());
                note(self.nodes.keep_host_keys(&good.node, keys));
                self.nodes.happen(&good.node, Happening::Built, "built", &detail, now)
            }
            Report::Failed => {
                let why = if text.trim().is_empty() { "the installer gave up" } else { text.trim() };
                self.nodes.happen(&good.node, Happening::GaveUp, "failed", why, now)
            }
        };
        happened.map(drop).map_err(|error| {
            tracing::error!("a report of {} is lost: {error}", good.node);
            Refusal::Unknown
        })
    }

    fn file(&self, name: &str) -> Option<Located> {
        self.images.locate(name)
    }

    fn seen(&self, machine: &Machine, seen: Seen) {
        // Full: the disk is slower than the wire. Answers are worth more than lines in a log.
        let _ = self.sightings.try_send((machine.clone(), seen));
    }
}

impl From<profile::Loader> for Loader {
    fn from(loader: profile::Loader) -> Self {
        match loader {
            profile::Loader::Ipxe => Self::Ipxe,
            profile::Loader::Pxelinux => Self::Pxelinux,
            profile::Loader::Grub => Self::Grub,
        }
    }
}

/// `ssh-ed25519 AAAA…` without the comment, which names the installer's machine.
fn bare_key(line: &str) -> String {
    line.split(' ').take(2).collect::<Vec<&str>>().join(" ")
}

fn note(written: Result<(), super::NodeError>) {
    if let Err(error) = written {
        tracing::error!("what was seen of a node is lost: {error}");
    }
}

fn watch(provisioner: &Weak<Provisioner>, incoming: &Receiver<(Machine, Seen)>) {
    let mut next = Instant::now() + TICK;
    loop {
        let sighting = incoming.recv_timeout(next.saturating_duration_since(Instant::now()));
        let Some(provisioner) = provisioner.upgrade() else { return };
        match sighting {
            Ok((machine, seen)) => provisioner.write_down(&machine, &seen),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
        if Instant::now() >= next {
            provisioner.expire();
            next = Instant::now() + TICK;
        }
    }
}

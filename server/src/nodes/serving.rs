//! Which servers for network boot run now: each keeps a document of itself beside the nodes, and holds a lock as long as it
//! lives. The lock ends with the process, however that ends: nobody is told of a server that is gone.

use super::Places;
use hosted_deploy_model::lang::Text;
use hosted_deploy_model::node::Mac;
use hosted_deploy_pxe::node::now;
use hosted_deploy_pxe::provisioning::Origin;
use hosted_deploy_pxe::serve::{Event, Weight};
use serde::{Deserialize, Serialize};
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::net::Ipv4Addr;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

const FOLDER: &str = "serving";
/// What is heard within so long is written down together.
const GATHER: Duration = Duration::from_millis(200);
/// Warnings that are kept, the newest.
const WARNINGS_MOST: usize = 20;
const OTHERS_MOST: usize = 20;
const LONGEST_WARNING: usize = 600;

/// A server that runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Serving {
    /// The interface it serves.
    pub interface: String,
    /// Its address there.
    pub address: Ipv4Addr,
    /// The port of its HTTP server.
    pub http_port: u16,
    /// Somebody else gives the addresses.
    pub proxy: bool,
    /// Since when, in Unix milliseconds.
    pub since: u64,
    /// Other DHCP servers that it heard.
    #[serde(default)]
    pub others: Vec<Other>,
    /// What it warned of, oldest first.
    #[serde(default)]
    pub warnings: Vec<Warning>,
}

/// Another DHCP server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Other {
    /// Its address.
    pub server: Ipv4Addr,
    /// The card that spoke; it may be a relay's.
    pub card: Option<Mac>,
    /// Both give addresses.
    pub rival: bool,
    /// When it was last heard, in Unix milliseconds.
    pub at: u64,
}

/// Something that somebody should do something about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Warning {
    /// When it was last so, in Unix milliseconds.
    pub at: u64,
    /// In words.
    pub text: Text,
}

impl Serving {
    /// How machines reach it.
    pub fn origin(&self) -> Origin {
        Origin { address: self.address, http_port: self.http_port }
    }

    /// Takes in what the server tells; whether there was anything to take.
    fn hear(&mut self, event: &Event, at: u64) -> bool {
        if let Event::OtherServer { server, card, rival } = event {
            self.others.retain(|other| other.server != *server);
            self.others.push(Other { server: *server, card: *card, rival: *rival, at });
            let surplus = self.others.len().saturating_sub(OTHERS_MOST);
            self.others.drain(..surplus);
            return true;
        }
        if event.weight() < Weight::Warning {
            return false;
        }
        let Text { en, ja } = event.text();
        let short = |text: String| text.chars().take(LONGEST_WARNING).collect::<String>();
        let text = Text::new(short(en), short(ja));
        self.warnings.retain(|warning| warning.text != text);
        self.warnings.push(Warning { at, text });
        let surplus = self.warnings.len().saturating_sub(WARNINGS_MOST);
        self.warnings.drain(..surplus);
        true
    }
}

/// A server's word of itself, as long as this lives.
#[derive(Debug)]
pub struct Heartbeat {
    heard: Option<Sender<(u64, Event)>>,
    writer: Option<JoinHandle<()>>,
    document: PathBuf,
    _lock: File,
}

impl Heartbeat {
    /// Begins.
    ///
    /// # Errors
    /// Another process serves this interface, or the folder cannot be written.
    pub fn begin(places: &Places, serving: Serving) -> io::Result<Self> {
        let folder = places.folder().join(FOLDER);
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&folder)?;
        let lock = open_lock(&folder, &serving.interface)?;
        // Whoever only asks whether it runs holds the lock for a moment.
        let mut tries = 0;
        while let Err(error) = lock.try_lock() {
            tries += 1;
            if tries > 20 {
                return Err(error.into());
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        let document = folder.join(format!("{}.json", serving.interface));
        write(&document, &serving)?;
        let (sender, receiver) = channel();
        let path = document.clone();
        let writer =
            std::thread::Builder::new().name("heartbeat".to_owned()).spawn(move || keep(serving, &receiver, &path))?;
        Ok(Self { heard: Some(sender), writer: Some(writer), document, _lock: lock })
    }

    /// Notes an event. Returns at once.
    pub fn hear(&self, event: &Event) {
        let matters = matches!(event, Event::OtherServer { .. }) || event.weight() >= Weight::Warning;
        if let Some(heard) = self.heard.as_ref().filter(|_| matters) {
            // The writer is gone only where it could not write.
            let _ = heard.send((now(), event.clone()));
        }
    }
}

impl Drop for Heartbeat {
    fn drop(&mut self) {
        self.heard = None;
        if let Some(writer) = self.writer.take() {
            drop(writer.join());
        }
        // The lock tells as much; the document is only tidied away.
        let _ = std::fs::remove_file(&self.document);
    }
}

fn keep(mut serving: Serving, heard: &Receiver<(u64, Event)>, path: &Path) {
    while let Ok((at, event)) = heard.recv() {
        let mut changed = serving.hear(&event, at);
        std::thread::sleep(GATHER);
        for (at, event) in heard.try_iter() {
            changed |= serving.hear(&event, at);
        }
        if changed && let Err(error) = write(path, &serving) {
            return tracing::warn!(%error, path = %path.display(), "what this server heard is not written down any more");
        }
    }
}

fn open_lock(folder: &Path, interface: &str) -> io::Result<File> {
    let path = folder.join(format!("{interface}.lock"));
    OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path)
}

/// Whole or not at all: readers do not wait.
fn write(path: &Path, serving: &Serving) -> io::Result<()> {
    let beside = path.with_extension("new");
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
    file.write_all(&serde_json::to_vec(serving)?)?;
    std::fs::rename(beside, path)
}

/// The servers that run now, by interface. What cannot be read is not there.
pub fn serving_now(places: &Places) -> Vec<Serving> {
    let folder = places.folder().join(FOLDER);
    let entries = std::fs::read_dir(&folder).into_iter().flatten().filter_map(Result::ok);
    let mut all: Vec<Serving> = entries
        .filter(|entry| entry.path().extension().is_some_and(|extension| extension == "json"))
        .filter_map(|entry| serde_json::from_slice(&std::fs::read(entry.path()).ok()?).ok())
        .filter(|serving: &Serving| {
            let lock = File::open(folder.join(format!("{}.lock", serving.interface)));
            lock.is_ok_and(|lock| matches!(lock.try_lock_shared(), Err(std::fs::TryLockError::WouldBlock)))
        })
        .collect();
    all.sort_by(|a, b| a.interface.cmp(&b.interface));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn serving(interface: &str) -> Serving {
        Serving {
            interface: interface.into(),
            address: [192, 0, 2, 1].into(),
            http_port: 80,
            proxy: true,
            since: 1,
            others: Vec::new(),
            warnings: Vec::new(),
        }
    }

    #[test]
    fn a_server_is_there_as_long_as_it_lives_and_no_longer() {
        let state = tempfile::tempdir().unwrap();
        let places = Places::of(state.path()).unwrap();
        assert_eq!(serving_now(&places), []);
        let heartbeat = Heartbeat::begin(&places, serving("eth1")).unwrap();
        assert_eq!(serving_now(&places), [serving("eth1")]);
        assert!(Heartbeat::begin(&places, serving("eth1")).is_err(), "a second one on the same interface");
        drop(heartbeat);
        assert_eq!(serving_now(&places), []);
        // One that was killed leaves its document, and no lock.
        write(&places.folder().join(FOLDER).join("eth1.json"), &serving("eth1")).unwrap();
        assert_eq!(serving_now(&places), []);
    }

    #[test]
    fn other_servers_and_warnings_are_kept_once_each_with_their_last_time() {
        let mut here = serving("eth1");
        let other = Event::OtherServer { server: [192, 0, 2, 2].into(), card: None, rival: false };
        assert!(here.hear(&other, 5) && here.hear(&other, 9));
        assert_eq!(here.others, [Other { server: [192, 0, 2, 2].into(), card: None, rival: false, at: 9 }]);
        assert!(here.hear(&Event::NoServer, 10) && here.hear(&Event::NoServer, 11));
        assert_eq!(here.warnings.iter().map(|warning| warning.at).collect::<Vec<u64>>(), [11]);
        assert!(!here.hear(&Event::OtherRouter, 12), "no warning");
        for last in 0..30 {
            here.hear(&Event::TooMany { mac: Mac::new([2, 0, 0, 0, 0, last]) }, 20);
        }
        assert_eq!(here.warnings.len(), WARNINGS_MOST);
    }

    #[test]
    fn what_a_server_hears_is_read_by_others() {
        let state = tempfile::tempdir().unwrap();
        let places = Places::of(state.path()).unwrap();
        let heartbeat = Heartbeat::begin(&places, serving("eth1")).unwrap();
        heartbeat.hear(&Event::OtherServer { server: [192, 0, 2, 2].into(), card: None, rival: true });
        let deadline = std::time::Instant::now() + Duration::from_secs(10);
        while serving_now(&places).first().is_none_or(|serving| serving.others.is_empty()) {
            assert!(std::time::Instant::now() < deadline, "nothing was written down");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

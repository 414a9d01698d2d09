//! What the tests share: nodes and files for the servers to serve, and packets read from captures.

#![allow(dead_code, unreachable_pub, reason = "each test uses a part")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

pub mod pcap;

use hosted_deploy_pxe::mac::Mac;
use hosted_deploy_pxe::provisioning::{
    Caller, Known, Loader, Located, Machine, Origin, Provisioning, Refusal, Report, Seen,
};
use hosted_deploy_pxe::script;
use std::collections::HashMap;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// One node a hardware address, files below one folder, one token a node: `token-MAC`.
#[derive(Debug, Default)]
pub struct Room {
    pub nodes: Mutex<HashMap<Mac, Known>>,
    pub installed: Mutex<Vec<Mac>>,
    pub kickstarts: Mutex<Vec<Mac>>,
    pub seen: Mutex<Vec<(Mac, Seen)>>,
    pub files: Option<PathBuf>,
    /// What is put behind the kernel's arguments.
    pub arguments: String,
}

impl Room {
    pub fn with(mac: Mac, known: Known) -> Self {
        let room = Self::default();
        room.nodes.lock().unwrap().insert(mac, known);
        room
    }

    pub fn is_installed(&self, mac: Mac) -> bool {
        self.installed.lock().unwrap().contains(&mac)
    }

    fn owner(&self, token: &str, caller: &Caller) -> Result<Mac, Refusal> {
        let mac: Mac = token.strip_prefix("token-").and_then(|mac| mac.parse().ok()).ok_or(Refusal::Unknown)?;
        if caller.mac != Some(mac) {
            return Err(Refusal::OtherMachine);
        }
        if self.is_installed(mac) { Err(Refusal::Spent) } else { Ok(mac) }
    }
}

impl Provisioning for Room {
    fn known(&self, machine: &Machine) -> Option<Known> {
        self.nodes.lock().unwrap().get(&machine.mac).cloned()
    }

    fn kept_for(&self, address: Ipv4Addr) -> Option<Mac> {
        let nodes = self.nodes.lock().unwrap();
        nodes.iter().find(|(_, known)| known.address == Some(address)).map(|(mac, _)| *mac)
    }

    fn script(&self, loader: Loader, machine: &Machine, origin: &Origin) -> String {
        let (http, mac) = (origin.http(), machine.mac.dashed());
        let kickstart = format!("inst.ks={http}/ks/token-{mac} {}", self.arguments);
        let here = self.is_installed(machine.mac);
        match loader {
            Loader::Ipxe if here => script::ipxe_local("node1"),
            Loader::Ipxe => format!(
                "#!ipxe\nkernel {http}/files/vmlinuz initrd=initrd.gz {kickstart}\ninitrd {http}/files/initrd.gz\nboot\n"
            ),
            Loader::Pxelinux if here => script::pxelinux_local("node1"),
            Loader::Pxelinux => format!(
                "DEFAULT install\nLABEL install\n  KERNEL {http}/files/vmlinuz\n  INITRD {http}/files/initrd.gz\n  APPEND {kickstart}\n"
            ),
            Loader::Grub if here => script::grub_local("node1"),
            Loader::Grub => format!("linux /vmlinuz {kickstart}\ninitrd /initrd.gz\nboot\n"),
        }
    }

    fn kickstart(&self, token: &str, caller: &Caller, origin: &Origin) -> Result<String, Refusal> {
        let mac = self.owner(token, caller)?;
        self.kickstarts.lock().unwrap().push(mac);
        let http = origin.http();
        Ok(format!("# kickstart of {mac}\nliveimg --url={http}/files/squashfs.img\n# built: {http}/built/{token}\n"))
    }

    fn report(&self, token: &str, report: Report, _body: &[u8], caller: &Caller) -> Result<(), Refusal> {
        let mac = self.owner(token, caller)?;
        if report == Report::Built {
            self.installed.lock().unwrap().push(mac);
        }
        Ok(())
    }

    fn file(&self, name: &str) -> Option<Located> {
        let path = self.files.as_deref().unwrap_or(Path::new("/nonexistent")).join(name);
        let facts = path.metadata().ok().filter(|facts| facts.is_file())?;
        Some(Located { path, offset: 0, length: facts.len(), modified: facts.modified().unwrap() })
    }

    fn seen(&self, machine: &Machine, seen: Seen) {
        self.seen.lock().unwrap().push((machine.mac, seen));
    }
}

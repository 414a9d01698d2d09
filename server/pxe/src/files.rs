//! [`Files`]: a name that TFTP or HTTP asks for → what it stands for. Names are confined here, once for both.

use crate::boot::Programs;
use crate::lease::Table;
use crate::mac::Mac;
use crate::provisioning::{Caller, Loader, Located, Machine, Origin, Provisioning, Seen};
use std::net::Ipv4Addr;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};
use uuid::Uuid;

/// Longer than any name of ours.
const LONGEST_NAME: usize = 512;

/// What stands behind a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// Made for this machine, now.
    Text(String),
    /// Bytes of a file.
    File(Located),
}

/// Everything that can be asked for by name.
#[derive(Clone)]
pub struct Files {
    /// What is known of machines and images.
    pub nodes: Arc<dyn Provisioning>,
    /// Boot programs of the system.
    pub programs: Arc<Programs>,
    /// How we are reached.
    pub origin: Origin,
    /// Who holds which address.
    pub who: Who,
}

/// Tells the machine behind an address.
#[derive(Clone)]
pub struct Who {
    /// The leases; empty beside another DHCP server.
    pub table: Arc<Mutex<Table>>,
    /// The interface whose neighbours count.
    pub interface: String,
}

/// A name without ways out: no leading slash, no `..`, nothing empty. `None` for anything else.
///
/// GRUB asks with a leading slash, loaders of Windows with backslashes.
pub fn confined(name: &str) -> Option<String> {
    let name = name.replace('\\', "/");
    if name.len() > LONGEST_NAME || name.chars().any(char::is_control) {
        return None;
    }
    let parts: Vec<&str> = name.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
    (!parts.is_empty() && !parts.contains(&"..")).then(|| parts.join("/"))
}

impl Who {
    /// By our leases, else by the system's table of neighbours.
    pub fn mac(&self, address: Ipv4Addr) -> Option<Mac> {
        let holder = self.table.lock().unwrap_or_else(PoisonError::into_inner).holder(address, now());
        holder.or_else(|| neighbour(&std::fs::read_to_string("/proc/self/net/arp").ok()?, address, &self.interface))
    }

    /// For the table of nodes.
    pub fn caller(&self, address: Ipv4Addr) -> Caller {
        Caller { address, mac: self.mac(address) }
    }
}

/// Seconds since 1970.
pub fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

/// A complete entry (flag 2) of /proc/net/arp.
fn neighbour(table: &str, address: Ipv4Addr, interface: &str) -> Option<Mac> {
    table.lines().skip(1).find_map(|line| {
        let mut fields = line.split_whitespace();
        let (ip, _, flags, mac, _, device) =
            (fields.next()?, fields.next()?, fields.next()?, fields.next()?, fields.next()?, fields.next()?);
        let ours = ip.parse() == Ok(address) && flags != "0x0" && device == interface;
        ours.then(|| mac.parse().ok()).flatten()
    })
}

impl Files {
    /// What TFTP serves under `name` to `client`: boot programs, texts of boot loaders, and files of images.
    pub fn by_tftp(&self, name: &str, client: Ipv4Addr) -> Option<Content> {
        let name = confined(name)?;
        if let Some(path) = self.programs.path(&name) {
            return located(path).map(Content::File);
        }
        match text_wanted(&name) {
            Some((loader, mac)) => {
                let mac = mac.or_else(|| self.who.mac(client))?;
                let machine = Machine { mac, uuid: uuid_in(&name), arch: None, address: Some(client) };
                Some(Content::Text(self.script(loader, &machine)))
            }
            None => self.nodes.file(&name).map(Content::File),
        }
    }

    /// A boot program, for UEFI HTTP boot.
    pub fn program(&self, name: &str) -> Option<Located> {
        located(self.programs.path(name)?)
    }

    /// A file of an image.
    pub fn image(&self, name: &str) -> Option<Located> {
        self.nodes.file(&confined(name)?)
    }

    /// The text for a machine's boot loader.
    pub fn script(&self, loader: Loader, machine: &Machine) -> String {
        self.nodes.seen(machine, Seen::Script(loader));
        self.nodes.script(loader, machine, &self.origin)
    }
}

fn located(path: &Path) -> Option<Located> {
    let facts = path.metadata().ok()?;
    let modified = facts.modified().unwrap_or(UNIX_EPOCH);
    Some(Located { path: path.to_owned(), offset: 0, length: facts.len(), modified })
}

/// Whether `name` is the text of PXELINUX or GRUB, and the card that the name itself tells.
///
/// PXELINUX asks for its UUID, then for `01-` and the card, then for parts of its address, then for `default`; GRUB for
/// `grub.cfg-01-` and the card, parts of its address, then `grub.cfg`, in a folder that depends on who built it. The first is answered already.
fn text_wanted(name: &str) -> Option<(Loader, Option<Mac>)> {
    let (folder, last) = name.rsplit_once('/').unwrap_or(("", name));
    let card = |text: &str| text.strip_prefix("01-").and_then(|mac| mac.parse().ok());
    if folder == "pxelinux.cfg" || folder.ends_with("/pxelinux.cfg") {
        return Some((Loader::Pxelinux, card(last)));
    }
    match last.strip_prefix("grub.cfg")? {
        "" => Some((Loader::Grub, None)),
        rest => rest.strip_prefix('-').map(|rest| (Loader::Grub, card(rest))),
    }
}

/// PXELINUX writes the bytes as they came on the wire, which reverses the first three fields.
fn uuid_in(name: &str) -> Option<Uuid> {
    let last = name.rsplit_once('/').map_or(name, |(_, last)| last);
    Uuid::try_parse(last).ok().map(|uuid| Uuid::from_bytes(uuid.to_bytes_le()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_nowhere_else() {
        for (name, expected) in [
            ("pxelinux.0", Some("pxelinux.0")),
            ("/debian-installer/amd64/grub/grub.cfg", Some("debian-installer/amd64/grub/grub.cfg")),
            ("boot\\x64\\wdsnbp.com", Some("boot/x64/wdsnbp.com")),
            ("./a//b", Some("a/b")),
            ("../etc/passwd", None),
            ("a/../../b", None),
            ("..\\b", None),
            ("a\0b", None),
            ("", None),
            ("/", None),
        ] {
            assert_eq!(confined(name).as_deref(), expected, "{name:?}");
        }
        assert_eq!(confined(&"a".repeat(LONGEST_NAME + 1)), None);
    }

    #[test]
    fn texts_of_boot_loaders_are_known_by_their_names() {
        let mac = Mac::new([0x52, 0x54, 0, 0, 0, 1]);
        for (name, expected) in [
            ("pxelinux.cfg/01-52-54-00-00-00-01", Some((Loader::Pxelinux, Some(mac)))),
            ("pxelinux.cfg/44332211-6655-8877-99aa-bbccddeeff01", Some((Loader::Pxelinux, None))),
            ("pxelinux.cfg/default", Some((Loader::Pxelinux, None))),
            ("rhvh/EFI/BOOT/grub.cfg-01-52-54-00-00-00-01", Some((Loader::Grub, Some(mac)))),
            ("rhvh/EFI/BOOT/grub.cfg-C0000264", Some((Loader::Grub, None))),
            ("debian-installer/amd64/grub/grub.cfg", Some((Loader::Grub, None))),
            ("grub.cfgx", None),
            ("grubx64.efi", None),
            ("vmlinuz", None),
        ] {
            assert_eq!(text_wanted(name), expected, "{name}");
        }
    }

    #[test]
    fn the_uuid_of_pxelinux_is_turned_back() {
        let uuid = uuid_in("pxelinux.cfg/44332211-6655-8877-99aa-bbccddeeff01").unwrap();
        assert_eq!(uuid.to_string(), "11223344-5566-7788-99aa-bbccddeeff01");
    }

    #[test]
    fn a_neighbour_counts_on_our_interface_and_when_it_answered() {
        let table = "IP address       HW type     Flags       HW address            Mask     Device\n\
            192.0.2.100      0x1         0x2         52:54:00:00:00:01     *        br0\n\
            192.0.2.101      0x1         0x0         00:00:00:00:00:00     *        br0\n";
        assert_eq!(neighbour(table, [192, 0, 2, 100].into(), "br0"), Some(Mac::new([0x52, 0x54, 0, 0, 0, 1])));
        assert_eq!(neighbour(table, [192, 0, 2, 101].into(), "br0"), None);
        assert_eq!(neighbour(table, [192, 0, 2, 100].into(), "eth0"), None);
    }
}

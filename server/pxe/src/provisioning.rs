//! The seam between the servers (DHCP, TFTP, HTTP) and what they serve: [`Provisioning`] knows the machines, their
//! profiles and images; the servers know packets, addresses and sockets.

use crate::mac::Mac;
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::time::SystemTime;
use uuid::Uuid;

/// What the servers ask. Every method is called from many threads; [`Provisioning::known`] for every DHCP packet, so it
/// answers from memory.
pub trait Provisioning: Send + Sync + 'static {
    /// The node that this machine is, `None` for an unknown one (which gets the menu).
    fn known(&self, machine: &Machine) -> Option<Known>;

    /// The node that `address` is kept for; nobody else is given it. As often and as quick as [`Provisioning::known`].
    fn kept_for(&self, address: Ipv4Addr) -> Option<Mac>;

    /// The text a boot loader asks for. Always one: a node that is installed gets the local disk, an unknown machine the menu.
    fn script(&self, loader: Loader, machine: &Machine, origin: &Origin) -> String;

    /// The kickstart behind `/ks/TOKEN`.
    ///
    /// # Errors
    /// [`Refusal`] where the token is not (or no longer) good for this caller.
    fn kickstart(&self, token: &str, caller: &Caller, origin: &Origin) -> Result<String, Refusal>;

    /// What the installer says of itself by `/event/TOKEN/KIND` or, for `built`, `/built/TOKEN`. The body is at most 64 KiB.
    ///
    /// # Errors
    /// [`Refusal`] where the token is not (or no longer) good for this caller.
    fn report(&self, token: &str, report: Report, body: &[u8], caller: &Caller) -> Result<(), Refusal>;

    /// A file of an image, by its name below `/files/` (HTTP) or by the same name (TFTP); the name is already confined: no
    /// `..`, no empty part, no leading slash.
    fn file(&self, name: &str) -> Option<Located>;

    /// Something was seen on the wire. Returns at once.
    fn seen(&self, machine: &Machine, seen: Seen);
}

/// A machine, as far as a request shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Machine {
    /// `chaddr`, the path of a script, or found by the caller's address.
    pub mac: Mac,
    /// The SMBIOS UUID, in the order that is printed on the machine (option 97 has its first three fields reversed).
    pub uuid: Option<Uuid>,
    /// Option 93, the client's architecture (RFC 4578 2.1, IANA): 0 BIOS, 7 and 9 UEFI x64, 11 UEFI arm64, 16 UEFI HTTP x64, …
    pub arch: Option<u16>,
    /// The address it has or is given.
    pub address: Option<Ipv4Addr>,
}

/// What DHCP must know of a node.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// The node's name; option 12 (host name).
    pub name: String,
    /// The address kept for it.
    pub address: Option<Ipv4Addr>,
    /// The loader its profile wants.
    pub loader: Loader,
    /// The first file for firmware with Secure Boot, the distribution's shim, as a name for [`Provisioning::file`]. The
    /// shim asks for GRUB beside itself.
    pub shim: Option<String>,
}

/// Which program loads the kernel, and so which kind of text is made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Loader {
    /// iPXE, over HTTP.
    #[default]
    Ipxe,
    /// PXELINUX, BIOS only.
    Pxelinux,
    /// GRUB behind the distribution's shim, for Secure Boot.
    Grub,
}

/// Where this machine reaches us; every URL in a script begins with [`Origin::http`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// Our address on the interface that serves.
    pub address: Ipv4Addr,
    /// Port of the HTTP server.
    pub http_port: u16,
}

impl Origin {
    /// `http://192.0.2.1` or `http://192.0.2.1:8080`, without a slash at its end.
    pub fn http(&self) -> String {
        match self.http_port {
            80 => format!("http://{}", self.address),
            port => format!("http://{}:{port}", self.address),
        }
    }
}

/// Who asks over HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The other end of the connection.
    pub address: Ipv4Addr,
    /// The machine that holds this address, by our leases, else by the neighbour table.
    pub mac: Option<Mac>,
}

/// What an installer says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Report {
    /// The installer runs (`%pre`).
    Started,
    /// Everything is on the disk (`%post`); the body may hold host keys.
    Built,
    /// The installation gave up; the body says why.
    Failed,
}

/// Why a token is not served.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No such token.
    #[error("no such token")]
    Unknown,
    /// It was used, or its time is over.
    #[error("the token was used or its time is over")]
    Spent,
    /// It belongs to another machine than the one that asks.
    #[error("the token belongs to another machine")]
    OtherMachine,
}

/// Where the bytes of a file are: a whole file, or an extent of one (a kernel inside its ISO).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Located {
    /// The file that holds the bytes.
    pub path: PathBuf,
    /// Where they begin.
    pub offset: u64,
    /// How many.
    pub length: u64,
    /// When they last changed.
    pub modified: SystemTime,
}

/// What was seen of a machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    /// Firmware or iPXE asked for an address or a boot file.
    Asked {
        /// Who, in the words of [`crate::client`].
        kind: &'static str,
    },
    /// An operating system or installer without network boot took a lease.
    Leased,
    /// A script was given.
    Script(Loader),
    /// A file went out whole, by TFTP or HTTP.
    File {
        /// Its name.
        name: String,
        /// Its bytes.
        bytes: u64,
    },
}

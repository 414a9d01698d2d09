//! Bytes → [`Request`]. Everything is hostile here: whatever does not parse is refused or left out, nothing panics.

use crate::client::{Client, Marks};
use crate::mac::Mac;
use crate::provisioning::Machine;
use dhcproto::v4::OptionCode;
use dhcproto::v4::borrowed::{DhcpOptionIterator, Message};
use std::net::Ipv4Addr;
use uuid::Uuid;

/// Options begin behind the fixed fields (236) and the magic cookie (4).
const OPTIONS: usize = 240;
const BOOTREQUEST: u8 = 1;
const ETHERNET: u8 = 1;

/// Option 53, as far as clients send it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Asks {
    /// Looks for servers.
    Discover,
    /// Takes an offer, checks or extends a lease; to port 4011, asks for a boot file.
    Request,
    /// Found the address in use.
    Decline,
    /// Gives the address back.
    Release,
    /// Has an address and wants the options.
    Inform,
}

/// What a client sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Option 53.
    pub asks: Asks,
    /// The transaction; repeated in the answer. iPXE sends 0 to port 4011.
    pub xid: u32,
    /// Seconds, by a clock of the client's own; repeated.
    pub secs: u16,
    /// The flags; bit 0x8000 asks for an answer by broadcast.
    pub flags: u16,
    /// Relays on the way; repeated.
    pub hops: u8,
    /// The client's address, if it has one.
    pub ciaddr: Ipv4Addr,
    /// The relay's address in the client's network, else 0.0.0.0.
    pub giaddr: Ipv4Addr,
    /// The hardware address.
    pub mac: Mac,
    /// Option 50.
    pub requested: Option<Ipv4Addr>,
    /// Option 54: the server whose offer it takes.
    pub server: Option<Ipv4Addr>,
    /// Option 57.
    pub max_size: Option<u16>,
    /// Option 55: which options it asks for.
    pub wants: Vec<u8>,
    /// Option 12.
    pub host_name: Option<String>,
    /// Option 43.
    pub vendor_options: Option<Vec<u8>>,
    /// Option 82, to be repeated as it is (RFC 3046 2.2).
    pub relay_options: Option<Vec<u8>>,
    /// Option 97, as sent: a type byte and 16 more.
    pub machine_id: Option<[u8; 17]>,
    /// The kind of client.
    pub client: Client,
}

/// Why a packet is no request of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum NotARequest {
    /// Shorter than the fixed fields.
    #[error("shorter than a DHCP packet")]
    Short,
    /// An answer, or neither.
    #[error("not a request")]
    NotABootRequest,
    /// Another medium.
    #[error("not from an Ethernet card")]
    NotEthernet,
    /// No option 53: BOOTP, or another value of it.
    #[error("no DHCP message type that a client sends")]
    NoType,
    /// A multicast or zero hardware address.
    #[error("the hardware address is not one of a card")]
    NoCard,
}

impl Request {
    /// Reads a packet.
    ///
    /// # Errors
    /// [`NotARequest`] says why it is to be ignored.
    pub fn parse(packet: &[u8]) -> Result<Self, NotARequest> {
        let message = Message::new(packet).map_err(|_| NotARequest::Short)?;
        let &[op, htype, hlen, hops, ..] = packet else { return Err(NotARequest::Short) };
        if op != BOOTREQUEST {
            return Err(NotARequest::NotABootRequest);
        }
        // Not by the library's `chaddr`, which trusts the length byte.
        let mac: [u8; 6] = packet.get(28..34).and_then(|bytes| bytes.try_into().ok()).ok_or(NotARequest::Short)?;
        if htype != ETHERNET || hlen != 6 {
            return Err(NotARequest::NotEthernet);
        }
        if mac == [0; 6] || mac[0] & 1 == 1 {
            return Err(NotARequest::NoCard);
        }
        let mut options = Options::default();
        if packet.get(236..OPTIONS) == Some(&[99, 130, 83, 99]) {
            options.read(packet);
        }
        Ok(Self {
            asks: options.asks.ok_or(NotARequest::NoType)?,
            xid: message.xid(),
            secs: message.secs(),
            flags: message.flags().into(),
            hops,
            ciaddr: message.ciaddr(),
            giaddr: message.giaddr(),
            mac: Mac::new(mac),
            requested: options.requested,
            server: options.server,
            max_size: options.max_size,
            client: Client::of(Marks {
                vendor_class: &options.vendor_class,
                user_class: &options.user_class,
                arch: &options.arch,
                ipxe_options: options.ipxe_options,
            }),
            wants: options.wants,
            host_name: options.host_name,
            vendor_options: options.vendor_options,
            relay_options: options.relay_options,
            machine_id: options.machine_id,
        })
    }

    /// The broadcast bit.
    pub const fn wants_broadcast(&self) -> bool {
        self.flags & 0x8000 != 0
    }

    /// Whether option 55 names `code`.
    pub fn wants(&self, code: u8) -> bool {
        self.wants.contains(&code)
    }

    /// The UUID as it is printed on the machine; on the wire its first three fields stand in reversed order.
    pub fn uuid(&self) -> Option<Uuid> {
        let [kind, id @ ..] = self.machine_id?;
        (kind == 0 && id != [0; 16] && id != [0xff; 16]).then(|| Uuid::from_bytes_le(id))
    }

    /// Who asks, for the table of nodes.
    pub fn machine(&self, address: Option<Ipv4Addr>) -> Machine {
        Machine { mac: self.mac, uuid: self.uuid(), arch: self.client.arch, address }
    }

    /// Suboption 11 of option 82 (RFC 5107): the relay wants to stand for us.
    pub fn server_override(&self) -> Option<Ipv4Addr> {
        let mut rest = self.relay_options.as_deref()?;
        while let [code, length, behind @ ..] = rest {
            let (value, next) = behind.split_at_checked(usize::from(*length))?;
            if *code == 11 {
                return address(value);
            }
            rest = next;
        }
        None
    }
}

#[derive(Default)]
struct Options {
    asks: Option<Asks>,
    requested: Option<Ipv4Addr>,
    server: Option<Ipv4Addr>,
    max_size: Option<u16>,
    wants: Vec<u8>,
    host_name: Option<String>,
    vendor_class: Vec<u8>,
    user_class: Vec<u8>,
    arch: Vec<u8>,
    ipxe_options: bool,
    vendor_options: Option<Vec<u8>>,
    relay_options: Option<Vec<u8>>,
    machine_id: Option<[u8; 17]>,
}

impl Options {
    /// Options by their raw bytes: the library's typed ones stop at the first that does not parse, and a host name that
    /// is odd would cost the client its boot.
    fn read(&mut self, packet: &[u8]) {
        let overload = self.area(packet.get(OPTIONS..).unwrap_or_default());
        // RFC 2132 9.3: `file` and `sname` may hold more.
        if overload & 1 != 0 {
            self.area(packet.get(108..236).unwrap_or_default());
        }
        if overload & 2 != 0 {
            self.area(packet.get(44..108).unwrap_or_default());
        }
    }

    fn area(&mut self, bytes: &[u8]) -> u8 {
        let mut overload = 0;
        for option in DhcpOptionIterator::new(bytes) {
            let value = option.data();
            match option.code() {
                OptionCode::MessageType => self.asks = asks(value),
                OptionCode::RequestedIpAddress => self.requested = address(value),
                OptionCode::ServerIdentifier => self.server = address(value),
                OptionCode::MaxMessageSize => self.max_size = value.try_into().ok().map(u16::from_be_bytes),
                OptionCode::ParameterRequestList => self.wants = value.to_vec(),
                OptionCode::Hostname => self.host_name = host_name(value),
                OptionCode::ClassIdentifier => self.vendor_class = value.to_vec(),
                OptionCode::UserClass => self.user_class = value.to_vec(),
                OptionCode::ClientSystemArchitecture => self.arch = value.to_vec(),
                OptionCode::VendorExtensions => self.vendor_options = Some(value.to_vec()),
                OptionCode::RelayAgentInformation => self.relay_options = Some(value.to_vec()),
                OptionCode::ClientMachineIdentifier => self.machine_id = value.try_into().ok(),
                OptionCode::OptionOverload => overload = value.first().copied().unwrap_or_default(),
                OptionCode::Unknown(175) => self.ipxe_options = true,
                _ => {}
            }
        }
        overload
    }
}

fn asks(value: &[u8]) -> Option<Asks> {
    match value {
        [1] => Some(Asks::Discover),
        [3] => Some(Asks::Request),
        [4] => Some(Asks::Decline),
        [7] => Some(Asks::Release),
        [8] => Some(Asks::Inform),
        _ => None,
    }
}

fn address(value: &[u8]) -> Option<Ipv4Addr> {
    <[u8; 4]>::try_from(value).ok().map(Ipv4Addr::from).filter(|address| !address.is_unspecified())
}

/// Letters, digits, dashes and dots, at most 63 bytes; anything else is nobody's name and is left out.
fn host_name(value: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(value).ok()?.trim_end_matches('\0');
    let sound = !text.is_empty()
        && text.len() <= 63
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.'));
    sound.then(|| text.to_owned())
}

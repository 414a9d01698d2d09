//! [`Reply`]: the answer as typed value, its bytes, and where it goes.

use super::Request;
use crate::boot::{Boot, Stage};
use crate::client::Program;
use crate::mac::Mac;
use crate::provisioning::Origin;
use dhcproto::v4::{DhcpOption, Flags, Message, MessageType, Opcode, OptionCode, UnknownOption};
use dhcproto::{Encodable, Encoder};
use std::net::{Ipv4Addr, SocketAddrV4};

/// RFC 951: some old clients drop what is shorter.
const SHORTEST: usize = 300;
/// RFC 2131 2: what every client takes, IP and UDP headers included; and what fits a frame.
const SMALLEST_LIMIT: u16 = 576;
const LARGEST_LIMIT: u16 = 1472;
const IP_AND_UDP: u16 = 28;
/// Left out first when the client takes only little.
const DISPENSABLE: [OptionCode; 7] = [
    OptionCode::NtpServers,
    OptionCode::BroadcastAddr,
    OptionCode::DomainName,
    OptionCode::Hostname,
    OptionCode::TFTPServerName,
    OptionCode::ClientMachineIdentifier,
    OptionCode::Message,
];

/// The message type of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// OFFER.
    Offer,
    /// ACK.
    Ack,
    /// NAK.
    Nak,
}

/// Where an answer goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum To {
    /// To this address, by the system's routes: a relay, a client with an address, or a boot server's client.
    Address(SocketAddrV4),
    /// To a card that has no address yet: a frame of our own making. Where that is not possible, by broadcast.
    Card {
        /// The card.
        mac: Mac,
        /// The address it is about to have.
        address: Ipv4Addr,
    },
    /// To all in the network, port 68.
    Everybody,
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// What it says.
    pub kind: Kind,
    /// The packet.
    pub bytes: Vec<u8>,
    /// Where it goes.
    pub to: To,
}

/// An answer in the making.
pub(super) struct Draft<'a> {
    request: &'a Request,
    kind: Kind,
    message: Message,
}

impl<'a> Draft<'a> {
    pub(super) fn new(request: &'a Request, kind: Kind, origin: &Origin) -> Self {
        let none = Ipv4Addr::UNSPECIFIED;
        let mut message = Message::new_with_id(request.xid, none, none, none, request.giaddr, &request.mac.bytes());
        message.set_opcode(Opcode::BootReply).set_flags(Flags::from(request.flags)).set_secs(request.secs);
        let kind_option = match kind {
            Kind::Offer => MessageType::Offer,
            Kind::Ack => MessageType::Ack,
            Kind::Nak => MessageType::Nak,
        };
        let mut draft = Self { request, kind, message };
        draft.option(DhcpOption::MessageType(kind_option));
        draft.option(DhcpOption::ServerIdentifier(request.server_override().unwrap_or(origin.address)));
        draft
    }

    pub(super) fn option(&mut self, option: DhcpOption) {
        self.message.opts_mut().insert(option);
    }

    pub(super) fn raw(&mut self, code: OptionCode, bytes: Vec<u8>) {
        self.option(DhcpOption::Unknown(UnknownOption::new(code, bytes)));
    }

    pub(super) fn yiaddr(&mut self, address: Ipv4Addr) {
        self.message.set_yiaddr(address);
    }

    pub(super) fn ciaddr(&mut self, address: Ipv4Addr) {
        self.message.set_ciaddr(address);
    }

    /// A client that sends no list gets everything.
    pub(super) fn wanted(&mut self, code: u8, option: DhcpOption) {
        if self.request.wants.is_empty() || self.request.wants(code) {
            self.option(option);
        }
    }

    /// The boot file with everything its kind of client needs to take it.
    pub(super) fn boot(&mut self, boot: &Boot, origin: &Origin) {
        self.message.set_siaddr(origin.address);
        // Both places: who asks for option 67 looks there, old ROMs only in the field. Ended by a zero, which some
        // firmware needs; the others cut it off.
        let mut name = boot.file.clone().into_bytes();
        if boot.stage != Stage::Http && name.len() < 128 {
            self.message.set_fname(&name);
        }
        name.push(0);
        self.option(DhcpOption::BootfileName(name));
        if let Some(id) = self.request.machine_id {
            self.option(DhcpOption::ClientMachineIdentifier(id.to_vec()));
        }
        match (self.request.client.program, boot.stage) {
            // Without it the firmware takes no notice of the URL and asks for ever.
            (_, Stage::Http) => self.option(DhcpOption::ClassIdentifier(b"HTTPClient".to_vec())),
            (_, Stage::Tftp) => {
                self.wanted(66, DhcpOption::TFTPServerName(origin.address.to_string().into_bytes()));
                if self.request.client.program == Program::Pxe {
                    self.option(DhcpOption::ClassIdentifier(b"PXEClient".to_vec()));
                    // PXE 2.1, discovery control, bit 3: take the file from here, look for no boot server.
                    self.raw(OptionCode::VendorExtensions, vec![6, 1, 8, 255]);
                }
            }
            // no-pxedhcp: iPXE need not wait seconds for a proxy that is not there.
            (_, Stage::Script) => self.raw(OptionCode::Unknown(175), vec![176, 1, 1]),
        }
    }

    /// The packet for a client that asked by DHCP: RFC 2131 4.1.
    pub(super) fn finish(self) -> Reply {
        let request = self.request;
        let yiaddr = self.message.yiaddr();
        let to = if !request.giaddr.is_unspecified() {
            To::Address(SocketAddrV4::new(request.giaddr, 67))
        } else if self.kind == Kind::Nak {
            To::Everybody
        } else if !request.ciaddr.is_unspecified() {
            To::Address(SocketAddrV4::new(request.ciaddr, 68))
        } else if request.wants_broadcast() || yiaddr.is_unspecified() {
            To::Everybody
        } else {
            To::Card { mac: request.mac, address: yiaddr }
        };
        self.finish_to(to)
    }

    pub(super) fn finish_to(mut self, to: To) -> Reply {
        let asked = self.request.max_size.unwrap_or(SMALLEST_LIMIT).clamp(SMALLEST_LIMIT, LARGEST_LIMIT);
        let limit = usize::from(asked - IP_AND_UDP);
        let relay = self.request.relay_options.as_deref().unwrap_or_default();
        let mut bytes = encode(&self.message, relay);
        for code in DISPENSABLE {
            if bytes.len() <= limit {
                break;
            }
            self.message.opts_mut().remove(code);
            bytes = encode(&self.message, relay);
        }
        if bytes.len() < SHORTEST {
            bytes.resize(SHORTEST, 0);
        }
        Reply { kind: self.kind, bytes, to }
    }
}

fn encode(message: &Message, relay: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(400);
    // Into a growing buffer nothing can fail but a field that is too long, and `boot` looks at the only one.
    if let Err(error) = message.encode(&mut Encoder::new(&mut bytes)) {
        tracing::error!(%error, "an answer could not be encoded");
        bytes.clear();
    }
    // Option 82 is repeated as it came and stands last (RFC 3046 2.2); the library would sort what is in it.
    if !relay.is_empty() && bytes.pop().is_some() {
        for part in relay.chunks(255) {
            bytes.extend([82, u8::try_from(part.len()).unwrap_or(u8::MAX)]);
            bytes.extend_from_slice(part);
        }
        bytes.push(255);
    }
    bytes
}

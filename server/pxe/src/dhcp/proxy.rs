//! Beside somebody else's DHCP server: boot files without addresses (PXE 2.1, 2.2 and 2.3).
//!
//! On port 67 only DISCOVER is answered, and only of who boots: the rest is the other server's. On port 4011 the firmware
//! of some machines fetches the file once more; it is answered where the question came from, which is port 4011 for UEFI and 68 for iPXE.

use super::reply::{Draft, Kind};
use super::{Answer, Asks, Note, Policy, Request, Silent, To, silent};
use crate::boot;
use crate::client::Program;
use crate::provisioning::Provisioning;
use dhcproto::v4::{DhcpOption, OptionCode};
use std::net::{Ipv4Addr, SocketAddrV4};

/// Answers a packet that came to port 67.
pub fn offer(request: &Request, policy: &Policy, nodes: &dyn Provisioning) -> Answer {
    match (request.asks, request.server) {
        (Asks::Request, Some(other)) => Answer { note: Note::OtherServer(other), ..Answer::default() },
        (Asks::Discover, _) if request.client.boots() => match decide(request, policy, nodes) {
            Ok(boot) => {
                let mut draft = Draft::new(request, Kind::Offer, &policy.origin);
                fill(&mut draft, request, &boot, policy);
                let to = match request.giaddr.is_unspecified() {
                    true => To::Everybody,
                    false => To::Address(SocketAddrV4::new(request.giaddr, 67)),
                };
                Answer { reply: Some(draft.finish_to(to)), note: Note::Proxied(boot), ..Answer::default() }
            }
            Err(why) => silent(Silent::NoBoot(why)),
        },
        _ => silent(Silent::NotForProxy),
    }
}

/// Answers a packet that came to port 4011 from `source`.
pub fn boot_server(request: &Request, source: SocketAddrV4, policy: &Policy, nodes: &dyn Provisioning) -> Answer {
    let asked = matches!(request.asks, Asks::Discover | Asks::Request | Asks::Inform);
    if !asked || !request.client.boots() || source.ip().is_unspecified() {
        return silent(Silent::NotForProxy);
    }
    match decide(request, policy, nodes) {
        Ok(boot) => {
            let mut draft = Draft::new(request, Kind::Ack, &policy.origin);
            draft.ciaddr(request.ciaddr);
            fill(&mut draft, request, &boot, policy);
            // The item that the machine chose in a menu, told back as the answer to it.
            if let Some(item) = request.vendor_options.as_deref().and_then(menu_item) {
                draft.raw(OptionCode::VendorExtensions, item);
            }
            let reply = draft.finish_to(To::Address(source));
            Answer { reply: Some(reply), note: Note::BootServer(boot), ..Answer::default() }
        }
        Err(why) => silent(Silent::NoBoot(why)),
    }
}

fn decide(request: &Request, policy: &Policy, nodes: &dyn Provisioning) -> Result<boot::Boot, boot::NoBoot> {
    let address = (request.ciaddr != Ipv4Addr::UNSPECIFIED).then_some(request.ciaddr);
    let machine = request.machine(address);
    let known = nodes.known(&machine);
    boot::decide(request.client, &machine, known.as_ref(), &policy.origin, &policy.programs)
}

fn fill(draft: &mut Draft<'_>, request: &Request, boot: &boot::Boot, policy: &Policy) {
    draft.boot(boot, &policy.origin);
    // iPXE, too, takes a proxy's offer only with this word.
    if request.client.program != Program::HttpBoot {
        draft.option(DhcpOption::ClassIdentifier(b"PXEClient".to_vec()));
    }
}

/// Suboption 71 of option 43 (PXE_BOOT_ITEM), with its end mark.
fn menu_item(options: &[u8]) -> Option<Vec<u8>> {
    let mut rest = options;
    loop {
        match rest {
            [0, behind @ ..] => rest = behind,
            [71, 4, a, b, c, d, ..] => return Some(vec![71, 4, *a, *b, *c, *d, 255]),
            [255, ..] | [] | [_] => return None,
            [_, length, behind @ ..] => rest = behind.get(usize::from(*length)..)?,
        }
    }
}

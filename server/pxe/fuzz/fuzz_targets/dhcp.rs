//! Packets to ports 67 and 4011, one conversation of several, and frames of other servers.
#![no_main]

#[path = "../../tests/room/mod.rs"]
mod room;

use hosted_deploy_pxe::boot::Programs;
use hosted_deploy_pxe::dhcp::{Kind, Policy, Request, full, proxy};
use hosted_deploy_pxe::lease::{Pool, Table};
use hosted_deploy_pxe::provisioning::Origin;
use hosted_deploy_pxe::serve::watch::Heard;
use libfuzzer_sys::fuzz_target;
use room::Room;
use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::sync::LazyLock;

const OURS: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);

static POLICY: LazyLock<Policy> = LazyLock::new(|| Policy {
    origin: Origin { address: OURS, http_port: 80 },
    lease_secs: 600,
    dns: vec![[192, 0, 2, 53].into()],
    domain: Some("example.com".into()),
    ntp: vec![[192, 0, 2, 54].into()],
    programs: Programs::find(None),
});

// Packets one after the other, each with its length in two bytes in front.
fuzz_target!(|data: &[u8]| {
    let _ = Heard::parse(data);
    let pool = Pool::parse("192.0.2.100-192.0.2.103/24,router=192.0.2.254", 24).expect("a pool");
    let (mut table, room) = (Table::new(vec![pool], [], []), Room::default());
    let mut held: HashMap<[u8; 4], [u8; 6]> = HashMap::new();
    let (mut rest, mut now) = (data, 1_000_u64);
    while let Some((length, after)) = rest.split_first_chunk::<2>() {
        let (packet, after) = after.split_at(usize::from(u16::from_be_bytes(*length)).min(after.len()));
        rest = after;
        now += 1;
        let Ok(request) = Request::parse(packet) else { continue };
        let most = usize::from(request.max_size.unwrap_or(576).max(576));
        let answers = [
            full::answer(&request, &POLICY, &mut table, &room, now),
            proxy::offer(&request, &POLICY, &room),
            proxy::boot_server(&request, SocketAddrV4::new([192, 0, 2, 100].into(), 4011), &POLICY, &room),
        ];
        for (from, answer) in answers.into_iter().enumerate() {
            let Some(reply) = answer.reply else { continue };
            let bytes = &reply.bytes;
            assert!(bytes.len() >= 300 && bytes[0] == 2, "no answer of BOOTP");
            assert!(bytes.len() + 28 <= most.max(1500), "{} bytes of {most}", bytes.len());
            assert_eq!((&bytes[4..8], &bytes[28..34]), (&packet[4..8], &packet[28..34]));
            let (Ok(mac), Ok(given)) = (<[u8; 6]>::try_from(&bytes[28..34]), <[u8; 4]>::try_from(&bytes[16..20])) else {
                continue;
            };
            if from == 0 && reply.kind == Kind::Ack && given != [0; 4] {
                // A conversation is shorter than a lease; only who gave an address back, or declined it, loses it.
                let holder = held.insert(given, mac);
                let still = holder.is_some_and(|other| {
                    other != mac && table.lease(hosted_deploy_pxe::mac::Mac::new(other)).is_some_and(|lease| {
                        lease.bound && lease.until > now && lease.address.octets() == given
                    })
                });
                assert!(!still, "{given:?} is leased twice");
            }
        }
    }
});

//! DHCP by recorded packets of real firmware: what each gets from the server with addresses, and beside another server.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

mod hostile;
#[path = "../room/mod.rs"]
mod room;

use hosted_deploy_pxe::boot::Programs;
use hosted_deploy_pxe::dhcp::{Answer, Kind, Note, Policy, Refused, Request, Silent, To, full, proxy};
use hosted_deploy_pxe::lease::{Change, Pool, Table};
use hosted_deploy_pxe::mac::Mac;
use hosted_deploy_pxe::provisioning::{Known, Origin};
use room::Room;
use room::pcap::{self, Udp, file, option, with, without};
use std::net::{Ipv4Addr, SocketAddrV4};

const OURS: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);
const CARD: Mac = Mac::new([0x52, 0x54, 0, 0, 0, 1]);
const UUID: &str = "11223344-5566-7788-99aa-bbccddeeff01";

/// A server with boot programs of its own, so that the tests do not depend on installed packages.
struct Server {
    policy: Policy,
    table: Table,
    room: Room,
    _programs: tempfile::TempDir,
}

impl Server {
    fn new(room: Room) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in
            ["undionly.kpxe", "ipxe-x86_64.efi", "ipxe-i386.efi", "ipxe-arm64.efi", "lpxelinux.0", "ldlinux.c32"]
        {
            std::fs::write(folder.path().join(name), name).unwrap();
        }
        let policy = Policy {
            origin: Origin { address: OURS, http_port: 80 },
            lease_secs: 600,
            dns: vec![[192, 0, 2, 53].into()],
            domain: Some("example.com".into()),
            ntp: vec![],
            programs: Programs::find(Some(folder.path())),
        };
        let pool = Pool::parse("192.0.2.100-192.0.2.150/24,router=192.0.2.254", 24).unwrap();
        let relayed = Pool::parse("198.51.100.10-198.51.100.20/24,router=198.51.100.1", 24).unwrap();
        let table = Table::new(vec![pool, relayed], [], []);
        Self { policy, table, room, _programs: folder }
    }

    fn full(&mut self, packet: &[u8], now: u64) -> Answer {
        full::answer(&Request::parse(packet).unwrap(), &self.policy, &mut self.table, &self.room, now)
    }

    fn proxy(&self, packet: &Udp) -> Answer {
        let request = Request::parse(&packet.payload).unwrap();
        match packet.to_port {
            67 => proxy::offer(&request, &self.policy, &self.room),
            _ => {
                let source = SocketAddrV4::new(packet.source.0.into(), packet.source.1);
                proxy::boot_server(&request, source, &self.policy, &self.room)
            }
        }
    }
}

fn bytes(answer: &Answer) -> &[u8] {
    &answer.reply.as_ref().unwrap().bytes
}

fn kind(answer: &Answer) -> Option<Kind> {
    answer.reply.as_ref().map(|reply| reply.kind)
}

fn to(answer: &Answer) -> To {
    answer.reply.as_ref().unwrap().to
}

fn boot_file(answer: &Answer) -> String {
    let name = option(bytes(answer), 67).unwrap_or_default();
    String::from_utf8(name.strip_suffix(&[0]).unwrap_or(&name).to_vec()).unwrap()
}

fn script(arch: u16) -> String {
    format!("http://192.0.2.1/ipxe/52-54-00-00-00-01?arch={arch}&uuid={UUID}")
}

/// A request for what the answer offered.
fn taking(discover: &[u8], offer: &Answer) -> Vec<u8> {
    let request = with(discover, 53, &[3]);
    let request = with(&request, 50, &bytes(offer)[16..20]);
    with(&request, 54, &OURS.octets())
}

#[test]
fn ipxe_on_bios_gets_an_address_and_its_script_by_a_frame_to_its_card() {
    let mut server = Server::new(Room::default());
    let discover = &pcap::asked("01")[0].payload;
    let offer = server.full(discover, 0);
    assert_eq!(kind(&offer), Some(Kind::Offer));
    assert_eq!(boot_file(&offer), script(0));
    assert_eq!(file(bytes(&offer)), script(0));
    assert_eq!(option(bytes(&offer), 175), Some(vec![176, 1, 1]), "it need not wait for a proxy");
    assert_eq!(option(bytes(&offer), 43), None);
    assert_eq!(bytes(&offer)[4..8], discover[4..8], "the transaction");
    let address = Ipv4Addr::from(<[u8; 4]>::try_from(&bytes(&offer)[16..20]).unwrap());
    assert_eq!(to(&offer), To::Card { mac: CARD, address });
    assert_eq!(offer.probe, Some(address));
    assert!(offer.changes.is_empty(), "an offer is not worth a write to the disk");

    let ack = server.full(&taking(discover, &offer), 1);
    assert_eq!((kind(&ack), boot_file(&ack)), (Some(Kind::Ack), script(0)));
    assert!(matches!(ack.changes.as_slice(), [Change::Put(lease)] if lease.address == address && lease.until == 601));
    assert_eq!(option(bytes(&ack), 1), Some(vec![255, 255, 255, 0]));
    assert_eq!(option(bytes(&ack), 3), Some(vec![192, 0, 2, 254]));
    assert_eq!(option(bytes(&ack), 51), Some(vec![0, 0, 2, 88]));
}

#[test]
fn a_plain_bios_rom_gets_ipxe_and_is_told_to_look_no_further() {
    let mut server = Server::new(Room::default());
    let rom = without(&pcap::asked("01")[0].payload, &[77, 175]);
    let offer = server.full(&rom, 0);
    assert_eq!((boot_file(&offer).as_str(), file(bytes(&offer)).as_str()), ("undionly.kpxe", "undionly.kpxe"));
    assert_eq!(bytes(&offer)[20..24], OURS.octets(), "the next server");
    assert_eq!(option(bytes(&offer), 60).as_deref(), Some(&b"PXEClient"[..]));
    assert_eq!(option(bytes(&offer), 43), Some(vec![6, 1, 8, 255]));
    assert_eq!(option(bytes(&offer), 97), option(&rom, 97));
    assert_eq!(option(bytes(&offer), 175), None);
}

#[test]
fn uefi_gets_ipxe_by_broadcast_and_ipxe_in_it_gets_the_script() {
    let mut server = Server::new(Room::default());
    let asked = pcap::asked("03");
    let mut stages = Vec::new();
    for packet in &asked {
        let answer = server.full(&packet.payload, 0);
        if let Some(reply) = &answer.reply {
            assert_eq!(option(&reply.bytes, 54), Some(OURS.octets().to_vec()));
            assert!(reply.bytes.len() >= 300 && reply.bytes.len() <= 1472 - 28);
            let flags = packet.payload[10];
            assert_eq!(reply.to == To::Everybody, flags == 0x80, "{:?}", reply.to);
            stages.push(option(&reply.bytes, 67).map(|_| boot_file(&answer)).unwrap_or_default());
        }
    }
    stages.dedup();
    assert_eq!(stages, ["ipxe-x86_64.efi".to_owned(), script(7), String::new()]);
    assert_eq!(server.table.leases().count(), 1, "one lease through all stages");
}

#[test]
fn uefi_http_boot_gets_a_url_and_the_word_without_which_it_asks_for_ever() {
    let mut server = Server::new(Room::default());
    let asked = pcap::asked("04");
    let offer = server.full(&asked[0].payload, 0);
    let ack = server.full(&taking(&asked[0].payload, &offer), 0);
    for answer in [&offer, &ack] {
        assert_eq!(boot_file(answer), "http://192.0.2.1/boot/ipxe-x86_64.efi");
        assert_eq!(option(bytes(answer), 60).as_deref(), Some(&b"HTTPClient"[..]));
        assert_eq!(to(answer), To::Everybody);
    }
}

#[test]
fn an_operating_system_gets_a_plain_lease() {
    let mut server = Server::new(Room::default());
    let packet = pcap::asked("01").pop().unwrap().payload;
    let asked = with(&without(&packet, &[50, 54, 60, 77, 93, 94, 97, 175]), 60, b"udhcp 1.35.0");
    let answer = server.full(&with(&asked, 53, &[1]), 0);
    assert_eq!(kind(&answer), Some(Kind::Offer));
    for code in [43, 60, 66, 67, 97, 175] {
        assert_eq!(option(bytes(&answer), code), None, "option {code}");
    }
    assert_eq!(file(bytes(&answer)), "");
}

#[test]
fn ipxe_from_ipxe_is_never_chained_again() {
    let mut server = Server::new(Room::default());
    for packet in pcap::asked("14") {
        let answer = server.full(&packet.payload, 0);
        if answer.reply.is_some() {
            assert_eq!(boot_file(&answer), script(0));
        }
    }
}

#[test]
fn ipxe_without_a_uuid_and_with_other_options_gets_its_script() {
    let mut server = Server::new(Room::default());
    let asked = pcap::asked("15");
    let answer = server.full(&asked[0].payload, 0);
    assert_eq!(boot_file(&answer), "http://192.0.2.1/ipxe/52-54-00-00-00-09?arch=7");
}

#[test]
fn two_questions_before_the_first_answer_get_the_same_offer() {
    let mut server = Server::new(Room::default());
    let asked = pcap::asked("01");
    let (first, second) = (server.full(&asked[0].payload, 0), server.full(&asked[1].payload, 1));
    assert_eq!(bytes(&first)[16..20], bytes(&second)[16..20]);
}

#[test]
fn a_relayed_client_gets_an_address_of_its_network_and_option_82_back_as_it_was() {
    let mut server = Server::new(Room::default());
    let mut packet = pcap::asked("03")[0].payload.clone();
    packet[3] = 1;
    packet[24..28].copy_from_slice(&[198, 51, 100, 1]);
    let relay = [2, 3, 9, 9, 9, 1, 2, 7, 7, 151, 1, 0];
    let packet = with(&packet, 82, &relay);
    let answer = server.full(&packet, 0);
    assert_eq!(to(&answer), To::Address("198.51.100.1:67".parse().unwrap()));
    assert_eq!(bytes(&answer)[16..19], [198, 51, 100]);
    assert_eq!(bytes(&answer)[24..28], [198, 51, 100, 1]);
    assert_eq!(option(bytes(&answer), 82).as_deref(), Some(&relay[..]), "in the order it came");
    assert_eq!(option(bytes(&answer), 3), Some(vec![198, 51, 100, 1]));

    let mut elsewhere = packet.clone();
    elsewhere[24..28].copy_from_slice(&[203, 0, 113, 1]);
    assert_eq!(server.full(&elsewhere, 0).note, Note::Silent(Silent::NoPool([203, 0, 113, 1].into())));
}

#[test]
fn a_relay_that_stands_for_us_is_named_as_the_server() {
    let mut server = Server::new(Room::default());
    let mut packet = pcap::asked("03")[0].payload.clone();
    packet[24..28].copy_from_slice(&[198, 51, 100, 1]);
    let packet = with(&packet, 82, &[11, 4, 198, 51, 100, 1]);
    let offer = server.full(&packet, 0);
    assert_eq!(option(bytes(&offer), 54), Some(vec![198, 51, 100, 1]));
    let request = with(&taking(&packet, &offer), 54, &[198, 51, 100, 1]);
    assert_eq!(kind(&server.full(&request, 0)), Some(Kind::Ack));
}

#[test]
fn a_node_keeps_the_address_and_the_name_it_was_given() {
    let known = Known { name: "node1".into(), address: Some([192, 0, 2, 20].into()), ..Known::default() };
    let mut server = Server::new(Room::with(CARD, known));
    let discover = pcap::asked("01")[0].payload.clone();
    let offer = server.full(&discover, 0);
    assert_eq!(bytes(&offer)[16..20], [192, 0, 2, 20]);
    assert_eq!(option(bytes(&offer), 12).as_deref(), Some(&b"node1"[..]));
    let ack = server.full(&taking(&discover, &offer), 0);
    assert_eq!(kind(&ack), Some(Kind::Ack));
    let other = with(&taking(&discover, &offer), 50, &[192, 0, 2, 120]);
    assert_eq!(server.full(&other, 0).note, Note::Refused([192, 0, 2, 120].into(), Refused::NotYours));
}

#[test]
fn a_request_from_another_network_or_for_anothers_address_is_refused_to_all() {
    let mut server = Server::new(Room::default());
    let asked = pcap::asked("01");
    let offer = server.full(&asked[0].payload, 0);
    let mine = taking(&asked[0].payload, &offer);
    let mut stranger = without(&mine, &[54]);
    stranger[33] = 9;
    let refused = server.full(&stranger, 0);
    assert_eq!((kind(&refused), to(&refused)), (Some(Kind::Nak), To::Everybody));
    let elsewhere = with(&without(&mine, &[54]), 50, &[10, 0, 0, 9]);
    assert_eq!(server.full(&elsewhere, 0).note, Note::Refused([10, 0, 0, 9].into(), Refused::WrongNetwork));
    let unknown = with(&without(&stranger, &[54]), 50, &[192, 0, 2, 30]);
    assert_eq!(server.full(&unknown, 0).note, Note::Silent(Silent::NotOurs), "not ours to judge");
}

#[test]
fn a_lease_that_we_forgot_is_given_again_when_it_is_free() {
    let mut server = Server::new(Room::default());
    let asked = pcap::asked("01");
    let rebooted = with(&with(&without(&asked[0].payload, &[54]), 53, &[3]), 50, &[192, 0, 2, 123]);
    let ack = server.full(&rebooted, 0);
    assert_eq!((kind(&ack), &bytes(&ack)[16..20]), (Some(Kind::Ack), &[192, 0, 2, 123][..]));
}

#[test]
fn renewing_is_answered_to_the_address_and_written_once() {
    let mut server = Server::new(Room::default());
    let discover = pcap::asked("01")[0].payload.clone();
    let offer = server.full(&discover, 0);
    server.full(&taking(&discover, &offer), 0);
    let mut renew = without(&with(&discover, 53, &[3]), &[50, 54]);
    renew[12..16].copy_from_slice(&bytes(&offer)[16..20]);
    let ack = server.full(&renew, 300);
    assert!(matches!(to(&ack), To::Address(to) if to.port() == 68 && to.ip().octets() == bytes(&offer)[16..20]));
    assert_eq!(ack.changes.len(), 1);
    assert!(server.full(&renew, 300).changes.is_empty(), "the same question again");
}

#[test]
fn who_takes_another_servers_offer_leaves_ours_free() {
    let mut server = Server::new(Room::default());
    let discover = pcap::asked("01")[0].payload.clone();
    let offer = server.full(&discover, 0);
    let request = with(&taking(&discover, &offer), 54, &[192, 0, 2, 2]);
    assert_eq!(server.full(&request, 0).note, Note::OtherServer([192, 0, 2, 2].into()));
    assert_eq!(server.table.leases().count(), 0);
}

#[test]
fn a_declined_address_is_not_offered_again_soon() {
    let mut server = Server::new(Room::default());
    let discover = pcap::asked("01")[0].payload.clone();
    let offer = server.full(&discover, 0);
    let decline = with(&taking(&discover, &offer), 53, &[4]);
    assert!(matches!(server.full(&decline, 0).note, Note::Declined(_)));
    assert_ne!(bytes(&server.full(&discover, 1))[16..20], bytes(&offer)[16..20]);
}

#[test]
fn inform_gets_options_and_no_lease() {
    let mut server = Server::new(Room::default());
    let mut inform = with(&pcap::asked("01")[0].payload, 53, &[8]);
    inform[12..16].copy_from_slice(&[192, 0, 2, 77]);
    let ack = server.full(&inform, 0);
    assert_eq!(to(&ack), To::Address("192.0.2.77:68".parse().unwrap()));
    assert_eq!((option(bytes(&ack), 51), &bytes(&ack)[16..20]), (None, &[0; 4][..]));
    assert!(option(bytes(&ack), 6).is_some() && ack.changes.is_empty());
}

#[test]
fn a_client_that_takes_little_gets_no_more_than_that() {
    let mut server = Server::new(Room::default());
    let mut packet = without(&pcap::asked("03")[0].payload, &[57]);
    packet[24..28].copy_from_slice(&[198, 51, 100, 1]);
    let packet = with(&packet, 82, &[&[1, 190][..], &[7; 190]].concat());
    let answer = server.full(&packet, 0);
    assert!(bytes(&answer).len() <= 548, "{}", bytes(&answer).len());
    assert_eq!(boot_file(&answer), "ipxe-x86_64.efi");
}

#[test]
fn beside_another_server_firmware_gets_a_file_and_no_address() {
    let server = Server::new(Room::default());
    for (capture, kinds) in [
        ("07", vec![script(0)]),
        ("08", vec!["ipxe-x86_64.efi".to_owned(), script(7)]),
        ("04", vec!["http://192.0.2.1/boot/ipxe-x86_64.efi".to_owned(), script(7)]),
    ] {
        let mut offered = Vec::new();
        for packet in pcap::asked(capture).iter().filter(|packet| packet.to_port == 67) {
            let answer = server.proxy(packet);
            let Some(reply) = &answer.reply else { continue };
            assert_eq!((reply.kind, reply.to, &reply.bytes[16..20]), (Kind::Offer, To::Everybody, &[0; 4][..]));
            let http = boot_file(&answer).ends_with("/boot/ipxe-x86_64.efi");
            let class: &[u8] = if http { b"HTTPClient" } else { b"PXEClient" };
            assert_eq!(option(&reply.bytes, 60).as_deref(), Some(class));
            assert_eq!(option(&reply.bytes, 97), option(&packet.payload, 97));
            assert_eq!((option(&reply.bytes, 51), option(&reply.bytes, 1)), (None, None));
            offered.push(boot_file(&answer));
        }
        offered.dedup();
        assert_eq!(offered, kinds, "{capture}");
    }
}

#[test]
fn beside_another_server_whoever_does_not_boot_hears_nothing_of_us() {
    let server = Server::new(Room::default());
    for packet in pcap::asked("07") {
        if !packet.payload.windows(9).any(|words| words == b"PXEClient") {
            assert_eq!(server.proxy(&packet).reply, None);
        }
    }
}

#[test]
fn port_4011_answers_where_the_question_came_from() {
    let server = Server::new(Room::default());
    let ipxe = pcap::asked("07").into_iter().find(|packet| packet.to_port == 4011).unwrap();
    let ack = server.proxy(&ipxe);
    assert_eq!(to(&ack), To::Address("192.0.2.100:68".parse().unwrap()));
    assert_eq!((kind(&ack), bytes(&ack)[4..8].to_vec()), (Some(Kind::Ack), vec![0; 4]), "transaction 0 as it came");
    assert_eq!(option(bytes(&ack), 43), Some(vec![71, 4, 0x80, 0, 0, 0, 255]), "the chosen item");
    assert_eq!(file(bytes(&ack)), script(0));

    let ovmf = pcap::asked("08").into_iter().find(|packet| packet.to_port == 4011).unwrap();
    let ack = server.proxy(&ovmf);
    assert_eq!(to(&ack), To::Address("192.0.2.100:4011".parse().unwrap()));
    assert_eq!(file(bytes(&ack)), "ipxe-x86_64.efi");
}

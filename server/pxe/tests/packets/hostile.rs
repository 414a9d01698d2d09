//! Damaged packets, and random orders of questions.

use super::*;
use proptest::prelude::*;
use std::collections::HashMap;

#[test]
fn packets_that_are_none_are_refused_by_their_reason() {
    let sound = pcap::asked("01")[0].payload.clone();
    let changed = |at: usize, byte: u8| {
        let mut packet = sound.clone();
        packet[at] = byte;
        packet
    };
    for (packet, words) in [
        (sound[..200].to_vec(), "shorter"),
        (changed(0, 2), "not a request"),
        (changed(1, 6), "Ethernet"),
        (changed(2, 16), "Ethernet"),
        (changed(28, 1), "hardware address"),
        (changed(236, 0), "message type"),
        (with(&sound, 53, &[13]), "message type"),
    ] {
        let error = Request::parse(&packet).unwrap_err().to_string();
        assert!(error.contains(words), "{words}: {error}");
    }
}

/// A captured packet with some bytes changed and an end cut off.
fn damaged() -> impl Strategy<Value = Vec<u8>> {
    let captured: Vec<Vec<u8>> =
        ["01", "03", "04", "07", "08", "15"].into_iter().flat_map(pcap::asked).map(|udp| udp.payload).collect();
    let changes = proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..12);
    (prop::sample::select(captured), changes, any::<prop::sample::Index>(), any::<bool>()).prop_map(
        |(mut packet, changes, end, cut)| {
            for (at, byte) in changes {
                let at = at.index(packet.len());
                packet[at] = byte;
            }
            if cut {
                packet.truncate(end.index(packet.len()));
            }
            packet
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_break_the_parser(packet in proptest::collection::vec(any::<u8>(), 0..800)) {
        let _ = Request::parse(&packet);
    }

    #[test]
    fn a_damaged_packet_gets_a_sound_answer_or_none(packets in proptest::collection::vec(damaged(), 1..20)) {
        let mut server = Server::new(Room::default());
        for (now, packet) in (0..).zip(&packets) {
            let Ok(request) = Request::parse(packet) else { continue };
            let answers = [
                full::answer(&request, &server.policy, &mut server.table, &server.room, now),
                proxy::offer(&request, &server.policy, &server.room),
                proxy::boot_server(&request, "192.0.2.100:4011".parse().unwrap(), &server.policy, &server.room),
            ];
            for reply in answers.into_iter().filter_map(|answer| answer.reply) {
                let bytes = &reply.bytes;
                prop_assert!(bytes.len() >= 300 && bytes[0] == 2);
                prop_assert_eq!(&bytes[4..8], &packet[4..8]);
                prop_assert_eq!(&bytes[28..34], &packet[28..34]);
                prop_assert!(option(bytes, 53).is_some() && option(bytes, 54).is_some());
            }
        }
    }

    #[test]
    fn whatever_is_asked_no_address_is_leased_twice(asked in proptest::collection::vec((0_u8..12, 0_u8..5, 95_u8..160), 1..200)) {
        let mut server = Server::new(Room::default());
        let mut held: HashMap<[u8; 4], (u8, u64)> = HashMap::new();
        let discover = pcap::asked("01")[0].payload.clone();
        for (now, (card, kind, last)) in (0..).zip(asked) {
            let mut packet = with(&discover, 53, &[[1, 3, 3, 4, 7][usize::from(kind)]]);
            packet[33] = card;
            let mut packet = with(&packet, 50, &[192, 0, 2, last]);
            if kind == 1 {
                packet = with(&packet, 54, &OURS.octets());
            }
            packet[12..16].copy_from_slice(if kind == 4 { &[192, 0, 2, 0] } else { &[0; 4] });
            if kind == 4 {
                packet[15] = last;
            }
            let answer = server.full(&packet, now);
            let address = [192, 0, 2, last];
            match answer.reply.map(|reply| (reply.kind, <[u8; 4]>::try_from(&reply.bytes[16..20]).unwrap())) {
                Some((Kind::Ack, given)) => {
                    let before = held.insert(given, (card, now + 600));
                    prop_assert!(before.is_none_or(|(other, until)| other == card || until <= now), "{given:?}");
                    held.retain(|other, (holder, _)| *other == given || *holder != card);
                }
                _ if matches!(kind, 3 | 4) && held.get(&address).is_some_and(|(holder, _)| *holder == card) => {
                    held.remove(&address);
                }
                _ => {}
            }
        }
    }
}

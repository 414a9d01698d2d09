//! Captures (little-endian pcap, Ethernet) → the UDP packets in them.

use std::path::Path;

/// A UDP packet of a capture.
#[derive(Clone, Debug)]
pub struct Udp {
    pub source: ([u8; 4], u16),
    pub to_port: u16,
    pub payload: Vec<u8>,
}

/// Every UDP packet of the capture whose name begins so.
pub fn udp(name: &str) -> Vec<Udp> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/pcap");
    let mut all = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let path = all.find(|path| path.file_name().unwrap().to_str().unwrap().starts_with(name)).unwrap();
    let bytes = std::fs::read(path).unwrap();
    let mut rest = &bytes[24..];
    let mut packets = Vec::new();
    while rest.len() > 16 {
        let length = u32::from_le_bytes(rest[8..12].try_into().unwrap()) as usize;
        packets.extend(frame(&rest[16..16 + length]));
        rest = &rest[16 + length..];
    }
    packets
}

/// What clients asked of DHCP, on port 67 and 4011.
pub fn asked(name: &str) -> Vec<Udp> {
    udp(name).into_iter().filter(|udp| matches!(udp.to_port, 67 | 4011) && udp.payload[0] == 1).collect()
}

fn frame(bytes: &[u8]) -> Option<Udp> {
    let ip = bytes.get(14..)?;
    if bytes[12..14] != [8, 0] || ip[9] != 17 {
        return None;
    }
    let udp = &ip[usize::from(ip[0] & 15) * 4..];
    let port = |at: usize| u16::from_be_bytes([udp[at], udp[at + 1]]);
    Some(Udp { source: (ip[12..16].try_into().unwrap(), port(0)), to_port: port(2), payload: udp[8..].to_vec() })
}

/// The packet without some of its options.
pub fn without(packet: &[u8], codes: &[u8]) -> Vec<u8> {
    let mut kept = packet[..240].to_vec();
    let mut rest = &packet[240..];
    while rest[0] != 255 {
        let end = 2 + usize::from(rest[1]);
        if !codes.contains(&rest[0]) {
            kept.extend(&rest[..end]);
        }
        rest = &rest[end..];
    }
    kept.push(255);
    kept
}

/// The packet with one more option.
pub fn with(packet: &[u8], code: u8, value: &[u8]) -> Vec<u8> {
    let mut more = without(packet, &[code]);
    more.pop();
    more.extend([code, u8::try_from(value.len()).unwrap()]);
    more.extend(value);
    more.push(255);
    more
}

/// An answer's option, parts joined.
pub fn option(packet: &[u8], code: u8) -> Option<Vec<u8>> {
    let mut rest = &packet[240..];
    let mut found = None::<Vec<u8>>;
    while !rest.is_empty() && rest[0] != 255 {
        if rest[0] == 0 {
            rest = &rest[1..];
            continue;
        }
        let end = 2 + usize::from(rest[1]);
        if rest[0] == code {
            found.get_or_insert_default().extend(&rest[2..end]);
        }
        rest = &rest[end..];
    }
    found
}

/// The `file` field.
pub fn file(packet: &[u8]) -> String {
    String::from_utf8(packet[108..236].iter().copied().take_while(|byte| *byte != 0).collect()).unwrap()
}

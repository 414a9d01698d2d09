//! Two hundred nodes boot at once: each asks for an address, loads iPXE by TFTP, asks again, loads script, kernel and kickstart by
//! HTTP, and reports. They stand behind a relay, as racks do; from their addresses on they are on their own.

use crate::network::{BRIDGE, CARD, Network};
use crate::room::Room;
use crate::room::pcap::option;
use hosted_deploy_pxe::lease::Pool;
use hosted_deploy_pxe::mac::Mac;
use hosted_deploy_pxe::net::Interface;
use hosted_deploy_pxe::serve::Mode;
use std::collections::HashMap;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddrV4, TcpStream, UdpSocket};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

const NODES: u8 = 200;
const SERVER: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);
const RELAY: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 3);
const KERNEL: usize = 200_000;

type Mail = Arc<Mutex<HashMap<u32, Sender<Vec<u8>>>>>;

pub fn two_hundred(network: &Network) {
    let lines = |line: &dyn Fn(u8) -> String| (10..=(10 + NODES + 19)).map(line).collect::<Vec<_>>().join("\n");
    // One card stands for all of them; nobody asks by ARP, which would show that.
    let ours = Interface::find(BRIDGE, None).unwrap().mac;
    std::fs::write(network.path("addresses"), lines(&|last| format!("address add 192.0.2.{last}/24 dev {CARD}")))
        .unwrap();
    let neighbour =
        |last| format!("neighbour replace 192.0.2.{last} lladdr 52:54:00:00:00:01 dev {BRIDGE} nud permanent");
    std::fs::write(network.path("neighbours"), lines(&neighbour)).unwrap();
    network.client(&["ip", "address", "replace", "192.0.2.3/24", "dev", CARD]);
    network.client(&["ip", "-batch", &network.path("addresses")]);
    network.client(&[
        "ip",
        "neighbour",
        "replace",
        "192.0.2.1",
        "lladdr",
        &ours.to_string(),
        "dev",
        CARD,
        "nud",
        "permanent",
    ]);
    let ip =
        |line: &[&str]| assert!(std::process::Command::new("ip").args(line).status().unwrap().success(), "{line:?}");
    ip(&["-batch", &network.path("neighbours")]);
    std::fs::create_dir_all(network.path("images")).unwrap();
    std::fs::write(network.path("images/vmlinuz"), vec![7; KERNEL]).unwrap();
    let mut config = network.config(Mode::Dhcp);
    config.pools = vec![Pool::parse(&format!("192.0.2.10-192.0.2.{}", 10 + NODES + 19), 24).unwrap()];
    let served = network.serve(config, Room { files: Some(network.folder.path().join("images")), ..Room::default() });

    let begun = Instant::now();
    let results: Vec<Result<(), String>> = thread::scope(|scope| {
        let relay = scope.spawn(|| {
            network.as_client();
            Arc::new(UdpSocket::bind((RELAY, 67)).unwrap())
        });
        let relay = relay.join().unwrap();
        relay.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
        let mail = Mail::default();
        let done = Arc::new(std::sync::atomic::AtomicBool::new(false));
        let postman = {
            let (relay, mail, done) = (relay.clone(), mail.clone(), done.clone());
            scope.spawn(move || deliver(&relay, &mail, &done))
        };
        let nodes: Vec<_> = (0..NODES)
            .map(|number| {
                let (relay, mail) = (relay.clone(), mail.clone());
                scope.spawn(move || {
                    network.as_client();
                    boot(number, &relay, &mail)
                })
            })
            .collect();
        let results = nodes.into_iter().map(|node| node.join().unwrap()).collect();
        done.store(true, std::sync::atomic::Ordering::Relaxed);
        postman.join().unwrap();
        results
    });
    let lost: Vec<String> = results.into_iter().filter_map(Result::err).collect();
    assert!(lost.is_empty(), "{} lost: {:?}", lost.len(), lost.first());
    assert_eq!(served.room.installed.lock().unwrap().len(), usize::from(NODES));
    println!("boot: {NODES} nodes in {:.1} s", begun.elapsed().as_secs_f64());
    network.client(&["ip", "address", "flush", "dev", CARD]);
    network.client(&["ip", "neighbour", "flush", "dev", CARD, "nud", "permanent"]);
    ip(&["neighbour", "flush", "dev", BRIDGE, "nud", "permanent"]);
}

fn deliver(relay: &UdpSocket, mail: &Mail, done: &std::sync::atomic::AtomicBool) {
    let mut buffer = [0; 2048];
    while !done.load(std::sync::atomic::Ordering::Relaxed) {
        if let Ok(length) = relay.recv(&mut buffer) {
            let xid = u32::from_be_bytes(buffer[4..8].try_into().unwrap());
            if let Some(to) = mail.lock().unwrap().get(&xid) {
                let _ = to.send(buffer[..length].to_vec());
            }
        }
    }
}

fn boot(number: u8, relay: &UdpSocket, mail: &Mail) -> Result<(), String> {
    let mac = Mac::new([0x52, 0x54, 0, 1, 0, number]);
    let failed = |what: &'static str| move |error: std::io::Error| format!("{mac}: {what}: {error}");
    let (address, file) = lease(mac, false, relay, mail)?;
    if file != "undionly.kpxe" {
        return Err(format!("{mac}: {file}"));
    }
    tftp(address, &file).map_err(failed("TFTP"))?;
    let (again, script) = lease(mac, true, relay, mail)?;
    if again != address {
        return Err(format!("{mac}: {address}, then {again}"));
    }
    let path = script.strip_prefix("http://192.0.2.1").ok_or(format!("{mac}: {script}"))?;
    let script = http(address, path).map_err(failed("the script"))?;
    let kickstart = script.split_once("inst.ks=http://192.0.2.1").ok_or("no kickstart")?.1;
    let kickstart = kickstart.split_whitespace().next().unwrap_or_default();
    if http(address, "/files/vmlinuz").map_err(failed("the kernel"))?.len() != KERNEL {
        return Err(format!("{mac}: the kernel is not whole"));
    }
    let text = http(address, kickstart).map_err(failed("the kickstart"))?;
    if !text.contains(&format!("kickstart of {mac}")) {
        return Err(format!("{mac}: another's kickstart: {text}"));
    }
    http(address, &kickstart.replace("/ks/", "/built/")).map_err(failed("the report")).map(drop)
}

/// DISCOVER to ACK, each question again after a second as firmware does.
fn lease(mac: Mac, ipxe: bool, relay: &UdpSocket, mail: &Mail) -> Result<(Ipv4Addr, String), String> {
    let xid = u32::from_be_bytes([u8::from(ipxe), 1, 0, mac.bytes()[5]]);
    let (sender, letters) = channel();
    mail.lock().unwrap().insert(xid, sender);
    let mut packet = vec![0; 240];
    packet[..4].copy_from_slice(&[1, 1, 6, 1]);
    packet[4..8].copy_from_slice(&xid.to_be_bytes());
    packet[24..28].copy_from_slice(&RELAY.octets());
    packet[28..34].copy_from_slice(&mac.bytes());
    packet[236..].copy_from_slice(&[99, 130, 83, 99]);
    let class = b"PXEClient:Arch:00000:UNDI:002001";
    let ask = |kind: u8, more: &[u8]| {
        let mut packet = packet.clone();
        packet.extend([53, 1, kind, 60, class.len() as u8]);
        packet.extend(class);
        packet.extend([93, 2, 0, 0]);
        if ipxe {
            packet.extend(b"\x4d\x04iPXE");
        }
        packet.extend(more);
        packet.push(255);
        answered(&packet, relay, &letters, if kind == 1 { 2 } else { 5 })
            .ok_or_else(|| format!("{mac}: no answer to {kind}"))
    };
    let offer = ask(1, &[])?;
    let yiaddr = &offer[16..20];
    let ack = ask(3, &[&[50, 4], yiaddr, &[54, 4], &SERVER.octets()].concat())?;
    let file = option(&ack, 67).unwrap_or_default();
    let address: [u8; 4] = ack[16..20].try_into().unwrap();
    Ok((address.into(), String::from_utf8_lossy(&file).trim_end_matches('\0').to_owned()))
}

fn answered(packet: &[u8], relay: &UdpSocket, letters: &Receiver<Vec<u8>>, kind: u8) -> Option<Vec<u8>> {
    for _ in 0..10 {
        relay.send_to(packet, SocketAddrV4::new(SERVER, 67)).ok()?;
        let end = Instant::now() + Duration::from_secs(1);
        while let Ok(letter) = letters.recv_timeout(end.saturating_duration_since(Instant::now())) {
            if option(&letter, 53) == Some(vec![kind]) {
                return Some(letter);
            }
        }
    }
    None
}

/// In lock-step, as an old ROM does it.
fn tftp(address: Ipv4Addr, name: &str) -> std::io::Result<usize> {
    let socket = UdpSocket::bind((address, 0))?;
    socket.set_read_timeout(Some(Duration::from_secs(3)))?;
    let request = [b"\0\x01", name.as_bytes(), b"\0octet\0blksize\x001456\0"].concat();
    let mut buffer = [0; 2000];
    let (mut next, mut bytes, mut last) = (1_u16, 0, request);
    let mut to = SocketAddrV4::new(SERVER, 69).into();
    for _ in 0..10_000 {
        socket.send_to(&last, to)?;
        let Ok((length, from)) = socket.recv_from(&mut buffer) else { continue };
        to = from;
        let number = u16::from_be_bytes([buffer[2], buffer[3]]);
        match buffer[1] {
            6 => last = vec![0, 4, 0, 0],
            3 if number == next => {
                last = vec![0, 4, buffer[2], buffer[3]];
                bytes += length - 4;
                next = next.wrapping_add(1);
                if length < 1456 + 4 {
                    socket.send_to(&last, to)?;
                    return Ok(bytes);
                }
            }
            5 => return Err(std::io::Error::other("refused")),
            _ => {}
        }
    }
    Err(std::io::ErrorKind::TimedOut.into())
}

fn http(address: Ipv4Addr, path: &str) -> std::io::Result<String> {
    let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None)?;
    socket.bind(&SocketAddrV4::new(address, 0).into())?;
    socket.connect(&SocketAddrV4::new(SERVER, 80).into())?;
    let mut stream: TcpStream = socket.into();
    stream.set_read_timeout(Some(Duration::from_secs(20)))?;
    write!(stream, "GET {path} HTTP/1.0\r\nHost: 192.0.2.1\r\n\r\n")?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let text = String::from_utf8_lossy(&answer).into_owned();
    match text.split_once("\r\n\r\n") {
        Some((head, body)) if head.contains(" 200 ") => Ok(body.to_owned()),
        _ => Err(std::io::Error::other(text.lines().next().unwrap_or_default().to_owned())),
    }
}

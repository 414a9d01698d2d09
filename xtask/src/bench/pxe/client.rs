//! Clients of the measurements: a process of their own, in the clients' namespace. What they say is numbers.

use super::FIRST_MACHINE;
use anyhow::{Context, Result, bail};
use std::net::{SocketAddr, UdpSocket};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// `bench client dhcp SERVER RELAY RATE SECONDS` and `bench client tftp SERVER FILE WINDOW CLIENTS TURNS`.
pub(in crate::bench) fn main(words: &[&str]) -> Result<()> {
    match words {
        ["dhcp", server, relay, rate, secs] => dhcp(server, relay, rate.parse()?, secs.parse()?),
        ["tftp", server, file, window, clients, turns] => tftp(server, file, window, clients.parse()?, turns.parse()?),
        _ => bail!("no such client: {}", words.join(" ")),
    }
}

const BLOCK: usize = 1468;

/// Prints seconds, transfers that were lost, and answers that had to be sent again.
fn tftp(server: &str, file: &str, window: &str, clients: usize, turns: usize) -> Result<()> {
    let began = Instant::now();
    let results: Vec<Result<u32>> = std::thread::scope(|scope| {
        let all: Vec<_> = (0..clients)
            .map(|number| {
                let from = format!("198.18.0.{}:0", FIRST_MACHINE + number);
                scope.spawn(move || (0..turns).map(|_| fetch(&from, server, file, window)).sum::<Result<u32>>())
            })
            .collect();
        all.into_iter().map(|one| one.join().unwrap_or_else(|_| bail!("a client ended early"))).collect()
    });
    let secs = began.elapsed().as_secs_f64();
    let lost = results.iter().filter(|one| one.is_err()).count();
    let again: u32 = results.iter().flatten().sum();
    for why in results.iter().filter_map(|one| one.as_ref().err()) {
        eprintln!("{why:#}");
    }
    println!("{secs} {lost} {again}");
    Ok(())
}

/// One transfer by RFC 1350, 2347, 2348, 2349 and 7440; how often something had to be said again.
fn fetch(from: &str, server: &str, file: &str, window: &str) -> Result<u32> {
    let socket = UdpSocket::bind(from)?;
    socket.set_read_timeout(Some(Duration::from_secs(1)))?;
    let mut request = b"\0\x01".to_vec();
    for word in [file, "octet", "tsize", "0", "blksize", &BLOCK.to_string(), "windowsize", window] {
        request.extend(word.as_bytes());
        request.push(0);
    }
    socket.send_to(&request, (server, 69))?;
    let mut buffer = vec![0; BLOCK + 64];
    let (length, from) = socket.recv_from(&mut buffer).context("no answer")?;
    socket.connect(from)?;
    let agreed = buffer.get(..length).unwrap_or_default();
    if !agreed.starts_with(&[0, 6]) {
        bail!("no agreement but {:?}", String::from_utf8_lossy(agreed));
    }
    let words: Vec<&[u8]> = agreed.get(2..).unwrap_or_default().split(|byte| *byte == 0).collect();
    let option = |name: &str| {
        let at = words.iter().position(|word| word.eq_ignore_ascii_case(name.as_bytes()))?;
        std::str::from_utf8(words.get(at + 1)?).ok()?.parse::<usize>().ok()
    };
    let size = option("tsize").context("no size")?;
    let window = option("windowsize").unwrap_or(1);
    let (mut got, mut last, mut since, mut again, mut silent, mut gap) = (0, 0_u16, 0, 0, 0, false);
    let ack = |last: u16| socket.send(&[0, 4, (last >> 8) as u8, last as u8]);
    ack(0)?;
    loop {
        let length = match socket.recv(&mut buffer) {
            Ok(length) => length,
            Err(_) if silent < 10 => {
                silent += 1;
                again += 1;
                since = 0;
                ack(last)?;
                continue;
            }
            Err(error) => return Err(error).context("it went silent"),
        };
        silent = 0;
        let [0, 3, high, low, rest @ ..] = buffer.get(..length).unwrap_or_default() else { continue };
        if u16::from_be_bytes([*high, *low]) != last.wrapping_add(1) {
            if !gap {
                (gap, since, again) = (true, 0, again + 1);
                ack(last)?;
            }
            continue;
        }
        (last, since, gap, got) = (last.wrapping_add(1), since + 1, false, got + rest.len());
        let end = rest.len() < BLOCK;
        if end || since == window {
            since = 0;
            ack(last)?;
        }
        if end {
            return if got == size { Ok(again) } else { bail!("{got} bytes of {size}") };
        }
    }
}

/// When the two questions of each machine went out, and how long the answers took.
struct Asked {
    sent: Vec<Mutex<Option<Instant>>>,
    took: Mutex<Vec<f64>>,
}

/// As a relay: so many machines a second ask for an address and confirm it. Prints complete exchanges, lost ones, and of all answers
/// the median, the 99th of 100 and the longest, in ms.
fn dhcp(server: &str, relay: &str, rate: u32, secs: u32) -> Result<()> {
    let socket = UdpSocket::bind((relay, 67))?;
    socket.connect((server, 67))?;
    socket.set_read_timeout(Some(Duration::from_millis(100)))?;
    let SocketAddr::V4(us) = socket.local_addr()? else { bail!("IPv4 only") };
    let machines = rate * secs;
    let asked = Asked { sent: (0..machines).map(|_| Mutex::default()).collect(), took: Mutex::default() };
    let (done, ended) = (Mutex::new(0_u32), AtomicBool::new(false));
    std::thread::scope(|scope| -> Result<()> {
        let answers = scope.spawn(|| -> Result<()> {
            let mut buffer = [0; 1500];
            while !ended.load(Ordering::Relaxed) {
                let Ok(length) = socket.recv(&mut buffer) else { continue };
                let Some(answer) = Answer::parse(buffer.get(..length).unwrap_or_default()) else { continue };
                let Some(sent) = asked.sent.get(answer.machine as usize) else { continue };
                let mut sent = sent.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                let Some(at) = sent.take() else { continue };
                let took = at.elapsed().as_secs_f64() * 1000.0;
                asked.took.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(took);
                match answer.kind {
                    2 => {
                        *sent = Some(Instant::now());
                        socket.send(&question(answer.machine, *us.ip(), Some(&answer)))?;
                    }
                    _ => *done.lock().unwrap_or_else(std::sync::PoisonError::into_inner) += 1,
                }
            }
            Ok(())
        });
        let began = Instant::now();
        for machine in 0..machines {
            let at = began + Duration::from_secs(1) * machine / rate;
            std::thread::sleep(at.saturating_duration_since(Instant::now()));
            if let Some(sent) = asked.sent.get(machine as usize) {
                *sent.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(Instant::now());
            }
            socket.send(&question(machine, *us.ip(), None))?;
        }
        std::thread::sleep(Duration::from_secs(1));
        ended.store(true, Ordering::Relaxed);
        answers.join().unwrap_or_else(|_| bail!("the listener ended early"))
    })?;
    let mut took = asked.took.into_inner().unwrap_or_default();
    took.sort_by(f64::total_cmp);
    let at = |part: usize| {
        took.get((took.len() * part / 100).min(took.len().saturating_sub(1))).copied().unwrap_or(f64::NAN)
    };
    let done = done.into_inner().unwrap_or_default();
    println!("{done} {} {} {} {}", machines - done, at(50), at(99), at(100));
    Ok(())
}

struct Answer {
    machine: u32,
    kind: u8,
    address: [u8; 4],
    server: [u8; 4],
}

impl Answer {
    fn parse(packet: &[u8]) -> Option<Self> {
        let machine = u32::from_be_bytes(packet.get(4..8)?.try_into().ok()?);
        let address = packet.get(16..20)?.try_into().ok()?;
        let (mut kind, mut server, mut rest) = (None, None, packet.get(240..)?);
        while let [code, after @ ..] = rest {
            match code {
                0 => rest = after,
                255 => break,
                _ => {
                    let (length, after) = after.split_first()?;
                    let value = after.get(..usize::from(*length))?;
                    match code {
                        53 => kind = value.first().copied(),
                        54 => server = value.try_into().ok(),
                        _ => {}
                    }
                    rest = after.get(usize::from(*length)..)?;
                }
            }
        }
        Some(Self { machine, kind: kind?, address, server: server? })
    }
}

fn question(machine: u32, relay: std::net::Ipv4Addr, offer: Option<&Answer>) -> Vec<u8> {
    let [a, b, c, d] = machine.to_be_bytes();
    let mut packet = vec![0; 240];
    let mut put = |at: usize, bytes: &[u8]| {
        if let Some(part) = packet.get_mut(at..at + bytes.len()) {
            part.copy_from_slice(bytes);
        }
    };
    put(0, &[1, 1, 6, 1]);
    put(4, &machine.to_be_bytes());
    put(24, &relay.octets());
    put(28, &[2, 0, a, b, c, d]);
    put(236, &[99, 130, 83, 99]);
    match offer {
        None => packet.extend([53, 1, 1]),
        Some(offer) => {
            packet.extend([53, 1, 3, 50, 4]);
            packet.extend(offer.address);
            packet.extend([54, 4]);
            packet.extend(offer.server);
        }
    }
    packet.extend([55, 4, 1, 3, 6, 15, 255]);
    packet
}

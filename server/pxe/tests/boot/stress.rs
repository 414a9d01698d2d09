//! Many at once by HTTP, some of them badly: slow ones, some that go away in the middle, some that ask before they were answered. Nobody
//! else may notice.

use crate::clients::{image, room};
use crate::network::{CARD, Network};
use hosted_deploy_pxe::serve::Mode;
use std::io::{self, Read as _, Write as _};
use std::net::TcpStream;
use std::ops::Range;
use std::thread;
use std::time::{Duration, Instant};

const LENGTH: usize = 6_000_011;
const READERS: usize = 48;
/// On one kept connection each.
const TURNS: usize = 20;
const BREAKERS: usize = 6;
const SLOW: usize = 4;
const HASTY: usize = 4;

pub fn downloads(network: &Network) {
    network.client(&["ip", "address", "replace", "192.0.2.3/24", "dev", CARD]);
    let content = image(network, "squashfs.img", LENGTH);
    let served = network.serve(network.config(Mode::Dhcp), room(network));
    let content = content.as_slice();
    let begun = Instant::now();
    let lost: Vec<String> = thread::scope(|scope| {
        let mut all = Vec::new();
        for number in 0..READERS {
            all.push(scope.spawn(move || reader(network, content, number)));
        }
        for number in 0..SLOW {
            all.push(scope.spawn(move || slow(network, content, number)));
        }
        for number in 0..HASTY {
            all.push(scope.spawn(move || hasty(network, content, number)));
        }
        for number in 0..BREAKERS {
            all.push(scope.spawn(move || breaker(network, number)));
        }
        all.into_iter().filter_map(|one| one.join().unwrap().err()).collect()
    });
    assert!(lost.is_empty(), "{} lost something, among them: {}", lost.len(), lost[0]);
    println!("boot: {} downloads in {:.1} s", READERS * TURNS + SLOW + HASTY * TURNS, begun.elapsed().as_secs_f64());
    drop(served);
    network.client(&["ip", "address", "flush", "dev", CARD]);
}

/// Somewhere in the file, and as long as chance has it: some are one byte, some all of it.
fn part(number: usize, turn: usize) -> Range<usize> {
    let mut state = ((number * 1000 + turn + 1) as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut next = |most: usize| {
        state ^= state >> 29;
        state = state.wrapping_mul(0xbf58_476d_1ce4_e5b9);
        (state >> 20) as usize % most
    };
    match turn % 5 {
        0 => 0..LENGTH,
        1 => {
            let at = next(LENGTH);
            at..at + 1
        }
        _ => {
            let begin = next(LENGTH);
            begin..begin + 1 + next(LENGTH - begin)
        }
    }
}

fn connect(network: &Network) -> io::Result<TcpStream> {
    network.as_client();
    let stream = TcpStream::connect("192.0.2.1:80")?;
    stream.set_read_timeout(Some(Duration::from_secs(60)))?;
    Ok(stream)
}

fn request(part: &Range<usize>) -> String {
    format!(
        "GET /files/squashfs.img HTTP/1.1\r\nHost: 192.0.2.1\r\nRange: bytes={}-{}\r\n\r\n",
        part.start,
        part.end - 1
    )
}

/// One answer, byte for byte what was asked for.
fn answer(
    stream: &mut TcpStream,
    content: &[u8],
    part: Range<usize>,
    piece: usize,
    pause: Duration,
) -> Result<(), String> {
    let failed = |error: io::Error| format!("{part:?}: {error}");
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).map_err(failed)?;
        head.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&head).to_lowercase();
    if !head.starts_with("http/1.1 206") || !head.contains(&format!("content-length: {}\r\n", part.len())) {
        return Err(format!("{part:?}: {head}"));
    }
    let mut buffer = vec![0; piece];
    let mut at = part.start;
    while at < part.end {
        let most = piece.min(part.end - at);
        let read = stream.read(&mut buffer[..most]).map_err(failed)?;
        if read == 0 {
            return Err(format!("{part:?}: ended at {at}"));
        }
        if buffer[..read] != content[at..at + read] {
            return Err(format!("{part:?}: other bytes at {at}"));
        }
        at += read;
        thread::sleep(pause);
    }
    Ok(())
}

fn reader(network: &Network, content: &[u8], number: usize) -> Result<(), String> {
    let mut stream = connect(network).map_err(|error| error.to_string())?;
    (0..TURNS).try_for_each(|turn| {
        let part = part(number, turn);
        stream.write_all(request(&part).as_bytes()).map_err(|error| error.to_string())?;
        answer(&mut stream, content, part, 256 * 1024, Duration::ZERO)
    })
}

/// The line is full again and again, and whatever stands still in it must go on.
fn slow(network: &Network, content: &[u8], number: usize) -> Result<(), String> {
    let mut stream = connect(network).map_err(|error| error.to_string())?;
    let part = number..LENGTH - number;
    stream.write_all(request(&part).as_bytes()).map_err(|error| error.to_string())?;
    thread::sleep(Duration::from_secs(1));
    answer(&mut stream, content, part, 16 * 1024, Duration::from_millis(5))
}

/// Asks for everything before the first answer.
fn hasty(network: &Network, content: &[u8], number: usize) -> Result<(), String> {
    let mut stream = connect(network).map_err(|error| error.to_string())?;
    let parts: Vec<_> = (0..TURNS).map(|turn| part(READERS + number, turn)).collect();
    let all: String = parts.iter().map(request).collect();
    stream.write_all(all.as_bytes()).map_err(|error| error.to_string())?;
    parts.into_iter().try_for_each(|part| answer(&mut stream, content, part, 64 * 1024, Duration::ZERO))
}

/// Goes away in the middle, with much unread.
fn breaker(network: &Network, number: usize) -> Result<(), String> {
    for turn in 0..TURNS {
        let mut stream = connect(network).map_err(|error| error.to_string())?;
        stream.write_all(request(&(0..LENGTH)).as_bytes()).map_err(|error| error.to_string())?;
        let mut some = vec![0; 1 + (number * 7919 + turn * 104_729) % 300_000];
        stream.read_exact(&mut some).map_err(|error| error.to_string())?;
    }
    Ok(())
}

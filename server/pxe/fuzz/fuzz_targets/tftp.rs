//! A request, and whatever the client says until its transfer ends.
#![no_main]

use hosted_deploy_pxe::tftp::packet::{First, Reply};
use hosted_deploy_pxe::tftp::{Sender, Source, Step};
use libfuzzer_sys::fuzz_target;

// The file's length, the request with its length, then answers of four bytes; an answer of zeros is silence.
fuzz_target!(|data: &[u8]| {
    let Some(([a, b, c], rest)) = data.split_first_chunk::<3>() else { return };
    let (request, answers) = rest.split_at(usize::from(*c).min(rest.len()));
    let First::Read(request) = First::parse(request) else { return };
    assert!(!request.name.contains('\0'));
    let length = usize::from(u16::from_be_bytes([*a, *b]));
    let source = match request.netascii {
        true => Source::text("line\n".repeat(length / 16), true),
        false => Source::Text(vec![7; length]),
    };
    let (mut sender, _) = Sender::begin(source, &request.options, 1468).expect("bytes in memory");
    for answer in answers.chunks(4).take(10_000) {
        let step = match answer {
            [0, 0, 0, 0] => sender.silence(),
            answer => sender.came(Reply::parse(answer)).expect("bytes in memory"),
        };
        if let Step::End(_) = step {
            return;
        }
        sender.prepare().expect("bytes in memory");
        let size = sender.packet_size();
        assert!(size <= 1472 && sender.packets().len() <= size * 64, "more is under way than was agreed");
        assert!(!sender.packets().is_empty());
    }
});

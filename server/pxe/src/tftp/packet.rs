//! The packets of TFTP.

/// The largest block that RFC 2348 allows.
const LARGEST_BLOCK: u16 = 65_464;
/// The smallest.
const SMALLEST_BLOCK: u16 = 8;
/// What is sent when no block size is agreed on.
pub const USUAL_BLOCK: u16 = 512;

/// A read request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadRequest {
    /// The file's name, as sent.
    pub name: String,
    /// `netascii`: lines end with CR LF.
    pub netascii: bool,
    /// What the client would like.
    pub options: Options,
}

/// Options, as far as they were asked for and make sense.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Bytes of a block, 8 to 65464.
    pub block: Option<u16>,
    /// Seconds before a block is sent again, 1 to 255.
    pub timeout_secs: Option<u8>,
    /// The client wants to know the size.
    pub size: bool,
    /// Blocks before an answer is waited for, from 1.
    pub window: Option<u16>,
}

/// What a client sends first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum First {
    /// A file, please.
    Read(ReadRequest),
    /// It wants to write, which nobody may here.
    Write,
    /// Not a request: a late answer of an ended transfer, or no TFTP.
    Other,
}

/// What a client sends while it receives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reply {
    /// It has everything up to this block.
    Ack(u16),
    /// It gives up; 0 and 8 are how firmware ends a question for the size.
    Error(u16),
    /// Neither.
    Other,
}

/// The error codes that we send (RFC 1350 5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// 0, see the text.
    Other = 0,
    /// 1.
    NotFound = 1,
    /// 2.
    NotAllowed = 2,
}

impl First {
    /// Reads the first packet of a client.
    pub fn parse(packet: &[u8]) -> Self {
        match packet {
            [0, 1, rest @ ..] => ReadRequest::parse(rest).map_or(Self::Other, Self::Read),
            [0, 2, ..] => Self::Write,
            _ => Self::Other,
        }
    }
}

impl ReadRequest {
    fn parse(rest: &[u8]) -> Option<Self> {
        // Every text ends with a zero; what has none at the end is cut off.
        let mut texts =
            rest.split_inclusive(|byte| *byte == 0).map_while(|text| text.strip_suffix(&[0])).map(std::str::from_utf8);
        let name = texts.next()?.ok()?.to_owned();
        let netascii = match texts.next()?.ok()?.to_ascii_lowercase().as_str() {
            "octet" => false,
            "netascii" => true,
            _ => return None,
        };
        let mut options = Options::default();
        // An odd option is left out, as RFC 2347 wants it, and does not spoil the others.
        while let (Some(Ok(option)), Some(Ok(value))) = (texts.next(), texts.next()) {
            let number: Option<u64> = value.parse().ok();
            match (option.to_ascii_lowercase().as_str(), number) {
                ("blksize", Some(bytes)) if bytes >= u64::from(SMALLEST_BLOCK) => {
                    options.block = Some(u16::try_from(bytes).unwrap_or(u16::MAX).min(LARGEST_BLOCK));
                }
                ("timeout", Some(secs @ 1..=255)) => options.timeout_secs = u8::try_from(secs).ok(),
                ("tsize", Some(_)) => options.size = true,
                ("windowsize", Some(blocks @ 1..=65_535)) => options.window = u16::try_from(blocks).ok(),
                _ => {}
            }
        }
        Some(Self { name, netascii, options })
    }
}

impl Reply {
    /// Reads what came while a file goes out.
    pub const fn parse(packet: &[u8]) -> Self {
        match packet {
            [0, 4, a, b, ..] => Self::Ack(u16::from_be_bytes([*a, *b])),
            [0, 5, a, b, ..] => Self::Error(u16::from_be_bytes([*a, *b])),
            _ => Self::Other,
        }
    }
}

/// An option acknowledgement with exactly what is agreed on.
pub fn agreed(options: &Options, size: u64) -> Vec<u8> {
    let mut packet = vec![0, 6];
    let mut put = |name: &str, value: u64| {
        packet.extend_from_slice(name.as_bytes());
        packet.push(0);
        packet.extend_from_slice(value.to_string().as_bytes());
        packet.push(0);
    };
    if let Some(block) = options.block {
        put("blksize", block.into());
    }
    if let Some(secs) = options.timeout_secs {
        put("timeout", secs.into());
    }
    if options.size {
        put("tsize", size);
    }
    if let Some(window) = options.window {
        put("windowsize", window.into());
    }
    packet
}

/// An error for the client.
pub fn error(code: Code, words: &str) -> Vec<u8> {
    let mut packet = vec![0, 5, 0, code as u8];
    packet.extend_from_slice(words.as_bytes());
    packet.push(0);
    packet
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(texts: &[&str]) -> First {
        let mut packet = vec![0, 1];
        for text in texts {
            packet.extend_from_slice(text.as_bytes());
            packet.push(0);
        }
        First::parse(&packet)
    }

    #[test]
    fn a_request_of_uefi_firmware_is_read() {
        let First::Read(request) =
            read(&["ipxe-x86_64.efi", "octet", "tsize", "0", "blksize", "1468", "windowsize", "4"])
        else {
            panic!("not read")
        };
        assert_eq!(request.options, Options { block: Some(1468), timeout_secs: None, size: true, window: Some(4) });
    }

    #[test]
    fn odd_options_are_left_out_and_words_may_be_of_any_case() {
        let First::Read(request) =
            read(&["a", "OCTET", "BLKSIZE", "4", "timeout", "0", "windowsize", "x", "bogus", "1", "Tsize", "0"])
        else {
            panic!("not read")
        };
        assert_eq!(request.options, Options { size: true, ..Options::default() });
        assert!(
            matches!(read(&["a", "octet", "blksize", "99999999999"]), First::Read(r) if r.options.block == Some(LARGEST_BLOCK))
        );
    }

    #[test]
    fn what_is_no_request_is_none() {
        assert_eq!(read(&["a", "mail"]), First::Other);
        assert_eq!(First::parse(b"\0\x01name-without-end"), First::Other);
        assert_eq!(First::parse(b"\0\x02a\0octet\0"), First::Write);
        assert_eq!(First::parse(b"\0\x04\0\x01"), First::Other);
    }

    #[test]
    fn the_agreement_says_what_was_asked_for_and_nothing_else() {
        let options = Options { block: Some(1024), size: true, ..Options::default() };
        assert_eq!(agreed(&options, 77), b"\0\x06blksize\x001024\0tsize\x0077\0");
    }

    proptest! {
        #[test]
        fn no_packet_breaks_the_parsers(packet in proptest::collection::vec(any::<u8>(), 0..600)) {
            let _ = Reply::parse(&packet);
            if let First::Read(request) = First::parse(&packet) {
                prop_assert!(request.options.block.is_none_or(|block| (SMALLEST_BLOCK..=LARGEST_BLOCK).contains(&block)));
                prop_assert!(request.options.window != Some(0) && request.options.timeout_secs != Some(0));
            }
        }

        #[test]
        fn whatever_stands_behind_the_name_the_name_is_read(name in "[a-z/.]{1,40}", rest in proptest::collection::vec(any::<u8>(), 0..100)) {
            let mut packet = vec![0, 1];
            packet.extend_from_slice(name.as_bytes());
            packet.extend_from_slice(b"\0octet\0");
            packet.extend(rest);
            prop_assert!(matches!(First::parse(&packet), First::Read(request) if request.name == name));
        }
    }
}

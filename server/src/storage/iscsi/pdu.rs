//! iSCSI PDUs as bytes (RFC 7143, section 11): a basic header of 48 bytes and a data segment. No digests, no additional
//! headers: the login refuses the first, and nothing sent here needs the second.

use std::io;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// Length of the basic header.
pub const HEADER: usize = 48;
/// The largest data segment that is taken; more was never offered to a target.
pub const MOST_DATA: usize = 256 << 10;

/// Opcodes of targets.
pub mod from_target {
    /// NOP-In.
    pub const NOP: u8 = 0x20;
    /// SCSI response.
    pub const SCSI_RESPONSE: u8 = 0x21;
    /// Login response.
    pub const LOGIN: u8 = 0x23;
    /// Text response.
    pub const TEXT: u8 = 0x24;
    /// SCSI Data-In.
    pub const DATA_IN: u8 = 0x25;
    /// Logout response.
    pub const LOGOUT: u8 = 0x26;
    /// Asynchronous message.
    pub const ASYNC: u8 = 0x32;
}

/// One PDU.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pdu {
    /// The header; the length of the data is put in when it is sent.
    pub header: [u8; HEADER],
    /// The data segment without padding.
    pub data: Vec<u8>,
}

impl Pdu {
    /// A PDU of an opcode, its flags in byte 1, an initiator task tag.
    pub fn new(opcode: u8, flags: u8, task: u32) -> Self {
        let mut pdu = Self { header: [0; HEADER], data: Vec::new() };
        pdu.put(0, &[opcode, flags]);
        pdu.put(16, &task.to_be_bytes());
        pdu
    }

    /// Bytes at a place of the header.
    pub fn put(&mut self, at: usize, bytes: &[u8]) {
        if let Some(place) = self.header.get_mut(at..at + bytes.len()) {
            place.copy_from_slice(bytes);
        }
    }

    /// One byte of the header.
    pub fn byte(&self, at: usize) -> u8 {
        self.header.get(at).copied().unwrap_or_default()
    }

    /// Four bytes of the header as a number.
    pub fn word(&self, at: usize) -> u32 {
        number(&self.header, at, 4).and_then(|word| u32::try_from(word).ok()).unwrap_or_default()
    }

    /// The opcode without the bit for immediate delivery.
    pub fn opcode(&self) -> u8 {
        self.byte(0) & 0x3f
    }

    /// Sends it.
    ///
    /// # Errors
    /// What the connection says.
    pub async fn write<S: AsyncWrite + Unpin>(&self, stream: &mut S) -> io::Result<()> {
        let length = u32::try_from(self.data.len()).unwrap_or(u32::MAX).to_be_bytes();
        let mut bytes = self.header.to_vec();
        bytes.splice(5..8, length.into_iter().skip(1));
        bytes.extend_from_slice(&self.data);
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        stream.write_all(&bytes).await?;
        stream.flush().await
    }

    /// Receives one.
    ///
    /// # Errors
    /// What the connection says; a PDU that is too long or has additional headers.
    pub async fn read<S: AsyncRead + Unpin>(stream: &mut S) -> io::Result<Self> {
        let mut header = [0; HEADER];
        stream.read_exact(&mut header).await?;
        let length = number(&header, 5, 3).and_then(|length| usize::try_from(length).ok()).unwrap_or(usize::MAX);
        if header.get(4) != Some(&0) || length > MOST_DATA {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "no iSCSI PDU of ours"));
        }
        let mut data = vec![0; length.next_multiple_of(4)];
        stream.read_exact(&mut data).await?;
        data.truncate(length);
        Ok(Self { header, data })
    }
}

/// Up to eight bytes, big-endian.
pub fn number(bytes: &[u8], at: usize, length: usize) -> Option<u64> {
    let bytes = bytes.get(at..at.checked_add(length)?)?;
    Some(bytes.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte)))
}

/// `KEY=VALUE` pairs, each ended by a NUL byte. What a target says is shown to people, so control characters are taken out.
pub fn keys(data: &[u8]) -> Vec<(String, String)> {
    let pair = |text: &[u8]| {
        let text: String =
            String::from_utf8_lossy(text).chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
        text.split_once('=').map(|(key, value)| (key.to_owned(), value.to_owned()))
    };
    data.split(|byte| *byte == 0).filter_map(pair).collect()
}

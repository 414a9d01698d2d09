//! The cpio archive inside an rpm, as a stream: "newc" members, and rpm's own stripped ones (`07070X`), which carry
//! a number in place of name and size.

use std::io::{self, Read};

const NAME_MOST: u64 = 4096;

/// A file as the package's header lists it; stripped members have its number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The path, absolute.
    pub name: String,
    /// Bytes.
    pub size: u64,
    /// SHA-256, where the package was made with it.
    pub sha256: Option<String>,
}

/// A member's header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The path without `./` or `/` in front.
    pub name: String,
    /// Bytes.
    pub size: u64,
    /// The checksum that the package's header names.
    pub sha256: Option<String>,
}

/// An archive; reading gives the present member's content.
pub struct Archive<R> {
    input: R,
    listing: Vec<Listed>,
    /// Content of the present member that was not read.
    left: u64,
    /// Zero bytes behind it.
    padding: u64,
}

impl<R: Read> Archive<R> {
    /// An archive that begins where `input` stands.
    pub fn new(input: R, listing: Vec<Listed>) -> Self {
        Self { input, listing, left: 0, padding: 0 }
    }

    /// Goes to the next member; nothing after the last.
    ///
    /// # Errors
    /// A damaged or cut archive, or what reading gave.
    pub fn next_member(&mut self) -> io::Result<Option<Member>> {
        self.skip(self.left)?;
        self.skip(self.padding)?;
        (self.left, self.padding) = (0, 0);
        let mut magic = [0; 6];
        self.input.read_exact(&mut magic)?;
        let member = match &magic {
            b"070701" | b"070702" => self.newc()?,
            b"07070X" => self.numbered()?,
            _ => return Err(damaged("a member of the cpio archive begins with other bytes than 070701")),
        };
        if member.name == "TRAILER!!!" {
            return Ok(None);
        }
        self.left = member.size;
        self.padding = (4 - member.size % 4) % 4;
        Ok(Some(member))
    }

    /// Reads what is left to its end, where decompressors judge their own checksums.
    ///
    /// # Errors
    /// A damaged or cut archive, or what reading gave.
    pub fn finish(mut self) -> io::Result<()> {
        while self.next_member()?.is_some() {}
        io::copy(&mut self.input, &mut io::sink()).map(|_| ())
    }

    fn newc(&mut self) -> io::Result<Member> {
        let mut header = [0; 104];
        self.input.read_exact(&mut header)?;
        let field = |number: usize| hex(header.get(number * 8..number * 8 + 8).unwrap_or_default());
        let (size, name_length) = (field(6)?, field(11)?);
        if name_length > NAME_MOST {
            return Err(damaged("a name in the cpio archive is too long"));
        }
        let mut name = vec![0; name_length as usize];
        self.input.read_exact(&mut name)?;
        self.skip((4 - (110 + name_length) % 4) % 4)?;
        let name = String::from_utf8_lossy(&name);
        let name = name.trim_end_matches('\0').trim_start_matches("./").trim_start_matches('/').to_owned();
        let listed = self.listing.iter().find(|listed| listed.name.trim_start_matches('/') == name);
        Ok(Member { sha256: listed.and_then(|listed| listed.sha256.clone()), name, size })
    }

    fn numbered(&mut self) -> io::Result<Member> {
        let mut number = [0; 8];
        self.input.read_exact(&mut number)?;
        self.skip(2)?;
        let number = usize::try_from(hex(&number)?).unwrap_or(usize::MAX);
        let Listed { name, size, sha256 } =
            self.listing.get(number).ok_or_else(|| damaged("a member's number is unknown"))?;
        Ok(Member { name: name.trim_start_matches('/').to_owned(), size: *size, sha256: sha256.clone() })
    }

    fn skip(&mut self, count: u64) -> io::Result<()> {
        let skipped = io::copy(&mut (&mut self.input).take(count), &mut io::sink())?;
        if skipped == count { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
    }
}

impl<R: Read> Read for Archive<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 || buffer.is_empty() {
            return Ok(0);
        }
        let read = (&mut self.input).take(self.left).read(buffer)?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.left -= read as u64;
        Ok(read)
    }
}

fn hex(digits: &[u8]) -> io::Result<u64> {
    let text = std::str::from_utf8(digits).ok().filter(|text| text.bytes().all(|byte| byte.is_ascii_hexdigit()));
    text.and_then(|text| u64::from_str_radix(text, 16).ok()).ok_or_else(|| damaged("a number in the cpio archive"))
}

fn damaged(what: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn member(name: &str, content: &[u8]) -> Vec<u8> {
        let mut bytes = format!("070701{:08x}", 1).into_bytes();
        let fields = [0o100_644, 0, 0, 1, 0, content.len(), 0, 0, 0, 0, name.len() + 1, 0];
        fields.iter().for_each(|field| bytes.extend(format!("{field:08x}").bytes()));
        bytes.extend(name.bytes().chain([0]));
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        bytes.extend(content);
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        bytes
    }

    #[test]
    fn members_are_read_skipped_and_ended() {
        let bytes = [member("./a", b"first"), member("./b/c", b"second"), member("TRAILER!!!", b"")].concat();
        let mut archive = Archive::new(&bytes[..], Vec::new());
        assert_eq!(archive.next_member().unwrap(), Some(Member { name: "a".into(), size: 5, sha256: None }));
        assert_eq!(archive.next_member().unwrap().unwrap().name, "b/c");
        let mut content = String::new();
        archive.read_to_string(&mut content).unwrap();
        assert_eq!(content, "second");
        assert_eq!(archive.next_member().unwrap(), None);
    }

    #[test]
    fn a_numbered_member_takes_name_and_size_from_the_package() {
        let mut bytes = b"07070X00000001\0\0big!".to_vec();
        bytes.extend(member("TRAILER!!!", b""));
        let listed = |name: &str, size, sum: &str| Listed { name: name.into(), size, sha256: Some(sum.into()) };
        let mut archive = Archive::new(&bytes[..], vec![listed("/x", 9, "0"), listed("/usr/big", 4, "1")]);
        let member = Member { name: "usr/big".into(), size: 4, sha256: Some("1".into()) };
        assert_eq!(archive.next_member().unwrap(), Some(member));
        assert_eq!(archive.next_member().unwrap(), None);
    }

    #[test]
    fn a_cut_member_is_an_error_and_not_an_end() {
        let bytes = member("a", b"content");
        let mut archive = Archive::new(&bytes[..bytes.len() - 4], Vec::new());
        archive.next_member().unwrap();
        let error = archive.read_to_end(&mut Vec::new()).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..400), valid in any::<bool>()) {
            let begun = if valid { member("x", &bytes) } else { Vec::new() };
            let bytes = [begun, bytes].concat();
            let mut archive = Archive::new(&bytes[..], vec![Listed { name: "a".into(), size: u64::MAX, sha256: None }]);
            while let Ok(Some(_)) = archive.next_member() {}
        }
    }
}

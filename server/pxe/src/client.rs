//! What kind of client asks, by options 60 (vendor class), 77 (user class), 93 (architecture) and 175 (iPXE's own).

use std::fmt;

/// The program that asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Program {
    /// A network card's or firmware's PXE: wants a file by TFTP.
    Pxe,
    /// UEFI HTTP boot: wants a URL, and option 60 in the answer.
    HttpBoot,
    /// iPXE: wants the URL of a script. Never give it a boot program: iPXE chained from iPXE looks exactly like itself and
    /// would be chained again for ever.
    Ipxe,
    /// An operating system or installer: wants an address and nothing else.
    System,
}

/// What runs under the program, by option 93 (IANA, processor architecture types).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Firmware {
    /// 0, also 20 (BIOS, HTTP).
    Bios,
    /// 6, 15.
    UefiIa32,
    /// 7, 9, 16, 17.
    UefiX64,
    /// 11, 19.
    UefiArm64,
    /// Not said, or an architecture that we have no boot program for.
    Other,
}

impl Firmware {
    /// By the number of option 93.
    pub const fn of(arch: u16) -> Self {
        match arch {
            0 | 20 => Self::Bios,
            6 | 15 => Self::UefiIa32,
            7 | 9 | 16 | 17 => Self::UefiX64,
            11 | 19 => Self::UefiArm64,
            _ => Self::Other,
        }
    }
}

/// Program and firmware together: what decides which file is right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Client {
    /// The program that asks.
    pub program: Program,
    /// What it runs on.
    pub firmware: Firmware,
    /// Option 93 as sent; in a list, the first that we know.
    pub arch: Option<u16>,
}

/// The options a client is known by, as raw bytes; empty where it sent none.
#[derive(Clone, Copy, Debug, Default)]
pub struct Marks<'a> {
    /// Option 60.
    pub vendor_class: &'a [u8],
    /// Option 77.
    pub user_class: &'a [u8],
    /// Option 93: one or more numbers of two bytes (RFC 4578 2.1).
    pub arch: &'a [u8],
    /// Option 175 was there.
    pub ipxe_options: bool,
}

impl Client {
    /// Judges the marks. Whoever does not say that it boots from the network is a [`Program::System`].
    pub fn of(marks: Marks<'_>) -> Self {
        let arch = arch(marks.arch).or_else(|| class_arch(marks.vendor_class));
        let program = if marks.ipxe_options || is_ipxe(marks.user_class) {
            Program::Ipxe
        } else if marks.vendor_class.starts_with(b"PXEClient") {
            Program::Pxe
        } else if marks.vendor_class.starts_with(b"HTTPClient") {
            Program::HttpBoot
        } else {
            Program::System
        };
        let firmware = match (arch, program) {
            (Some(arch), _) => Firmware::of(arch),
            // Old ROMs send no architecture; all of them are BIOS.
            (None, Program::Pxe | Program::Ipxe) => Firmware::Bios,
            (None, _) => Firmware::Other,
        };
        Self { program, firmware, arch }
    }

    /// Short words for logs and tables: `iPXE on BIOS`.
    pub const fn words(self) -> &'static str {
        match (self.program, self.firmware) {
            (Program::Pxe, Firmware::Bios) => "BIOS PXE",
            (Program::Pxe, Firmware::UefiIa32) => "UEFI ia32 PXE",
            (Program::Pxe, Firmware::UefiX64) => "UEFI x64 PXE",
            (Program::Pxe, Firmware::UefiArm64) => "UEFI arm64 PXE",
            (Program::Pxe, Firmware::Other) => "PXE of an unknown architecture",
            (Program::HttpBoot, Firmware::UefiX64) => "UEFI x64 HTTP boot",
            (Program::HttpBoot, Firmware::UefiIa32) => "UEFI ia32 HTTP boot",
            (Program::HttpBoot, Firmware::UefiArm64) => "UEFI arm64 HTTP boot",
            (Program::HttpBoot, Firmware::Bios | Firmware::Other) => "HTTP boot of an unknown architecture",
            (Program::Ipxe, Firmware::Bios) => "iPXE on BIOS",
            (Program::Ipxe, Firmware::UefiIa32) => "iPXE on UEFI ia32",
            (Program::Ipxe, Firmware::UefiX64) => "iPXE on UEFI x64",
            (Program::Ipxe, Firmware::UefiArm64) => "iPXE on UEFI arm64",
            (Program::Ipxe, Firmware::Other) => "iPXE",
            (Program::System, _) => "operating system",
        }
    }

    /// Whether it boots from the network at all.
    pub const fn boots(self) -> bool {
        !matches!(self.program, Program::System)
    }
}

impl fmt::Display for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words())
    }
}

/// iPXE sends the bare word; RFC 3004 wants a length before each class. Both are taken.
fn is_ipxe(user_class: &[u8]) -> bool {
    if user_class == b"iPXE" {
        return true;
    }
    let mut rest = user_class;
    while let Some((&length, behind)) = rest.split_first() {
        let Some((class, next)) = behind.split_at_checked(usize::from(length)) else { return false };
        if class == b"iPXE" {
            return true;
        }
        rest = next;
    }
    false
}

fn arch(option: &[u8]) -> Option<u16> {
    let mut all = option.as_chunks::<2>().0.iter().map(|pair| u16::from_be_bytes(*pair));
    let first = all.clone().next();
    all.find(|arch| Firmware::of(*arch) != Firmware::Other).or(first)
}

/// From `PXEClient:Arch:00007:UNDI:003000`.
fn class_arch(vendor_class: &[u8]) -> Option<u16> {
    let text = std::str::from_utf8(vendor_class).ok()?;
    let (_, behind) = text.split_once(":Arch:")?;
    behind.split(':').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(vendor_class: &str, user_class: &[u8], arch: &[u8], ipxe_options: bool) -> Client {
        Client::of(Marks { vendor_class: vendor_class.as_bytes(), user_class, arch, ipxe_options })
    }

    #[test]
    fn the_user_class_is_taken_bare_and_with_lengths() {
        assert!(is_ipxe(b"iPXE"));
        assert!(is_ipxe(b"\x04iPXE"));
        assert!(is_ipxe(b"\x03abc\x04iPXE"));
        // 0x69 taken for a length points behind the end, which is no class.
        for other in [&b"iPX"[..], b"", b"\x05iPXE", b"\x00\x00", b"gPXE", b"\xff"] {
            assert!(!is_ipxe(other), "{other:?}");
        }
    }

    #[test]
    fn kinds_are_told_apart() {
        for (client, words) in [
            (client("PXEClient:Arch:00000:UNDI:002001", b"", &[0, 0], false), "BIOS PXE"),
            (client("PXEClient:Arch:00000:UNDI:002001", b"iPXE", &[0, 0], true), "iPXE on BIOS"),
            (client("PXEClient:Arch:00007:UNDI:003000", b"", &[0, 7], false), "UEFI x64 PXE"),
            (client("PXEClient:Arch:00009:UNDI:003000", b"", &[0, 9], false), "UEFI x64 PXE"),
            (client("PXEClient:Arch:00006:UNDI:003000", b"", &[0, 6], false), "UEFI ia32 PXE"),
            (client("PXEClient:Arch:00011:UNDI:003000", b"", &[0, 11], false), "UEFI arm64 PXE"),
            (client("HTTPClient:Arch:00016:UNDI:003000", b"", &[0, 16], false), "UEFI x64 HTTP boot"),
            (client("udhcp 1.35.0", b"", &[], false), "operating system"),
            (client("", b"", &[], false), "operating system"),
        ] {
            assert_eq!(client.words(), words);
        }
    }

    #[test]
    fn without_option_93_the_vendor_class_tells_the_architecture() {
        assert_eq!(client("PXEClient:Arch:00007:UNDI:003000", b"", &[], false).firmware, Firmware::UefiX64);
        assert_eq!(client("PXEClient", b"", &[], false).firmware, Firmware::Bios);
        assert_eq!(client("PXEClient", b"", &[7], false).firmware, Firmware::Bios, "half a number says nothing");
    }

    #[test]
    fn of_several_architectures_the_first_that_we_serve_counts() {
        assert_eq!(client("PXEClient", b"", &[0, 99, 0, 7], false).arch, Some(7));
        assert_eq!(client("PXEClient", b"", &[0, 99], false).arch, Some(99));
    }
}

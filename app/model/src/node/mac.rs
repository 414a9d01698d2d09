//! [`Mac`]: the hardware address by which a machine is known through all its boot stages.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// An Ethernet address. Prints as `52:54:00:00:00:01`; serialized as that text.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Mac([u8; 6]);

/// A text is no hardware address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a hardware address: six bytes in hexadecimal are expected, as in 52:54:00:00:00:01")]
pub struct NotAMac(String);

impl Mac {
    /// From the six bytes of a frame or of `chaddr`.
    pub const fn new(bytes: [u8; 6]) -> Self {
        Self(bytes)
    }

    /// The six bytes, first on the wire first.
    pub const fn bytes(self) -> [u8; 6] {
        self.0
    }

    /// As PXELINUX and dracut write it, without the hardware type: `52-54-00-00-00-01`.
    pub fn dashed(self) -> String {
        self.to_string().replace(':', "-")
    }
}

impl fmt::Display for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, e, g] = self.0;
        write!(f, "{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{g:02x}")
    }
}

impl fmt::Debug for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Mac {
    type Err = NotAMac;

    /// Six pairs of digits, parted by colons, dashes, or (as network gear prints it) by dots after every second pair; or unparted.
    fn from_str(text: &str) -> Result<Self, NotAMac> {
        let wrong = || NotAMac(text.chars().take(40).collect());
        let digits: String = text.chars().filter(|c| !matches!(c, ':' | '-' | '.')).collect();
        let shape = match text.len() {
            12 => true,
            14 => text.bytes().enumerate().all(|(at, byte)| (byte == b'.') == matches!(at, 4 | 9)),
            17 => {
                let mark = text.as_bytes().get(2).copied().unwrap_or_default();
                matches!(mark, b':' | b'-')
                    && text.bytes().enumerate().all(|(at, byte)| (byte == mark) == (at % 3 == 2))
            }
            _ => false,
        };
        if !shape || digits.len() != 12 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(wrong());
        }
        let number = u64::from_str_radix(&digits, 16).map_err(|_| wrong())?;
        let [_, _, a, b, c, d, e, f] = number.to_be_bytes();
        Ok(Self([a, b, c, d, e, f]))
    }
}

impl TryFrom<String> for Mac {
    type Error = NotAMac;

    fn try_from(text: String) -> Result<Self, NotAMac> {
        text.parse()
    }
}

impl From<Mac> for String {
    fn from(mac: Mac) -> Self {
        mac.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_usual_spelling_is_read() {
        let expected = Mac::new([0x52, 0x54, 0, 0xab, 0xcd, 1]);
        for text in ["52:54:00:ab:cd:01", "52-54-00-AB-CD-01", "5254.00ab.cd01", "525400abcd01"] {
            assert_eq!(text.parse(), Ok(expected), "{text}");
        }
        assert_eq!(expected.to_string(), "52:54:00:ab:cd:01");
        assert_eq!(expected.dashed(), "52-54-00-ab-cd-01");
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            "52:54:00:ab:cd",
            "52:54:00:ab:cd:0g",
            "52:54-00:ab:cd:01",
            "+2:54:00:ab:cd:01",
            "5254.00ab:cd01",
            "52:54:00:ab:cd:01:02",
            "５2:54:00:ab:c",
        ] {
            assert!(text.parse::<Mac>().is_err(), "{text}");
        }
    }
}

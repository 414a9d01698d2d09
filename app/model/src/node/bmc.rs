//! [`Bmc`]: the management controller that switches a machine's power.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A baseboard management controller. No secret is among its fields.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bmc {
    /// How it is asked.
    #[serde(default)]
    pub protocol: Protocol,
    /// Name or address; for Redfish with a port after a colon where that is not 443.
    pub address: String,
    /// User.
    pub user: String,
    /// A file with the password on the machine that serves; the password itself is kept nowhere.
    pub password_file: String,
    /// The certificate that somebody has compared and accepted; Redfish only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<Fingerprint>,
}

/// How a management controller is asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Protocol {
    /// IPMI 2.0 over LAN.
    #[default]
    Ipmi,
    /// Redfish, over HTTPS.
    Redfish,
}

impl Protocol {
    /// Both, in the order they are shown.
    pub const ALL: [Self; 2] = [Self::Ipmi, Self::Redfish];

    /// The word for files and the command line.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ipmi => "ipmi",
            Self::Redfish => "redfish",
        }
    }
}

impl FromStr for Protocol {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|protocol| protocol.word() == word);
        found.ok_or_else(|| format!("{word:?} is no protocol of controllers: ipmi or redfish"))
    }
}

/// As lists and pages show it: `redfish admin@bmc1.example.com`.
impl fmt::Display for Bmc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}@{}", self.protocol.word(), self.user, self.address)
    }
}

/// The SHA-256 of a certificate. Prints as browsers and `openssl x509 -fingerprint -sha256` do; serialized as that text.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Fingerprint([u8; 32]);

/// A text is no fingerprint.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no SHA-256 of a certificate: 64 hexadecimal digits are expected, with or without colons")]
pub struct NotAFingerprint(String);

impl Fingerprint {
    /// Of a digest.
    pub const fn new(digest: [u8; 32]) -> Self {
        Self(digest)
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (last, before) = self.0.split_last().unwrap_or((&0, &[]));
        before.iter().try_for_each(|byte| write!(f, "{byte:02X}:"))?;
        write!(f, "{last:02X}")
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Fingerprint {
    type Err = NotAFingerprint;

    fn from_str(text: &str) -> Result<Self, NotAFingerprint> {
        let wrong = || NotAFingerprint(text.chars().take(100).collect());
        let digits: Vec<u8> = text.trim().bytes().filter(|byte| *byte != b':').collect();
        let mut digest = [0; 32];
        if digits.len() != 64 {
            return Err(wrong());
        }
        for (byte, pair) in digest.iter_mut().zip(digits.chunks(2)) {
            let digit = |at: usize| pair.get(at).and_then(|digit| char::from(*digit).to_digit(16));
            let (high, low) = digit(0).zip(digit(1)).ok_or_else(wrong)?;
            *byte = u8::try_from(high << 4 | low).map_err(|_| wrong())?;
        }
        Ok(Self(digest))
    }
}

impl TryFrom<String> for Fingerprint {
    type Error = NotAFingerprint;

    fn try_from(text: String) -> Result<Self, NotAFingerprint> {
        text.parse()
    }
}

impl From<Fingerprint> for String {
    fn from(fingerprint: Fingerprint) -> Self {
        fingerprint.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_is_read_as_people_copy_it() {
        let colons = "0A:".repeat(31) + "FF";
        let read: Fingerprint = colons.parse().unwrap();
        assert_eq!(read.to_string(), colons);
        assert_eq!(colons.replace(':', "").to_lowercase().parse(), Ok(read));
        for wrong in ["", "0A", &colons[..92], &colons.replace('F', "G"), &"é".repeat(32)] {
            assert!(wrong.parse::<Fingerprint>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_controller_of_an_earlier_program_is_asked_by_ipmi() {
        let kept = r#"{"address":"192.0.2.9","user":"admin","password_file":"/p"}"#;
        let bmc: Bmc = serde_json::from_str(kept).unwrap();
        assert_eq!(
            (bmc.protocol, bmc.certificate, bmc.to_string().as_str()),
            (Protocol::Ipmi, None, "ipmi admin@192.0.2.9")
        );
    }
}

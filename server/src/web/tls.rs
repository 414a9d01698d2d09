//! The certificate: made by ourselves at the first start, kept, and made anew before it ends; or given.

use rcgen::{CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, KeyPair, KeyUsagePurpose};
use std::fs::{DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use x509_parser::extensions::GeneralName;
use x509_parser::pem::parse_x509_pem;

/// Browsers refuse certificates that live much longer.
const LIFE_DAYS: i64 = 365;
/// A certificate of ours is made anew when it ends sooner.
const RENEW_DAYS: i64 = 30;
const DAY_SECS: i64 = 24 * 60 * 60;

/// Where certificate and key are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// PEM; the server's certificate first.
    pub cert: PathBuf,
    /// PEM.
    pub key: PathBuf,
}

/// Why there is no certificate.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file.
    #[error("cannot {act} {}", path.display())]
    File {
        /// What was tried.
        act: &'static str,
        /// On which.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// The certificate was not made.
    #[error("cannot make a certificate for {}", names.join(", "))]
    Make {
        /// For these names.
        names: Vec<String>,
        /// Why.
        source: rcgen::Error,
    },
    /// A file that is no certificate.
    #[error("{} holds no certificate in PEM", path.display())]
    NoCertificate {
        /// The file.
        path: PathBuf,
    },
    /// Certificate and key are not usable together.
    #[error("the certificate {} and the key {} cannot be used", cert.display(), key.display())]
    Unusable {
        /// The certificate.
        cert: PathBuf,
        /// The key.
        key: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl TlsFiles {
    /// Ours, in the state folder.
    pub fn ours(state: &Path) -> Self {
        let folder = state.join("tls");
        Self { cert: folder.join("cert.pem"), key: folder.join("key.pem") }
    }

    /// Makes ours when there is none, when it ends within 30 days of `now` (seconds since 1970), or when it lacks one of the names. Tells
    /// whether it did.
    ///
    /// # Errors
    /// When it cannot be read, made or written.
    pub fn renew(&self, names: &[String], now: i64) -> Result<bool, TlsError> {
        let facts = match std::fs::read(&self.cert) {
            Ok(pem) => facts(&pem),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(source) => return Err(TlsError::File { act: "read", path: self.cert.clone(), source }),
        };
        let good = facts.is_some_and(|facts| {
            facts.ends >= now + RENEW_DAYS * DAY_SECS
                && names.iter().all(|name| facts.names.contains(name))
                && self.key.exists()
        });
        if good {
            return Ok(false);
        }
        let (cert, key) = make(names, now).map_err(|source| TlsError::Make { names: names.to_vec(), source })?;
        if let Some(folder) = self.key.parent() {
            let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
            made.map_err(|source| TlsError::File { act: "make", path: folder.to_owned(), source })?;
        }
        put(&self.key, &key)?;
        put(&self.cert, &cert)?;
        Ok(true)
    }

    /// SHA-256 of the certificate as browsers show it, and when it ends (seconds since 1970).
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn fingerprint(&self) -> Result<(String, i64), TlsError> {
        let pem = std::fs::read(&self.cert).map_err(|source| TlsError::File {
            act: "read",
            path: self.cert.clone(),
            source,
        })?;
        let (der, ends) = parse_x509_pem(&pem)
            .ok()
            .and_then(|(_, pem)| facts_of(&pem).map(|facts| (pem.contents.clone(), facts.ends)))
            .ok_or_else(|| TlsError::NoCertificate { path: self.cert.clone() })?;
        let digest = ring::digest::digest(&ring::digest::SHA256, &der);
        let pairs: Vec<String> = digest.as_ref().iter().map(|byte| format!("{byte:02X}")).collect();
        Ok((pairs.join(":"), ends))
    }
}

struct Facts {
    ends: i64,
    names: Vec<String>,
}

fn facts(pem: &[u8]) -> Option<Facts> {
    facts_of(&parse_x509_pem(pem).ok()?.1)
}

fn facts_of(pem: &x509_parser::pem::Pem) -> Option<Facts> {
    let cert = pem.parse_x509().ok()?;
    let list = cert.subject_alternative_name().ok().flatten().map(|list| list.value.general_names.clone());
    let name = |name: GeneralName<'_>| match name {
        GeneralName::DNSName(name) => Some(name.to_owned()),
        GeneralName::IPAddress(bytes) => match bytes.len() {
            4 => <[u8; 4]>::try_from(bytes).ok().map(|bytes| std::net::IpAddr::from(bytes).to_string()),
            _ => <[u8; 16]>::try_from(bytes).ok().map(|bytes| std::net::IpAddr::from(bytes).to_string()),
        },
        _ => None,
    };
    Some(Facts {
        ends: cert.validity().not_after.timestamp(),
        names: list.unwrap_or_default().into_iter().filter_map(name).collect(),
    })
}

fn make(names: &[String], now: i64) -> Result<(String, String), rcgen::Error> {
    let mut params = CertificateParams::new(names)?;
    let date = |secs: i64| {
        let date = jiff::Timestamp::from_second(secs).unwrap_or_default().to_zoned(jiff::tz::TimeZone::UTC).date();
        let part = |part: i8| u8::try_from(part).unwrap_or(1);
        rcgen::date_time_ymd(date.year().into(), part(date.month()), part(date.day()))
    };
    // A day before, for browsers whose clock is behind.
    params.not_before = date(now - DAY_SECS);
    params.not_after = date(now + LIFE_DAYS * DAY_SECS);
    let mut subject = DistinguishedName::new();
    subject.push(DnType::CommonName, "hosted-deploy");
    params.distinguished_name = subject;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let key = KeyPair::generate()?;
    Ok((params.self_signed(&key)?.pem(), key.serialize_pem()))
}

/// Whole or not at all, and for nobody else's eyes.
fn put(path: &Path, text: &str) -> Result<(), TlsError> {
    let part = path.with_extension("part");
    let write = || {
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&part)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&part, path)
    };
    write().map_err(|source| TlsError::File { act: "write", path: path.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    const NOW: i64 = 1_800_000_000;

    fn names(list: &[&str]) -> Vec<String> {
        list.iter().map(|&name| name.to_owned()).collect()
    }

    #[test]
    fn it_is_made_once_and_kept() {
        let folder = tempfile::tempdir().unwrap();
        let ours = TlsFiles::ours(folder.path());
        let wanted = names(&["host.example", "127.0.0.1", "::1"]);
        assert!(ours.renew(&wanted, NOW).unwrap());
        let (first, ends) = ours.fingerprint().unwrap();
        assert_eq!(first.len(), 95);
        assert!((NOW + (LIFE_DAYS - 1) * DAY_SECS..=NOW + LIFE_DAYS * DAY_SECS).contains(&ends), "{ends}");
        assert!(!ours.renew(&wanted, NOW + 300 * DAY_SECS).unwrap());
        assert_eq!(ours.fingerprint().unwrap().0, first);
        for file in [&ours.cert, &ours.key] {
            assert_eq!(std::fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn it_is_made_anew_before_it_ends_for_another_name_and_when_its_key_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let ours = TlsFiles::ours(folder.path());
        let one = names(&["host.example"]);
        assert!(ours.renew(&one, NOW).unwrap());
        assert!(ours.renew(&one, NOW + 340 * DAY_SECS).unwrap());
        assert!(!ours.renew(&one, NOW + 340 * DAY_SECS).unwrap());
        assert!(ours.renew(&names(&["host.example", "192.0.2.1"]), NOW + 340 * DAY_SECS).unwrap());
        std::fs::remove_file(&ours.key).unwrap();
        assert!(ours.renew(&one, NOW + 340 * DAY_SECS).unwrap());
        std::fs::write(&ours.cert, "no certificate").unwrap();
        assert!(matches!(ours.fingerprint(), Err(TlsError::NoCertificate { .. })));
        assert!(ours.renew(&one, NOW + 340 * DAY_SECS).unwrap());
    }
}

//! The known-hosts format of sshd(8): which lines speak of a host, and what they say.
//!
//! A line is `[@marker] patterns keytype base64 [comment]`. Patterns are separated by commas; `*` and `?` are
//! wildcards, `!` excludes, `|1|salt|hash` is HMAC-SHA1 of the name. A port other than 22 makes the name `[host]:port`.

use ring::hmac;
use russh::keys::{
    PublicKey,
    ssh_key::known_hosts::{HostPatterns, Marker},
};

/// A line that names the host, or one that could not be used and might have.
#[derive(Debug)]
pub(super) enum Line {
    /// The host has this key.
    Trusted(PublicKey),
    /// `@revoked`: this key must not be accepted.
    Revoked(PublicKey),
    /// Can't be used; why, for the person who wonders.
    Ignored(&'static str),
}

/// The name under which a known-hosts file knows a host.
pub(super) fn name(address: &str, port: u16) -> String {
    let address = address.to_ascii_lowercase();
    if port == 22 { address } else { format!("[{address}]:{port}") }
}

/// The lines of `text` that speak of `name`, with their numbers (from 1).
pub(super) fn lines_for(text: &str, name: &str) -> Vec<(usize, Line)> {
    text.lines().enumerate().filter_map(|(n, line)| Some((n + 1, judge(line.trim(), name)?))).collect()
}

fn judge(line: &str, name: &str) -> Option<Line> {
    if line.is_empty() || line.starts_with('#') {
        return None;
    }
    let mut words = line.split_ascii_whitespace();
    let mut first = words.next()?;
    let marker = if first.starts_with('@') {
        let marker = match first.parse::<Marker>() {
            Ok(marker) => marker,
            Err(_) => return Some(Line::Ignored("its marker is unknown")),
        };
        let Some(patterns) = words.next() else {
            return Some(Line::Ignored("it is cut short"));
        };
        first = patterns;
        Some(marker)
    } else {
        None
    };
    if !matches(first, name) {
        return None;
    }
    let (Some(kind), Some(key)) = (words.next(), words.next()) else {
        return Some(Line::Ignored("it is cut short"));
    };
    if marker == Some(Marker::CertAuthority) {
        return Some(Line::Ignored(
            "@cert-authority: host certificates are not asked for, the host's plain key counts",
        ));
    }
    match PublicKey::from_openssh(&format!("{kind} {key}")) {
        Ok(key) if marker == Some(Marker::Revoked) => Some(Line::Revoked(key)),
        Ok(key) => Some(Line::Trusted(key)),
        Err(_) => Some(Line::Ignored("its key can't be read")),
    }
}

/// A name matches when one pattern does and no excluding pattern does.
fn matches(patterns: &str, name: &str) -> bool {
    let mut matched = false;
    for pattern in patterns.split(',') {
        if let Some(excluded) = pattern.strip_prefix('!') {
            if wildcard(&excluded.to_ascii_lowercase(), name) {
                return false;
            }
        } else if pattern.starts_with("|1|") {
            matched |= hashed(pattern, name);
        } else {
            matched |= wildcard(&pattern.to_ascii_lowercase(), name);
        }
    }
    matched
}

fn hashed(pattern: &str, name: &str) -> bool {
    let Ok(HostPatterns::HashedName { salt, hash }) = pattern.parse() else {
        return false;
    };
    // SHA-1 is what the file format has; it hides names here and guards nothing.
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &salt);
    hmac::verify(&key, name.as_bytes(), &hash).is_ok()
}

/// `*` any run, `?` one character; no other character is special (ssh_config(5), PATTERNS).
fn wildcard(pattern: &str, name: &str) -> bool {
    let (pattern, name) = (pattern.as_bytes(), name.as_bytes());
    let (mut p, mut n, mut star) = (0, 0, None);
    while let Some(&c) = name.get(n) {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, n));
                p += 1;
            }
            Some(&q) if q == b'?' || q == c => {
                p += 1;
                n += 1;
            }
            _ => match star {
                // Let the last star swallow one character more and go on behind it.
                Some((sp, sn)) => {
                    star = Some((sp, sn + 1));
                    p = sp + 1;
                    n = sn + 1;
                }
                None => return false,
            },
        }
    }
    pattern.iter().skip(p).all(|&c| c == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJdD7y3aLq454yWBdwLWbieU1ebz9/cu7/QEXn9OIeZJ";

    fn trusts(text: &str, name: &str) -> bool {
        matches!(lines_for(text, name).as_slice(), [(_, Line::Trusted(_))])
    }

    #[test]
    fn a_port_other_than_22_is_part_of_the_name() {
        assert_eq!(name("Host.Example", 22), "host.example");
        assert_eq!(name("fd00::1", 2222), "[fd00::1]:2222");
        assert!(trusts(&format!("[a]:2222 {KEY} comment\n"), "[a]:2222"));
        assert!(!trusts(&format!("a {KEY}\n"), "[a]:2222"));
    }

    #[test]
    fn patterns_match_as_sshd_says() {
        for (pattern, name, expected) in [
            ("a,b", "b", true),
            ("*.example.com", "x.y.example.com", true),
            ("*.example.com", "example.com", false),
            ("h?st", "host", true),
            ("h?st", "hst", false),
            ("*,!bad", "bad", false),
            ("!bad,*", "good", true),
            ("!bad", "good", false),
            ("HOST", "host", true),
            ("*a*b*", "xxaxxbxx", true),
            ("*a*b*", "xxbxxaxx", false),
        ] {
            assert_eq!(matches(pattern, name), expected, "{pattern} {name}");
        }
    }

    #[test]
    fn markers_decide_what_a_line_means() {
        let text = format!(
            "# comment\n\n@revoked * {KEY}\n@cert-authority *.x {KEY}\n@odd a.x {KEY}\na.x ssh-ed25519\na.x ssh-ed25519 AAAA\n"
        );
        let found = lines_for(&text, "a.x");
        assert!(matches!(found.as_slice(), [
            (3, Line::Revoked(_)),
            (4, Line::Ignored(authority)),
            (5, Line::Ignored("its marker is unknown")),
            (6, Line::Ignored("it is cut short")),
            (7, Line::Ignored("its key can't be read")),
        ] if authority.starts_with("@cert-authority")));
    }
}

//! What a single field may hold. What passes here can stand in a kickstart, a boot loader's script and a shell without
//! being misread, quoted as [`crate::quote`] does.

use hosted_deploy_model::lang::Text;
use hosted_deploy_model::problem::Problem;
use std::net::IpAddr;

/// Collects problems.
#[derive(Debug, Default)]
pub(super) struct Judge(pub(super) Vec<Problem>);

impl Judge {
    pub(super) fn add(&mut self, problem: Problem) {
        self.0.push(problem);
    }

    /// A problem of `field` unless `good`.
    pub(super) fn demand(
        &mut self,
        field: &str,
        good: bool,
        message: impl FnOnce() -> Text,
        remedy: impl FnOnce() -> Text,
    ) {
        if !good {
            self.add(wrong(field, message(), remedy()));
        }
    }
}

pub(super) fn wrong(field: &str, message: Text, remedy: Text) -> Problem {
    Problem::new(field, message, remedy)
}

/// A line of text: printable, no quotes of any kind, no backslash, no `$`.
pub(super) fn is_line(text: &str) -> bool {
    (1..=200).contains(&text.len()) && !text.chars().any(|c| c.is_control() || "\"'`\\$".contains(c))
}

/// A host name (RFC 1123) that is not a number.
pub(crate) fn is_host_name(name: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let last_is_number = name.rsplit('.').next().is_some_and(|last| last.bytes().all(|byte| byte.is_ascii_digit()));
    name.len() <= 253 && !last_is_number && name.split('.').all(label)
}

pub(super) fn is_host(text: &str) -> bool {
    text.parse::<IpAddr>().is_ok() || is_host_name(text)
}

/// Words for a kernel: printable ASCII without what boot loaders or shells treat apart. iPXE expands `${…}` and parts
/// commands at `&&`, `||`, `;`; PXELINUX and GRUB know quotes. None of them has an escape that all share.
pub(super) fn is_kernel_argument(word: &str) -> bool {
    (1..=256).contains(&word.len())
        && word.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"'`\\$;&|<>#{}".contains(&byte))
}

/// `http://`, `https://` or `ftp://` with characters that need no quoting.
pub(super) fn is_url(url: &str) -> bool {
    let rest = ["http://", "https://", "ftp://"].iter().find_map(|scheme| url.strip_prefix(scheme));
    rest.is_some_and(|rest| {
        !rest.is_empty()
            && url.len() <= 1024
            && rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-~/:@%+=,?[]".contains(&byte))
    })
}

/// `ssh-ed25519 AAAA… comment`, in one line, without a quote.
pub(crate) fn is_public_key(key: &str) -> bool {
    let mut words = key.split(' ');
    let kind = words.next().unwrap_or_default();
    let body = words.next().unwrap_or_default();
    let known = ["ssh-ed25519", "ssh-rsa", "ecdsa-sha2-", "sk-ssh-ed25519@openssh.com", "sk-ecdsa-sha2-"];
    known.iter().any(|known| kind.starts_with(known))
        && body.len() >= 60
        && body.starts_with("AAAA")
        && body.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte))
        && !key.chars().any(|c| c.is_control() || "\"'`\\$".contains(c))
}

/// A password as crypt(5) keeps it: `$6$salt$hash`, `$5$…`, `$y$…`, `$2b$…`.
pub(super) fn is_crypted(password: &str) -> bool {
    ["$6$", "$5$", "$y$", "$gy$", "$2b$", "$2y$"].iter().any(|start| password.starts_with(start))
        && (20..=256).contains(&password.len())
        && password.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"$./=,_-".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_every_boot_loader_reads_alike_is_a_kernel_argument() {
        for word in ["quiet", "rd.driver.blacklist=nouveau", "ip=dhcp", "inst.dd=http://192.0.2.1/dd.iso", "a=[1,2]"] {
            assert!(is_kernel_argument(word), "{word}");
        }
        for word in ["", "two words", "a=${net0/mac}", "a;reboot", "&&", "a\nb", "x='y'", "é"] {
            assert!(!is_kernel_argument(word), "{word}");
        }
    }

    #[test]
    fn a_clear_password_is_not_taken_for_a_crypted_one() {
        assert!(is_crypted("$6$abcdefgh$Zc1eP8u8H1sJm0m3qkq6o8m1xW3yFq7j1d1bq6k0bE1q2w3e4r5t6y7u8i9o0p1a2s3d4f5"));
        assert!(is_crypted("$y$j9T$F5Jx5fExrKuPp53xLKQ..1$tnSYvahCwPBHKZUspmcxMfb0.WiB9W.zEaKlOBL35rC"));
        for password in ["secret", "$6$", "$1$abcdefgh$abcdefghijklmnopqrstuv", "$6$a b$cccccccccccccccccc", "*"] {
            assert!(!is_crypted(password), "{password}");
        }
    }

    #[test]
    fn keys_urls_and_names_have_their_shape() {
        assert!(is_public_key(&format!("ssh-ed25519 AAAA{} me@here", "x".repeat(64))));
        assert!(!is_public_key("ssh-ed25519 AAAA"));
        assert!(!is_public_key(&format!("ssh-rsa AAAA{}\n%end", "x".repeat(64))));
        assert!(is_url("http://[2001:db8::1]:8080/a%20b"));
        assert!(!is_url("http://a/$(reboot)"));
        assert!(is_host_name("a.b-c"));
        assert!(!is_host_name("192.0.2.1") && !is_host_name("-a") && !is_host_name("a..b"));
    }
}

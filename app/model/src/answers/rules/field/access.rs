//! Users and keys of SSH.

use super::{Verdict, demand};
use crate::lang::text;

pub(crate) fn user_name(user: &str) -> Verdict {
    let starts = user.starts_with(|c: char| c.is_ascii_lowercase() || c == '_');
    let rest = user.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '-' | '.'));
    demand(
        starts && rest && user.len() <= 32,
        text!("\"{user}\" is no user name.", "\"{user}\" はユーザー名として正しくありません。"),
        text!(
            "Use small letters, digits, dots, hyphens and underscores; begin with a letter; at most 32 characters.",
            "英小文字、数字、ドット、ハイフン、下線を使い、英字で始め、32 文字以内にしてください。"
        ),
    )
}

pub(crate) fn ssh_public_key(key: &str) -> Verdict {
    let remedy = || {
        text!(
            "Paste the line of the .pub file: ssh-ed25519 AAAA... comment.",
            ".pub ファイルの行を貼り付けてください: ssh-ed25519 AAAA... コメント。"
        )
    };
    demand(
        !key.contains("PRIVATE KEY"),
        text!("This is a private key.", "これは秘密鍵です。"),
        text!(
            "Keep it to yourself and paste the line of the .pub file beside it.",
            "秘密鍵は公開せず、同じ場所にある .pub ファイルの行を貼り付けてください。"
        ),
    )?;
    let mut words = key.split_ascii_whitespace();
    let kind = words.next().unwrap_or_default();
    const KINDS: [&str; 7] = [
        "ssh-ed25519",
        "ssh-rsa",
        "ecdsa-sha2-nistp256",
        "ecdsa-sha2-nistp384",
        "ecdsa-sha2-nistp521",
        "sk-ssh-ed25519@openssh.com",
        "sk-ecdsa-sha2-nistp256@openssh.com",
    ];
    demand(
        KINDS.contains(&kind),
        text!("\"{kind}\" is no kind of SSH public key.", "\"{kind}\" は SSH 公開鍵の種類ではありません。"),
        remedy(),
    )?;
    demand(
        words.next().is_some_and(|blob| is_key_blob(blob, kind)),
        text!("The SSH public key is damaged or cut off.", "SSH 公開鍵が壊れているか途中で切れています。"),
        remedy(),
    )
}

/// Base64 of length-prefixed fields, the first of which repeats the kind (RFC 4253, section 6.6).
fn is_key_blob(text: &str, kind: &str) -> bool {
    let Some(bytes) = from_base64(text) else { return false };
    let mut rest = bytes.as_slice();
    let mut fields = Vec::new();
    while let Some((length, after)) = rest.split_first_chunk::<4>() {
        let length = usize::try_from(u32::from_be_bytes(*length)).unwrap_or(usize::MAX);
        let Some((field, after)) = after.split_at_checked(length) else { return false };
        fields.push(field);
        rest = after;
    }
    rest.is_empty() && fields.len() >= 2 && fields.first() == Some(&kind.as_bytes())
}

fn from_base64(text: &str) -> Option<Vec<u8>> {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digits = text.trim_end_matches('=');
    if !text.len().is_multiple_of(4) || text.len() - digits.len() > 2 {
        return None;
    }
    let (mut bytes, mut buffer, mut bits) = (Vec::new(), 0_u32, 0);
    for digit in digits.bytes() {
        let value = ALPHABET.iter().position(|known| *known == digit)?;
        buffer = (buffer << 6 | u32::try_from(value).ok()?) & 0xfff;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from(buffer >> bits & 0xff).ok()?);
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_key_is_whole_or_refused() {
        let good = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA3N6Ijbyu7VNQ2hzkhBgpvVjQIcuyvdGnhNEo8E9Pav admin@example.com";
        assert!(ssh_public_key(good).is_ok());
        assert!(ssh_public_key(&good[..60]).is_err());
        assert!(ssh_public_key(&good.replace("ssh-ed25519 ", "ssh-rsa ")).is_err());
    }
}

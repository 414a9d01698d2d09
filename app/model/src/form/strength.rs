//! How hard a password is to guess, roughly: enough to warn of a weak one, never to refuse one.

use serde::{Deserialize, Serialize};

/// A rough estimate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Strength {
    /// Guessed in hours.
    Weak,
    /// Good enough behind a firewall.
    Fair,
    /// Good.
    Strong,
}

impl Strength {
    /// Of a password. Repeated characters, runs (`abc`, `321`) and the usual words count little.
    pub fn of(password: &str) -> Self {
        const USUAL: [&str; 8] = ["password", "passw0rd", "redhat", "ovirt", "admin", "welcome", "qwerty", "letmein"];
        let lower = password.to_lowercase();
        let usual: usize = USUAL.iter().filter(|word| lower.contains(**word)).map(|word| word.len() - 1).sum();
        let (mut counted, mut before) = (0_usize, None::<char>);
        for c in password.chars() {
            let step = before.map(|before| u32::from(c).abs_diff(u32::from(before)));
            // The same again, or the next in a row, is hardly a choice.
            if !matches!(step, Some(0 | 1)) {
                counted += 1;
            }
            before = Some(c);
        }
        let any = |kind: fn(char) -> bool| u32::from(password.chars().any(kind));
        let pool = 26 * any(|c| c.is_ascii_lowercase())
            + 26 * any(|c| c.is_ascii_uppercase())
            + 10 * any(|c| c.is_ascii_digit())
            + 33 * any(|c| c.is_ascii_punctuation() || c == ' ')
            + 100 * any(|c| !c.is_ascii());
        let bits = counted.saturating_sub(usual) as u32 * pool.max(1).ilog2();
        match bits {
            0..40 => Self::Weak,
            40..60 => Self::Fair,
            _ => Self::Strong,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Strength::{self, Fair, Strong, Weak};

    #[test]
    fn length_and_variety_count_and_usual_words_do_not() {
        for (password, expected) in [
            ("", Weak),
            ("redhat", Weak),
            ("aaaaaaaaaaaaaaaaaaaa", Weak),
            ("abcdefghijklmnop", Weak),
            ("Password123!", Weak),
            ("Tz7!kq9wB", Fair),
            ("correct horse battery", Strong),
            ("x9$Lq2!vRm4&Tz", Strong),
        ] {
            assert_eq!(Strength::of(password), expected, "{password}");
        }
    }
}

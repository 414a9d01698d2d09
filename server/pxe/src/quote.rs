//! Quoting for what a text is put into. The rules of [`crate::profile`] already keep out what cannot be quoted
//! everywhere; here the rest is made harmless.

/// A word for a POSIX shell, in single quotes.
pub(crate) fn shell(value: &str) -> String {
    format!("'{}'", value.replace('\'', r"'\''"))
}

/// A word for a kickstart's command line, which pykickstart takes apart as a shell would.
pub(crate) fn kickstart(value: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-/:,@%+=$".contains(&byte);
    if !value.is_empty() && value.bytes().all(plain) {
        return value.to_owned();
    }
    format!("\"{}\"", value.replace('\\', r"\\").replace('"', "\\\""))
}

/// A word for GRUB's script, in single quotes.
pub(crate) fn grub(value: &str) -> String {
    shell(value)
}

/// A text that iPXE shows: one line, nothing it expands, no word that ends a command.
pub(crate) fn ipxe_text(value: &str) -> String {
    let line = value.chars().map(|c| if c.is_whitespace() || c.is_control() { ' ' } else { c }).collect::<String>();
    let words = line.split(' ').map(|word| if matches!(word, "&&" | "||" | ";") { "," } else { word });
    words.collect::<Vec<&str>>().join(" ").replace("${", "$ {")
}

/// A comment's text: one line.
pub(crate) fn comment(value: &str) -> String {
    value.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_shell_reads_what_was_quoted(value in "[^\0]{0,40}") {
            let output = std::process::Command::new("sh")
                .args(["-c", &format!("printf %s {}", shell(&value))])
                .output()
                .unwrap();
            prop_assert_eq!(String::from_utf8_lossy(&output.stdout), value);
        }

        #[test]
        fn shown_texts_stay_one_line_and_unexpanded(value in any::<String>()) {
            let text = ipxe_text(&value);
            let expanded = ["\n", "$\u{7b}"].iter().any(|mark| text.contains(mark));
            prop_assert!(!expanded);
            prop_assert!(!text.split(' ').any(|word| ["&&", "||", ";"].contains(&word)));
        }
    }

    #[test]
    fn plain_words_of_a_kickstart_stay_plain() {
        assert_eq!(kickstart("http://192.0.2.1:8080/a"), "http://192.0.2.1:8080/a");
        assert_eq!(kickstart("a b"), "\"a b\"");
        assert_eq!(kickstart(""), "\"\"");
    }
}

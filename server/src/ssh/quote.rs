//! Values into shell text.

/// One word of a POSIX shell that stands for exactly these characters.
///
/// Inside single quotes nothing is special except the quote itself (POSIX.1-2017 XCU 2.2.2), so each of those is
/// written between quoted parts as `\'`. A NUL can't be in a command at all: running such a command is an error
/// ([`CommandError::NulByte`](super::CommandError::NulByte)).
pub fn quote(value: &str) -> String {
    let mut word = String::with_capacity(value.len() + 2);
    word.push('\'');
    for (n, part) in value.split('\'').enumerate() {
        if n > 0 {
            word.push_str(r"'\''");
        }
        word.push_str(part);
    }
    word.push('\'');
    word
}

#[cfg(test)]
mod tests {
    use super::quote;

    #[test]
    fn words_are_quoted_whole() {
        assert_eq!(quote(""), "''");
        assert_eq!(quote("a b$c`d\\\n"), "'a b$c`d\\\n'");
        assert_eq!(quote("it's"), r"'it'\''s'");
        assert_eq!(quote("'"), r"''\'''");
    }
}

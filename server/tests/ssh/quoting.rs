//! The quoting function against the shell itself.

use hosted_deploy::ssh::quote;
use proptest::prelude::*;
use std::process::Command;

fn through_the_shell(words: &[String]) -> Vec<u8> {
    let quoted: Vec<String> = words.iter().map(|w| quote(w)).collect();
    let script = format!("printf '%s\\0' {}", quoted.join(" "));
    let output = Command::new("sh").arg("-c").arg(script).output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    output.stdout
}

fn expected(words: &[String]) -> Vec<u8> {
    words.iter().flat_map(|w| w.bytes().chain([0])).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_words_come_out_as_they_went_in(words in prop::collection::vec("[^\0]{0,40}", 1..4)) {
        prop_assert_eq!(through_the_shell(&words), expected(&words));
    }

    #[test]
    fn words_of_special_characters_come_out_as_they_went_in(
        words in prop::collection::vec("['\"\\\\$`!*?~#;&|<>(){}\\[\\] \t\r\n=%a-]{0,30}", 1..4),
    ) {
        prop_assert_eq!(through_the_shell(&words), expected(&words));
    }
}

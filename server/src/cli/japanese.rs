//! The command line's help in Japanese: clap's own command with the texts of `words/ja.po`. What clap itself writes around them
//! (headings, defaults, values) is written here.

use clap::builder::StyledStr;
use clap::{Arg, Command};
use std::collections::HashMap;

/// English to Japanese.
struct Words(HashMap<String, String>);

/// The command with every text in Japanese.
pub(super) fn japanese(mut command: Command) -> Command {
    // Only then are the arguments and commands there that clap adds.
    command.build();
    let words = Words::read(include_str!("words/ja.po"));
    translated(command, &words)
}

impl Words {
    /// From gettext's format, as far as it is used here: a text a line, quoted as in JSON.
    fn read(catalog: &str) -> Self {
        let quoted = |line: &str, keyword| serde_json::from_str::<String>(line.strip_prefix(keyword)?.trim()).ok();
        let mut english = None;
        let mut words = HashMap::new();
        for line in catalog.lines() {
            if let Some(text) = quoted(line, "msgid") {
                english = Some(text);
            } else if let Some(text) = quoted(line, "msgstr")
                && let Some(english) = english.take()
            {
                words.insert(english, text);
            }
        }
        Self(words)
    }

    fn get(&self, english: Option<&StyledStr>) -> Option<String> {
        self.0.get(&english?.to_string()).cloned()
    }
}

fn translated(command: Command, words: &Words) -> Command {
    let about = words.get(command.get_about());
    let after = words.get(command.get_after_help());
    let template = template(&command);
    let mut command = command
        .mut_args(|argument| with_help(argument, words))
        .mut_subcommands(|command| translated(command, words))
        .help_template(template);
    if let Some(about) = about {
        command = command.about(about);
    }
    if let Some(after) = after {
        command = command.after_help(after);
    }
    command
}

/// The parts of the help in clap's own order.
fn template(command: &Command) -> String {
    let head = command.get_styles().get_header();
    let parts = [
        (command.get_subcommands().any(|command| !command.is_hide_set()), "コマンド", "{subcommands}"),
        (command.get_positionals().next().is_some(), "引数", "{positionals}"),
        (command.get_opts().next().is_some(), "オプション", "{options}"),
    ];
    let parts = parts.into_iter().filter(|(any, ..)| *any);
    let parts: String = parts.map(|(_, heading, tag)| format!("\n\n{head}{heading}:{head:#}\n{tag}")).collect();
    format!("{{about-with-newline}}\n{head}使用法:{head:#} {{usage}}{parts}{{after-help}}")
}

fn with_help(argument: Arg, words: &Words) -> Arg {
    let Some(mut help) = words.get(argument.get_help()) else { return argument };
    let long = words.get(argument.get_long_help());
    if !argument.get_default_values().is_empty() && argument.get_action().takes_values() {
        let values: Vec<_> = argument.get_default_values().iter().map(|value| value.to_string_lossy()).collect();
        help += &format!(" [既定: {}]", values.join(", "));
    }
    if let Some(name) = argument.get_env() {
        help += &format!(" [環境変数: {}]", name.to_string_lossy());
    }
    let values = argument.get_possible_values();
    if argument.get_action().takes_values() && !values.is_empty() {
        if values.iter().any(|value| value.get_help().is_some()) {
            for value in &values {
                let help_of_it = words.get(value.get_help()).unwrap_or_default();
                help += &format!("\n- {}: {help_of_it}", value.get_name());
            }
        } else {
            let names: Vec<&str> = values.iter().map(clap::builder::PossibleValue::get_name).collect();
            help += &format!(" [値: {}]", names.join(", "));
        }
    }
    let argument = argument.help(help).hide_default_value(true).hide_env(true).hide_possible_values(true);
    match long {
        Some(long) => argument.long_help(long),
        None => argument,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;
    use std::collections::BTreeSet;

    fn texts(command: &Command, found: &mut BTreeSet<String>) {
        let mut take = |text: Option<&StyledStr>| found.extend(text.map(ToString::to_string));
        take(command.get_about());
        take(command.get_after_help());
        for argument in command.get_arguments() {
            take(argument.get_help());
            take(argument.get_long_help());
            argument.get_possible_values().iter().for_each(|value| take(value.get_help()));
        }
        command.get_subcommands().for_each(|command| texts(command, found));
    }

    #[test]
    fn every_text_is_there_in_japanese_and_none_is_left_over() {
        let mut command = super::super::Cli::command();
        command.build();
        let mut english = BTreeSet::new();
        texts(&command, &mut english);
        let words = Words::read(include_str!("words/ja.po"));
        let translated: BTreeSet<String> = words.0.into_keys().filter(|text| !text.is_empty()).collect();
        let lacking: Vec<_> = english.difference(&translated).collect();
        let left_over: Vec<_> = translated.difference(&english).collect();
        assert!(lacking.is_empty() && left_over.is_empty(), "lacking: {lacking:#?}\nleft over: {left_over:#?}");
    }

    /// Options, paths, formats and numbers must be typed the same in either language.
    #[test]
    fn what_is_typed_is_the_same_in_both_languages() {
        let typed = |text: &str| -> BTreeSet<String> {
            let words = text.split(|c: char| c.is_whitespace() || !c.is_ascii() || ",;()[]".contains(c));
            let words = words.map(|word| word.trim_matches(|c: char| ":.`'\"".contains(c)));
            words.filter(|word| word.starts_with("--") || word.contains('/')).map(str::to_owned).collect()
        };
        for (english, japanese) in Words::read(include_str!("words/ja.po")).0 {
            if !english.is_empty() {
                assert_eq!(typed(&english), typed(&japanese), "{english}\n{japanese}");
            }
        }
    }

    #[test]
    fn no_english_is_left_in_the_help() {
        fn walk(command: &mut Command) {
            let help = command.render_long_help().to_string();
            for heading in
                ["Usage:", "Options:", "Commands:", "Arguments:", "[default", "[env", "[possible", "Possible"]
            {
                assert!(!help.contains(heading), "{heading} stands in\n{help}");
            }
            command.get_subcommands_mut().for_each(walk);
        }
        walk(&mut japanese(super::super::Cli::command()));
    }
}

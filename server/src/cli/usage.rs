//! Reading the command line, and saying in the user's language what is wrong with it.

use super::japanese::japanese;
use super::{Cli, Exit, lang, spoken};
use crate::told::Said;
use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, Error, ErrorFormatter, ErrorKind};
use clap::{CommandFactory, FromArgMatches};
use hosted_deploy_model::lang::Lang;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::process::ExitCode;

/// A value that an option does not take: what it takes.
pub(super) fn one_of(words: &[&str]) -> Said {
    let words = words.join(", ");
    Said::new(format!("one of {words}"), format!("次のいずれか: {words}"))
}

/// The whole command line, its texts in one language.
pub fn command(lang: Lang) -> clap::Command {
    in_language(Cli::command(), lang)
}

/// The same without the commands `help`, of which nobody wants a manual page.
pub(super) fn documented(lang: Lang) -> clap::Command {
    in_language(Cli::command().disable_help_subcommand(true), lang)
}

fn in_language(command: clap::Command, lang: Lang) -> clap::Command {
    match lang {
        Lang::En => command,
        Lang::Ja => japanese(command),
    }
}

/// Reads the arguments of this process.
///
/// # Errors
/// The exit code, after help, version or what is wrong was printed.
pub fn parse() -> Result<Cli, ExitCode> {
    let lang = spoken(asked(std::env::args_os().skip(1)));
    let read = command(lang).try_get_matches().and_then(|matches| Cli::from_arg_matches(&matches));
    read.map_err(|error| {
        let code = error.exit_code();
        let printed = match lang {
            Lang::En => error.print(),
            Lang::Ja => error.apply::<Japanese>().print(),
        };
        match (code, printed) {
            (0, Ok(())) => Exit::Done.into(),
            _ => Exit::Usage.into(),
        }
    })
}

/// The language by option or variable, which must be known before the rest is read.
fn asked(arguments: impl Iterator<Item = OsString>) -> Option<Lang> {
    let mut words = arguments.map(|word| word.to_string_lossy().into_owned());
    while let Some(word) = words.next() {
        let value = match word.strip_prefix("--lang") {
            Some("") => words.next(),
            Some(rest) => rest.strip_prefix('=').map(str::to_owned),
            None => None,
        };
        if let Some(value) = value {
            return lang(&value).ok();
        }
    }
    std::env::var("HOSTED_DEPLOY_LANG").ok().and_then(|value| lang(&value).ok())
}

/// clap's errors in Japanese; all that it says in English, said the same way.
struct Japanese;

impl ErrorFormatter for Japanese {
    fn format_error(error: &Error<Self>) -> StyledStr {
        let mut text = format!("エラー: {}", what(error));
        for kind in [ContextKind::SuggestedSubcommand, ContextKind::SuggestedArg, ContextKind::SuggestedValue] {
            if let Some(near) = error.get(kind) {
                let _ = write!(text, "\n\n  もしかして: {near}");
            }
        }
        if let Some(ContextValue::StyledStrs(tips)) = error.get(ContextKind::Suggested)
            && let Some(ContextValue::String(word)) = error.get(ContextKind::InvalidArg)
            && tips.iter().any(|tip| tip.to_string().contains("-- "))
        {
            let _ = write!(text, "\n\n  '{word}' を値として渡すには '-- {word}' と指定してください。");
        }
        if let Some(usage) = error.get(ContextKind::Usage) {
            let usage = usage.to_string();
            let _ = write!(text, "\n\n使用法: {}", usage.strip_prefix("Usage:").unwrap_or(&usage).trim_start());
        }
        text += "\n\n詳しくは '--help' を指定してください。\n";
        text.into()
    }
}

fn what(error: &Error<Japanese>) -> String {
    use ContextKind::{
        ActualNumValues, InvalidArg, InvalidSubcommand, InvalidValue, PriorArg, ValidSubcommand, ValidValue,
    };
    let say = |kind| error.get(kind).map(ToString::to_string).unwrap_or_default();
    let listed = |kind| match error.get(kind) {
        Some(ContextValue::Strings(words)) => words.iter().map(|word| format!("\n  {word}")).collect(),
        Some(word) => format!("\n  {word}"),
        None => String::new(),
    };
    let argument = say(InvalidArg);
    let value = say(InvalidValue);
    match error.kind() {
        ErrorKind::UnknownArgument => format!("引数 '{argument}' はありません"),
        ErrorKind::InvalidSubcommand => format!("コマンド '{}' はありません", say(InvalidSubcommand)),
        ErrorKind::MissingSubcommand => {
            format!("'{}' にはコマンドが必要です\n  [コマンド: {}]", say(InvalidSubcommand), say(ValidSubcommand))
        }
        ErrorKind::MissingRequiredArgument => format!("次の引数が必要です:{}", listed(InvalidArg)),
        ErrorKind::ArgumentConflict if say(PriorArg) == argument => {
            format!("引数 '{argument}' は 1 回だけ指定できます")
        }
        ErrorKind::ArgumentConflict => {
            let one = if argument.is_empty() { say(InvalidSubcommand) } else { argument };
            format!("'{one}' は次のものと同時に指定できません:{}", listed(PriorArg))
        }
        ErrorKind::InvalidValue if value.is_empty() => {
            format!("'{argument}' には値が必要です{}", values(&say(ValidValue)))
        }
        ErrorKind::InvalidValue => {
            format!("'{argument}' に値 '{value}' は指定できません{}", values(&say(ValidValue)))
        }
        ErrorKind::ValueValidation => format!("'{argument}' に値 '{value}' は指定できません{}", why(error)),
        ErrorKind::TooManyValues => format!("'{argument}' の値 '{value}' は余分です"),
        ErrorKind::TooFewValues | ErrorKind::WrongNumberOfValues => {
            format!("'{argument}' の値の数が正しくありません: {}", say(ActualNumValues))
        }
        ErrorKind::NoEquals => format!("'{argument}' の値は = に続けて指定してください"),
        ErrorKind::InvalidUtf8 => "引数に UTF-8 ではない文字があります".to_owned(),
        other => std::error::Error::source(error).map_or_else(|| other.to_string(), ToString::to_string),
    }
}

fn values(valid: &str) -> String {
    if valid.is_empty() { String::new() } else { format!("\n  [値: {valid}]") }
}

fn why(error: &Error<Japanese>) -> String {
    let Some(source) = std::error::Error::source(error) else { return String::new() };
    if let Some(Said(text)) = source.downcast_ref() {
        format!(": {}", text.ja)
    } else if source.is::<std::num::ParseIntError>() {
        ": 整数を指定してください".to_owned()
    } else if source.is::<std::net::AddrParseError>() {
        ": アドレスを指定してください".to_owned()
    } else {
        // clap's own type for a range is not public.
        match source.to_string().split_once(" is not in ") {
            Some((_, range)) => format!(": 範囲は {range} です"),
            None => format!(": {source}"),
        }
    }
}

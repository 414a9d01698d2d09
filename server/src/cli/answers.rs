//! `hosted-deploy answers`: write, judge and translate answer files. Needs no host.

use super::file::text_of;
use super::input::Unusable;
use super::{Exit, print};
use crate::told::Said;
use clap::{Args, Subcommand, ValueEnum};
use hosted_deploy_model::answers::Answers;
use hosted_deploy_model::formats::{self, Format, Notice, NoticeKind, Reading};
use hosted_deploy_model::lang::Lang;
use hosted_deploy_model::problem::Problem;
use serde_json::{Value, json};
use std::io::Write;
use std::path::{Path, PathBuf};

/// Write, check and convert answer files
#[derive(Debug, Args)]
pub struct AnswersArgs {
    #[command(subcommand)]
    command: AnswersCommand,
}

#[derive(Debug, Subcommand)]
enum AnswersCommand {
    /// Write a commented answer file with every field
    New {
        /// Where to write it; must not exist yet [default: standard output]
        #[arg(short, long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
    /// Judge answer files; tell every mistake with file, line and column
    Validate {
        /// Answer files in any format; - is standard input
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
        /// Print problems and notices as JSON
        #[arg(long)]
        json: bool,
    },
    /// Write the answers of a file in another format; values of secrets are left out
    Convert {
        /// An answer file in any format, also he_* variables and otopi answer files; - is standard input
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// The format to write
        #[arg(long)]
        to: Target,
        /// Where to write it; must not exist yet [default: standard output]
        #[arg(short, long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
    /// Print the JSON Schema of an answer file
    Schema,
}

/// A format that can be written.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Target {
    /// Our own
    Toml,
    /// The same tables in YAML
    Yaml,
    /// The same tables in JSON
    Json,
    /// Variables of the upstream role, in YAML
    HeVars,
}

impl From<Target> for Format {
    fn from(target: Target) -> Self {
        match target {
            Target::Toml => Self::Toml,
            Target::Yaml => Self::Yaml,
            Target::Json => Self::Json,
            Target::HeVars => Self::HeVars,
        }
    }
}

pub(super) fn run(args: AnswersArgs, lang: Lang) -> anyhow::Result<Exit> {
    match args.command {
        AnswersCommand::New { output } => write(output.as_deref(), &formats::template(lang), lang),
        AnswersCommand::Validate { files, json } => validate(&files, json, lang),
        AnswersCommand::Convert { file, to, output } => convert(&file, to.into(), output.as_deref(), lang),
        AnswersCommand::Schema => {
            print(&serde_json::to_string_pretty(&formats::schema())?)?;
            Ok(Exit::Done)
        }
    }
}

/// A file that was read, or what kept it from being read.
enum Outcome {
    Good(Box<Reading>),
    Bad(Vec<Problem>),
    Unreadable(Unusable),
}

fn read(path: &Path, lang: Lang) -> Outcome {
    match text_of(path, lang) {
        Err(error) => Outcome::Unreadable(error),
        Ok(text) => match formats::read(&text, Format::of_file_name(&path.display().to_string())) {
            Ok(reading) => Outcome::Good(Box::new(reading)),
            Err(problems) => Outcome::Bad(problems),
        },
    }
}

fn judged(reading: &Reading) -> Vec<Problem> {
    let mut problems = reading.answers.problems(None);
    reading.locate(&mut problems);
    problems.sort_by_key(|problem| problem.at);
    problems
}

fn validate(files: &[PathBuf], as_json: bool, lang: Lang) -> anyhow::Result<Exit> {
    let mut exit = Exit::Done;
    let mut reports = Vec::new();
    for path in files {
        let name = path.display().to_string();
        let report = match read(path, lang) {
            Outcome::Unreadable(error) => {
                exit = Exit::Usage;
                tell(&error.to_string())?;
                json!({ "file": name, "error": error.to_string() })
            }
            Outcome::Bad(problems) => {
                exit = Exit::Usage;
                if !as_json {
                    tell_problems(&name, &problems, lang)?;
                }
                json!({ "file": name, "problems": problems, "notices": [] })
            }
            Outcome::Good(reading) => {
                let problems = judged(&reading);
                if !as_json {
                    tell_notices(&name, &reading.notices, lang)?;
                    tell_problems(&name, &problems, lang)?;
                }
                if !problems.is_empty() {
                    exit = Exit::Usage;
                } else if !as_json {
                    print(&verdict(&name, &reading, lang))?;
                }
                json!({ "file": name, "format": reading.format, "problems": problems, "notices": reading.notices })
            }
        };
        reports.push(report);
    }
    if as_json {
        print(&serde_json::to_string_pretty(&reports)?)?;
    }
    Ok(exit)
}

fn verdict(name: &str, reading: &Reading, lang: Lang) -> String {
    let format = reading.format.name();
    let missing: Vec<&str> = reading.answers.missing_secrets().iter().map(|missing| missing.field).collect();
    let missing = missing.join(", ");
    match (lang, missing.is_empty()) {
        (Lang::En, true) => format!("{name}: no mistakes ({format})"),
        (Lang::Ja, true) => format!("{name}: 問題ありません ({format})"),
        (Lang::En, false) => format!("{name}: no mistakes ({format}); will be asked for: {missing}"),
        (Lang::Ja, false) => format!("{name}: 問題ありません ({format})。実行時に入力を求めるもの: {missing}"),
    }
}

fn convert(path: &Path, to: Format, output: Option<&Path>, lang: Lang) -> anyhow::Result<Exit> {
    let name = path.display().to_string();
    let reading = match read(path, lang) {
        Outcome::Good(reading) => reading,
        Outcome::Bad(problems) => {
            tell_problems(&name, &problems, lang)?;
            return Ok(Exit::Usage);
        }
        Outcome::Unreadable(error) => {
            tell(&error.to_string())?;
            return Ok(Exit::Usage);
        }
    };
    let text = formats::write(&reading.answers, to).ok_or_else(|| {
        Said::new(format!("{} is only read, not written", to.name()), format!("{} は読み取り専用の形式です", to.name()))
    })?;
    let exit = write(output, &text, lang)?;
    if exit != Exit::Done {
        return Ok(exit);
    }
    // An old file is worth translating even where it must be mended afterwards.
    tell_notices(&name, &reading.notices, lang)?;
    tell_problems(&name, &judged(&reading), lang)?;
    let left_out = left_out(&reading.answers, &text, to);
    if !left_out.is_empty() {
        let left_out = left_out.join(", ");
        let format = to.name();
        tell(&match lang {
            Lang::En => format!("{name}: {format} cannot hold, and so were left out: {left_out}"),
            Lang::Ja => format!("{name}: {format} では表せないため、書き出していないもの: {left_out}"),
        })?;
    }
    let secrets: Vec<&str> = reading.answers.secrets().into_iter().map(|(field, _)| field).collect();
    if !secrets.is_empty() {
        let secrets = secrets.join(", ");
        tell(&match lang {
            Lang::En => format!("{name}: secrets are not written: {secrets}"),
            Lang::Ja => format!("{name}: 秘密情報は書き出していません: {secrets}"),
        })?;
    }
    Ok(Exit::Done)
}

/// The fields that were answered and that the written text no longer tells.
fn left_out(answers: &Answers, written: &str, format: Format) -> Vec<String> {
    let Ok(back) = formats::read(written, Some(format)) else { return Vec::new() };
    let leaves = |answers: &Answers| {
        let mut leaves = Vec::new();
        collect_leaves(&serde_json::to_value(answers).unwrap_or_default(), "", &mut leaves);
        leaves
    };
    let kept = leaves(&back.answers);
    leaves(answers).into_iter().filter(|field| field != "version" && !kept.contains(field)).collect()
}

fn collect_leaves(value: &Value, path: &str, leaves: &mut Vec<String>) {
    match value {
        Value::Object(table) if !is_reference(table) => {
            for (key, value) in table {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                collect_leaves(value, &path, leaves);
            }
        }
        _ => leaves.push(path.to_owned()),
    }
}

fn is_reference(table: &serde_json::Map<String, Value>) -> bool {
    table.len() == 1 && (table.contains_key("env") || table.contains_key("file"))
}

/// Writes a new file that only its owner can read, for people put passwords into it; or to standard output.
fn write(output: Option<&Path>, text: &str, lang: Lang) -> anyhow::Result<Exit> {
    use std::os::unix::fs::OpenOptionsExt;
    let Some(path) = output else {
        print(text.trim_end_matches('\n'))?;
        return Ok(Exit::Done);
    };
    let name = path.display();
    let file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    if let Err(error) = file.and_then(|mut file| file.write_all(text.as_bytes())) {
        tell(&match (lang, error.kind()) {
            (Lang::En, std::io::ErrorKind::AlreadyExists) => {
                format!("{name}: there is such a file already; name another one, or remove it")
            }
            (Lang::Ja, std::io::ErrorKind::AlreadyExists) => {
                format!("{name}: ファイルが既に存在します。別の名前を指定するか、削除してください")
            }
            (Lang::En, _) => format!("{name}: cannot be written: {error}"),
            (Lang::Ja, _) => format!("{name}: 書き込めません: {error}"),
        })?;
        return Ok(Exit::Usage);
    }
    tell(&match lang {
        Lang::En => format!("{name}: written"),
        Lang::Ja => format!("{name}: 書き出しました"),
    })?;
    Ok(Exit::Done)
}

fn tell_problems(name: &str, problems: &[Problem], lang: Lang) -> std::io::Result<()> {
    problems.iter().try_for_each(|problem| tell(&located(name, problem, lang)))
}

/// `file:line:column: field: what is wrong, what to do`.
pub(super) fn located(name: &str, problem: &Problem, lang: Lang) -> String {
    let place = problem.at.map(|at| format!(":{at}")).unwrap_or_default();
    format!("{name}{place}: {}", problem.line(lang))
}

/// All but that a key was simply taken over.
fn tell_notices(name: &str, notices: &[Notice], lang: Lang) -> std::io::Result<()> {
    let note = lang.pick("note", "注記");
    for notice in notices.iter().filter(|notice| notice.kind != NoticeKind::Mapped) {
        let key = if notice.key.is_empty() { String::new() } else { format!("{}: ", notice.key) };
        tell(&format!("{name}:{}: {note}: {key}{}", notice.at, notice.text.get(lang)))?;
    }
    Ok(())
}

/// Messages go beside what is written, not into it.
fn tell(line: &str) -> std::io::Result<()> {
    writeln!(std::io::stderr(), "{line}")
}

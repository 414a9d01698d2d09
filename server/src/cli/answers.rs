//! `hosted-deploy answers`: write, check and convert answer files. Nothing is connected to.

use super::{Exit, print};
use clap::{Args, Subcommand, ValueEnum};
use hosted_deploy_model::formats::{self, Format, Notice, NoticeKind, Reading};
use hosted_deploy_model::lang::Lang;
use hosted_deploy_model::problem::Problem;
use serde::Serialize;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// What to do with answer files.
#[derive(Debug, Args)]
pub struct AnswersArgs {
    #[command(subcommand)]
    command: AnswersCommand,
}

#[derive(Debug, Subcommand)]
enum AnswersCommand {
    /// Write a commented template of every answer
    New {
        /// The file; without one, standard output
        #[arg(long, short, value_name = "FILE")]
        output: Option<PathBuf>,
    },
    /// Say everything that is wrong with answer files, without a host
    Validate {
        /// The files, in any format
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
        /// One JSON object a file
        #[arg(long)]
        json: bool,
    },
    /// Write answers in another format; passwords are left out, references to them stay
    Convert {
        /// The file, in any format
        file: PathBuf,
        /// The format wanted
        #[arg(long, value_name = "FORMAT")]
        to: To,
        /// The file to write; without one, standard output
        #[arg(long, short, value_name = "FILE")]
        output: Option<PathBuf>,
    },
    /// Print the JSON Schema of answer files
    Schema,
}

/// A format that can be written.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum To {
    Toml,
    Yaml,
    Json,
    /// Variables of the upstream role
    HeVars,
}

impl From<To> for Format {
    fn from(to: To) -> Self {
        match to {
            To::Toml => Self::Toml,
            To::Yaml => Self::Yaml,
            To::Json => Self::Json,
            To::HeVars => Self::HeVars,
        }
    }
}

/// What `validate --json` prints of a file.
#[derive(Serialize)]
struct Report<'a> {
    file: String,
    format: Option<&'a str>,
    problems: &'a [Problem],
    notices: &'a [Notice],
}

pub(super) fn run(args: AnswersArgs, lang: Lang) -> anyhow::Result<Exit> {
    match args.command {
        AnswersCommand::New { output } => put(output.as_deref(), &formats::template(lang), lang),
        AnswersCommand::Validate { files, json } => {
            let mut exit = Exit::Done;
            for file in &files {
                exit = validate(file, json, lang)?.max(exit);
            }
            Ok(exit)
        }
        AnswersCommand::Convert { file, to, output } => convert(&file, to.into(), output.as_deref(), lang),
        AnswersCommand::Schema => {
            print(&serde_json::to_string_pretty(&formats::schema())?)?;
            Ok(Exit::Done)
        }
    }
}

fn read(file: &Path) -> Result<Reading, Vec<Problem>> {
    let name = file.display().to_string();
    let text = std::fs::read_to_string(file).map_err(|error| {
        let text = |what: &str| hosted_deploy_model::lang::Text::new(what, what);
        vec![Problem::new("", text(&error.to_string()), text(""))]
    })?;
    formats::read(&text, Format::of_file_name(&name))
}

fn validate(file: &Path, json: bool, lang: Lang) -> anyhow::Result<Exit> {
    let reading = read(file);
    let (format, notices, problems) = match &reading {
        Ok(reading) => {
            let mut problems = reading.answers.problems(None);
            reading.locate(&mut problems);
            (Some(reading.format), reading.notices.as_slice(), problems)
        }
        Err(problems) => (None, &[][..], problems.clone()),
    };
    let name = file.display().to_string();
    if json {
        let report = Report { file: name, format: format.map(Format::name), problems: &problems, notices };
        print(&serde_json::to_string(&report)?)?;
    } else {
        // Keys that simply became answers are not worth a line.
        for notice in notices.iter().filter(|notice| notice.kind != NoticeKind::Mapped) {
            eprintln!("{name}:{}: {}: {}", notice.at, notice.key, notice.text.get(lang));
        }
        for problem in &problems {
            eprintln!("{}", located(&name, problem, lang));
        }
        if let (Some(format), true) = (format, problems.is_empty()) {
            print(&format!("{name}: {} ({})", lang.pick("valid", "問題ありません"), format.name()))?;
        }
    }
    Ok(if problems.is_empty() { Exit::Done } else { Exit::Usage })
}

fn convert(file: &Path, to: Format, output: Option<&Path>, lang: Lang) -> anyhow::Result<Exit> {
    let name = file.display().to_string();
    match read(file) {
        Ok(reading) => {
            for notice in reading.notices.iter().filter(|notice| notice.kind != NoticeKind::Mapped) {
                eprintln!("{name}:{}: {}: {}", notice.at, notice.key, notice.text.get(lang));
            }
            let text = formats::write(&reading.answers, to);
            put(output, &text.ok_or_else(|| anyhow::anyhow!("{} cannot be written", to.name()))?, lang)
        }
        Err(problems) => {
            for problem in &problems {
                eprintln!("{}", located(&name, problem, lang));
            }
            Ok(Exit::Usage)
        }
    }
}

/// `file:line:column: field: what is wrong, what to do`.
pub(super) fn located(name: &str, problem: &Problem, lang: Lang) -> String {
    match problem.at {
        Some(at) => format!("{name}:{at}: {}", problem.line(lang)),
        None => format!("{name}: {}", problem.line(lang)),
    }
}

/// Writes to a new file that only its owner may read, for passwords will be written into it; or prints.
fn put(output: Option<&Path>, text: &str, lang: Lang) -> anyhow::Result<Exit> {
    let Some(path) = output else {
        print(text.trim_end())?;
        return Ok(Exit::Done);
    };
    let file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    match file.and_then(|mut file| file.write_all(text.as_bytes())) {
        Ok(()) => Ok(Exit::Done),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            let there = lang.pick("is there already; it was left as it is", "は既に存在するため、変更していません");
            eprintln!("{} {there}", path.display());
            Ok(Exit::Usage)
        }
        Err(error) => Err(anyhow::anyhow!("{}: {error}", path.display())),
    }
}

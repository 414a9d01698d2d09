//! The command line: one file a subcommand. Each returns its exit code; what it prints is made here, what it does
//! is the same service code that every other front calls.

mod action;
pub mod answers;
mod ask;
mod check;
mod cleanup;
mod deploy;
mod documents;
mod file;
mod hosts;
mod input;
mod japanese;
mod logs;
mod pxe;
mod runs;
mod serve;
mod status;
mod storage;
mod usage;
mod view;
mod watch;

use crate::told::Said;
use clap::{Args, Parser, Subcommand};
use hosted_deploy_model::lang::Lang;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

pub use crate::runs::journal::now;
pub(crate) use hosted_deploy_model::duration::duration;
pub use usage::{command, parse};

/// Deploys and looks after an oVirt / Red Hat Virtualization self-hosted engine.
#[derive(Debug, Parser)]
#[command(name = "hosted-deploy", version, arg_required_else_help = true)]
#[command(after_help = "\
Exit codes: 0 done · 1 the run failed · 2 bad usage or answers · 3 a check blocks · 4 cannot connect · 130 cancelled
Begin with:  hosted-deploy answers new -o engine.toml   then   hosted-deploy --answers engine.toml --dry-run")]
pub struct Cli {
    #[command(flatten)]
    deploy: deploy::DeployArgs,
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    common: Common,
}

/// What every command understands.
#[derive(Clone, Debug, Args)]
pub struct Common {
    /// Language of all texts: en or ja [default: by LC_ALL, LC_MESSAGES, LANG]
    #[arg(long, global = true, value_parser = lang, env = "HOSTED_DEPLOY_LANG", hide_env_values = true)]
    lang: Option<Lang>,
    /// Where runs and known host keys are kept [default: $XDG_STATE_HOME/hosted-deploy]
    #[arg(long, global = true, value_name = "DIR", env = "HOSTED_DEPLOY_STATE", hide_env_values = true)]
    state_dir: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Judge every requirement of a deployment on the host; changes nothing there
    Check(check::CheckArgs),
    /// Write, check and convert answer files
    Answers(crate::cli::answers::AnswersArgs),
    /// List, follow, cancel and retry runs
    #[command(subcommand)]
    Runs(runs::RunsCommand),
    /// Say how the engine is, why, and what to do
    Status(status::StatusArgs),
    /// Do something about the engine: maintenance, start, stop, storage, HA daemons
    Action(action::ActionArgs),
    /// Show a log of the engine's host, or pack all of them
    Logs(logs::LogsArgs),
    /// Remove what a failed or aborted deployment left on a host
    Cleanup(cleanup::CleanupArgs),
    /// Look at shared storage, and prepare hosts for it
    #[command(subcommand)]
    Storage(storage::StorageCommand),
    /// Boot and install machines over the network
    #[command(subcommand)]
    Pxe(pxe::PxeCommand),
    /// Serve the pages for the browser
    Serve(serve::ServeArgs),
    /// Print the completions of a shell
    #[command(hide = true)]
    Completions {
        /// bash, zsh, fish, elvish or powershell
        shell: clap_complete::Shell,
    },
    /// Write the manual pages into a folder
    #[command(hide = true)]
    Man {
        /// The folder
        folder: PathBuf,
    },
}

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// Done.
    Done = 0,
    /// The run failed.
    Failed = 1,
    /// Bad usage or answers.
    Usage = 2,
    /// A check blocks.
    Blocked = 3,
    /// The host cannot be reached or does not let us in.
    Unreachable = 4,
    /// Cancelled, or left while it goes on.
    Cancelled = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

impl Cli {
    /// The language asked for, else the locale's.
    pub fn lang(&self) -> Lang {
        self.common.lang()
    }
}

impl Common {
    /// The language asked for, else the locale's.
    pub fn lang(&self) -> Lang {
        spoken(self.lang)
    }

    /// The state folder asked for, else the user's.
    pub fn state(&self) -> anyhow::Result<PathBuf> {
        if let Some(folder) = &self.state_dir {
            return Ok(std::path::absolute(folder)?);
        }
        let base = std::env::var_os("XDG_STATE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
        let base = base.or_else(|| std::env::home_dir().map(|home| home.join(".local/state")));
        base.map(|base| base.join("hosted-deploy")).ok_or_else(|| {
            Said::new(
                "no home folder: name one by --state-dir",
                "ホームフォルダーがありません。--state-dir で指定してください",
            )
            .into()
        })
    }
}

fn lang(text: &str) -> Result<Lang, Said> {
    match text {
        "en" => Ok(Lang::En),
        "ja" => Ok(Lang::Ja),
        _ => Err(usage::one_of(&["en", "ja"])),
    }
}

/// The language asked for, else the locale's.
fn spoken(asked: Option<Lang>) -> Lang {
    asked.unwrap_or_else(|| {
        let locale = ["LC_ALL", "LC_MESSAGES", "LANG"]
            .into_iter()
            .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()));
        Lang::from_locale(&locale.unwrap_or_default())
    })
}

/// Runs what was asked for.
///
/// # Errors
/// What nothing below could put better: printed with its causes, exit code 1.
pub async fn run(cli: Cli) -> anyhow::Result<Exit> {
    if cli.command.is_some() && cli.deploy.is_given() {
        eprintln!("{}", cli.common.lang().pick("--answers before a command starts a deployment; the command's own options stand behind it.", "コマンドの前の --answers はデプロイを開始するオプションです。コマンドのオプションは後ろに指定してください。"));
        return Ok(Exit::Usage);
    }
    match cli.command {
        None => deploy::run(&cli.deploy, &cli.common).await,
        Some(Command::Check(args)) => check::run(&args, &cli.common).await,
        Some(Command::Answers(args)) => answers::run(args, cli.common.lang()),
        Some(Command::Runs(command)) => runs::run(command, &cli.common).await,
        Some(Command::Status(args)) => status::run(&args, &cli.common).await,
        Some(Command::Action(args)) => action::run(&args, &cli.common).await,
        Some(Command::Logs(args)) => logs::run(&args, &cli.common).await,
        Some(Command::Cleanup(args)) => cleanup::run(&args, &cli.common).await,
        Some(Command::Storage(command)) => storage::run(&command, &cli.common).await,
        Some(Command::Pxe(command)) => pxe::run(command, &cli.common).await,
        Some(Command::Serve(args)) => serve::run(args, &cli.common).await,
        Some(Command::Completions { shell }) => documents::completions(shell, cli.common.lang()),
        Some(Command::Man { folder }) => documents::manual(&folder, cli.common.lang()),
    }
}

/// Prints a line, or several. A reader that went away is an error, not a panic.
pub(crate) fn print(text: &str) -> std::io::Result<()> {
    writeln!(std::io::stdout(), "{text}")
}

/// Prints a part of a line, at once.
pub(crate) fn print_part(text: &str) -> std::io::Result<()> {
    let mut out = std::io::stdout();
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// The time of day in this machine's time zone.
pub(crate) fn clock(millis: u64) -> String {
    stamp(millis, "%H:%M:%S")
}

/// Date and time in this machine's time zone.
pub(crate) fn date(millis: u64) -> String {
    stamp(millis, "%Y-%m-%d %H:%M")
}

fn stamp(millis: u64, format: &str) -> String {
    let at = jiff::Timestamp::from_millisecond(i64::try_from(millis).unwrap_or_default()).unwrap_or_default();
    at.to_zoned(jiff::tz::TimeZone::system()).strftime(format).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        use clap::CommandFactory;
        Cli::command().debug_assert();
    }
}

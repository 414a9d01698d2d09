//! The logs that tell what happened to an engine, read on one of its hosts; without passwords.

use crate::health;
use crate::runs::bundle::{hide_known, pack};
use crate::ssh::{CommandError, Exec, Session, quote};
use hosted_deploy_model::answers::Answers;
use std::path::Path;

const SCRIPT: &str = include_str!("logs.sh");
const LIMIT_BYTES: usize = 32 << 20;

/// Which log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Log {
    /// The HA agent's.
    Agent,
    /// The HA broker's.
    Broker,
    /// VDSM's.
    Vdsm,
    /// The engine's own.
    Engine,
    /// The engine's application server's.
    Server,
    /// The newest of a deployment.
    Setup,
    /// What the engine VM printed on its console.
    Console,
}

impl Log {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Agent, Self::Broker, Self::Vdsm, Self::Engine, Self::Server, Self::Setup, Self::Console];

    /// Its name on the command line and in the bundle.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Agent => "agent",
            Self::Broker => "broker",
            Self::Vdsm => "vdsm",
            Self::Engine => "engine",
            Self::Server => "server",
            Self::Setup => "setup",
            Self::Console => "console",
        }
    }

    /// The log of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|log| log.name() == name)
    }
}

/// Which of its lines.
#[derive(Clone, Debug)]
pub struct Part {
    /// The last so many.
    pub tail: u32,
    /// From this time on, as date(1) of the host reads it; empty: from the start.
    pub since: String,
    /// To this time.
    pub until: String,
    /// Only lines that match this extended regular expression; empty: all.
    pub pattern: String,
}

impl Default for Part {
    fn default() -> Self {
        Self { tail: 200, since: String::new(), until: String::new(), pattern: String::new() }
    }
}

/// Why a log could not be had.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The command could not be run.
    #[error(transparent)]
    Command(#[from] CommandError),
    /// The host's date(1) does not understand a time.
    #[error("the host does not understand the time: {said}")]
    Time {
        /// Its words.
        said: String,
    },
    /// The bundle cannot be written.
    #[error(transparent)]
    Pack(#[from] crate::runs::store::StoreError),
}

/// Reads it; the first line says where it comes from. Passwords in it are hidden: those of the answers, and whatever a line calls one.
///
/// # Errors
/// When it cannot be read; a log that is not there is no error but says so.
pub async fn read(session: &Session, log: Log, part: &Part, answers: &Answers) -> Result<String, LogError> {
    let Part { tail, since, until, pattern } = part;
    let call = format!("main {} {tail} {} {} {}", log.name(), quote(since), quote(until), quote(pattern));
    let exec = Exec::new("sh -s").stdin(format!("{{\n{SCRIPT}\n{call} </dev/null\nexit $?\n}}\n"));
    let output = session.exec(exec.limit_bytes(LIMIT_BYTES).named(format!("reading the log {}", log.name()))).await?;
    if output.status == Some(2) {
        let said: String = String::from_utf8_lossy(&output.stderr).trim().chars().filter(|c| !c.is_control()).collect();
        return Err(LogError::Time { said });
    }
    Ok(without_passwords(&hide_known(&output.stdout, answers)))
}

/// All logs and the health in one archive.
///
/// # Errors
/// When the host cannot be read at all, or the archive cannot be written.
pub async fn bundle(session: &Session, host: &str, answers: &Answers, output: &Path) -> Result<(), LogError> {
    let mut files = Vec::new();
    let part = Part { tail: 20_000, ..Part::default() };
    for log in Log::ALL {
        let text = read(session, log, &part, answers).await?;
        files.push((format!("{}.log", log.name()), text.into_bytes()));
    }
    // The logs alone are worth having when the probe fails.
    if let Ok(reading) = health::read(session, host).await {
        let text = serde_json::to_vec_pretty(&reading).unwrap_or_default();
        files.push(("reading.json".to_owned(), hide_known(&text, answers)));
    }
    files.push(("versions.txt".to_owned(), format!("hosted-deploy {}\n", env!("CARGO_PKG_VERSION")).into_bytes()));
    Ok(pack(output, "hosted-engine-logs", files)?)
}

/// Hides the value behind every key that a line calls a password, and takes control characters out.
fn without_passwords(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    let mut safe = String::with_capacity(text.len());
    for line in text.lines() {
        let line: String = line.chars().map(|c| if c.is_control() && c != '\t' { '\u{fffd}' } else { c }).collect();
        safe.push_str(&hide_values(&line));
        safe.push('\n');
    }
    safe
}

const KEYS: [&str; 6] = ["password", "passwd", "passphrase", "secret", "token", "chap_pass"];

/// `password=x`, `'password': 'x'`, `"he_admin_password": "x"`: the value up to its end becomes asterisks.
fn hide_values(line: &str) -> String {
    let lower = line.to_ascii_lowercase();
    let mut out = String::with_capacity(line.len());
    let mut at = 0;
    while let Some((key_at, key)) = next_key(&lower, at) {
        let behind = key_at + key.len();
        let rest = line.get(behind..).unwrap_or_default();
        let gap = rest.len() - rest.trim_start_matches(['"', '\'', ' ', '_']).len();
        let sign = rest.get(gap..).unwrap_or_default();
        if !sign.starts_with(['=', ':']) {
            out.push_str(line.get(at..behind).unwrap_or_default());
            at = behind;
            continue;
        }
        let value = sign.get(1..).unwrap_or_default();
        let lead = value.len() - value.trim_start_matches(' ').len();
        let value = value.get(lead..).unwrap_or_default();
        let start = behind + gap + 1 + lead;
        let quote = value.chars().next().filter(|c| ['"', '\''].contains(c));
        let length = match quote {
            Some(quote) => value.get(1..).and_then(|rest| rest.find(quote)).map_or(value.len(), |end| end + 2),
            None => value.find([' ', ',', ';', '}', ')', '&', '"', '\'']).unwrap_or(value.len()),
        };
        out.push_str(line.get(at..start).unwrap_or_default());
        if length > 0 {
            out.push_str("********");
        }
        at = start + length;
    }
    out.push_str(line.get(at..).unwrap_or_default());
    out
}

fn next_key(lower: &str, from: usize) -> Option<(usize, &'static str)> {
    let rest = lower.get(from..)?;
    KEYS.iter().filter_map(|key| rest.find(key).map(|found| (from + found, *key))).min()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_line_calls_a_password_is_hidden_and_the_rest_stays() {
        for (line, shown) in [
            ("user=admin password=s3cret, host=x", "user=admin password=********, host=x"),
            ("{'password': 'it is, s3cret', 'user': 'a'}", "{'password': ********, 'user': 'a'}"),
            ("\"he_admin_password\": \"s3cret\"", "\"he_admin_password\": ********"),
            ("Password: s3cret", "Password: ********"),
            ("token=abc&token=def", "token=********&token=********"),
            ("the password was changed", "the password was changed"),
            ("password=", "password="),
            ("日本 password='開く' 了", "日本 password=******** 了"),
            ("password='never closed", "password=********"),
        ] {
            assert_eq!(hide_values(line), shown);
        }
    }

    #[test]
    fn the_script_takes_a_window_of_lines_and_those_that_belong_to_them() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        std::fs::write(&log, "A::2026-11-21 10:00:00,1::one\n  of one\nA::2026-11-21 11:00:00,1::two\n  of two\nA::2026-11-21T12:00:00::three\n").unwrap();
        let run = |since: &str, until: &str, pattern: &str| {
            let call = format!(
                "tail=10; pattern={}; since_time={}; until_time={}; file {}",
                quote(pattern),
                quote(since),
                quote(until),
                quote(&log.display().to_string())
            );
            let output = std::process::Command::new("sh").args(["-c", &format!("{SCRIPT}\n{call}")]).output().unwrap();
            assert_eq!(String::from_utf8_lossy(&output.stderr), "");
            String::from_utf8_lossy(&output.stdout)
                .lines()
                .skip(1)
                .map(|line| line.split("::").last().unwrap_or_default().trim().to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(run("", "", "").len(), 5);
        assert_eq!(run("2026-11-21 10:30:00", "2026-11-21 11:30:00", ""), ["two", "of two"]);
        assert_eq!(run("2026-11-21 11:00:00", "", "two|three"), ["two", "of two", "three"]);
        assert_eq!(run("", "", "-e x"), Vec::<String>::new());
    }
}

//! The logs that tell what happened to an engine, read on one of its hosts; without passwords.

use super::origin::worded;
use crate::health;
use crate::runs::bundle::{archive, hide_known, pack};
use crate::ssh::{Chunk, CommandError, Exec, Running, Session, quote};
use hosted_deploy_model::answers::Answers;
pub use hosted_deploy_model::health::Log;
use hosted_deploy_model::lang::{Lang, Text};
use std::path::Path;

const SCRIPT: &str = include_str!("logs.sh");
const LIMIT_BYTES: usize = 32 << 20;
/// The folder in the archive.
const BUNDLE: &str = "hosted-engine-logs";

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
    /// grep(1) does not understand the pattern.
    #[error("`{pattern}` is no extended regular expression")]
    Pattern {
        /// As it was given.
        pattern: String,
    },
    /// The bundle cannot be written.
    #[error(transparent)]
    Pack(#[from] crate::runs::store::StoreError),
    /// The archive cannot be made.
    #[error("the archive cannot be made")]
    Archive(#[source] std::io::Error),
}

impl LogError {
    /// What to do next.
    pub fn next(&self) -> Text {
        match self {
            Self::Time { .. } => Text::new(
                "Write it as `2026-11-21 10:00` or `1 hour ago`.",
                "`2026-11-21 10:00` または `1 hour ago` のように入力してください。",
            ),
            Self::Pattern { .. } => Text::new(
                "Put a backslash before ( ) [ ] { } . * + ? | ^ $ where they stand for themselves.",
                "記号 ( ) [ ] { } . * + ? | ^ $ をそのまま検索するには前に \\ を付けてください。",
            ),
            Self::Command(error) => Text::new(error.advice(Lang::En), error.advice(Lang::Ja)),
            Self::Pack(_) => Text::new(
                "Name a file in a folder that can be written, with space left.",
                "空き容量があり書き込み可能なフォルダーのファイルを指定してください。",
            ),
            Self::Archive(_) => Text::new("Try again in a moment.", "しばらくしてから再試行してください。"),
        }
    }
}

/// Reads it; the first lines say where it comes from. Passwords in it are hidden: those of the answers, and whatever a line calls one.
///
/// # Errors
/// When it cannot be read; a log that is not there is no error but says so.
pub async fn read(session: &Session, log: Log, part: &Part, answers: &Answers, lang: Lang) -> Result<String, LogError> {
    let output = session.exec(exec(log, part, "").limit_bytes(LIMIT_BYTES)).await?;
    if let Some(error) = misunderstood(output.status, part, &output.stderr) {
        return Err(error);
    }
    Ok(worded(&without_passwords(&hide_known(&output.stdout, answers)), lang))
}

/// Follows it: the last lines, then those that are written, until it is dropped. A time window makes no sense here and is ignored.
///
/// # Errors
/// When it cannot be started.
pub async fn follow(
    session: &Session,
    log: Log,
    part: &Part,
    answers: &Answers,
    lang: Lang,
) -> Result<Following, LogError> {
    let part = Part { since: String::new(), until: String::new(), ..part.clone() };
    let running = session.start(exec(log, &part, "follow").limit_bytes(LIMIT_BYTES)).await?;
    let begun = Some(lang);
    Ok(Following { running, part, answers: answers.clone(), begun, rest: Vec::new(), said: Vec::new() })
}

/// A log that is followed.
#[derive(Debug)]
pub struct Following {
    running: Running,
    part: Part,
    answers: Answers,
    /// Until the first line came: the language of its words.
    begun: Option<Lang>,
    rest: Vec<u8>,
    said: Vec<u8>,
}

impl Following {
    /// The next lines, without passwords; `None` at the end, which comes only when the log is not there. Cancel-safe.
    ///
    /// # Errors
    /// When the connection was lost, or the pattern is none.
    pub async fn next(&mut self) -> Result<Option<String>, LogError> {
        while let Some(chunk) = self.running.next().await? {
            match chunk {
                Chunk::Stdout(bytes) => self.rest.extend_from_slice(&bytes),
                Chunk::Stderr(bytes) => self.said.extend_from_slice(&bytes),
                Chunk::Exit(exit) => {
                    return misunderstood(exit.status, &self.part, &self.said).map_or(Ok(None), Err);
                }
            }
            // Whole lines only: a password must not slip through in two halves.
            let whole = self.rest.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
            let lines: Vec<u8> = self.rest.drain(..whole).collect();
            let mut text = without_passwords(&hide_known(&lines, &self.answers));
            if let Some(lang) = self.begun.take_if(|_| !text.is_empty()) {
                text = worded(&text, lang);
            }
            // The script's sign of life is an empty line.
            let text: String = text.lines().filter(|line| !line.is_empty()).flat_map(|line| [line, "\n"]).collect();
            if !text.is_empty() {
                return Ok(Some(text));
            }
        }
        Ok(None)
    }
}

fn exec(log: Log, part: &Part, follow: &str) -> Exec {
    let Part { tail, since, until, pattern } = part;
    let call = format!("main {} {tail} {} {} {} {follow}", log.name(), quote(since), quote(until), quote(pattern));
    let exec = Exec::new("sh -s").stdin(format!("{{\n{SCRIPT}\n{call} </dev/null\nexit $?\n}}\n"));
    exec.named("reading the log")
}

fn misunderstood(status: Option<u32>, part: &Part, stderr: &[u8]) -> Option<LogError> {
    match status {
        Some(2) => {
            let said = String::from_utf8_lossy(stderr).trim().chars().filter(|c| !c.is_control()).collect();
            Some(LogError::Time { said })
        }
        Some(4) => Some(LogError::Pattern { pattern: part.pattern.clone() }),
        _ => None,
    }
}

/// All logs and the health in one archive, in memory; `host` is how the host is named in it.
///
/// # Errors
/// When the host cannot be read at all.
pub async fn bundle_bytes(session: &Session, host: &str, answers: &Answers, lang: Lang) -> Result<Vec<u8>, LogError> {
    let files = files(session, host, answers, lang).await?;
    archive(Vec::new(), BUNDLE, files).map_err(LogError::Archive)
}

/// All logs and the health in one archive.
///
/// # Errors
/// When the host cannot be read at all, or the archive cannot be written.
pub async fn bundle(
    session: &Session,
    host: &str,
    answers: &Answers,
    lang: Lang,
    output: &Path,
) -> Result<(), LogError> {
    Ok(pack(output, BUNDLE, files(session, host, answers, lang).await?)?)
}

async fn files(
    session: &Session,
    host: &str,
    answers: &Answers,
    lang: Lang,
) -> Result<Vec<(String, Vec<u8>)>, LogError> {
    let mut files = Vec::new();
    let part = Part { tail: 20_000, ..Part::default() };
    for log in Log::ALL {
        let text = read(session, log, &part, answers, lang).await?;
        files.push((format!("{}.log", log.name()), text.into_bytes()));
    }
    // The logs alone are worth having when the probe fails.
    if let Ok(reading) = health::read(session, host).await {
        let text = serde_json::to_vec_pretty(&reading).unwrap_or_default();
        files.push(("reading.json".to_owned(), hide_known(&text, answers)));
    }
    files.push(("versions.txt".to_owned(), format!("hosted-deploy {}\n", env!("CARGO_PKG_VERSION")).into_bytes()));
    Ok(files)
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
                "tail=10; follow=; pattern={}; since_time={}; until_time={}; file {}",
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

    #[test]
    fn the_engine_s_log_is_the_deployment_s_copy_where_there_is_no_key_and_says_so_in_the_reader_s_language() {
        let folder = tempfile::tempdir().unwrap();
        let call = |log: &str| {
            let setup = quote(&folder.path().display().to_string());
            let call = format!("setup={setup}; tail=10 pattern= follow= since_time= until_time=; {log}");
            let output = std::process::Command::new("sh").args(["-c", &format!("{SCRIPT}\n{call}")]).output().unwrap();
            assert_eq!(String::from_utf8_lossy(&output.stderr), "");
            String::from_utf8(output.stdout).unwrap()
        };
        let none = call("engine engine.log");
        assert!(
            worded(&none, Lang::En).contains("Log in to the engine VM: less /var/log/ovirt-engine/engine.log"),
            "{none}"
        );
        let fetched = folder.path().join("engine-logs-2026-11-21T10:00:00Z/ovirt-engine");
        std::fs::create_dir_all(&fetched).unwrap();
        std::fs::write(fetched.join("engine.log"), "one\ntwo\n").unwrap();
        let copied = call("engine engine.log");
        for (lang, words) in [(Lang::En, "What the deployment fetched"), (Lang::Ja, "デプロイ時に取得したコピー")]
        {
            let text = worded(&copied, lang);
            assert!(text.contains(words), "{text}");
            assert!(text.ends_with(&format!("# {}/engine.log\none\ntwo\n", fetched.display())), "{text}");
        }
    }

    #[test]
    fn the_script_follows_until_nobody_reads_and_refuses_a_pattern_that_is_none() {
        use std::io::{BufRead as _, BufReader, Write as _};
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        std::fs::write(&log, "one x\ntwo\nthree x\n").unwrap();
        let call = format!("tail=2; follow=follow; pattern=x; file {}", quote(&log.display().to_string()));
        let mut child = std::process::Command::new("sh")
            .args(["-c", &format!("{SCRIPT}\n{call}")])
            .stdin(std::process::Stdio::null())
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let mut next = || lines.find(|line| !line.is_empty()).unwrap();
        assert_eq!(next(), format!("file\t{}", log.display()));
        assert_eq!(next(), "three x");
        let mut file = std::fs::OpenOptions::new().append(true).open(&log).unwrap();
        file.write_all(b"four\nfive x\n").unwrap();
        assert_eq!(next(), "five x");
        drop(lines);
        child.wait().unwrap();

        let call = "main agent 10 '' '' 'a(' </dev/null";
        let output = std::process::Command::new("sh").args(["-c", &format!("{SCRIPT}\n{call}")]).output().unwrap();
        assert_eq!(output.status.code(), Some(4));
    }
}

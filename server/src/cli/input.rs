//! Answers for a command: from a file, from options, from the terminal.

use super::{ask, file};
use crate::reach;
use crate::runs::host::Host;
use crate::runs::secrets;
use crate::runs::store::RunFolder;
use crate::ssh::{FirstUse, Session, UnknownHost, needs_passphrase};
use clap::Args;
use hosted_deploy_model::answers::Answers;
use hosted_deploy_model::formats::{self, Format};
use hosted_deploy_model::lang::Lang;
use hosted_deploy_model::problem::Problem;
use std::path::{Path, PathBuf};

/// How to reach the host; wins over the answer file.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct Connect {
    /// The deployment host's name or address
    #[arg(long, value_name = "HOST[:PORT]")]
    pub(super) host: Option<String>,
    #[command(flatten)]
    pub(super) login: Login,
}

/// How to log in, on one host or on several.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct Login {
    /// SSH user; needs sudo when it is not root
    #[arg(long, value_name = "USER")]
    pub(super) user: Option<String>,
    /// SSH private key file
    #[arg(long, value_name = "FILE", conflicts_with = "ask_password")]
    pub(super) key: Option<PathBuf>,
    /// Ask for the SSH password
    #[arg(long)]
    pub(super) ask_password: bool,
    /// Trust the host's key when it is seen for the first time, without asking
    #[arg(long)]
    pub(super) accept_new_host_key: bool,
}

/// Something the person must mend before the command makes sense: exit code 2.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Unusable(pub(super) String);

impl Connect {
    /// Puts the options into the answers.
    pub(super) fn apply(&self, answers: &mut Answers) -> anyhow::Result<()> {
        let host = &mut answers.host;
        if let Some(text) = &self.host {
            let (address, port) = split_port(text);
            host.address = Some(address.to_owned());
            host.port = port.or(host.port);
        }
        if let Some(user) = &self.login.user {
            host.user = Some(user.clone());
        }
        if let Some(key) = &self.login.key {
            host.key_file = Some(std::path::absolute(key)?.display().to_string());
        }
        Ok(())
    }

    /// Asks for the password or passphrase that the connection needs.
    pub(super) fn ask(&self, answers: &mut Answers, lang: Lang) -> anyhow::Result<()> {
        if self.login.ask_password {
            let who = reach::target(answers).to_string();
            let prompt = lang.pick("SSH password of", "SSH パスワード");
            answers.host.password.set(ask::secret(&format!("{prompt} {who}"))?);
        }
        let locked = answers.host.key_file.as_ref().filter(|_| answers.host.key_passphrase.value().is_none());
        if let Some(path) = locked.cloned()
            && needs_passphrase(Path::new(&path)).unwrap_or(false)
        {
            if !ask::anybody() {
                return Err(Unusable(match lang {
                    Lang::En => format!("the key {path} needs its passphrase: give host.key_passphrase, or load it into ssh-agent"),
                    Lang::Ja => format!("鍵 {path} にはパスフレーズが必要です。host.key_passphrase を指定するか、ssh-agent に登録してください"),
                })
                .into());
            }
            let prompt = lang.pick("Passphrase of", "パスフレーズ");
            answers.host.key_passphrase.set(ask::secret(&format!("{prompt} {path}"))?);
        }
        Ok(())
    }
}

/// `name`, `name:port`, `[v6]:port` or a bare IPv6 address.
fn split_port(text: &str) -> (&str, Option<u16>) {
    if let Some((address, port)) = text.strip_prefix('[').and_then(|rest| rest.split_once("]:")) {
        return (address, port.parse().ok());
    }
    match text.rsplit_once(':') {
        Some((address, port)) if !address.contains(':') => match port.parse() {
            Ok(port) => (address, Some(port)),
            Err(_) => (text, None),
        },
        _ => (text.trim_matches(['[', ']']), None),
    }
}

/// Reads an answer file in any format, puts the options into it, reads the secrets it refers to and judges it.
pub(super) fn read(path: &Path, connect: &Connect, lang: Lang) -> anyhow::Result<Answers> {
    let name = path.display().to_string();
    let text = file::text_of(path, lang)?;
    let unusable = |problems: &[Problem]| {
        let line = |problem: &Problem| match problem.at {
            Some(at) => format!("{name}:{at}: {}", problem.line(lang)),
            None => format!("{name}: {}", problem.line(lang)),
        };
        Unusable(problems.iter().map(line).collect::<Vec<_>>().join("\n"))
    };
    let mut reading = formats::read(&text, Format::of_file_name(&name)).map_err(|problems| unusable(&problems))?;
    connect.apply(&mut reading.answers)?;
    let mut problems = secrets::resolve(&mut reading.answers);
    problems.extend(reading.answers.problems(None));
    if problems.is_empty() {
        return Ok(reading.answers);
    }
    reading.locate(&mut problems);
    Err(unusable(&problems).into())
}

/// Answers of a command that only needs a host: from a file where one is given, and the options.
pub(super) fn host_answers(file: Option<&Path>, connect: &Connect, lang: Lang) -> anyhow::Result<Answers> {
    let mut answers = match file {
        Some(path) => read(path, connect, lang)?,
        None => Answers::default(),
    };
    connect.apply(&mut answers)?;
    connect.ask(&mut answers, lang)?;
    if answers.host.address.as_deref().unwrap_or_default().is_empty() {
        let message = lang.pick(
            "No host is named: give --host HOST, or host.address in the answer file.",
            "ホストの指定がありません。--host HOST または回答ファイルの host.address を指定してください。",
        );
        return Err(Unusable(message.to_owned()).into());
    }
    Ok(answers)
}

/// Asks for the secrets that lack; where nobody can answer, that is an error which names them.
pub(super) fn ask_missing(answers: &mut Answers, lang: Lang) -> anyhow::Result<()> {
    let missing = answers.missing_secrets();
    if !missing.is_empty() && !ask::anybody() {
        let fields: Vec<&str> = missing.iter().map(|missing| missing.field).collect();
        let fields = fields.join(", ");
        return Err(Unusable(match lang {
            Lang::En => format!("passwords lack: {fields}. Write them into the answer file, as a value, {{ env = \"NAME\" }} or {{ file = \"/path\" }}"),
            Lang::Ja => format!("パスワードが指定されていません: {fields}。回答ファイルに値、{{ env = \"NAME\" }} または {{ file = \"/path\" }} で指定してください"),
        })
        .into());
    }
    for missing in missing {
        loop {
            let first = ask::secret(missing.prompt.get(lang))?;
            let again = ask::secret(&format!("{} {}", missing.prompt.get(lang), lang.pick("(again)", "(確認)")))?;
            if first == again {
                answers.set_secret(missing.field, first);
                break;
            }
            eprintln!("{}", lang.pick("They differ; once more.", "一致しません。もう一度入力してください。"));
        }
    }
    Ok(())
}

/// The secrets of a run's answers: by their references, or from the answer file `source`.
pub(super) fn secrets_again(answers: &mut Answers, source: Option<&Path>, lang: Lang) -> anyhow::Result<()> {
    Ok(secrets::again(answers, source).map_err(|error| Unusable(error.text(lang)))?)
}

/// What to do with the key of a host seen for the first time.
pub(super) fn first_use(connect: &Connect, lang: Lang) -> FirstUse {
    if connect.login.accept_new_host_key {
        return FirstUse::Accept;
    }
    if !ask::anybody() {
        return FirstUse::Refuse;
    }
    FirstUse::ask(move |host: UnknownHost| async move {
        let question = match lang {
            Lang::En => format!(
                "{} is seen for the first time. Its key is\n  {} {}\nIs that the host's key?",
                host.at, host.algorithm, host.fingerprint
            ),
            Lang::Ja => format!(
                "{} への初めての接続です。ホスト鍵:\n  {} {}\nこの鍵は正しいですか?",
                host.at, host.algorithm, host.fingerprint
            ),
        };
        ask::yes(&question, lang).unwrap_or(false)
    })
}

/// A connection of this command's own to a run's host.
pub(super) async fn host(answers: &Answers, folder: &RunFolder, state: &Path) -> anyhow::Result<Host> {
    let session: Session = reach::connect(answers, state, FirstUse::Refuse).await?;
    Ok(Host::new(session, &folder.id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_told_from_an_ipv6_address() {
        assert_eq!(split_port("host1"), ("host1", None));
        assert_eq!(split_port("host1:22011"), ("host1", Some(22011)));
        assert_eq!(split_port("2001:db8::1"), ("2001:db8::1", None));
        assert_eq!(split_port("[2001:db8::1]:2222"), ("2001:db8::1", Some(2222)));
        assert_eq!(split_port("[2001:db8::1]"), ("2001:db8::1", None));
    }
}

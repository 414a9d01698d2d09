//! A run's side on the deployment host: its folder, its lock and the units of its phases.
//!
//! Everything here can be done again: a connection may break at any byte, and whoever comes back asks systemd and
//! the run's folder what is the case. Scripts are constants (`playbooks/`); values reach them as arguments.

use super::content::HOST_FILES;
use crate::ssh::{Chunk, CommandError, Exec, Output, Session, quote};
use hosted_deploy_model::lang::Text;
use hosted_deploy_model::phase::Phase;
use hosted_deploy_model::secret::Secret;

/// Why something on the host did not work.
#[derive(Debug, thiserror::Error)]
pub enum HostError {
    /// The connection.
    #[error(transparent)]
    Ssh(#[from] CommandError),
    /// A script of ours failed there.
    #[error("cannot {act} on the host: {said}")]
    Script {
        /// What was tried.
        act: &'static str,
        /// What it printed.
        said: String,
    },
    /// Another run has the host.
    #[error("the host is taken by run {run} ({who}){}", if *.busy { ", a phase of which runs now: wait for it, or cancel it from there" } else { "; nothing of it runs now: --take-over takes the host" })]
    Taken {
        /// That run.
        run: String,
        /// Who started it, and when.
        who: String,
        /// One of its phases runs.
        busy: bool,
    },
}

impl HostError {
    /// The connection is to blame, so that another one may do.
    pub fn is_lost_connection(&self) -> bool {
        matches!(self, Self::Ssh(error) if error.is_lost_connection())
    }
}

/// How a phase's unit ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UnitEnd {
    /// systemd's `$SERVICE_RESULT`, `$EXIT_CODE` and `$EXIT_STATUS`.
    Ended {
        /// It ended well.
        ok: bool,
        /// For people: `exited 2`, `killed INT`.
        how: String,
        /// Somebody cancelled the run.
        cancelled: bool,
    },
    /// systemd does not know the unit and nothing says how it ended.
    Lost,
}

/// What came of starting a phase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Started {
    /// Its unit runs now.
    Now,
    /// It was started before.
    Before,
    /// The run was cancelled before the phase began.
    Cancelled,
}

/// How a phase's secrets reach it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretsBy {
    /// A systemd credential, from systemd 247 on.
    Credential,
    /// A FIFO on a tmpfs.
    Fifo,
}

impl SecretsBy {
    /// What the host's systemd can do.
    pub const fn for_systemd(version: u32) -> Self {
        if version >= 247 { Self::Credential } else { Self::Fifo }
    }
}

/// A run's side on the host.
#[derive(Clone)]
pub struct Host {
    root: Session,
    run: String,
}

impl Host {
    /// The side of run `run` on the host that `root` is connected to.
    pub fn new(root: Session, run: &str) -> Self {
        Self { root, run: run.to_owned() }
    }

    /// The run's folder on the host.
    pub fn folder(&self) -> String {
        format!("/var/lib/hosted-deploy/runs/{}", self.run)
    }

    fn unit(&self, phase: Phase) -> String {
        format!("hosted-deploy-{}-{}", self.run, phase.tag())
    }

    fn secrets(&self, phase: Phase) -> String {
        format!("/run/hosted-deploy/{}/{}.secrets", self.run, phase.tag())
    }

    /// Puts the run's files there and takes the host's lock. `who` is shown to others who want the host.
    ///
    /// # Errors
    /// [`HostError::Taken`] when another run has the host.
    pub async fn prepare(&self, who: &str, take_over: bool) -> Result<(), HostError> {
        for file in HOST_FILES {
            self.root.upload(&format!("{}/{}", self.folder(), file.name), 0o600, file.text.as_bytes()).await?;
        }
        let over = if take_over { "over" } else { "" };
        let output = self.script("lock.sh", &["take", &self.run, who, over], &[]).await?;
        let said = expect("take the host's lock", &output)?;
        match said.split_once(' ') {
            None if said == "taken" => Ok(()),
            Some((word @ ("busy" | "held"), owner)) => {
                let (run, who) = owner.split_once(' ').unwrap_or((owner, ""));
                Err(HostError::Taken { run: run.to_owned(), who: who.to_owned(), busy: word == "busy" })
            }
            _ => Err(HostError::Script { act: "take the host's lock", said }),
        }
    }

    /// Gives the host's lock back.
    ///
    /// # Errors
    /// When the host cannot be asked.
    pub async fn release(&self) -> Result<(), HostError> {
        self.script("lock.sh", &["release", &self.run], &[]).await.map(|_| ())
    }

    /// Starts a phase, unless it was started before.
    ///
    /// # Errors
    /// When systemd refuses.
    pub async fn start(
        &self,
        phase: Phase,
        plain: &[u8],
        secrets: &Secret,
        by: SecretsBy,
    ) -> Result<Started, HostError> {
        self.root.upload(&format!("{}/{}.vars.json", self.folder(), phase.tag()), 0o600, plain.to_vec()).await?;
        let way = match by {
            SecretsBy::Credential => "credential",
            SecretsBy::Fifo => "fifo",
        };
        let arguments = [&self.unit(phase), phase.tag(), &self.secrets(phase), way];
        let output = self.script("start.sh", &arguments, secrets.expose().as_bytes()).await?;
        match expect("start the phase's unit", &output)?.as_str() {
            "started" => Ok(Started::Now),
            "known" => Ok(Started::Before),
            "cancelled" => Ok(Started::Cancelled),
            said => Err(HostError::Script { act: "start the phase's unit", said: said.to_owned() }),
        }
    }

    /// Follows a phase's event file from `offset` until its unit is over. `take` gets the bytes as they come.
    ///
    /// # Errors
    /// When the connection breaks: follow again from the offset that was reached. What `take` returns as error ends
    /// the following and is returned.
    pub async fn follow<E: From<HostError>>(
        &self,
        phase: Phase,
        offset: u64,
        mut take: impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<UnitEnd, E> {
        let command = self.command("follow.sh", &[&self.unit(phase), phase.tag(), &offset.to_string()]);
        let mut running = self.root.start(Exec::new(command).named("follow.sh")).await.map_err(HostError::from)?;
        let mut said = Vec::new();
        while let Some(chunk) = running.next().await.map_err(HostError::from)? {
            match chunk {
                Chunk::Stdout(bytes) => take(&bytes)?,
                Chunk::Stderr(bytes) => said.extend_from_slice(&bytes),
                Chunk::Exit(_) => {}
            }
        }
        Ok(unit_end(&String::from_utf8_lossy(&said))?)
    }

    /// Stops what runs of the run and lets no further phase begin.
    ///
    /// # Errors
    /// When systemd refuses.
    pub async fn cancel(&self) -> Result<(), HostError> {
        let output = self.script("cancel.sh", &[&self.run], &[]).await?;
        expect("stop the phase's unit", &output).map(|_| ())
    }

    /// Removes the role's lock file, so that it goes on. The path comes from [`super::role_events::lock_file`].
    ///
    /// # Errors
    /// When it cannot be removed.
    pub async fn go_on(&self, lock_file: &str) -> Result<(), HostError> {
        let output = self.root.exec(format!("rm -f -- {}", quote(lock_file))).await?;
        expect("remove the role's lock file", &output).map(|_| ())
    }

    /// Whether the local engine VM still runs, which decides where a retry begins.
    ///
    /// # Errors
    /// When the host cannot be asked.
    pub async fn local_vm_runs(&self) -> Result<bool, HostError> {
        let output = self.root.exec("LC_ALL=C virsh -r domstate HostedEngineLocal").await?;
        Ok(output.success() && String::from_utf8_lossy(&output.stdout).trim() == "running")
    }

    /// The log of a phase; `None` when it has none.
    ///
    /// # Errors
    /// When the host cannot be asked.
    pub async fn log(&self, phase: Phase) -> Result<Option<Vec<u8>>, HostError> {
        let path = format!("{}/{}.log", self.folder(), phase.tag());
        let output = self.root.exec(format!("cat -- {}", quote(&path))).await?;
        Ok(output.success().then_some(output.stdout))
    }

    async fn script(&self, name: &str, arguments: &[&str], stdin: &[u8]) -> Result<Output, HostError> {
        let exec = Exec::new(self.command(name, arguments)).named(name).stdin(stdin);
        Ok(self.root.exec(exec).await?)
    }

    fn command(&self, name: &str, arguments: &[&str]) -> String {
        let mut command = format!("/bin/sh {}", quote(&format!("{}/{name}", self.folder())));
        for argument in arguments {
            command.push(' ');
            command.push_str(&quote(argument));
        }
        command
    }
}

fn expect(act: &'static str, output: &Output) -> Result<String, HostError> {
    if output.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned());
    }
    let said = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).trim().to_owned()).join(" ");
    Err(HostError::Script { act, said: said.trim().to_owned() })
}

/// Reads the last line that `follow.sh` says.
fn unit_end(said: &str) -> Result<UnitEnd, HostError> {
    let line = said.lines().rev().find(|line| line.starts_with("ended ") || *line == "lost");
    let words: Vec<&str> = line.unwrap_or_default().split_whitespace().collect();
    match words.as_slice() {
        ["lost"] => Ok(UnitEnd::Lost),
        ["ended", result, code, status, rest @ ..] => Ok(UnitEnd::Ended {
            ok: *result == "success" && *code == "exited" && *status == "0",
            how: format!("{code} {status}"),
            cancelled: rest.contains(&"cancelled"),
        }),
        _ => Err(HostError::Script { act: "follow the phase's unit", said: said.trim().to_owned() }),
    }
}

/// What a lost unit means, for people.
pub fn lost_unit() -> Text {
    Text::new(
        "The host does not know the phase any more: it was restarted, or its unit was removed.",
        "ホストにこのフェーズのユニットが存在しません。ホストが再起動されたか、ユニットが削除されました。",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_unit_is_read_as_follow_sh_says_it() {
        let end = |ok, how: &str, cancelled| UnitEnd::Ended { ok, how: how.into(), cancelled };
        assert_eq!(unit_end("ended success exited 0\n").unwrap(), end(true, "exited 0", false));
        assert_eq!(unit_end("ended exit-code exited 2\n").unwrap(), end(false, "exited 2", false));
        assert_eq!(unit_end("tail: x\nended signal killed INT cancelled\n").unwrap(), end(false, "killed INT", true));
        assert_eq!(unit_end("lost\n").unwrap(), UnitEnd::Lost);
        assert!(unit_end("sh: follow.sh: not found\n").is_err());
    }

    #[test]
    fn credentials_are_used_from_systemd_247_on() {
        assert_eq!(SecretsBy::for_systemd(239), SecretsBy::Fifo);
        assert_eq!(SecretsBy::for_systemd(246), SecretsBy::Fifo);
        assert_eq!(SecretsBy::for_systemd(247), SecretsBy::Credential);
    }
}

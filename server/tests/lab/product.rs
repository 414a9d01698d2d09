//! hosted-deploy as a person runs it, and what it left.

use crate::lab::{repository, shell};
use anyhow::{Context, Result, bail, ensure};
use hosted_deploy_model::event::{Event, Kind, Outcome};
use hosted_deploy_model::explain::explain;
use hosted_deploy_model::phase::Phase;
use hosted_deploy_model::run::{PhaseStatus, Run};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// Passwords of the test answers. Found anywhere but in the answer file, they have leaked.
pub(crate) const CANARIES: [&str; 2] = ["canary-appliance-{{root}}", "canary-admin-{%\"quoted\\'%}"];

/// hosted-deploy with a state folder and an answer file of its own.
pub(crate) struct Product {
    folder: tempfile::TempDir,
}

impl Product {
    /// The example answers for a kind of storage, with planted passwords, changed by `edit`.
    pub(crate) fn new(example: &str, edit: impl FnOnce(&mut toml::Table)) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let product = Self { folder };
        product.answer("answers.toml", example, edit)?;
        Ok(product)
    }

    /// Writes one more answer file.
    pub(crate) fn answer(&self, name: &str, example: &str, edit: impl FnOnce(&mut toml::Table)) -> Result<PathBuf> {
        let text = std::fs::read_to_string(repository().join("examples").join(example))?;
        let mut table: toml::Table = toml::from_str(&text)?;
        set(&mut table, "engine_vm", "root_password", CANARIES[0]);
        set(&mut table, "engine", "admin_password", CANARIES[1]);
        edit(&mut table);
        let path = self.folder.path().join(name);
        std::fs::write(&path, toml::to_string(&table)?)?;
        Ok(path)
    }

    /// Its folder.
    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The command with these arguments, ready to start.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hosted-deploy"));
        command.args(arguments).current_dir(self.path()).stdin(Stdio::null());
        command.env("HOSTED_DEPLOY_STATE", self.path().join("state")).env("HOSTED_DEPLOY_LANG", "en");
        command.env_remove("SSH_AUTH_SOCK").env("RUST_BACKTRACE", "0");
        command
    }

    /// Runs it to its end and wants this exit code; gives what it printed, both outputs.
    pub(crate) fn run(&self, arguments: &[&str], code: i32) -> Result<String> {
        let output = self.command(arguments).output()?;
        let said = said(&output);
        self.keep(&said)?;
        ensure!(
            output.status.code() == Some(code),
            "hosted-deploy {}: exit code {:?} instead of {code}\n{said}",
            arguments.join(" "),
            output.status.code()
        );
        Ok(said)
    }

    /// Keeps what was shown, for the search for passwords.
    fn keep(&self, shown: &str) -> Result<()> {
        let mut log = std::fs::File::options().create(true).append(true).open(self.path().join("shown.log"))?;
        Ok(log.write_all(shown.as_bytes())?)
    }

    /// Starts a deployment that is watched in a pipe.
    pub(crate) fn start(&self, arguments: &[&str]) -> Result<Child> {
        let out = std::fs::File::options().create(true).append(true).open(self.path().join("shown.log"))?;
        let mut command = self.command(arguments);
        Ok(command.stdout(out.try_clone()?).stderr(out).spawn()?)
    }

    /// The arguments of a deployment.
    pub(crate) const DEPLOY: [&'static str; 4] = ["--answers", "answers.toml", "--yes", "--accept-new-host-key"];

    /// Ids of the runs, oldest first.
    pub(crate) fn runs(&self) -> Result<Vec<String>> {
        let folder = self.path().join("state/runs");
        let mut ids = Vec::new();
        for entry in std::fs::read_dir(&folder).with_context(|| folder.display().to_string())? {
            ids.extend(entry?.file_name().into_string());
        }
        ids.sort();
        Ok(ids)
    }

    /// The newest run's journal, as it stands.
    pub(crate) fn events(&self) -> Result<Vec<Event>> {
        let id = self.runs()?.pop().context("there is no run")?;
        let text = std::fs::read_to_string(self.path().join("state/runs").join(id).join("events.jsonl"))?;
        let whole = text.rfind('\n').map_or("", |end| &text[..end]);
        whole.lines().map(|line| Ok(serde_json::from_str(line)?)).collect()
    }

    /// The newest run. Folding refuses events that lack, come twice or follow the end.
    pub(crate) fn newest(&self) -> Result<Run> {
        Run::fold(&self.events()?)?.context("the run has no events")
    }

    /// Waits until there are so many runs.
    pub(crate) fn wait_for_runs(&self, number: usize) -> Result<()> {
        let begun = Instant::now();
        while self.runs().map_or(0, |ids| ids.len()) < number {
            ensure!(begun.elapsed() < Duration::from_secs(60), "no run number {number} within a minute");
            std::thread::sleep(Duration::from_millis(100));
        }
        Ok(())
    }

    /// Waits until the newest run is as wanted.
    pub(crate) fn wait(&self, what: &str, within: Duration, wanted: impl Fn(&Run) -> bool) -> Result<Run> {
        let begun = Instant::now();
        loop {
            if let Ok(run) = self.newest() {
                if wanted(&run) {
                    return Ok(run);
                }
                ensure!(run.outcome.is_none(), "the run ended before {what}: {:?}", run.outcome);
            }
            ensure!(begun.elapsed() < within, "no {what} within {within:?}: {:?}", self.newest().map(|run| run.phases));
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// Waits for a phase to be some tasks under way.
    pub(crate) fn wait_for_task(&self, phase: Phase, tasks: u32) -> Result<Run> {
        self.wait(&format!("{tasks} tasks of {}", phase.tag()), Duration::from_secs(600), |run| {
            run.phase(phase).is_some_and(|progress| progress.tasks >= tasks || progress.status == PhaseStatus::Done)
        })
    }

    /// Ends the newest run's driver the hard way.
    pub(crate) fn kill_driver(&self) -> Result<()> {
        let id = self.runs()?.pop().context("there is no run")?;
        let state = self.path().join("state").display().to_string();
        for entry in std::fs::read_dir("/proc")? {
            let path = entry?.path();
            let Ok(line) = std::fs::read(path.join("cmdline")) else { continue };
            let words: Vec<&[u8]> = line.split(|&byte| byte == 0).collect();
            let is_driver = words.contains(&b"drive".as_slice())
                && words.contains(&id.as_bytes())
                && words.contains(&state.as_bytes());
            if is_driver && let Some(process) = path.file_name().and_then(|name| name.to_str()) {
                let status = Command::new("kill").args(["-9", process]).status()?;
                ensure!(status.success(), "kill -9 {process}");
                return Ok(());
            }
        }
        bail!("run {id} has no driver")
    }

    /// The newest run failed, in this phase, with this explanation.
    pub(crate) fn expect_failure(&self, phase: Phase, explanation: &str) -> Result<()> {
        let run = self.newest()?;
        let Some(Outcome::Failed { phase: failed, cause }) = &run.outcome else {
            bail!("the run should have failed in {}: {:?}", phase.tag(), run.outcome)
        };
        let known = explain(*failed, cause).map(|known| known.id);
        ensure!(
            *failed == phase && known == Some(explanation),
            "failed in {failed:?}, explained as {known:?}: {cause:#?}"
        );
        Ok(())
    }

    /// The newest run succeeded; its journal is whole and has one end, which `Run::fold` has seen to.
    pub(crate) fn expect_success(&self) -> Result<()> {
        let run = self.newest()?;
        ensure!(matches!(&run.outcome, Some(Outcome::Succeeded { .. })), "{:?}", run.outcome);
        let events = self.events()?;
        let ends = events.iter().filter(|event| matches!(event.kind, Kind::Ended { .. })).count();
        ensure!(ends == 1, "{ends} ends");
        for phase in run.plan.role_phases() {
            self.expect_every_event(phase, &events)?;
        }
        Ok(())
    }

    /// What the callback wrote on the host is in the journal, each line once.
    fn expect_every_event(&self, phase: Phase, events: &[Event]) -> Result<()> {
        let id = events.first().map(|event| event.run.clone()).unwrap_or_default();
        let folder = format!("/var/lib/hosted-deploy/runs/{id}");
        let written = shell("host1", &format!("cat {folder}/{}.events", phase.tag()))?;
        let of = |name: &str| written.lines().filter(|line| line.contains(&format!("\"event\": \"{name}\""))).count();
        let kept = |wanted: fn(&Kind) -> bool| {
            events.iter().filter(|event| event.phase == Some(phase) && wanted(&event.kind)).count()
        };
        let tasks = kept(|kind| matches!(kind, Kind::Task(_) | Kind::Paused { .. }));
        ensure!(of("task") == tasks, "{}: {} tasks on the host, {tasks} in the journal", phase.tag(), of("task"));
        let results = kept(|kind| matches!(kind, Kind::Result(_)));
        ensure!(
            of("result") == results,
            "{}: {} results on the host, {results} in the journal",
            phase.tag(),
            of("result")
        );
        Ok(())
    }

    /// No planted password is anywhere but in the answers.
    pub(crate) fn expect_no_leak(&self) -> Result<()> {
        let bundle = self.path().join("bundle.tar.gz");
        self.run(&["runs", "bundle", "last", "--output", &bundle.display().to_string()], 0)?;
        let unpacked = self.path().join("bundle");
        std::fs::create_dir_all(&unpacked)?;
        let status = Command::new("tar").arg("-xzf").arg(&bundle).arg("-C").arg(&unpacked).status()?;
        ensure!(status.success(), "the bundle does not unpack");
        let words: Vec<String> = CANARIES.iter().flat_map(|canary| spellings(canary)).collect();
        for folder in [self.path().join("state"), unpacked] {
            search(&folder, &words)?;
        }
        let here = std::fs::read_to_string(self.path().join("shown.log"))?;
        ensure!(!here.is_empty(), "nothing was shown, so nothing was searched");
        // The host: our files, systemd's journal and units. Processes are watched while they run (`processes.rs`).
        let places = "cat /var/lib/hosted-deploy/runs/*/* 2>/dev/null; find /run/hosted-deploy -type f 2>/dev/null; \
                      journalctl --no-pager -o cat; systemctl show 'hosted-deploy-*'";
        let there = shell("host1", places)?;
        for word in &words {
            ensure!(!here.contains(word.as_str()), "{word} was shown");
            ensure!(!there.contains(word.as_str()), "{word} is on the host");
        }
        let secrets = shell("host1", "find /run/hosted-deploy -type f 2>/dev/null || true")?;
        ensure!(secrets.trim().is_empty(), "secrets are left on the host: {secrets}");
        Ok(())
    }
}

/// A value of a test's answers.
pub(crate) fn set(table: &mut toml::Table, section: &str, key: &str, value: impl Into<toml::Value>) {
    let section = table.entry(section).or_insert_with(|| toml::Table::new().into());
    if let Some(section) = section.as_table_mut() {
        section.insert(key.to_owned(), value.into());
    }
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// A password as it may be written: plain, in JSON, as a part that no quoting changes.
pub(crate) fn spellings(canary: &str) -> Vec<String> {
    let json = serde_json::to_string(canary).unwrap_or_default();
    let part: String = canary.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
    vec![canary.to_owned(), json.trim_matches('"').to_owned(), part]
}

fn search(folder: &Path, words: &[String]) -> Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            search(&path, words)?;
            continue;
        }
        let text = String::from_utf8_lossy(&std::fs::read(&path)?).into_owned();
        for word in words {
            ensure!(!text.contains(word.as_str()), "{word} is in {}", path.display());
        }
    }
    Ok(())
}

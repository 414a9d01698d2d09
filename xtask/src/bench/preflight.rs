//! The check of one lab host beside the role's own preflight on that host, and of a hundred beside pssh and Ansible.

use super::measure::{Cost, cost};
use super::{Spread, race};
use crate::command::{command, output, run};
use crate::lab::{Verdict, act, lab};
use crate::{install, python, repo};
use anyhow::{Context, Result, bail};
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const ROUNDS: usize = 7;
const AGAIN: usize = 12;
const HOSTS: usize = 100;
const AT_ONCE: &str = "20";
/// What both sides of the lab know; otherwise each client would choose another one.
const KEY_EXCHANGE: &str = "curve25519-sha256";

/// Everything that the measurements share.
struct Bench {
    binary: PathBuf,
    folder: PathBuf,
    key: String,
}

pub(super) fn preflight() -> Result<()> {
    install::apt(&["python3", "openssh-client", "pssh"])?;
    let binary = super::ours()?;
    for verb in ["build", "up"] {
        match act(&[verb])? {
            Verdict::Done => {}
            Verdict::Cannot => bail!("this machine cannot run the lab; its reason is above"),
            Verdict::Failed(why) => bail!(why),
        }
    }
    let said = output(&mut lab(&["status"])?, "Is the lab up?")?;
    let key = said.split_once(" -i ").and_then(|(_, rest)| rest.split(' ').next()).context("the lab's key")?.to_owned();
    let folder = repo::target().join("bench/preflight");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder)?;
    let bench = Bench { binary, folder, key };
    bench.answers()?;
    bench.one()?;
    bench.many()
}

impl Bench {
    /// The lab's example without its storage: the role's preflight looks at none.
    fn answers(&self) -> Result<()> {
        let text = fs::read_to_string(repo::root().join("examples/lab-nfs.toml"))?;
        let before = text.split("[storage]").next().unwrap_or_default();
        Ok(fs::write(self.folder.join("answers.toml"), before)?)
    }

    fn check(&self, more: &[&str]) -> Command {
        let mut check = command(&self.binary);
        check.args(["check", "--accept-new-host-key", "--key", &self.key, "--answers"]);
        check.arg(self.folder.join("answers.toml")).args(more);
        check.env("HOSTED_DEPLOY_STATE", self.folder.join("state")).env_remove("SSH_AUTH_SOCK");
        check
    }

    fn ssh_options(&self) -> Vec<String> {
        let options = ["StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR", "BatchMode=yes"];
        let mut words = vec!["-i".to_owned(), self.key.clone()];
        let exchange = format!("KexAlgorithms={KEY_EXCHANGE}");
        words.extend(options.into_iter().chain([exchange.as_str()]).flat_map(|o| ["-o".to_owned(), o.to_owned()]));
        words
    }

    fn ssh(&self, there: &str) -> Command {
        let mut ssh = command("ssh");
        ssh.args(self.ssh_options()).args(["-p", "22011", "root@127.0.0.1", there]);
        ssh
    }

    fn put(&self, path: &str, text: &str) -> Result<()> {
        let mut child = self.ssh(&format!("cat >{path}")).stdin(Stdio::piped()).spawn()?;
        child.stdin.take().context("stdin")?.write_all(text.as_bytes())?;
        if !child.wait()?.success() {
            bail!("cannot write {path} on host1");
        }
        Ok(())
    }

    /// Cold: a new connection for each. Warm: the same connection again.
    fn one(&self) -> Result<()> {
        self.put(
            "/tmp/bench.yml",
            "- hosts: localhost\n  connection: local\n  gather_facts: false\n  roles: [ovirt.ovirt.hosted_engine_setup]\n",
        )?;
        self.put(
            "/tmp/bench.json",
            r#"{"he_fqdn": "engine.lab.test", "he_bridge_if": "eth0", "he_host_address": "host1.lab.test"}"#,
        )?;
        let mut peer = self.ssh(
            "ansible-playbook -i localhost, -e @/tmp/bench.json --skip-tags always \
             --tags get_network_interfaces,validate_hostnames /tmp/bench.yml 2>/dev/null",
        );
        println!("  one host, cold");
        let [ours, theirs] = race(&mut self.check(&[]), &mut peer, ROUNDS)?;
        println!("  the role's preflight takes {:.1} times as long (wanted: 15)", theirs.median / ours.median);
        println!("  what no check can be faster than: a new connection by OpenSSH that does nothing, beside ours");
        let [floor, _] = race(&mut self.ssh("sh -c true"), &mut self.check(&[]), ROUNDS)?;
        println!("  the role's preflight takes {:.1} times as long as doing nothing", theirs.median / floor.median);
        let again = self.check(&["--again", &AGAIN.to_string()]).stdout(Stdio::null()).output()?;
        let said = String::from_utf8_lossy(&again.stderr).into_owned();
        let times = said.lines().filter_map(|line| {
            let (check, nothing) = line.strip_prefix("again: ")?.split_once(" ms, nothing: ")?;
            Some((check.parse::<f64>().ok()?, nothing.strip_suffix(" ms")?.parse::<f64>().ok()?))
        });
        let (warm, nothing): (Vec<f64>, Vec<f64>) = times.unzip();
        if warm.len() != AGAIN {
            bail!("the check on a kept connection failed: {said}");
        }
        let (warm, nothing) = (Spread::of(warm), Spread::of(nothing));
        for (what, spread) in [("warm", &warm), ("a command that does nothing", &nothing)] {
            println!(
                "  one host, {what}: {:.0} / {:.0} / {:.0} ms (min, median, max of {AGAIN})",
                spread.min, spread.median, spread.max
            );
        }
        println!("  the role's preflight takes {:.1} times as long (wanted: 50)", theirs.median / warm.median);
        self.on_the_host(theirs.median)
    }

    /// The probe alone, started on the host itself: what of the check is neither SSH nor ours.
    fn on_the_host(&self, theirs: f64) -> Result<()> {
        self.put("/tmp/bench-probe.sh", &probe("name engine.lab.test\nanswers 10.99.0.50\n")?)?;
        let again = format!("for i in $(seq {AGAIN}); do sh -s </tmp/bench-probe.sh >/dev/null; done");
        let said = output(
            &mut self.ssh(&format!("bash -c 'TIMEFORMAT=\"%R %U %S\"; time {{ {again}; }}' 2>&1")),
            "The probe failed on host1.",
        )?;
        let seconds: Vec<f64> = said.split_whitespace().filter_map(|word| word.parse().ok()).collect();
        let [wall, user, system] = seconds.as_slice() else { bail!("host1 said {said:?}") };
        let each = |seconds: f64| seconds * 1000.0 / f64::from(u32::try_from(AGAIN).unwrap_or(1));
        let (wall, processor) = (each(*wall), each(user + system));
        println!("  the probe alone on the host: {wall:.0} ms, {processor:.0} ms of processor time (mean of {AGAIN})");
        println!("  the role's preflight takes {:.1} times as long as the probe alone", theirs / wall);
        Ok(())
    }

    /// A hundred names for the one host, twenty at a time. pssh runs the same probe, Ansible only `true`.
    fn many(&self) -> Result<()> {
        let names: Vec<String> = (1..=HOSTS).map(|n| format!("h{n:03}.bench.test")).collect();
        let list = |line: &dyn Fn(&String) -> String| names.iter().map(|name| line(name) + "\n").collect::<String>();
        let (hosts, etc) = (self.folder.join("hosts"), self.folder.join("etc-hosts"));
        fs::write(&hosts, list(&|name| format!("{name}:22011")))?;
        fs::write(&etc, format!("127.0.0.1 localhost\n{}", list(&|name| format!("127.0.0.1 {name}"))))?;
        fs::write(self.folder.join("inventory"), list(&|name| format!("{name} ansible_port=22011 ansible_user=root")))?;
        // sshd drops logins beyond ten at once unless it is told otherwise.
        run(
            &mut self.ssh("echo 'MaxStartups 200' >/etc/ssh/sshd_config.d/bench.conf && systemctl reload ssh"),
            "The lab's host1 did not take it.",
        )?;
        let input = self.folder.join("probe.sh");
        fs::write(&input, probe("")?)?;

        println!("  {HOSTS} hosts, {AT_ONCE} at a time: client's processor time and greatest memory");
        let hosts_argument = hosts.display().to_string();
        let ours = self.named(&etc, &self.check(&["--hosts", &hosts_argument, "--at-once", AT_ONCE]));
        let ours = self.measure("hosted-deploy check --hosts", ours, None)?;
        let mut pssh = command("parallel-ssh");
        pssh.args(["-h", &hosts_argument, "-l", "root", "-p", AT_ONCE, "-t", "0", "-o"]).arg(self.folder.join("pssh"));
        pssh.args(["-x", &self.ssh_options().join(" "), "-I", "sh -s"]);
        let pssh = self.measure("pssh, the same probe", self.named(&etc, &pssh), Some(&input))?;
        let mut ansible = command(python::environment("ansible")?.join("bin/ansible"));
        ansible.args(["all", "-i"]).arg(self.folder.join("inventory")).args(["-f", AT_ONCE, "-m", "raw", "-a", "true"]);
        ansible.env("ANSIBLE_HOST_KEY_CHECKING", "False");
        ansible.env("ANSIBLE_SSH_ARGS", format!("-o ControlMaster=no {}", self.ssh_options().join(" ")));
        let ansible = self.measure("ansible -m raw -a true", self.named(&etc, &ansible), None)?;
        let ratio = |theirs: f64, ours: f64| theirs / ours;
        println!(
            "  pssh takes {:.1} times the processor time and {:.1} times the memory (wanted: 1 and 1), {:.1} without programs' pages",
            ratio(pssh.processor_secs, ours.processor_secs),
            ratio(pssh.memory_mib, ours.memory_mib),
            ratio(pssh.private_mib, ours.private_mib)
        );
        println!(
            "  Ansible takes {:.1} times the processor time and {:.1} times the memory (wanted: memory 10), {:.1} without programs' pages",
            ratio(ansible.processor_secs, ours.processor_secs),
            ratio(ansible.memory_mib, ours.memory_mib),
            ratio(ansible.private_mib, ours.private_mib)
        );
        run(
            &mut self.ssh("rm /etc/ssh/sshd_config.d/bench.conf && systemctl reload ssh"),
            "The lab's host1 did not take it.",
        )
    }

    /// The same command with the names in an /etc/hosts that only it sees.
    fn named(&self, etc_hosts: &Path, inner: &Command) -> Command {
        let mut outer = command("unshare");
        outer.args(["--mount", "sh", "-c", "mount --bind \"$0\" /etc/hosts && exec \"$@\""]).arg(etc_hosts);
        outer.arg(inner.get_program()).args(inner.get_args());
        for (name, value) in inner.get_envs() {
            match value {
                Some(value) => outer.env(name, value),
                None => outer.env_remove(name),
            };
        }
        outer
    }

    fn measure(&self, name: &str, mut command: Command, stdin: Option<&Path>) -> Result<Cost> {
        match stdin {
            Some(path) => command.stdin(fs::File::open(path)?),
            None => command.stdin(Stdio::null()),
        };
        let log = self.folder.join("log");
        command.stdout(fs::File::create(&log)?).stderr(Stdio::null());
        let cost = cost(&mut command).with_context(|| name.to_owned())?;
        let lines = fs::read_to_string(&log)?;
        let answered = lines
            .lines()
            .filter(|l| l.starts_with(['✓', '✗']) || l.contains("SUCCESS") || l.contains("CHANGED"))
            .count();
        println!(
            "  {:>7.2} s CPU {:>7.1} MiB, {:>5.1} private {:>6.1} s  {answered}/{HOSTS}  {name}",
            cost.processor_secs, cost.memory_mib, cost.private_mib, cost.wall_secs
        );
        if answered != HOSTS {
            let first: String = lines.lines().take(5).collect::<Vec<_>>().join("\n");
            bail!("{name}: {answered} of {HOSTS} hosts answered:\n{first}");
        }
        Ok(cost)
    }
}

/// What `sh -s` gets to run the probe, with these questions.
fn probe(questions: &str) -> Result<String> {
    let part = |name| fs::read_to_string(repo::root().join("server/src/preflight").join(name));
    Ok(format!(
        "{}\n{}\n{}\nmain <<'END_T'\ntoken T\n{questions}END_T\n",
        part("beside.sh")?,
        part("software.sh")?,
        part("probe.sh")?
    ))
}

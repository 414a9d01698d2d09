//! The server under test, and the small things around it.

use hosted_deploy::ssh::{Credentials, FirstUse, HostKeys, Options, Session, Target, connect_with};
use std::{
    fs,
    io::Write,
    net::TcpListener,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

/// Planted secrets: must not turn up anywhere but where they belong.
pub(crate) const PASSWORD: &str = "canary-9f3b correct 'horse' $HOME \\ \"";

/// Accounts of the server's own /etc, all with [`PASSWORD`]. `deployer` may sudo with it, `nopass` without it.
pub(crate) const ACCOUNTS: [&str; 4] = ["deployer", "nopass", "outsider", "ttyonly"];

/// Makes the server's /etc and its /run, then becomes the server; the browser's tests use it too.
const NAMESPACE: &str = include_str!("accounts.sh");

pub(crate) struct Sshd {
    pub(crate) dir: tempfile::TempDir,
    pub(crate) port: u16,
    child: Child,
    config: String,
}

/// What a test wants different from the usual.
#[derive(Default)]
pub(crate) struct Setup {
    /// sshd_config lines; the first value of an option wins, so these win.
    pub(crate) config: String,
    /// Kinds of host keys; ed25519 when empty.
    pub(crate) host_keys: Vec<&'static str>,
}

impl Sshd {
    pub(crate) fn start() -> Self {
        Self::with(Setup::default())
    }

    pub(crate) fn with(setup: Setup) -> Self {
        assert!(
            Path::new("/usr/sbin/sshd").exists(),
            "no /usr/sbin/sshd on this machine: run `apt-get install -y openssh-server`"
        );
        let dir = tempfile::tempdir().unwrap();
        // Accounts read their authorized keys here.
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let mut config = setup.config;
        let kinds = if setup.host_keys.is_empty() { vec!["ed25519"] } else { setup.host_keys };
        for kind in kinds {
            let path = dir.path().join(format!("host_{kind}"));
            keygen(&path, &["-t", kind], "");
            config += &format!("\nHostKey {}\n", path.display());
        }
        keygen(&dir.path().join("id"), &["-t", "ed25519"], "");
        fs::copy(dir.path().join("id.pub"), dir.path().join("authorized_keys")).unwrap();
        let d = dir.path().display();
        config += &format!(
            "AuthorizedKeysFile {d}/authorized_keys\nPidFile none\nStrictModes no\nUsePAM no\nUseDNS no\n\
             PermitRootLogin yes\nPasswordAuthentication yes\nKbdInteractiveAuthentication no\n\
             MaxStartups 300:30:400\nLogLevel VERBOSE\n"
        );
        let port = free_port();
        let child = spawn(dir.path(), port, &config);
        let mut sshd = Self { dir, port, child, config };
        // Somebody else may have taken the port since: then sshd has ended, and another one is tried.
        while !sshd.comes_up(0) {
            sshd.port = free_port();
            sshd.child = spawn(sshd.dir.path(), sshd.port, &sshd.config);
        }
        sshd
    }

    /// A server with accounts; `None` after saying why there is none.
    pub(crate) fn with_accounts(test: &str, setup: Setup) -> Option<Self> {
        if is_root() {
            return Some(Self::with(setup));
        }
        skipped(test, "accounts with passwords need root (a mount namespace with its own /etc)");
        None
    }

    /// Waits until it says behind so many bytes of its log that it listens; `false` when its port was taken.
    fn comes_up(&mut self, before: usize) -> bool {
        let deadline = Instant::now() + Duration::from_secs(20);
        let listens = format!("Server listening on 127.0.0.1 port {}.", self.port);
        while !self.log().get(before..).is_some_and(|log| log.contains(&listens)) {
            if self.child.try_wait().unwrap().is_some() {
                assert!(self.log().contains("Address already in use"), "sshd did not come up:\n{}", self.log());
                return false;
            }
            assert!(Instant::now() < deadline, "sshd did not come up:\n{}", self.log());
            std::thread::sleep(Duration::from_millis(10));
        }
        true
    }

    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.dir.path().join("sshd.log")).unwrap_or_default()
    }

    /// Ends the listening server; connections that are open stay.
    pub(crate) fn stop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub(crate) fn start_again(&mut self) {
        let before = self.log().len();
        self.child = spawn(self.dir.path(), self.port, &self.config);
        assert!(self.comes_up(before), "its port was taken while it was away");
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// The account that runs the tests.
    pub(crate) fn target(&self) -> Target {
        self.target_as(&me())
    }

    pub(crate) fn target_as(&self, user: &str) -> Target {
        Target::new("127.0.0.1", self.port, user)
    }

    pub(crate) fn key(&self) -> Credentials {
        Credentials::key_file(self.path("id"), None)
    }

    /// Trusts at first use, in a file of this server's own.
    pub(crate) fn host_keys(&self) -> HostKeys {
        HostKeys::new(self.path("state/known_hosts"), FirstUse::Accept)
    }

    pub(crate) async fn connect(&self) -> Session {
        self.connect_as(&me(), &self.key()).await
    }

    pub(crate) async fn connect_as(&self, user: &str, credentials: &Credentials) -> Session {
        connect_with(&self.target_as(user), credentials, &self.host_keys(), &Options::default())
            .await
            .unwrap_or_else(|e| panic!("{e}: {:?}\n{}", std::error::Error::source(&e), self.log()))
    }

    /// The fingerprint of a host key, by OpenSSH's own reckoning.
    pub(crate) fn fingerprint(&self, kind: &str) -> String {
        fingerprint(&self.path(&format!("host_{kind}.pub")))
    }

    /// The host key's line for a known-hosts file.
    pub(crate) fn known_hosts_line(&self, kind: &str) -> String {
        let key = fs::read_to_string(self.path(&format!("host_{kind}.pub"))).unwrap();
        format!("[127.0.0.1]:{} {key}", self.port)
    }
}

impl Drop for Sshd {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn spawn(dir: &Path, port: u16, config: &str) -> Child {
    let file = dir.join("sshd_config");
    fs::write(&file, format!("ListenAddress 127.0.0.1\nPort {port}\n{config}")).unwrap();
    let log = fs::File::options().create(true).append(true).open(dir.join("sshd.log")).unwrap();
    let mut command = if is_root() {
        let mut command = Command::new("unshare");
        command.args(["-m", "--propagation", "private", "sh", "-c", NAMESPACE, "sh"]).arg(dir).arg("/usr/sbin/sshd");
        command.env("ACCOUNTS", ACCOUNTS.join(" "));
        command
    } else {
        Command::new("/usr/sbin/sshd")
    };
    // Started afresh, the accounts are made afresh.
    let _ = fs::remove_dir_all(dir.join("etc"));
    command.args(["-D", "-e", "-f"]).arg(&file);
    command.stdin(Stdio::piped()).stdout(log.try_clone().unwrap()).stderr(log);
    let mut child = command.spawn().unwrap();
    let passwords: String = ACCOUNTS.iter().map(|user| format!("{user}:{PASSWORD}\n")).collect();
    if is_root() {
        child.stdin.take().unwrap().write_all(passwords.as_bytes()).unwrap();
    }
    child
}

pub(crate) fn skipped(test: &str, why: &str) {
    // Not eprintln!: the test harness hides that for tests that pass.
    std::io::stderr().write_all(format!("SKIPPED ssh {test}: {why}\n").as_bytes()).unwrap();
}

pub(crate) fn is_root() -> bool {
    me() == "root"
}

pub(crate) fn me() -> String {
    run(Command::new("id").arg("-un"))
}

pub(crate) fn run(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|e| panic!("{command:?}: {e}"));
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {stderr}");
    String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
}

/// A new key; a passphrase is stretched little, as unoptimized code takes seconds for the usual 16 rounds.
pub(crate) fn keygen(path: &Path, kind: &[&str], passphrase: &str) {
    let mut command = Command::new("ssh-keygen");
    run(command.args(["-q", "-a", "1", "-C", "test", "-N", passphrase]).args(kind).arg("-f").arg(path));
}

pub(crate) fn fingerprint(public_key: &Path) -> String {
    let line = run(Command::new("ssh-keygen").arg("-lf").arg(public_key));
    line.split(' ').nth(1).unwrap().to_owned()
}

pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// The process of the server that holds this connection.
pub(crate) async fn server_process(session: &Session) -> String {
    let output = session.exec("echo $PPID").await.unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

pub(crate) fn signal(name: &str, process: &str) {
    run(Command::new("kill").args([&format!("-{name}"), process]));
}

/// Waits until `holds`, at most 20 s.
pub(crate) async fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !holds() {
        assert!(Instant::now() < deadline, "not within 20 s: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Whether a process has this text in its command line.
pub(crate) fn process_with(text: &str) -> bool {
    processes("cmdline").iter().any(|line| line.contains(text))
}

/// One file of /proc/PID of every process, as far as they let us.
pub(crate) fn processes(file: &str) -> Vec<String> {
    fs::read_dir("/proc")
        .unwrap()
        .filter_map(|entry| fs::read(entry.unwrap().path().join(file)).ok())
        .map(|bytes| String::from_utf8_lossy(&bytes).replace('\0', " "))
        .collect()
}

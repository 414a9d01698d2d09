//! The network of a run: a namespace for the servers with a bridge and places for virtual machines, one for clients, one for
//! somebody else's DHCP server. All of it goes when the run ends.

use crate::room::Room;
use hosted_deploy_pxe::lease::Pool;
use hosted_deploy_pxe::net::Interface;
use hosted_deploy_pxe::serve::{Config, Event, Mode, Running, ServeError, start};
use nix::sched::{CloneFlags, setns};
use std::fs::File;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;

pub const BRIDGE: &str = "br0";
pub const TAP: &str = "tap0";
/// The clients' interface.
pub const CARD: &str = "card0";

/// Three namespaces with names of this process.
pub struct Network {
    servers: String,
    clients: String,
    foreign: String,
    foreign_server: Mutex<Option<Child>>,
    pub folder: tempfile::TempDir,
}

impl Network {
    /// Makes it, and moves this thread (and all it starts from now on) to the servers' namespace.
    pub fn up() -> Result<Self, String> {
        let name = |what: &str| format!("hdboot-{}-{what}", std::process::id());
        let network = Self {
            servers: name("servers"),
            clients: name("clients"),
            foreign: name("foreign"),
            foreign_server: Mutex::default(),
            folder: tempfile::tempdir().map_err(|error| error.to_string())?,
        };
        let [servers, clients, foreign] = [&network.servers, &network.clients, &network.foreign];
        for line in [
            format!("netns add {servers}"),
            format!("netns add {clients}"),
            format!("netns add {foreign}"),
            format!("-n {servers} link set lo up"),
            // Without waiting for other bridges: firmware does not ask twice for ever.
            format!("-n {servers} link add {BRIDGE} type bridge stp_state 0 forward_delay 0"),
            format!("-n {servers} address add 192.0.2.1/24 dev {BRIDGE}"),
            format!("-n {servers} link set {BRIDGE} up"),
            format!("-n {servers} tuntap add dev {TAP} mode tap"),
            format!("-n {servers} link set {TAP} master {BRIDGE} up"),
            format!("link add veth0 netns {servers} type veth peer name {CARD} netns {clients}"),
            format!("-n {servers} link set veth0 master {BRIDGE} up"),
            format!("-n {clients} link set lo up"),
            format!("-n {clients} link set {CARD} address 52:54:00:00:00:01 up"),
            format!("link add veth1 netns {servers} type veth peer name eth0 netns {foreign}"),
            format!("-n {servers} link set veth1 master {BRIDGE} up"),
            format!("-n {foreign} address add 192.0.2.2/24 dev eth0"),
            format!("-n {foreign} link set eth0 up"),
        ] {
            let output = Command::new("ip").args(line.split(' ')).output().map_err(|error| format!("ip: {error}"))?;
            if !output.status.success() {
                return Err(format!("`ip {line}` failed: {}", String::from_utf8_lossy(&output.stderr).trim()));
            }
        }
        let handle = File::open(Path::new("/run/netns").join(servers)).map_err(|error| error.to_string())?;
        setns(handle, CloneFlags::CLONE_NEWNET).map_err(|error| format!("entering a namespace: {error}"))?;
        Ok(network)
    }

    /// Enters the clients' namespace with this thread.
    pub fn as_client(&self) {
        let handle = File::open(Path::new("/run/netns").join(&self.clients)).unwrap();
        setns(handle, CloneFlags::CLONE_NEWNET).unwrap();
    }

    /// A command in the clients' namespace, which must succeed.
    pub fn client(&self, line: &[&str]) -> String {
        let output = self.client_output(line);
        let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{line:?}: {said}");
        said
    }

    /// A command in the clients' namespace, for at most 30 seconds.
    pub fn client_output(&self, line: &[&str]) -> Output {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.clients, "timeout", "30"]).args(line).current_dir(self.folder.path());
        command.stdin(Stdio::null()).output().unwrap()
    }

    /// dnsmasq as somebody else's DHCP server.
    pub fn begin_foreign(&self) {
        let mut command = Command::new("ip");
        command.args([
            "netns",
            "exec",
            &self.foreign,
            "dnsmasq",
            "--keep-in-foreground",
            "--conf-file=/dev/null",
            "--port=0",
        ]);
        command.args([
            "--user=root",
            "--no-ping",
            "--leasefile-ro",
            "--log-facility=-",
            "--interface=eth0",
            "--bind-interfaces",
        ]);
        command.args(["--dhcp-range=192.0.2.100,192.0.2.150,255.255.255.0,10m", "--dhcp-authoritative", "--pid-file="]);
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        *self.foreign_server.lock().unwrap() = Some(child);
        let end = Instant::now() + Duration::from_secs(10);
        let serves = || {
            let mut sockets = Command::new("ip");
            sockets.args(["netns", "exec", &self.foreign, "ss", "-Hlun", "sport", "=", ":67"]);
            !sockets.output().unwrap().stdout.is_empty()
        };
        while !serves() {
            assert!(Instant::now() < end, "dnsmasq does not serve");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Ends it, if there is one.
    pub fn end_foreign(&self) {
        if let Some(mut child) = self.foreign_server.lock().unwrap().take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// A command for somebody else's machine.
    pub fn foreign(&self, line: &str) {
        let line = format!("-n {} {line}", self.foreign);
        assert!(Command::new("ip").args(line.split(' ')).status().unwrap().success(), "{line}");
    }

    pub fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    /// What most scenarios want.
    pub fn config(&self, mode: Mode) -> Config {
        Config {
            interface: Interface::find(BRIDGE, None).unwrap(),
            mode,
            pools: vec![Pool::parse("192.0.2.100-192.0.2.150", 24).unwrap()],
            lease_secs: 600,
            dns: vec![],
            domain: None,
            ntp: vec![],
            http_port: 80,
            leases: self.folder.path().join(format!("leases-{}.sqlite3", tempfile_name())),
            programs: None,
            advertise: true,
            // Looking takes seconds; a scenario of its own shows it.
            beside_other: true,
        }
    }

    pub fn serve(&self, config: Config, room: Room) -> Served {
        self.try_serve(config, room).unwrap_or_else(|error| panic!("{}", error.text().en))
    }

    pub fn try_serve(&self, config: Config, room: Room) -> Result<Served, ServeError> {
        let (room, events) = (Arc::new(room), Arc::new(Mutex::new(Vec::new())));
        let runtime = Runtime::new().unwrap();
        let log = events.clone();
        let running = runtime.block_on(start(config, room.clone(), move |event| log.lock().unwrap().push(event)))?;
        Ok(Served { runtime, running: Some(running), room, events })
    }
}

fn tempfile_name() -> u128 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_nanos()
}

impl Drop for Network {
    fn drop(&mut self) {
        self.end_foreign();
        for name in [&self.servers, &self.clients, &self.foreign] {
            let _ = Command::new("ip").args(["netns", "delete", name]).stderr(Stdio::null()).status();
        }
    }
}

/// Servers that run, and what they said.
pub struct Served {
    runtime: Runtime,
    running: Option<Running>,
    pub room: Arc<Room>,
    events: Arc<Mutex<Vec<Event>>>,
}

impl Served {
    /// Everything that happened, in words, for a person or a test.
    pub fn words(&self) -> Vec<String> {
        self.events.lock().unwrap().iter().map(|event| event.text().en).filter(|text| !text.is_empty()).collect()
    }

    /// Waits until something was said.
    pub fn wait_for(&self, words: &str) {
        let end = Instant::now() + Duration::from_secs(15);
        while !self.words().iter().any(|text| text.contains(words)) {
            assert!(Instant::now() < end, "nobody said `{words}`:\n{}", self.words().join("\n"));
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    pub fn said(&self, words: &str) -> bool {
        self.words().iter().any(|text| text.contains(words))
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        if let Some(running) = self.running.take() {
            self.runtime.block_on(running.stop());
        }
    }
}

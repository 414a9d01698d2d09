//! `bench pxe`: network boot beside its peers, in two namespaces of its own: DHCP beside Kea, TFTP beside atftpd, HTTP beside nginx.
//!
//! Peers and ours run by turns on the same veth pair. Kea's leases are in memory and a file that it does not sync; ours are on the disk
//! before the answer. The file served is one of `--programs`, so that no image has to be imported.

use crate::build::{Profile, build};
use crate::command::{command, output};
use crate::install;
use anyhow::{Context, Result, bail};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const PACKAGES: [&str; 6] = ["kea-admin", "kea-dhcp4-server", "atftp", "atftpd", "curl", "nginx-light"];
const ROUNDS: usize = 3;
const SERVER: &str = "198.18.0.1";
/// The name under which the large file is served.
const FILE: &str = "ipxe-arm64.efi";
const MIB: u64 = 1 << 20;

/// One measurement of one server.
#[derive(Clone, Copy, Debug, Default)]
struct Figures {
    /// Exchanges or MiB a second.
    rate: f64,
    /// Seconds of processor time for 1,000 exchanges or 1 GiB.
    cpu: f64,
    /// Largest memory, MiB.
    rss_mib: f64,
    /// What did not arrive.
    lost: u64,
}

pub(crate) fn pxe() -> Result<()> {
    install::apt(&PACKAGES)?;
    let ours = build(Profile::Release)?;
    let bench = Bench::up(ours)?;
    for rate in [1_000, 10_000] {
        bench.race(
            &format!("DHCP, {rate} exchanges/s offered"),
            "exchanges/s",
            "1,000 exchanges",
            &["ours", "kea"],
            |server| bench.dhcp(server, rate),
        )?;
    }
    for (window, clients) in [(1, 1), (16, 1), (16, 10)] {
        bench.race(
            &format!("TFTP, window {window}, {clients} clients"),
            "MiB/s",
            "GiB",
            &["ours", "atftpd"],
            |server| bench.tftp(server, window, clients),
        )?;
    }
    for clients in [1, 8] {
        bench.race(&format!("HTTP, {clients} clients"), "MiB/s", "GiB", &["ours", "nginx"], |server| {
            bench.http(server, clients)
        })?;
    }
    Ok(())
}

struct Bench {
    ours: PathBuf,
    folder: PathBuf,
    servers: String,
    clients: String,
}

impl Bench {
    fn up(ours: PathBuf) -> Result<Self> {
        let id = std::process::id();
        let folder = std::env::temp_dir().join(format!("hosted-deploy-bench-{id}"));
        let bench =
            Self { ours, folder, servers: format!("hdbench-{id}-servers"), clients: format!("hdbench-{id}-clients") };
        let (servers, clients) = (&bench.servers, &bench.clients);
        for line in [
            format!("netns add {servers}"),
            format!("netns add {clients}"),
            format!("link add srv0 netns {servers} type veth peer name cli0 netns {clients}"),
            format!("-n {servers} link set lo up"),
            format!("-n {servers} address add {SERVER}/16 dev srv0"),
            format!("-n {servers} link set srv0 up"),
            format!("-n {clients} address add 198.18.0.2/16 dev cli0"),
            format!("-n {clients} link set cli0 up"),
        ] {
            output(command("ip").args(line.split(' ')), "Namespaces need root.")?;
        }
        fs::create_dir_all(bench.folder.join("state"))?;
        fs::File::create(bench.folder.join(FILE))?.set_len(256 * MIB)?;
        Ok(bench)
    }

    /// Runs the servers by turns and prints medians and ratios, ours to the peer's.
    fn race(
        &self,
        title: &str,
        unit: &str,
        work: &str,
        servers: &[&str; 2],
        measure: impl Fn(&str) -> Result<Figures>,
    ) -> Result<()> {
        let mut results = [Vec::new(), Vec::new()];
        for _ in 0..ROUNDS {
            for (server, results) in servers.iter().zip(&mut results) {
                results.push(measure(server).with_context(|| format!("{title}: {server}"))?);
            }
        }
        let [ours, peer] = results.map(|all| median(&all));
        println!("  {title}");
        for (name, one) in servers.iter().zip([ours, peer]) {
            println!(
                "    {name:<8} {:>9.0} {unit}, {:.3} s of processor for {work}, {:.0} MiB, {} lost",
                one.rate, one.cpu, one.rss_mib, one.lost
            );
        }
        println!(
            "    ratio    {:>9.2} of the rate, {:.2} of the processor",
            ours.rate / peer.rate,
            ours.cpu / peer.cpu
        );
        Ok(())
    }

    fn start(&self, line: &[&str], ready: &str) -> Result<Server> {
        let log = fs::File::create(self.folder.join("server.log"))?;
        let mut server = Command::new("ip");
        server
            .args(["netns", "exec", &self.servers])
            .args(line)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log);
        let mut server = Server { child: server.spawn()?, namespace: self.servers.clone() };
        let end = Instant::now() + Duration::from_secs(20);
        loop {
            let sockets =
                output(command("ip").args(["netns", "exec", &self.servers, "ss", "-Hlnut", "sport", "=", ready]), "")?;
            if !sockets.trim().is_empty() {
                return Ok(server);
            }
            if server.child.try_wait()?.is_some() || Instant::now() > end {
                bail!("`{}` does not serve: {}", line.join(" "), fs::read_to_string(self.folder.join("server.log"))?);
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn ours(&self, ready: &str) -> Result<Server> {
        let state = self.folder.join("state");
        fs::remove_dir_all(&state)?;
        let (ours, state, folder) = (text(&self.ours)?, text(&state)?, text(&self.folder)?);
        let pool = "198.18.1.0-198.18.255.254";
        self.start(
            &[
                ours,
                "--state-dir",
                state,
                "pxe",
                "serve",
                "--interface",
                "srv0",
                "--pool",
                pool,
                "--programs",
                folder,
                "--beside-other-dhcp",
            ],
            ready,
        )
    }

    fn dhcp(&self, server: &str, rate: u32) -> Result<Figures> {
        let server = match server {
            "ours" => self.ours(":67")?,
            _ => {
                let file = self.folder.join("kea.json");
                let leases = self.folder.join("kea.csv");
                let _ = fs::remove_file(&leases);
                fs::write(&file, kea(text(&leases)?))?;
                let folder = format!("KEA_PIDFILE_DIR={}", text(&self.folder)?);
                self.start(&["env", "KEA_LOCKFILE_DIR=none", &folder, "kea-dhcp4", "-c", text(&file)?], ":67")?
            }
        };
        let before = server.cpu()?;
        let rate = rate.to_string();
        let line = [
            "netns",
            "exec",
            &self.clients,
            "perfdhcp",
            "-4",
            "-r",
            &rate,
            "-R",
            "60000",
            "-p",
            "5",
            "-l",
            "cli0",
            SERVER,
        ];
        let said = Command::new("ip").args(line).stdin(Stdio::null()).output()?;
        let said = String::from_utf8_lossy(&said.stdout).into_owned();
        let number = |name: &str| -> Vec<f64> {
            said.lines()
                .filter_map(|line| line.trim().strip_prefix(name)?.split_whitespace().next()?.parse().ok())
                .collect()
        };
        let done = number("Rate:").first().copied().with_context(|| format!("perfdhcp says no rate: {said}"))?;
        let received: f64 = number("received packets:").last().copied().unwrap_or_default();
        Ok(Figures {
            rate: done,
            cpu: (server.cpu()? - before) / received.max(1.0) * 1000.0,
            rss_mib: server.rss_mib()?,
            lost: number("drops:").iter().sum::<f64>() as u64,
        })
    }

    fn tftp(&self, server: &str, window: u32, clients: u32) -> Result<Figures> {
        let server = match server {
            "ours" => self.ours(":69")?,
            _ => {
                let line = [
                    "atftpd",
                    "--daemon",
                    "--no-fork",
                    "--user",
                    "root.root",
                    "--bind-address",
                    SERVER,
                    "--maxthread",
                    "200",
                ];
                self.start(&[&line[..], &["--logfile", "/dev/null", text(&self.folder)?]].concat(), ":69")?
            }
        };
        let window = format!("windowsize {window}");
        let options = ["--option", "blksize 1468", "--option", &window];
        let line = [&["atftp"], &options[..], &["-g", "-r", FILE, "-l", "/dev/null", SERVER]].concat();
        self.transfers(&server, &line, clients)
    }

    fn http(&self, server: &str, clients: u32) -> Result<Figures> {
        let url = format!("http://{SERVER}/boot/{FILE}");
        let server = match server {
            "ours" => self.ours(":80")?,
            _ => {
                let file = self.folder.join("nginx.conf");
                fs::write(&file, nginx(text(&self.folder)?))?;
                self.start(&["nginx", "-c", text(&file)?], ":80")?
            }
        };
        self.transfers(&server, &["curl", "-sf", "-o", "/dev/null", &url], clients)
    }

    /// The same transfer by several clients at once.
    fn transfers(&self, server: &Server, line: &[&str], clients: u32) -> Result<Figures> {
        let before = server.cpu()?;
        let began = Instant::now();
        let all: Vec<Child> = (0..clients)
            .map(|_| {
                let mut client = Command::new("ip");
                client.args(["netns", "exec", &self.clients]).args(line);
                client.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()
            })
            .collect::<std::io::Result<_>>()?;
        let mut lost = 0;
        for mut client in all {
            lost += u64::from(!client.wait()?.success());
        }
        let mib = 256.0 * f64::from(clients);
        Ok(Figures {
            rate: mib / began.elapsed().as_secs_f64(),
            cpu: (server.cpu()? - before) / mib * 1024.0,
            rss_mib: server.rss_mib()?,
            lost,
        })
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        for name in [&self.servers, &self.clients] {
            let _ = Command::new("ip").args(["netns", "delete", name]).status();
        }
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// A server with its workers: everything in the servers' namespace.
struct Server {
    child: Child,
    namespace: String,
}

impl Server {
    fn processes(&self) -> Result<Vec<u32>> {
        let text = output(command("ip").args(["netns", "pids", &self.namespace]), "")?;
        Ok(text.lines().filter_map(|line| line.trim().parse().ok()).collect())
    }

    /// Seconds of processor time, in hundredths as the system counts.
    fn cpu(&self) -> Result<f64> {
        let mut ticks = 0.0;
        for process in self.processes()? {
            let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
            let fields = stat
                .rsplit_once(')')
                .map(|(_, fields)| fields.split_whitespace().collect::<Vec<_>>())
                .unwrap_or_default();
            ticks += [11, 12].iter().filter_map(|at| fields.get(*at)?.parse::<f64>().ok()).sum::<f64>();
        }
        Ok(ticks / 100.0)
    }

    fn rss_mib(&self) -> Result<f64> {
        let mut kib = 0.0;
        for process in self.processes()? {
            let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
            let peak = status
                .lines()
                .find_map(|line| line.strip_prefix("VmHWM:")?.split_whitespace().next()?.parse::<f64>().ok());
            kib += peak.unwrap_or_default();
        }
        Ok(kib / 1024.0)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Workers outlive a killed master; all of them are in our own namespace.
        for process in self.processes().unwrap_or_default() {
            let _ = Command::new("kill").args(["-KILL", &process.to_string()]).status();
        }
        let _ = self.child.wait();
    }
}

fn median(all: &[Figures]) -> Figures {
    let mut all = all.to_vec();
    all.sort_by(|a, b| a.rate.total_cmp(&b.rate));
    let lost = all.iter().map(|one| one.lost).sum();
    Figures { lost, ..all.get(all.len() / 2).copied().unwrap_or_default() }
}

fn text(path: &Path) -> Result<&str> {
    path.to_str().context("a path that is no text")
}

fn kea(leases: &str) -> String {
    format!(
        r#"{{"Dhcp4": {{"interfaces-config": {{"interfaces": ["srv0"], "dhcp-socket-type": "udp"}},
  "lease-database": {{"type": "memfile", "persist": true, "name": "{leases}", "lfc-interval": 0}},
  "multi-threading": {{"enable-multi-threading": true, "thread-pool-size": 2}}, "valid-lifetime": 3600,
  "subnet4": [{{"subnet": "198.18.0.0/16", "pools": [{{"pool": "198.18.1.0-198.18.255.254"}}]}}],
  "loggers": [{{"name": "kea-dhcp4", "severity": "FATAL", "output_options": [{{"output": "/dev/null"}}]}}]}}}}"#
    )
}

fn nginx(folder: &str) -> String {
    format!(
        "user root; worker_processes 2; daemon off; pid {folder}/nginx.pid; error_log /dev/null;\nevents {{ worker_connections 1024; }}\n\
         http {{ access_log off; sendfile on; tcp_nopush on; server {{ listen {SERVER}:80; location /boot/ {{ alias {folder}/; }} }} }}\n"
    )
}

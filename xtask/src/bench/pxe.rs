//! `bench pxe`: network boot beside its peers, in two namespaces of its own: DHCP beside Kea, TFTP beside dnsmasq, atftpd and
//! rs-tftpd, HTTP beside nginx, the memory of an import, and machines in QEMU beside dnsmasq with nginx.
//!
//! Peers and ours run by turns on the same veth pair, and each round's ratio is taken by itself: a busy machine slows both. Kea's leases
//! are in memory and a file that it does not sync; ours are on the disk before the answer. The files served are boot programs of
//! `--programs`, so that no image has to be imported. `HOSTED_DEPLOY_BENCH_BINARY` names a release binary that is there already.

mod boot;
pub(super) mod client;
mod dhcp;
mod http;
mod import;
mod tftp;

use crate::command::{command, output};
use crate::{install, repo};
use anyhow::{Context, Result, bail};
use std::cell::RefCell;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const PACKAGES: [&str; 9] =
    ["atftpd", "curl", "dnsmasq-base", "iproute2", "kea-admin", "kea-dhcp4-server", "nginx-light", "rpm", "xorriso"];
const ROUNDS: usize = 3;
const SERVER: &str = "198.18.0.1";
/// Machines with addresses of their own, from this one on.
const MACHINES: usize = 50;
const FIRST_MACHINE: usize = 10;
/// Files by the names of boot programs, and their MiB.
const LARGE: (&str, u32) = ("ipxe-x86_64.efi", 1024);
const MIDDLE: (&str, u32) = ("ipxe-arm64.efi", 64);
const SMALL: (&str, u32) = ("ipxe-i386.efi", 8);

type Part = fn(&Bench) -> Result<()>;

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

/// `cargo xtask bench pxe`.
pub(crate) fn pxe() -> Result<()> {
    install::apt(&PACKAGES)?;
    let tftpd = install::program("tftpd", "1.0.0")?;
    let bench = Bench::up(super::ours()?, tftpd)?;
    let parts: [(&str, Part); 5] =
        [("dhcp", dhcp::run), ("tftp", tftp::run), ("http", http::run), ("import", import::run), ("boot", boot::run)];
    let only = std::env::var("HOSTED_DEPLOY_BENCH_ONLY").unwrap_or_default();
    for (_, part) in parts.iter().filter(|(name, _)| only.is_empty() || only.split(',').any(|word| word == *name)) {
        part(&bench)?;
    }
    let missed: Vec<String> = bench.missed.take();
    if !missed.is_empty() {
        bail!("missed: {}", missed.join("; "));
    }
    Ok(())
}

/// The namespaces, the files, and what was measured so far.
struct Bench {
    ours: PathBuf,
    tftpd: PathBuf,
    folder: PathBuf,
    servers: String,
    clients: String,
    missed: RefCell<Vec<String>>,
}

impl Bench {
    fn up(ours: PathBuf, tftpd: PathBuf) -> Result<Self> {
        let id = std::process::id();
        // Beside what is built: a temporary folder may be memory, and leases are to be synced to a disk.
        let folder = repo::target().join(format!("bench-pxe-{id}"));
        let [servers, clients] = ["servers", "clients"].map(|what| format!("hdbench-{id}-{what}"));
        let bench = Self { ours, tftpd, folder, servers, clients, missed: RefCell::default() };
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
        // BBR, where the system has it, paces a lone connection by its own estimate of the line: then that is measured, and no server.
        for namespace in [servers, clients] {
            let reno = ["netns", "exec", namespace, "sh", "-c", "echo reno >/proc/sys/net/ipv4/tcp_congestion_control"];
            output(command("ip").args(reno), "Every kernel has reno.")?;
        }
        for number in 0..MACHINES {
            let line = format!("-n {clients} address add 198.18.0.{}/16 dev cli0", FIRST_MACHINE + number);
            output(command("ip").args(line.split(' ')), "")?;
        }
        fs::create_dir_all(bench.folder.join("state"))?;
        for (name, mib) in [LARGE, MIDDLE, SMALL] {
            fs::File::create(bench.folder.join(name))?.set_len(u64::from(mib) << 20)?;
        }
        Ok(bench)
    }

    /// Runs the servers by turns, ours first, prints medians, and gives each round's figures by server.
    fn race(
        &self,
        title: &str,
        unit: &str,
        work: &str,
        servers: &[&str],
        measure: impl Fn(&str) -> Result<Figures>,
    ) -> Result<Vec<Vec<Figures>>> {
        let mut results: Vec<Vec<Figures>> = servers.iter().map(|_| Vec::new()).collect();
        for _ in 0..ROUNDS {
            for (server, results) in servers.iter().zip(&mut results) {
                results.push(measure(server).with_context(|| format!("{title}: {server}"))?);
            }
        }
        println!("  {title}");
        for (name, all) in servers.iter().zip(&results) {
            let of = |field: fn(&Figures) -> f64| median(all.iter().map(field).collect());
            println!(
                "    {name:<8} {:>8.0} {unit}, {:.3} s of processor for {work}, {:.0} MiB, {} lost",
                of(|one| one.rate),
                of(|one| one.cpu),
                of(|one| one.rss_mib),
                all.iter().map(|one| one.lost).sum::<u64>()
            );
        }
        Ok(results)
    }

    /// Says whether a target is reached, and remembers when it is not.
    fn judge(&self, what: &str, found: f64, reached: bool) {
        println!("    {} {what}: {found:.2}", if reached { "reached" } else { "MISSED " });
        if !reached {
            self.missed.borrow_mut().push(format!("{what} ({found:.2})"));
        }
    }

    fn start(&self, line: &[&str], ready: &str) -> Result<Server> {
        let log = fs::File::create(self.folder.join("server.log"))?;
        let mut server = Command::new("ip");
        server.args(["netns", "exec", &self.servers]).args(line);
        server.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
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
        let line = [ours, "--state-dir", state, "pxe", "serve", "--interface", "srv0", "--pool", pool];
        self.start(&[&line[..], &["--programs", folder, "--beside-other-dhcp"]].concat(), ready)
    }

    /// A command in the clients' namespace.
    fn client(&self, line: &[&str]) -> Command {
        let mut client = Command::new("ip");
        client.args(["netns", "exec", &self.clients]).args(line).stdin(Stdio::null());
        client
    }

    /// One of our own clients; numbers are what it says.
    fn numbers(&self, line: &[&str]) -> Result<Vec<f64>> {
        let us = std::env::current_exe()?;
        let line = [&[text(&us)?, "bench", "client"], line].concat();
        let said = output(&mut self.client(&line), "The client of the measurement failed.")?;
        Ok(said.split_whitespace().filter_map(|word| word.parse().ok()).collect())
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

    /// Seconds of processor time, in hundredths as the system counts; ended threads are in it.
    fn cpu(&self) -> Result<f64> {
        let mut ticks = 0.0;
        for process in self.processes()? {
            let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
            let fields: Vec<&str> =
                stat.rsplit_once(')').map(|(_, fields)| fields.split_whitespace().collect()).unwrap_or_default();
            ticks += [11, 12].iter().filter_map(|at| fields.get(*at)?.parse::<f64>().ok()).sum::<f64>();
        }
        Ok(ticks / 100.0)
    }

    fn rss_mib(&self) -> Result<f64> {
        Ok(self.processes()?.into_iter().map(peak_kib).sum::<f64>() / 1024.0)
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

/// The most memory that a process had (VmHWM); 0 when it is gone.
fn peak_kib(process: u32) -> f64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.split_whitespace().next()?.parse().ok());
    peak.unwrap_or_default()
}

fn median(mut all: Vec<f64>) -> f64 {
    all.sort_by(f64::total_cmp);
    all.get(all.len() / 2).copied().unwrap_or(f64::NAN)
}

/// The median of the rounds' ratios, ours to the peer's.
fn ratio(ours: &[Figures], peer: &[Figures], field: fn(&Figures) -> f64) -> f64 {
    median(ours.iter().zip(peer).map(|(ours, peer)| field(ours) / field(peer)).collect())
}

fn text(path: &Path) -> Result<&str> {
    path.to_str().context("a path that is no text")
}

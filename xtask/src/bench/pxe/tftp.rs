//! Files by TFTP, block size 1468, to a client of our own that counts what is sent twice.

use super::{Bench, Figures, MIDDLE, SERVER, SMALL, Server, ratio, text};
use anyhow::Result;

/// dnsmasq grants no window.
const LOCK_STEP: [&str; 4] = ["ours", "rs-tftpd", "atftpd", "dnsmasq"];
const WINDOWS: [&str; 3] = ["ours", "rs-tftpd", "atftpd"];

pub(super) fn run(bench: &Bench) -> Result<()> {
    for (window, clients) in [(1, 1), (16, 1), (16, 10), (16, 50)] {
        let title = format!("TFTP, window {window}, {clients} clients");
        let servers: &[&str] = if window == 1 { &LOCK_STEP } else { &WINDOWS };
        let all = bench.race(&title, "MiB/s", "GiB", servers, |server| transfers(bench, server, window, clients))?;
        let Some((ours, peers)) = all.split_first() else { continue };
        let lost: u64 = ours.iter().map(|one| one.lost).sum();
        bench.judge(&format!("{title}: transfers lost"), lost as f64, lost == 0);
        let rate = |one: &Figures| one.rate;
        if window == 1 {
            let best = peers.iter().map(|peer| ratio(ours, peer, rate)).fold(f64::INFINITY, f64::min);
            // As fast: within what the machine's noise is.
            bench.judge(&format!("{title}: rate by the best peer's, at least 1"), best, best >= 0.97);
        } else if let Some(peer) = peers.first() {
            let rate = ratio(ours, peer, rate);
            bench.judge(&format!("{title}: rate by rs-tftpd's, at least 1.2"), rate, rate >= 1.2);
        }
        // In lock-step, ours buys its rate by looking for answers before it sleeps: the figure is above.
        if let Some(peer) = peers.first().filter(|_| window > 1) {
            let cpu = ratio(ours, peer, |one| one.cpu);
            bench.judge(&format!("{title}: processor time by rs-tftpd's, at most 1"), cpu, cpu <= 1.0);
        }
    }
    Ok(())
}

fn serve(bench: &Bench, server: &str) -> Result<Server> {
    let folder = text(&bench.folder)?;
    match server {
        "ours" => bench.ours(":69"),
        "rs-tftpd" => bench.start(&[text(&bench.tftpd)?, "-i", SERVER, "-d", folder, "-r", "-q"], ":69"),
        "dnsmasq" => {
            let line = [
                "dnsmasq",
                "-k",
                "--conf-file=/dev/null",
                "--port=0",
                "--user=root",
                "--pid-file=",
                "--log-facility=/dev/null",
            ];
            let root = format!("--tftp-root={folder}");
            bench.start(&[&line[..], &["--enable-tftp", "--tftp-max=200", &root]].concat(), ":69")
        }
        _ => {
            let line = ["atftpd", "--daemon", "--no-fork", "--user", "root.root", "--bind-address", SERVER];
            bench.start(&[&line[..], &["--maxthread", "200", "--logfile", "/dev/null", folder]].concat(), ":69")
        }
    }
}

fn transfers(bench: &Bench, server: &str, window: u32, clients: u32) -> Result<Figures> {
    let server = serve(bench, server)?;
    let (file, mib) = if clients == 1 { MIDDLE } else { SMALL };
    let before = server.cpu()?;
    // Several times over: long enough for hundredths of a second to be fine, short enough for a busy machine.
    let turns = 3;
    let line = [file, &window.to_string(), &clients.to_string(), &turns.to_string()].map(str::to_owned);
    let said = bench.numbers(&[&["tftp", SERVER][..], &line.each_ref().map(String::as_str)].concat())?;
    let [secs, lost, ..] = said.as_slice() else { anyhow::bail!("the client said {said:?}") };
    let mib = f64::from(mib) * f64::from(clients) * f64::from(turns);
    Ok(Figures {
        rate: mib / secs,
        cpu: (server.cpu()? - before) / mib * 1024.0,
        rss_mib: server.rss_mib()?,
        lost: *lost as u64,
    })
}

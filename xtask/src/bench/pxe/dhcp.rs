//! Leases: perfdhcp as a relay for rates, a client of our own for how long an answer takes.

use super::{Bench, Figures, SERVER, Server, ratio, text};
use anyhow::{Context, Result};
use std::fs;

pub(super) fn run(bench: &Bench) -> Result<()> {
    for rate in [1_000, 10_000, 14_000] {
        let title = format!("DHCP, {rate} exchanges/s offered");
        let all = bench.race(&title, "exchanges/s", "1,000 exchanges", &["ours", "kea"], |server| {
            exchanges(bench, server, rate)
        })?;
        let [ours, kea] = all.as_slice() else { continue };
        let best = ours.iter().map(|one| one.rate).fold(0.0, f64::max);
        if rate > 10_000 {
            bench.judge("DHCP: 10,000 exchanges/s or more", best, best >= 10_000.0);
        }
        let cpu = ratio(ours, kea, |one| one.cpu);
        bench.judge(&format!("{title}: processor time for each, by Kea's, at most 1"), cpu, cpu <= 1.0);
        let rss = ratio(ours, kea, |one| one.rss_mib);
        bench.judge(&format!("{title}: memory by Kea's, at most 1"), rss, rss <= 1.0);
    }
    println!("  DHCP, how long an answer takes at 1,000 exchanges/s, ms");
    for name in ["ours", "kea"] {
        let server = serve(bench, name)?;
        let said = bench.numbers(&["dhcp", SERVER, "198.18.0.2", "1000", "5"])?;
        drop(server);
        let [done, lost, median, p99, most] = said.as_slice() else { continue };
        println!(
            "    {name:<8} {done:.0} exchanges, {lost:.0} lost, median {median:.2}, 99 of 100 within {p99:.2}, longest {most:.2}"
        );
        if name == "ours" {
            bench.judge("DHCP: 99 of 100 answers within 5 ms", *p99, *p99 < 5.0 && *lost < 1.0);
        }
    }
    Ok(())
}

fn serve(bench: &Bench, server: &str) -> Result<Server> {
    if server == "ours" {
        return bench.ours(":67");
    }
    let (file, leases) = (bench.folder.join("kea.json"), bench.folder.join("kea.csv"));
    let _ = fs::remove_file(&leases);
    fs::write(&file, kea(text(&leases)?))?;
    let folder = format!("KEA_PIDFILE_DIR={}", text(&bench.folder)?);
    bench.start(&["env", "KEA_LOCKFILE_DIR=none", &folder, "kea-dhcp4", "-c", text(&file)?], ":67")
}

fn exchanges(bench: &Bench, server: &str, rate: u32) -> Result<Figures> {
    let server = serve(bench, server)?;
    let before = server.cpu()?;
    let rate = rate.to_string();
    let line = ["perfdhcp", "-4", "-r", &rate, "-R", "60000", "-p", "5", "-l", "cli0", SERVER];
    let said = bench.client(&line).output()?;
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

fn kea(leases: &str) -> String {
    format!(
        r#"{{"Dhcp4": {{"interfaces-config": {{"interfaces": ["srv0"], "dhcp-socket-type": "udp"}},
  "lease-database": {{"type": "memfile", "persist": true, "name": "{leases}", "lfc-interval": 0}},
  "multi-threading": {{"enable-multi-threading": true, "thread-pool-size": 2}}, "valid-lifetime": 3600,
  "subnet4": [{{"subnet": "198.18.0.0/16", "pools": [{{"pool": "198.18.1.0-198.18.255.254"}}]}}],
  "loggers": [{{"name": "kea-dhcp4", "severity": "FATAL", "output_options": [{{"output": "/dev/null"}}]}}]}}}}"#
    )
}

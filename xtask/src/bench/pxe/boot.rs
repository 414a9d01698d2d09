//! Machines in QEMU, from the start to the report: the tests' own network, guest and firmware, ours and dnsmasq with nginx by turns.

use super::Bench;
use crate::command::{cargo, line};
use crate::install;
use anyhow::{Context, Result};
use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

const PACKAGES: [&str; 8] =
    ["busybox-static", "cpio", "dosfstools", "ipxe", "ipxe-qemu", "mtools", "ovmf", "qemu-system-x86"];

pub(super) fn run(bench: &Bench) -> Result<()> {
    install::apt(&PACKAGES)?;
    println!("  seconds from switching on to the report, in QEMU (TCG)");
    let mut test =
        cargo(&["test", "--locked", "-p", "hosted-deploy-pxe", "--test", "boot", "--", "time to the report"]);
    test.env("HOSTED_DEPLOY_BOOT", "measure").stdout(Stdio::piped());
    let mut child = test.spawn().with_context(|| line(&test))?;
    // `boot time: NAME OURS PEER`
    for said in BufReader::new(child.stdout.take().context("no output")?).lines() {
        let said = said?;
        let Some(figures) = said.strip_prefix("boot time: ") else { continue };
        let words: Vec<&str> = figures.rsplitn(3, ' ').collect();
        let [peer, ours, name] = words.as_slice() else { continue };
        let (Ok(ours), Ok(peer)) = (ours.parse::<f64>(), peer.parse::<f64>()) else { continue };
        println!("    {name:<16} ours {ours:.1}, dnsmasq with nginx {peer:.1}");
        let most = if name.contains("BIOS") { 1.0 / 3.0 } else { 0.5 };
        bench.judge(&format!("{name}: time by the peer's, at most {most:.2}"), ours / peer, ours / peer <= most);
    }
    let status = child.wait()?;
    bench.judge("machines: every one reported (exit code)", status.code().unwrap_or(-1).into(), status.success());
    Ok(())
}

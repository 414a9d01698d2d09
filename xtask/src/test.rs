//! `test`: what CI runs. The layers from quick to slow, one table at the end.

use crate::browser::{self, Part};
use crate::check::{cargo_tests, check};
use crate::command::cargo;
use crate::lab::{Verdict, act};
use crate::report::{Outcome, Report};
use crate::{install, python, repo};
use anyhow::{Result, bail};
use std::process::ExitCode;

const LAYER: &str = "lab";
const UNSOUND: &str = "the unit tests or clippy failed: repair them first";
const BOOT: &str = "network boot";
/// Clients, firmware and what boots on it.
const BOOT_PACKAGES: [&str; 17] = [
    "atftp",
    "busybox-static",
    "cpio",
    "curl",
    "dnsmasq-base",
    "dosfstools",
    "ipxe",
    "ipxe-qemu",
    "iproute2",
    "isc-dhcp-client",
    "kea-admin",
    "mtools",
    "ovmf",
    "pxelinux",
    "qemu-system-x86",
    "syslinux-common",
    "tftp-hpa",
];

/// What makes media, and what reads the configuration that we render.
const READERS: [&str; 4] = ["dnsmasq-base", "grub-common", "rpm", "xorriso"];
/// Readers that start a service when they are installed: only where nobody works on the machine. Elsewhere they are used if
/// they are there.
const SERVERS: [&str; 5] = ["ipmitool", "isc-dhcp-server", "kea-dhcp4-server", "nginx-light", "openipmi"];

/// How much of the lab layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lab {
    /// None of it.
    Off,
    /// One real deployment and the early faults.
    Short,
    /// One deployment with each ansible-core.
    Matrix,
    /// Everything, the matrix too; hours.
    Full,
}

/// `cargo xtask test [--full] [--matrix] [--no-lab]`.
pub(crate) fn main(flags: &[&str]) -> Result<ExitCode> {
    let wanted = wanted(flags)?;
    let mut report = Report::default();
    let sound = check(&mut report, false);
    if sound {
        browser::tests(&mut report, if wanted == Lab::Full { Part::Full } else { Part::Quick }, false, &[]);
    } else {
        report.step("pages", "in the browser", || Ok(Outcome::skipped(UNSOUND)));
    }
    if wanted != Lab::Off && sound {
        boot(&mut report, wanted);
    }
    if wanted == Lab::Off {
        report.step(LAYER, "all", || Ok(Outcome::skipped("--no-lab")));
    } else if !sound {
        report.step(LAYER, "all", || Ok(Outcome::skipped(UNSOUND)));
    } else {
        lab(&mut report, wanted);
    }
    Ok(report.close())
}

fn wanted(flags: &[&str]) -> Result<Lab> {
    let mut wanted = Lab::Short;
    for flag in flags {
        wanted = match (*flag, wanted) {
            ("--no-lab", Lab::Short) => Lab::Off,
            ("--full", Lab::Short | Lab::Matrix) | ("--matrix", Lab::Full) => Lab::Full,
            ("--matrix", Lab::Short) => Lab::Matrix,
            ("--full" | "--matrix" | "--no-lab", _) => {
                bail!("`{}`: --no-lab stands alone, and each flag once", flags.join(" "))
            }
            _ => bail!("test knows --full, --matrix and --no-lab, not `{flag}`"),
        };
    }
    Ok(wanted)
}

/// Machines boot over the network, in namespaces of the test's own.
fn boot(report: &mut Report, wanted: Lab) {
    report.step(BOOT, "images, kickstarts, configuration", || {
        install::apt(&READERS)?;
        if std::env::var_os("CI").is_some() {
            install::apt(&SERVERS)?;
        }
        let validator = python::environment("pykickstart")?.join("bin/ksvalidator");
        // Where Node.js is: what has no schema to be compared with is counted as skipped.
        if let Err(why) = install::npm(&repo::root().join("server/pxe/tests/render/kubevirt"), "KubeVirt's schema") {
            eprintln!("xtask: KubeVirt's schema is not installed: {why:#}");
        }
        let mut tests = cargo(&["test", "--locked", "--test", "images", "--test", "nodes", "--test", "render"]);
        cargo_tests(tests.env("HOSTED_DEPLOY_KSVALIDATOR", validator))
    });
    report.step(BOOT, "clients and firmware", || {
        if !install::is_root()? {
            return Ok(Outcome::skipped("it makes network namespaces, which only root may"));
        }
        install::apt(&BOOT_PACKAGES)?;
        let mut tests = cargo(&["test", "--locked", "--test", "boot"]);
        // What it is missing for is counted as skipped.
        match python::environment("sushy-tools") {
            Ok(emulator) => drop(tests.env("HOSTED_DEPLOY_SUSHY_EMULATOR", emulator.join("bin/sushy-emulator"))),
            Err(why) => eprintln!("xtask: Redfish's emulator is not installed: {why:#}"),
        }
        cargo_tests(tests.env("HOSTED_DEPLOY_BOOT", if wanted == Lab::Full { "full" } else { "1" }))
    });
}

fn lab(report: &mut Report, wanted: Lab) {
    let mut ready = false;
    report.step(LAYER, "build and start", || {
        for verb in ["build", "up"] {
            match act(&[verb])? {
                Verdict::Done => {}
                Verdict::Cannot => return Ok(Outcome::skipped("this machine cannot run the lab; its reason is above")),
                Verdict::Failed(why) => bail!(why),
            }
        }
        ready = true;
        Ok(Outcome::passed(1, ""))
    });
    if ready {
        report.step(LAYER, "deployments and faults", || {
            // One lab a machine, so one test at a time; a test runs for minutes, so its lines are shown as they come.
            let mut tests = cargo(&["test", "--locked", "--test", "lab", "--", "--nocapture", "--test-threads=1"]);
            cargo_tests(tests.env("HOSTED_DEPLOY_LAB", amount(wanted)))
        });
        // The tests above leave an engine on the host.
        let fresh = report.step(LAYER, "start anew", || match act(&["reset"])? {
            Verdict::Done => Ok(Outcome::passed(1, "")),
            Verdict::Cannot => Ok(Outcome::skipped("this machine cannot run the lab")),
            Verdict::Failed(why) => bail!(why),
        });
        if fresh {
            browser::tests(report, if wanted == Lab::Full { Part::LabFull } else { Part::Lab }, false, &[]);
        }
    }
    // Also after a failed start: it leaves nothing, whatever there was.
    report.step(LAYER, "leave nothing", || match act(&["down"])? {
        Verdict::Done => Ok(Outcome::passed(1, "")),
        Verdict::Cannot => Ok(Outcome::skipped("nothing was started")),
        Verdict::Failed(why) => bail!(why),
    });
}

/// The value of HOSTED_DEPLOY_LAB, by which the lab tests know how much is wanted.
fn amount(wanted: Lab) -> &'static str {
    match wanted {
        Lab::Off | Lab::Short => "1",
        Lab::Matrix => "matrix",
        Lab::Full => "full",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_choose_the_amount() {
        for (flags, expected) in [
            (&[][..], Lab::Short),
            (&["--full"], Lab::Full),
            (&["--matrix"], Lab::Matrix),
            (&["--matrix", "--full"], Lab::Full),
            (&["--full", "--matrix"], Lab::Full),
            (&["--no-lab"], Lab::Off),
        ] {
            assert_eq!(wanted(flags).unwrap(), expected, "{flags:?}");
        }
        for flags in [&["--no-lab", "--full"][..], &["--full", "--no-lab"], &["--quick"], &["--full", "--full"]] {
            assert!(wanted(flags).is_err(), "{flags:?}");
        }
    }
}

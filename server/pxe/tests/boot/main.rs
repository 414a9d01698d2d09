//! Network boot with real clients and real firmware, in network namespaces that this test makes and removes.
//!
//! As root it runs the clients; with `HOSTED_DEPLOY_BOOT=1` one BIOS and one UEFI machine boot in QEMU as well, with `full` every
//! chain. Arguments choose scenarios by a part of their names. What cannot run is skipped, with its reason.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    unreachable_pub,
    reason = "a test may panic, and its output is the report"
)]

mod bmc;
mod clients;
mod crowd;
mod firmware;
mod guest;
mod network;
#[path = "../room/mod.rs"]
mod room;
mod speed;
mod stress;

use network::Network;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::time::Instant;

/// When a scenario is part of the run.
#[derive(Clone, Copy, PartialEq, Eq)]
enum When {
    /// As root.
    Always,
    /// In every run of the tests with firmware.
    Quick,
    /// In a full run.
    Full,
    /// By `cargo xtask bench pxe`.
    Measure,
}

struct Scenario {
    name: &'static str,
    when: When,
    /// Programs without which it cannot run, and the packages that have them.
    needs: &'static [(&'static str, &'static str)],
    run: fn(&Network),
}

const QEMU: (&str, &str) = ("qemu-system-x86_64", "qemu-system-x86");
const OVMF: (&str, &str) = ("/usr/share/OVMF/OVMF_CODE_4M.fd", "ovmf");
const FAT: (&str, &str) = ("mkfs.fat", "dosfstools");
const MTOOLS: (&str, &str) = ("mcopy", "mtools");
const IPXE: (&str, &str) = ("/usr/lib/ipxe/undionly.kpxe", "ipxe");
const ROM: (&str, &str) = ("/usr/lib/ipxe/qemu/pxe-virtio.rom", "ipxe-qemu");
const BUSYBOX: (&str, &str) = ("busybox", "busybox-static");
const DNSMASQ: (&str, &str) = ("dnsmasq", "dnsmasq-base");
const NGINX: (&str, &str) = ("nginx", "nginx-light");

const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "udhcpc and dhclient get one address for one card",
        when: When::Always,
        needs: &[BUSYBOX, ("dhclient", "isc-dhcp-client")],
        run: clients::leases,
    },
    Scenario {
        name: "an address that somebody uses is not given",
        when: When::Always,
        needs: &[BUSYBOX],
        run: clients::conflict,
    },
    Scenario {
        name: "files by tftp, atftp and curl",
        when: When::Always,
        needs: &[("tftp", "tftp-hpa"), ("atftp", "atftp"), ("curl", "curl")],
        run: clients::files,
    },
    Scenario {
        name: "files by HTTP: ranges, headers, conditions",
        when: When::Always,
        needs: &[("curl", "curl")],
        run: clients::http,
    },
    Scenario {
        name: "many downloads by HTTP, some of them badly",
        when: When::Always,
        needs: &[],
        run: stress::downloads,
    },
    Scenario { name: "another DHCP server is named", when: When::Always, needs: &[DNSMASQ], run: clients::rival },
    Scenario {
        name: "perfdhcp loses nothing",
        when: When::Always,
        needs: &[("perfdhcp", "kea-admin")],
        run: clients::perfdhcp,
    },
    Scenario {
        // Always the same seven seconds a command: the simulator has no answer to one question of ipmitool.
        name: "a machine is woken by IPMI",
        when: When::Full,
        needs: &[("ipmi_sim", "openipmi"), ("ipmitool", "ipmitool")],
        run: bmc::wakes,
    },
    Scenario {
        name: "a machine is woken by Redfish",
        when: When::Quick,
        needs: &[("sushy-emulator", "pip install sushy-tools"), ("openssl", "openssl"), ("curl", "curl")],
        run: bmc::wakes_by_redfish,
    },
    Scenario { name: "two hundred nodes at once", when: When::Always, needs: &[IPXE], run: crowd::two_hundred },
    Scenario {
        name: "BIOS: iPXE in the card, then the disk",
        when: When::Quick,
        needs: &[QEMU, ROM, BUSYBOX],
        run: firmware::bios,
    },
    Scenario {
        name: "UEFI: PXE, iPXE, then the disk",
        when: When::Quick,
        needs: &[QEMU, OVMF, FAT, MTOOLS, IPXE, BUSYBOX],
        run: firmware::uefi,
    },
    Scenario {
        name: "UEFI HTTP boot",
        when: When::Full,
        needs: &[QEMU, OVMF, FAT, MTOOLS, IPXE, BUSYBOX],
        run: firmware::uefi_http,
    },
    Scenario {
        name: "PXELINUX, then the disk",
        when: When::Full,
        needs: &[QEMU, ROM, BUSYBOX, ("/usr/lib/PXELINUX/lpxelinux.0", "pxelinux")],
        run: firmware::pxelinux,
    },
    Scenario {
        name: "BIOS beside dnsmasq",
        when: When::Full,
        needs: &[QEMU, ROM, BUSYBOX, DNSMASQ],
        run: firmware::bios_proxy,
    },
    Scenario {
        name: "UEFI beside dnsmasq",
        when: When::Full,
        needs: &[QEMU, OVMF, FAT, MTOOLS, IPXE, BUSYBOX, DNSMASQ],
        run: firmware::uefi_proxy,
    },
    Scenario {
        name: "UEFI HTTP boot beside dnsmasq",
        when: When::Full,
        needs: &[QEMU, OVMF, FAT, MTOOLS, IPXE, BUSYBOX, DNSMASQ],
        run: firmware::uefi_http_proxy,
    },
    Scenario {
        name: "Secure Boot: shim and GRUB",
        when: When::Full,
        needs: &[QEMU, ("/usr/share/OVMF/OVMF_CODE_4M.ms.fd", "ovmf"), FAT, MTOOLS, BUSYBOX],
        run: firmware::secure_boot,
    },
    Scenario {
        name: "UEFI ia32: what is missing, and a boot program of one's own",
        when: When::Full,
        needs: &[QEMU, ("/usr/share/OVMF/OVMF32_CODE_4M.secboot.fd", "ovmf-ia32"), BUSYBOX],
        run: firmware::ia32,
    },
    Scenario {
        name: "UEFI arm64: what is missing, and a boot program of one's own",
        when: When::Full,
        needs: &[
            ("qemu-system-aarch64", "qemu-system-arm"),
            ("/usr/share/AAVMF/AAVMF_CODE.fd", "qemu-efi-aarch64"),
            BUSYBOX,
        ],
        run: firmware::arm64,
    },
    Scenario {
        name: "time to the report by BIOS, beside dnsmasq with nginx",
        when: When::Measure,
        needs: &[QEMU, ROM, BUSYBOX, DNSMASQ, NGINX],
        run: speed::bios,
    },
    Scenario {
        name: "time to the report by UEFI PXE, beside dnsmasq with nginx",
        when: When::Measure,
        needs: &[QEMU, OVMF, FAT, MTOOLS, IPXE, BUSYBOX, DNSMASQ, NGINX],
        run: speed::uefi,
    },
    Scenario {
        name: "time to the report by UEFI HTTP boot, beside dnsmasq with nginx",
        when: When::Measure,
        needs: &[QEMU, OVMF, FAT, MTOOLS, IPXE, BUSYBOX, DNSMASQ, NGINX],
        run: speed::uefi_http,
    },
];

fn main() -> ExitCode {
    let wanted = match std::env::var("HOSTED_DEPLOY_BOOT").as_deref() {
        Ok("full") => When::Full,
        Ok("measure") => When::Measure,
        Ok(level) if !matches!(level, "" | "0") => When::Quick,
        _ => When::Always,
    };
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let named =
        |scenario: &&Scenario| words.is_empty() || words.iter().any(|word| scenario.name.contains(word.as_str()));
    // A measurement is no test: it runs alone, and only when asked for.
    let kind = |scenario: &&Scenario| (scenario.when == When::Measure) == (wanted == When::Measure);
    let scenarios: Vec<&Scenario> = SCENARIOS.iter().filter(named).filter(kind).collect();
    let [mut passed, mut failed, mut skipped] = [0; 3];
    let root = nix::unistd::geteuid().is_root();
    if root && wanted != When::Always {
        // Before this thread leaves the machine's network for its own.
        guest::fetch(wanted == When::Full);
    }
    let network = match root {
        true => Network::up(),
        false => Err("it makes network namespaces, which only root may".to_owned()),
    };
    for scenario in &scenarios {
        let lack = scenario.needs.iter().find(|(program, _)| !guest::is_there(program));
        let why = match (&network, lack) {
            (Err(why), _) => Some(why.clone()),
            _ if scenario.when as u8 > wanted as u8 => {
                let level = if scenario.when == When::Full { "full" } else { "1" };
                Some(format!("HOSTED_DEPLOY_BOOT={level} runs it"))
            }
            (_, Some((program, package))) => {
                let install = if package.contains(' ') { "" } else { "apt install " };
                Some(format!("{program} is missing: {install}{package}"))
            }
            _ => None,
        };
        let (Ok(network), None) = (&network, &why) else {
            skipped += 1;
            println!("boot: {}: skipped, {}", scenario.name, why.unwrap_or_default());
            continue;
        };
        println!("boot: {} …", scenario.name);
        let begun = Instant::now();
        let result = catch_unwind(AssertUnwindSafe(|| (scenario.run)(network)));
        network.end_foreign();
        let took = begun.elapsed().as_secs_f64();
        match result {
            Ok(()) => passed += 1,
            Err(_) => failed += 1,
        }
        println!("boot: {}: {} ({took:.1} s)", scenario.name, if result.is_ok() { "passed" } else { "FAILED" });
    }
    let word = if failed == 0 { "ok" } else { "FAILED" };
    println!("\ntest result: {word}. {passed} passed; {failed} failed; {skipped} ignored; 0 measured; 0 filtered out");
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

//! How long machines take from the start to their report: by our servers, and by dnsmasq with nginx as they come. Run by `cargo xtask bench pxe`.

use crate::firmware::{ARGUMENTS, CARD, Firmware, boot, named, room};
use crate::guest;
use crate::network::{BRIDGE, Network};
use hosted_deploy_pxe::boot::{BootProgram, Programs};
use hosted_deploy_pxe::serve::Mode;
use std::fs;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const ROUNDS: usize = 3;

pub fn bios(network: &Network) {
    beside_dnsmasq(network, "BIOS iPXE", Firmware::Bios);
}

pub fn uefi(network: &Network) {
    beside_dnsmasq(network, "UEFI PXE", Firmware::Uefi);
}

pub fn uefi_http(network: &Network) {
    beside_dnsmasq(network, "UEFI HTTP boot", Firmware::UefiHttp);
}

fn beside_dnsmasq(network: &Network, name: &str, firmware: Firmware) {
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let served = network.serve(network.config(Mode::Dhcp), room(network, named()));
        ours.push(report(network, firmware));
        drop(served);
        let peer = Peer::start(network);
        theirs.push(report(network, firmware));
        drop(peer);
        println!("boot: {name}: {:.1} s, dnsmasq with nginx {:.1} s", ours[ours.len() - 1], theirs[theirs.len() - 1]);
    }
    println!("boot time: {name} {:.1} {:.1}", median(ours), median(theirs));
}

fn report(network: &Network, firmware: Firmware) -> f64 {
    let (console, took) = boot(network, firmware, |said| said.contains("GUEST built"));
    assert!(console.contains("GUEST built"), "{console}");
    took.as_secs_f64()
}

fn median(mut all: Vec<f64>) -> f64 {
    all.sort_by(f64::total_cmp);
    all[all.len() / 2]
}

/// dnsmasq for DHCP and TFTP, nginx for the rest.
struct Peer(Vec<Child>);

impl Peer {
    fn start(network: &Network) -> Self {
        let folder = network.folder.path().join("peer");
        let _ = fs::remove_dir_all(&folder);
        guest::make(&folder);
        let programs = Programs::find(None);
        fs::copy(programs.path(BootProgram::IpxeX64.name()).unwrap(), folder.join("ipxe.efi")).unwrap();
        let http = "http://192.0.2.1";
        for (file, text) in [
            (
                "boot.ipxe",
                format!(
                    "#!ipxe\nkernel {http}/vmlinuz initrd=initrd.gz inst.ks={http}/ks {ARGUMENTS}\ninitrd {http}/initrd.gz\nboot\n"
                ),
            ),
            ("ks", format!("# kickstart of {CARD}\nliveimg --url={http}/squashfs.img\n# built: {http}/built\n")),
            ("built", "ok\n".to_owned()),
            (
                "nginx.conf",
                format!(
                    "user root; daemon off; worker_processes 2; pid {0}/nginx.pid; error_log /dev/null;\nevents {{ }}\n\
                     http {{ access_log off; sendfile on; server {{ listen 192.0.2.1:80; root {0}; }} }}\n",
                    folder.display()
                ),
            ),
        ] {
            fs::write(folder.join(file), text).unwrap();
        }
        let quiet = |command: &mut Command| {
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
        };
        let path = |name: &str| folder.join(name).display().to_string();
        let mut dnsmasq = Command::new("dnsmasq");
        dnsmasq.args([
            "-k",
            "--conf-file=/dev/null",
            "--port=0",
            "--user=root",
            "--pid-file=",
            "--log-facility=/dev/null",
        ]);
        dnsmasq.args([&format!("--interface={BRIDGE}"), "--bind-interfaces", "--dhcp-authoritative", "--enable-tftp"]);
        dnsmasq.args([format!("--tftp-root={}", folder.display()), format!("--dhcp-leasefile={}", path("leases"))]);
        dnsmasq.args([
            "--dhcp-range=192.0.2.100,192.0.2.150,255.255.255.0,10m",
            "--dhcp-match=set:ipxe,175",
            "--dhcp-match=set:uefi,option:client-arch,7",
            "--dhcp-match=set:http,option:client-arch,16",
            "--dhcp-boot=tag:ipxe,http://192.0.2.1/boot.ipxe",
            "--dhcp-boot=tag:!ipxe,tag:uefi,ipxe.efi",
            "--dhcp-boot=tag:!ipxe,tag:http,http://192.0.2.1/ipxe.efi",
            "--dhcp-option-force=tag:!ipxe,tag:http,60,HTTPClient",
        ]);
        let peer = Self(vec![quiet(&mut dnsmasq), quiet(Command::new("nginx").args(["-c", &path("nginx.conf")]))]);
        let end = Instant::now() + Duration::from_secs(10);
        let serves = |port: &str| {
            let sockets = Command::new("ss").args(["-Hlnut", "sport", "=", port]).output().unwrap();
            !sockets.stdout.is_empty()
        };
        while !(serves(":67") && serves(":80")) {
            assert!(Instant::now() < end, "dnsmasq or nginx does not serve");
            std::thread::sleep(Duration::from_millis(50));
        }
        peer
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        for child in &mut self.0 {
            // nginx ends its workers on TERM, not on KILL.
            let _ = Command::new("kill").args(["-TERM", &child.id().to_string()]).status();
            let _ = child.wait();
        }
    }
}

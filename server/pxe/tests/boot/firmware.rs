//! Real firmware in QEMU, always by its own translator: /dev/kvm may be there and hang.

use crate::guest;
use crate::network::{Network, Served, TAP};
use crate::room::Room;
use hosted_deploy_pxe::boot::{BootProgram, Programs};
use hosted_deploy_pxe::mac::Mac;
use hosted_deploy_pxe::provisioning::{Known, Loader};
use hosted_deploy_pxe::serve::{Config, Mode};
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

pub const CARD: Mac = Mac::new([0x52, 0x54, 0, 0, 0, 0x42]);
/// On a busy host, a guest's timer may stand still for the moment in which its kernel judges it.
pub const ARGUMENTS: &str = "console=ttyS0 quiet no_timer_check";
/// The machines share two processors with whatever else runs.
const PATIENCE: Duration = Duration::from_secs(120);

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Firmware {
    /// SeaBIOS with iPXE in the card.
    Bios,
    /// OVMF with drivers of its own.
    Uefi,
    /// OVMF that tries HTTP and not PXE, which it would wait a minute for.
    UefiHttp,
    /// OVMF with Secure Boot on.
    Secure,
    /// OVMF for ia32, on a machine that could do more.
    Ia32,
    /// Its like for arm64.
    Arm64,
}

struct Machine {
    process: Child,
}

impl Drop for Machine {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Boots until the machine ends itself or `until` is true of its serial line. Returns that.
pub fn boot(network: &Network, firmware: Firmware, until: impl Fn(&str) -> bool) -> (String, Duration) {
    let (console, disk) = (network.path("console"), network.path("disk"));
    let _ = fs::remove_file(&console);
    match firmware {
        Firmware::Bios => guest::disk(Path::new(&disk)),
        Firmware::Secure => guest::signed_disk(Path::new(&disk)),
        Firmware::Ia32 | Firmware::Arm64 => fs::write(&disk, vec![0; 1 << 20]).unwrap(),
        Firmware::Uefi | Firmware::UefiHttp => {
            guest::efi_disk(Path::new(&disk), Path::new(&network.path("images/vmlinuz")))
        }
    }
    let arm = firmware == Firmware::Arm64;
    let mut qemu = Command::new(if arm { "qemu-system-aarch64" } else { "qemu-system-x86_64" });
    qemu.args(["-accel", "tcg,thread=multi", "-m", "512", "-display", "none", "-no-reboot", "-monitor", "none"]);
    qemu.args(["-serial", &format!("file:{console}"), "-uuid", "11223344-5566-7788-99aa-bbccddeeff01"]);
    if !arm {
        qemu.args(["-device", "isa-debug-exit,iobase=0xf4,iosize=1"]);
    }
    qemu.args(["-netdev", &format!("tap,id=net,ifname={TAP},script=no,downscript=no")]);
    qemu.args([
        "-drive",
        &format!("if=none,id=disk,format=raw,file={disk}"),
        "-device",
        "virtio-blk-pci,drive=disk,bootindex=2,addr=0x10",
    ]);
    let card = format!("virtio-net-pci,netdev=net,mac={CARD},bootindex=1");
    let code = match firmware {
        Firmware::Bios => {
            qemu.args(["-device", &card]);
            None
        }
        Firmware::Secure => Some(("OVMF/OVMF_CODE_4M.ms.fd", "OVMF/OVMF_VARS_4M.ms.fd")),
        Firmware::Uefi | Firmware::UefiHttp => Some(("OVMF/OVMF_CODE_4M.fd", "OVMF/OVMF_VARS_4M.fd")),
        Firmware::Ia32 => Some(("OVMF/OVMF32_CODE_4M.secboot.fd", "OVMF/OVMF32_VARS_4M.fd")),
        Firmware::Arm64 => Some(("AAVMF/AAVMF_CODE.fd", "AAVMF/AAVMF_VARS.fd")),
    };
    if let Some((code, variables)) = code {
        // A fresh copy: the firmware writes its boot order there.
        let own = network.path("variables");
        fs::copy(format!("/usr/share/{variables}"), &own).unwrap();
        // Firmware that guards its variables wants the mode for it, also where it then has no keys.
        let guarded = matches!(firmware, Firmware::Secure | Firmware::Ia32);
        let machine: &[&str] = match firmware {
            Firmware::Arm64 => &["virt", "-cpu", "cortex-a57"],
            _ if guarded => &["q35,smm=on"],
            _ => &["q35"],
        };
        qemu.arg("-M").args(machine).args(["-device", &format!("{card},romfile=")]);
        qemu.args(["-drive", &format!("if=pflash,format=raw,readonly=on,file=/usr/share/{code}")]);
        qemu.args(["-drive", &format!("if=pflash,format=raw,file={own}")]);
        if guarded {
            qemu.args(["-global", "driver=cfi.pflash01,property=secure,value=on", "-global", "ICH9-LPC.disable_s3=1"]);
        }
        for off in ["IPv6PXESupport", if firmware == Firmware::UefiHttp { "IPv4PXESupport" } else { "IPv6HTTPSupport" }]
        {
            qemu.args(["-fw_cfg", &format!("name=opt/org.tianocore/{off},string=n")]);
        }
    }
    let began = Instant::now();
    let process = qemu.stdin(Stdio::null()).stdout(Stdio::null()).spawn().unwrap();
    let mut machine = Machine { process };
    let said = || String::from_utf8_lossy(&fs::read(&console).unwrap_or_default()).into_owned();
    loop {
        let ended = machine.process.try_wait().unwrap().is_some();
        let text = said();
        if ended || until(&text) {
            return (text, began.elapsed());
        }
        if began.elapsed() > PATIENCE {
            return (format!("{text}\n(the machine did not come to an end)"), began.elapsed());
        }
        std::thread::sleep(Duration::from_millis(100));
    }
}

pub fn room(network: &Network, known: Known) -> Room {
    let images = network.folder.path().join("images");
    guest::make(&images);
    let mut room = Room::with(CARD, known);
    room.files = Some(images);
    room.arguments = ARGUMENTS.into();
    room
}

/// Installs, then boots again and must come to its disk.
fn installs(network: &Network, served: &Served, firmware: Firmware) {
    let (console, took) = boot(network, firmware, |_| false);
    let report = || format!("{}\n--- the servers:\n{}", last_lines(&console), served.words().join("\n"));
    assert!(console.contains("GUEST kickstart is mine"), "{}", report());
    assert!(console.contains("GUEST image has 4194304 bytes"), "{}", report());
    assert!(console.contains("GUEST built"), "{}", report());
    assert!(served.room.is_installed(CARD), "{}", report());
    println!("boot: {:.1} s from the start to the report and its end", took.as_secs_f64());

    let (console, took) = match firmware {
        Firmware::Bios | Firmware::Secure => boot(network, firmware, |_| false),
        // The firmware names what it starts next: the network did not keep the machine.
        _ => boot(network, firmware, came_to_disk),
    };
    let report = || format!("{}\n--- the servers:\n{}", last_lines(&console), served.words().join("\n"));
    match firmware {
        Firmware::Bios | Firmware::Secure => assert!(console.contains("THE DISK STARTED"), "{}", report()),
        _ => assert!(came_to_disk(&console), "{}", report()),
    }
    assert_eq!(served.room.kickstarts.lock().unwrap().len(), 1, "not installed again");
    println!("boot: {:.1} s from the start to the disk", took.as_secs_f64());
}

/// Where the disk is plugged in tells it from all else that firmware starts; the name it gives it says nothing.
fn came_to_disk(console: &str) -> bool {
    console.lines().any(|line| line.contains("BdsDxe: starting") && line.contains("Pci(0x10,0x0)"))
}

fn last_lines(console: &str) -> String {
    let lines: Vec<&str> = console.lines().collect();
    lines[lines.len().saturating_sub(25)..].join("\n")
}

pub fn named() -> Known {
    Known { name: "node1".into(), ..Known::default() }
}

fn chain(network: &Network, mode: Mode, known: Known, firmware: Firmware) {
    if mode == Mode::Proxy {
        network.begin_foreign();
    }
    let served = network.serve(network.config(mode), room(network, known));
    installs(network, &served, firmware);
}

pub fn bios(network: &Network) {
    chain(network, Mode::Dhcp, named(), Firmware::Bios);
}

pub fn uefi(network: &Network) {
    chain(network, Mode::Dhcp, named(), Firmware::Uefi);
}

pub fn uefi_http(network: &Network) {
    chain(network, Mode::Dhcp, named(), Firmware::UefiHttp);
}

pub fn pxelinux(network: &Network) {
    chain(network, Mode::Dhcp, Known { loader: Loader::Pxelinux, ..named() }, Firmware::Bios);
}

pub fn bios_proxy(network: &Network) {
    chain(network, Mode::Proxy, named(), Firmware::Bios);
}

pub fn uefi_proxy(network: &Network) {
    chain(network, Mode::Proxy, named(), Firmware::Uefi);
}

pub fn uefi_http_proxy(network: &Network) {
    chain(network, Mode::Proxy, named(), Firmware::UefiHttp);
}

pub fn secure_boot(network: &Network) {
    let known = Known { loader: Loader::Grub, shim: Some("shim/BOOTX64.EFI".into()), ..named() };
    let room = room(network, known);
    let folder = network.folder.path().join("images/shim");
    fs::create_dir_all(&folder).unwrap();
    fs::copy(guest::shim(), folder.join("BOOTX64.EFI")).unwrap();
    fs::copy(guest::grub("grubnetx64.efi.signed"), folder.join("grubx64.efi")).unwrap();
    let served = network.serve(network.config(Mode::Dhcp), room);
    installs(network, &served, Firmware::Secure);
}

pub fn ia32(network: &Network) {
    without_ipxe(network, Firmware::Ia32, "UEFI ia32", BootProgram::IpxeIa32, &guest::grub_ia32());
}

pub fn arm64(network: &Network) {
    without_ipxe(network, Firmware::Arm64, "UEFI arm64", BootProgram::IpxeArm64, &guest::grub_arm64());
}

/// Firmware for which the distribution may have no iPXE: then what is missing is named, and its like of one's own is loaded and started. Here
/// GRUB is, which then asks for its own text.
fn without_ipxe(network: &Network, firmware: Firmware, kind: &str, program: BootProgram, grub: &Path) {
    let name = program.name();
    let loaded = format!("loaded {name} by TFTP");
    if Programs::find(None).path(name).is_none() {
        let served = network.serve(network.config(Mode::Dhcp), room(network, named()));
        let (console, _) = boot(network, firmware, |_| served.said("is not installed here"));
        let words = served.words().join("\n");
        assert!(words.contains(&format!("({kind} PXE)")), "{words}\n{}", last_lines(&console));
        assert!(words.contains(&format!("iPXE for {kind} is not installed here")), "{words}\n{}", last_lines(&console));
        drop(served);
    }
    let own = network.folder.path().join("programs");
    fs::create_dir_all(&own).unwrap();
    fs::copy(grub, own.join(name)).unwrap();
    let config = Config { programs: Some(own), ..network.config(Mode::Dhcp) };
    let served = network.serve(config, room(network, named()));
    let (console, took) = boot(network, firmware, |said| served.said(&loaded) && said.contains("GRUB"));
    let words = served.words().join("\n");
    assert!(words.contains(&loaded) && console.contains("GRUB"), "{words}\n{}", last_lines(&console));
    println!("boot: {:.1} s from the start to the boot program", took.as_secs_f64());
}

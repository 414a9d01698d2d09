//! What boots: Debian's kernel and a small initrd of busybox that does what an installer does, as far as the servers see it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// In the order they need each other.
const MODULES: [&str; 8] = [
    "failover",
    "net_failover",
    "virtio_ring",
    "virtio",
    "virtio_pci_legacy_dev",
    "virtio_pci_modern_dev",
    "virtio_pci",
    "virtio_net",
];

/// Fetches its kickstart, sees that it is its own, loads the image, reports, and switches itself off.
const INIT: &str = r#"#!/bin/busybox sh
/bin/busybox --install -s /bin
export PATH=/bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
say() { echo "GUEST $*" >/dev/console; }
fail() { say "FAILED: $*"; poweroff -f; }
for module in MODULES; do insmod /lib/modules/$module.ko; done
ip link set lo up
for turn in 1 2 3 4 5 6 7 8 9 10; do [ -e /sys/class/net/eth0 ] && break; sleep 0.2; done
ip link set eth0 up
udhcpc -i eth0 -n -q -t 10 -T 2 -s /udhcpc.sh >/dev/null 2>&1 || fail "no address"
for word in $(cat /proc/cmdline); do case $word in inst.ks=*) kickstart=${word#inst.ks=} ;; esac; done
wget -q -O /ks "$kickstart" || fail "no kickstart at $kickstart"
grep -q "kickstart of $(cat /sys/class/net/eth0/address)" /ks || fail "another machine's kickstart"
say "kickstart is mine"
image=$(sed -n 's/^liveimg --url=//p' /ks)
wget -q -O - "$image" | wc -c >/size
say "image has $(cat /size) bytes"
built=$(sed -n 's/^# built: //p' /ks)
wget -q -O - "$built" || fail "no report to $built"
say "built"
poweroff -f
"#;

const UDHCPC: &str =
    "#!/bin/busybox sh\n[ \"$1\" = bound ] && /bin/busybox ip address add $ip/24 dev $interface\nexit 0\n";

/// A program on the path, or a file.
pub fn is_there(name: &str) -> bool {
    program(name).is_some()
}

/// Where a program is: named by an environment variable, or on the path; a file where it says itself.
pub fn program(name: &str) -> Option<PathBuf> {
    let variable = format!("HOSTED_DEPLOY_{}", name.to_ascii_uppercase().replace('-', "_"));
    if let Some(path) = std::env::var_os(variable) {
        return Some(path.into());
    }
    // A path of its own takes the place of the folder's.
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|path| path.exists())
}

fn run(command: &mut Command) {
    let output = command.stdin(Stdio::null()).output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// Downloaded once into the build folder: apt's copy of a package, unpacked.
pub fn package(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("boot").join(name);
    if folder.join("unpacked").exists() {
        return folder;
    }
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    run(Command::new("apt-get").args(["download", name]).current_dir(&folder));
    unpack(&folder);
    fs::write(folder.join("unpacked"), "").unwrap();
    folder
}

/// GRUB for UEFI on ia32, as it is started over the network.
pub fn grub_ia32() -> PathBuf {
    package("grub-efi-ia32-bin").join("usr/lib/grub/i386-efi/monolithic/grubnetia32.efi")
}

/// GRUB for UEFI on arm64. Its package is only in the other architecture's lists, which are kept apart from the machine's own.
pub fn grub_arm64() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("boot/arm64");
    let grub = folder.join("usr/lib/grub/arm64-efi-signed/grubnetaa64.efi.signed");
    if grub.exists() {
        return grub;
    }
    for name in ["lists/partial", "cache/archives/partial"] {
        fs::create_dir_all(folder.join(name)).unwrap();
    }
    let configuration = folder.join("apt.conf");
    let text = "APT::Architecture \"arm64\"; APT::Architectures { \"arm64\"; };\nDir::State::lists \"FOLDER/lists\"; Dir::Cache \"FOLDER/cache\"; Dir::State::status \"/dev/null\";\n";
    fs::write(&configuration, text.replace("FOLDER", folder.to_str().unwrap())).unwrap();
    for words in [&["-q", "update"][..], &["download", "grub-efi-arm64-signed"]] {
        run(Command::new("apt-get").args(words).env("APT_CONFIG", &configuration).current_dir(&folder));
    }
    unpack(&folder);
    grub
}

/// Unpacks the one package that lies in a folder.
fn unpack(folder: &Path) {
    let mut entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let file = entries.find(|path| path.extension().is_some_and(|end| end == "deb")).unwrap();
    run(Command::new("dpkg-deb").arg("-x").arg(&file).arg(folder));
    fs::remove_file(file).unwrap();
}

/// The package that the newest cloud kernel is in.
fn kernel_package() -> String {
    let output = Command::new("apt-cache").args(["depends", "linux-image-cloud-amd64"]).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.lines()
        .find_map(|line| line.trim().strip_prefix("Depends: "))
        .expect("linux-image-cloud-amd64 in apt's lists")
        .to_owned()
}

/// Gets every package that is not there yet.
pub fn fetch(full: bool) {
    // A machine on which nothing had to be installed may have no lists, or stale ones that name files which are gone.
    if !Path::new(env!("CARGO_TARGET_TMPDIR")).join("boot").exists() {
        run(Command::new("apt-get").args(["-q", "update"]));
    }
    package(&kernel_package());
    if full {
        package("grub-efi-ia32-bin");
        grub_arm64();
        package("shim-signed");
        package("grub-efi-amd64-signed");
    }
}

/// Puts `vmlinuz`, `initrd.gz` and `squashfs.img` into `folder`.
pub fn make(folder: &Path) {
    fs::create_dir_all(folder).unwrap();
    let package = package(&kernel_package());
    let mut kernels = fs::read_dir(package.join("boot")).unwrap().map(|entry| entry.unwrap().path());
    let kernel = kernels.find(|path| path.file_name().unwrap().to_str().unwrap().starts_with("vmlinuz")).unwrap();
    fs::copy(kernel, folder.join("vmlinuz")).unwrap();
    fs::write(folder.join("squashfs.img"), vec![9; 4 << 20]).unwrap();

    let root = tempfile::tempdir().unwrap();
    for name in ["bin", "dev", "proc", "sys", "lib/modules"] {
        fs::create_dir_all(root.path().join(name)).unwrap();
    }
    let busybox = ["/bin/busybox", "/usr/bin/busybox"].into_iter().find(|path| Path::new(path).exists()).unwrap();
    fs::copy(busybox, root.path().join("bin/busybox")).unwrap();
    for module in MODULES {
        let found = Command::new("find").arg(&package).args(["-name", &format!("{module}.ko")]).output().unwrap();
        let path = String::from_utf8_lossy(&found.stdout)
            .lines()
            .next()
            .unwrap_or_else(|| panic!("no {module}.ko"))
            .to_owned();
        fs::copy(path, root.path().join(format!("lib/modules/{module}.ko"))).unwrap();
    }
    fs::write(root.path().join("init"), INIT.replace("MODULES", &MODULES.join(" "))).unwrap();
    fs::write(root.path().join("udhcpc.sh"), UDHCPC).unwrap();
    run(Command::new("chmod").arg("755").args(["init", "udhcpc.sh", "bin/busybox"].map(|name| root.path().join(name))));
    let archive = folder.join("initrd.gz");
    let line = "find . | cpio --quiet -o -H newc | gzip -1 >\"$0\"";
    run(Command::new("sh").args(["-c", line]).arg(archive).current_dir(root.path()));
}

/// A disk for UEFI: FAT with Debian's kernel as the program that firmware starts from a disk.
pub fn efi_disk(path: &Path, kernel: &Path) {
    fs::write(path, vec![0; 64 << 20]).unwrap();
    run(Command::new("mkfs.fat").args(["-F", "32"]).arg(path));
    for folder in ["::EFI", "::EFI/BOOT"] {
        run(Command::new("mmd").arg("-i").arg(path).arg(folder));
    }
    run(Command::new("mcopy").arg("-i").arg(path).arg(kernel).arg("::EFI/BOOT/BOOTX64.EFI"));
}

/// A disk as Debian's installer leaves it: its shim, its GRUB, and a configuration that says it was reached and ends the machine.
pub fn signed_disk(path: &Path) {
    fs::write(path, vec![0; 64 << 20]).unwrap();
    run(Command::new("mkfs.fat").args(["-F", "32"]).arg(path));
    for folder in ["::EFI", "::EFI/debian"] {
        run(Command::new("mmd").arg("-i").arg(path).arg(folder));
    }
    let configuration = path.with_extension("cfg");
    fs::write(&configuration, "echo THE DISK STARTED\nhalt\n").unwrap();
    for (file, name) in
        [(shim(), "shimx64.efi"), (grub("grubx64.efi.signed"), "grubx64.efi"), (configuration, "grub.cfg")]
    {
        run(Command::new("mcopy").arg("-i").arg(path).arg(file).arg(format!("::EFI/debian/{name}")));
    }
}

/// Debian's shim, signed by Microsoft.
pub fn shim() -> PathBuf {
    package("shim-signed").join("usr/lib/shim/shimx64.efi.signed")
}

/// One of Debian's GRUBs, signed for its shim.
pub fn grub(name: &str) -> PathBuf {
    package("grub-efi-amd64-signed").join("usr/lib/grub/x86_64-efi-signed").join(name)
}

/// A disk whose first sector says so on the serial line and ends the machine.
pub fn disk(path: &Path) {
    const SAYS: &[u8] = b"THE DISK STARTED\r\n\0";
    let mut sector = vec![
        0x31, 0xc0, 0x8e, 0xd8, // xor ax, ax; mov ds, ax
        0xbe, 0x1b, 0x7c, // mov si, text
        0xba, 0xf8, 0x03, // mov dx, 0x3f8: the serial line
        0xac, 0x84, 0xc0, 0x74, 0x03, 0xee, 0xeb, 0xf8, // next: lodsb; test al, al; jz on; out dx, al; jmp next
        0xba, 0xf4, 0x00, 0xb0, 0x01, 0xee, // on: out 0xf4, 1: the machine's end
        0xf4, 0xeb, 0xfd, // hlt
    ];
    sector.extend(SAYS);
    sector.resize(510, 0);
    sector.extend([0x55, 0xaa]);
    sector.resize(1 << 20, 0);
    fs::write(path, sector).unwrap();
}

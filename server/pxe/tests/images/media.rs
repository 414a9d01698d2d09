//! Installation media with the layouts of the real ones, made by xorriso and rpmbuild.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What the file system image of a medium holds; large enough to be read in several pieces.
pub(crate) fn hypervisor() -> Vec<u8> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let noise = std::iter::repeat_with(move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    });
    b"hsqs".iter().copied().chain(noise.take(180_000).flatten()).chain(vec![0; 1 << 20]).collect()
}

pub(crate) fn run(program: &str, arguments: &[&str], folder: &Path) {
    let output = Command::new(program).args(arguments).current_dir(folder).output();
    let output = output.unwrap_or_else(|error| panic!("{program} is needed ({error}): apt install xorriso rpm"));
    assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
}

/// Whether media can be made here; says so where not.
pub(crate) fn can_be_made() -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let lacks = |program: &&&str| !std::env::split_paths(&path).any(|folder| folder.join(**program).is_file());
    let Some(missing) = ["xorriso", "rpmbuild"].iter().find(lacks) else { return true };
    let test = std::thread::current().name().unwrap_or_default().to_owned();
    let line = format!("SKIPPED pxe {test}: {missing} is missing (apt install xorriso rpm)\n");
    // Not eprintln!: the test harness hides that for tests that pass.
    std::io::Write::write_all(&mut std::io::stderr(), line.as_bytes()).unwrap();
    false
}

fn write(path: &Path, bytes: &[u8]) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

pub(crate) fn sha256(bytes: &[u8]) -> String {
    ring::digest::digest(&ring::digest::SHA256, bytes).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// How the medium's names are told.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Names {
    RockRidge,
    Joliet,
    Plain,
}

/// Packs a folder.
pub(crate) fn pack(tree: &Path, iso: &Path, volume: &str, names: Names) {
    let names: &[&str] = match names {
        Names::RockRidge => &["-R", "-J", "-joliet-long"],
        Names::Joliet => &["--norock", "-J", "-joliet-long"],
        Names::Plain => &["--norock", "-iso-level", "2"],
    };
    let (tree, iso) = (tree.display().to_string(), iso.display().to_string());
    let arguments = [&["-as", "mkisofs", "-quiet", "-V", volume], names, &["-o", &iso, &tree]].concat();
    run("xorriso", &arguments, Path::new("/"));
}

/// The boot files and `.treeinfo` that all of Anaconda's media have.
fn anaconda(tree: &Path, name: &str, version: &str) {
    let files = [
        ("images/pxeboot/vmlinuz", b"kernel ".repeat(3000)),
        ("images/pxeboot/initrd.img", b"initrd ".repeat(4000)),
        ("images/install.img", b"stage2 ".repeat(2000)),
        ("EFI/BOOT/BOOTX64.EFI", b"shim".to_vec()),
        ("EFI/BOOT/grubx64.efi", b"grub".to_vec()),
    ];
    let mut sums = String::new();
    for (path, bytes) in files {
        write(&tree.join(path), &bytes);
        if path.starts_with("images/") {
            sums.push_str(&format!("{path} = sha256:{}\n", sha256(&bytes)));
        }
    }
    let info = format!(
        "[checksums]\n{sums}\n[general]\narch = x86_64\nname = {name}\nversion = {version}\n\n[images-x86_64]\n\
         initrd = images/pxeboot/initrd.img\nkernel = images/pxeboot/vmlinuz\n\n[stage2]\nmainimage = images/install.img\n"
    );
    write(&tree.join(".treeinfo"), info.as_bytes());
}

/// `redhat-virtualization-host-image-update` with an image inside, compressed as rpmbuild's `payload` says.
fn package(folder: &Path, payload: &str) -> PathBuf {
    let build = "redhat-virtualization-host-4.4.10-20220308.0.el8";
    write(&folder.join(format!("{build}.squashfs.img")), &hypervisor());
    let spec = format!(
        "Name: redhat-virtualization-host-image-update\nVersion: 4.4.10\nRelease: 20220308.0.el8\nSummary: x\nLicense: MIT\n\
         BuildArch: noarch\n%description\nx\n%install\nd=%{{buildroot}}/usr/share/redhat-virtualization-host/image\n\
         mkdir -p $d\nprintf '{{}}' > $d/a.squashfs.meta\ncp {}/{build}.squashfs.img $d/\n%files\n/usr/share/redhat-virtualization-host\n",
        folder.display()
    );
    write(&folder.join("image.spec"), spec.as_bytes());
    let top = format!("_topdir {}", folder.display());
    let database = format!("_dbpath {}/db", folder.display());
    let payload = format!("_binary_payload {payload}");
    let arguments = ["-bb", "--quiet", "--define", &top, "--define", &database, "--define", &payload, "image.spec"];
    run("rpmbuild", &arguments, folder);
    folder.join("RPMS/noarch/redhat-virtualization-host-image-update-4.4.10-20220308.0.el8.noarch.rpm")
}

/// An RHVH medium.
pub(crate) fn rhvh(folder: &Path, payload: &str, names: Names) -> PathBuf {
    let tree = folder.join("rhvh");
    anaconda(&tree, "Red Hat Virtualization Host 4.4", "4.4");
    let rpm = package(&folder.join("rpm"), payload);
    fs::create_dir_all(tree.join("Packages")).unwrap();
    fs::copy(&rpm, tree.join("Packages").join(rpm.file_name().unwrap())).unwrap();
    for number in 0..60 {
        write(&tree.join(format!("Packages/other-package-with-a-long-name-{number}-1.0-1.el8.x86_64.rpm")), b"x");
    }
    let iso = folder.join("RHVH.iso");
    pack(&tree, &iso, "RHVH-4.4-RHEL-8-x86_64", names);
    iso
}

/// An oVirt Node medium.
pub(crate) fn ovirt_node(folder: &Path) -> PathBuf {
    let tree = folder.join("node");
    anaconda(&tree, "oVirt Node 4.5", "4.5.5");
    write(&tree.join("ovirt-node-ng-image.squashfs.img"), &hypervisor());
    let iso = folder.join("node.iso");
    pack(&tree, &iso, "oVirt-Node-NG-4.5.5.el9", Names::RockRidge);
    iso
}

/// The DVD of an Enterprise Linux with variants.
pub(crate) fn enterprise_linux(folder: &Path) -> PathBuf {
    let tree = folder.join("el");
    anaconda(&tree, "Some Enterprise Linux 9.4", "9.4");
    let info = tree.join(".treeinfo");
    let text = fs::read_to_string(&info).unwrap();
    write(&info, format!("{text}\n[variant-AppStream]\nrepository = AppStream\n").as_bytes());
    for variant in ["BaseOS", "AppStream"] {
        write(&tree.join(variant).join("repodata/repomd.xml"), b"<repomd/>");
        write(&tree.join(variant).join("Packages/a/a-1.0-1.el9.x86_64.rpm"), b"package");
    }
    let iso = folder.join("el.iso");
    pack(&tree, &iso, "EL-9-4-x86_64-dvd", Names::RockRidge);
    iso
}

/// An ESXi medium: plain ISO 9660 names, all upper case.
pub(crate) fn esxi(folder: &Path) -> PathBuf {
    let tree = folder.join("esxi");
    let boot = "bootstate=0\ntitle=Loading ESXi installer\ntimeout=5\nprefix=\nkernel=/b.b00\nkernelopt=runweasel cdromBoot\n\
                modules=/jumpstrt.gz --- /k.b00\nbuild=8.0.2-0.0.22380479\nupdated=0\n";
    for (path, bytes) in [
        ("BOOT.CFG", boot),
        ("B.B00", "module"),
        ("JUMPSTRT.GZ", "module"),
        ("K.B00", "module"),
        ("MBOOT.C32", "loader"),
        ("EFI/BOOT/BOOTX64.EFI", "loader"),
        ("EFI/BOOT/BOOT.CFG", boot),
    ] {
        write(&tree.join(path), bytes.as_bytes());
    }
    let iso = folder.join("esxi.iso");
    pack(&tree, &iso, "ESXI-8.0U2-22380479-STANDARD", Names::Plain);
    iso
}

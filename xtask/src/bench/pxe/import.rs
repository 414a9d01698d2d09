//! The memory of an import: an RHVH medium whose image package is compressed as Red Hat's are, unpacked by a user without rights.

use super::{Bench, peak_kib, text};
use crate::command::{command, output};
use anyhow::{Result, bail};
use std::fs;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

const BUILD: &str = "redhat-virtualization-host-4.4.10-20220308.0.el8";
/// Of the image inside, of which half cannot be compressed.
const MIB: usize = 64;

pub(super) fn run(bench: &Bench) -> Result<()> {
    let base = peak(Command::new(&bench.ours).args([
        "--state-dir",
        text(&bench.folder.join("base"))?,
        "pxe",
        "image",
        "list",
    ]))?;
    println!(
        "  ISO import, {MIB} MiB image; the program by itself has {base:.1} MiB, nearly all of it the program's own file"
    );
    // RHVH's own packages are compressed by xz, level 2. Level 19 of zstd has a window of 8 MiB, which nobody can unpack it without.
    for (name, payload, most_mib) in [("xz", "w2.xzdio", 16.0), ("zstd", "w19.zstdio", 24.0)] {
        let iso = medium(bench, payload)?;
        let state = bench.folder.join(format!("import-{name}"));
        let mut import = Command::new(&bench.ours);
        import.args(["--state-dir", text(&state)?, "pxe", "image", "import", text(&iso)?]);
        let most = peak(&mut import)?;
        bench.judge(&format!("ISO import, {name}: MiB of memory, at most {most_mib}"), most, most <= most_mib);
        fs::remove_dir_all(state)?;
    }
    Ok(())
}

/// The most memory until its successful end, MiB.
fn peak(command: &mut Command) -> Result<f64> {
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
    let mut most: f64 = 0.0;
    loop {
        // The system keeps the peak, so that looking often enough is enough.
        most = most.max(peak_kib(child.id()));
        match child.try_wait()? {
            Some(status) if status.success() => return Ok(most / 1024.0),
            Some(status) => bail!("`{}`: {status}", crate::command::line(command)),
            None => std::thread::sleep(Duration::from_millis(2)),
        }
    }
}

fn medium(bench: &Bench, payload: &str) -> Result<PathBuf> {
    let (folder, tree) = (bench.folder.join("medium"), bench.folder.join("medium/tree"));
    let _ = fs::remove_dir_all(&folder);
    for part in ["images/pxeboot", "Packages"] {
        fs::create_dir_all(tree.join(part))?;
    }
    for (file, content) in [
        ("images/pxeboot/vmlinuz", "kernel"),
        ("images/pxeboot/initrd.img", "initrd"),
        ("images/install.img", "stage2"),
    ] {
        fs::write(tree.join(file), content)?;
    }
    fs::write(
        tree.join(".treeinfo"),
        "[general]\nname = Red Hat Virtualization Host 4.4\nversion = 4.4\narch = x86_64\n",
    )?;
    image(&folder.join("image"))?;
    let spec = format!(
        "Name: redhat-virtualization-host-image-update\nVersion: 4.4.10\nRelease: 20220308.0.el8\nSummary: x\nLicense: MIT\n\
         BuildArch: noarch\n%description\nx\n%install\nd=%{{buildroot}}/usr/share/redhat-virtualization-host/image\nmkdir -p $d\n\
         cp {}/image $d/{BUILD}.squashfs.img\n%files\n/usr/share/redhat-virtualization-host\n",
        folder.display()
    );
    fs::write(folder.join("image.spec"), spec)?;
    let top = text(&folder)?;
    let defines = [format!("_topdir {top}"), format!("_dbpath {top}/db"), format!("_binary_payload {payload}")];
    let mut build = command("rpmbuild");
    build.args(["-bb", "--quiet"]).args(defines.iter().flat_map(|define| ["--define", define])).arg("image.spec");
    output(build.current_dir(&folder), "The medium's package cannot be made.")?;
    let package = "redhat-virtualization-host-image-update-4.4.10-20220308.0.el8.noarch.rpm";
    fs::rename(folder.join("RPMS/noarch").join(package), tree.join("Packages").join(package))?;
    let iso = folder.join("RHVH.iso");
    let mut pack = command("xorriso");
    pack.args(["-as", "mkisofs", "-quiet", "-R", "-V", "RHVH-4.4-RHEL-8-x86_64", "-o", text(&iso)?, text(&tree)?]);
    output(&mut pack, "The medium cannot be made.")?;
    Ok(iso)
}

fn image(path: &std::path::Path) -> Result<()> {
    let mut file = std::io::BufWriter::new(fs::File::create(path)?);
    file.write_all(b"hsqs")?;
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut block = vec![0_u8; 1 << 20];
    for _ in 0..MIB {
        // Noise in the first half of each mebibyte.
        for word in block.chunks_mut(8).take(1 << 16) {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            word.copy_from_slice(&state.to_le_bytes());
        }
        file.write_all(&block)?;
    }
    file.flush()?;
    Ok(())
}

//! GRUB configurations, for the distribution's shim under Secure Boot. `insmod` fails there, so the files come by TFTP, over
//! which GRUB itself came.

use super::Installation;
use crate::profile::Menu;
use crate::quote::{comment, grub as quoted};
use std::fmt::Write as _;

/// Starts an installation.
pub fn install(installation: &Installation<'_>) -> String {
    let (kernel, initrds) = installation.files_by_tftp();
    let arguments: Vec<String> = installation.kernel_arguments(true).iter().map(|word| quoted(word)).collect();
    let initrds: Vec<String> = initrds.iter().map(|file| quoted(&format!("/{file}"))).collect();
    // The GRUB of release 7 starts a UEFI kernel by commands of their own.
    let efi = if installation.image.and_then(|image| image.release) == Some(7) { "efi" } else { "" };
    let title = installation.headline();
    let mut text = format!("# {}\nset default=0\nset timeout=3\n{DISK}", comment(&title));
    let _ = writeln!(
        text,
        "menuentry {} {{\n  linux{efi} {} {}\n  initrd{efi} {}\n}}\n{LOCAL}",
        quoted(&comment(&title)),
        quoted(&format!("/{kernel}")),
        arguments.join(" "),
        initrds.join(" "),
    );
    text
}

/// Starts the first loader that an installed system left on a disk.
///
/// Under Secure Boot, `exit` ends shim with a success, and firmware then shows its setup instead of the next device. The systems' own
/// shims come before `\EFI\BOOT`: with a TPM, the loader there (shim's fallback) starts the machine again, and that would go round.
/// `root` is what GRUB tells the loader as the device that it came from, whatever the path says.
/// Some firmware wakes no disk when it starts from the network; `connectefi`, which only Red Hat's GRUB knows, makes up for it.
const DISK: &str = "set efi=x64
if [ \"$grub_cpu\" = arm64 ]; then set efi=aa64; fi
function disk {
  for loader in redhat/shim centos/shim rocky/shim almalinux/shim oracle/shim fedora/shim debian/shim ubuntu/shim BOOT/boot; do
    unset found
    search --no-floppy --file --set=found /EFI/${loader}${efi}.efi
    if [ -n \"$found\" ]; then
      echo \"Starting /EFI/${loader}${efi}.efi of ($found)\"
      set root=$found
      chainloader ($found)/EFI/${loader}${efi}.efi
      boot
    fi
  done
}
";

const LOCAL: &str = "menuentry 'Start from its own disk' {\n  disk\n  connectefi scsi\n  disk\n  exit 1\n}";

/// Starts the machine's own disk.
pub fn local(name: &str) -> String {
    format!("# {} starts from its own disk\nset default=0\nset timeout=0\n{DISK}{LOCAL}\n", comment(name))
}

/// For an unknown machine: how to add it, then its own disk.
pub fn menu(menu: &Menu, mac: &str) -> String {
    let timeout = match menu.timeout() {
        0 => -1,
        seconds => i64::from(seconds),
    };
    let add = format!("Not known here: hosted-deploy pxe node add NAME --mac {mac} --profile PROFILE");
    format!(
        "set default=0\nset timeout={timeout}\n{DISK}{LOCAL}\nmenuentry {} {{\n  true\n}}\nmenuentry 'Start the machine again' {{\n  reboot\n}}\n",
        quoted(&add)
    )
}

//! PXELINUX configurations: files over TFTP, relative to where `pxelinux.0` came from; no module but `ldlinux.c32`.

use super::Installation;
use crate::profile::Menu;
use crate::quote::comment;
use std::fmt::Write as _;

/// Starts an installation.
pub fn install(installation: &Installation<'_>) -> String {
    let (kernel, initrds) = installation.files_by_tftp();
    let arguments = installation.kernel_arguments(false).join(" ");
    let mut text = format!("# {}\nDEFAULT install\nPROMPT 0\nONERROR local\n", comment(&installation.headline()));
    let _ = writeln!(text, "SAY {}", comment(&installation.headline()));
    // 2 adds BOOTIF=, the address of the card that was booted from.
    let _ = writeln!(
        text,
        "LABEL install\n  KERNEL {kernel}\n  INITRD {}\n  APPEND {arguments}\n  SYSAPPEND 2",
        initrds.join(",")
    );
    // A kernel that cannot be loaded leaves the machine to its disk and not to a prompt that nobody sees.
    text.push_str("LABEL local\n  LOCALBOOT 0\n");
    text
}

/// Starts the machine's own disk.
pub fn local(name: &str) -> String {
    format!(
        "# {name} starts from its own disk\nDEFAULT local\nPROMPT 0\nLABEL local\n  LOCALBOOT 0\n",
        name = comment(name)
    )
}

/// For an unknown machine: how to add it, then its own disk.
pub fn menu(menu: &Menu, mac: &str) -> String {
    // Tenths of a second; 0 waits for ever.
    let timeout = u64::from(menu.timeout()) * 10;
    let title = comment(menu.title.as_deref().unwrap_or("hosted-deploy"));
    format!(
        "DEFAULT local\nPROMPT 1\nTIMEOUT {timeout}\nSAY {title}\nSAY This machine is not known here: {mac}\n\
         SAY Add it:  hosted-deploy pxe node add NAME --mac {mac} --profile PROFILE\n\
         SAY local starts from its own disk, reboot starts the machine again\n\
         LABEL local\n  LOCALBOOT 0\nLABEL reboot\n  COM32 reboot.c32\n"
    )
}

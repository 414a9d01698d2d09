//! iPXE scripts.
//!
//! iPXE parts words at spaces, expands `${…}`, and knows `&&`, `||`, `;` as words of their own; there is no quoting. What
//! stands in a script was judged by the profile's rules or goes through [`ipxe_text`].

use super::Installation;
use crate::profile::{Menu, ProfileKind};
use crate::quote::ipxe_text;
use std::fmt::Write as _;

/// An item of the menu that installs, and where its script comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// What is shown.
    pub label: String,
    /// The key that chooses it.
    pub key: Option<String>,
    /// URL of the script behind it.
    pub url: String,
}

/// Starts an installation.
pub fn install(installation: &Installation<'_>) -> String {
    if installation.profile.what() == ProfileKind::Custom
        && let Some(script) = &installation.profile.custom.script
    {
        return installation.filled(script);
    }
    let mut text = format!("#!ipxe\necho {}\n", ipxe_text(&installation.headline()));
    if installation.profile.what() == ProfileKind::Esxi {
        esxi(installation, &mut text);
    } else {
        let (kernel, initrds) = installation.files_by_http();
        let names: Vec<String> = (0..initrds.len()).map(|number| format!("initrd{number}.img")).collect();
        // A UEFI kernel finds its initrds by these words; a BIOS kernel does not mind them.
        let words = names.iter().map(|name| format!("initrd={name}"));
        let arguments: Vec<String> = words.chain(installation.kernel_arguments(true)).collect();
        let _ = writeln!(text, "imgfree\nkernel {kernel} {} || goto failed", arguments.join(" "));
        for (name, url) in names.iter().zip(&initrds) {
            let _ = writeln!(text, "initrd --name {name} {url} || goto failed");
        }
        text.push_str("boot || goto failed\n");
    }
    text.push_str(
        ":failed\necho The installer could not be loaded; the reason stands above and at http://ipxe.org/\n\
         prompt --key s --timeout 30000 Press s for a shell; the machine starts again in 30 seconds && shell || reboot\n",
    );
    text
}

/// ESXi's loader fetches everything else itself, by HTTP because iPXE brought it.
fn esxi(installation: &Installation<'_>, text: &mut String) {
    let boot_cfg = installation.kickstart.as_ref().map(|url| format!("{url}.boot.cfg")).unwrap_or_default();
    let _ = writeln!(
        text,
        "iseq ${{platform}} efi && goto efi || goto bios\n:efi\nchain {} -c {boot_cfg} || goto failed\n:bios\n\
         kernel {} -c {boot_cfg} || goto failed\nboot || goto failed",
        installation.url("bootx64.efi"),
        installation.url("mboot.c32"),
    );
}

/// UEFI goes on to the next device only when the one before says that it failed; after a plain `exit` it shows its setup.
const LOCAL: &str = "iseq ${platform} efi && exit 1 ||\nsanboot --no-describe --drive 0x80 || exit\n";

/// Starts the machine's own disk.
pub fn local(name: &str) -> String {
    format!("#!ipxe\necho {}: starting from its own disk\n{LOCAL}", ipxe_text(name))
}

/// Says why there is no installation, then starts the machine's own disk.
pub fn failed(name: &str, why: &str) -> String {
    let (name, why) = (ipxe_text(name), ipxe_text(why));
    format!(
        "#!ipxe\necho The installation of {name} failed: {why}\necho Install it again:  hosted-deploy pxe node retry {name}\n\
         prompt --key s --timeout 20000 Press s for a shell; the disk is started in 20 seconds && shell ||\n{LOCAL}"
    )
}

/// The menu for an unknown machine.
pub fn menu(menu: &Menu, choices: &[Choice]) -> String {
    let title = ipxe_text(menu.title.as_deref().unwrap_or("hosted-deploy"));
    let mut text = format!(
        "#!ipxe\n:start\nmenu {title}\nitem --gap -- This machine is not known here: ${{netX/mac}} ${{manufacturer}} ${{product}}\n\
         item --gap -- Add it:  hosted-deploy pxe node add NAME --mac ${{netX/mac}} --profile PROFILE\n\
         item --key l local Start from its own disk (l)\n"
    );
    if !choices.is_empty() {
        text.push_str("item --gap -- Install; EVERYTHING ON THE DISKS IS ERASED\n");
    }
    for (number, choice) in choices.iter().enumerate() {
        let label = ipxe_text(&choice.label);
        let _ = match &choice.key {
            Some(key) => writeln!(text, "item --key {key} install{number} {label} ({key})"),
            None => writeln!(text, "item install{number} {label}"),
        };
    }
    text.push_str("item --gap -- Tools\n");
    let after = if menu.no_shell { "local" } else { "shell" };
    if !menu.no_shell {
        text.push_str("item --key s shell iPXE shell (s)\n");
    }
    text.push_str("item --key r restart Start the machine again (r)\n");
    let timeout = match menu.timeout() {
        0 => String::new(),
        seconds => format!("--timeout {} ", u64::from(seconds) * 1000),
    };
    let _ = writeln!(text, "choose {timeout}--default local chosen || goto {after}\ngoto ${{chosen}}");
    for (number, choice) in choices.iter().enumerate() {
        let _ = writeln!(
            text,
            ":install{number}\nchain --replace {} || prompt The script could not be loaded; press a key ||\ngoto start",
            choice.url
        );
    }
    let _ = writeln!(text, ":restart\nreboot");
    if !menu.no_shell {
        let _ = writeln!(text, ":shell\necho Type exit to come back to the menu\nshell\ngoto start");
    }
    let _ = write!(text, ":local\n{LOCAL}");
    text
}

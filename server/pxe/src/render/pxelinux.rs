//! PXELINUX: a file for each card, and what everybody else gets.

use super::{File, Scene, nginx};
use crate::profile::Menu;
use crate::script;
use hosted_deploy_model::problem::Problem;

pub(super) fn render(scene: &Scene<'_>) -> Result<Vec<File>, Vec<Problem>> {
    let mut files = Vec::new();
    for (node, mac) in scene.cards() {
        let text = script::pxelinux_install(&scene.installation(Some(node)));
        files.push(File::new(format!("pxelinux.cfg/01-{}", mac.dashed()), text));
    }
    let default = match scene.nodes {
        // No machine is named: the profile is offered, and not taken by itself.
        [] => {
            let install = script::pxelinux_install(&scene.installation(None));
            let asked = "DEFAULT local\nPROMPT 1\nTIMEOUT 600\nSAY Type install and press Enter. EVERYTHING ON THE DISKS IS ERASED.\n";
            install.replace("DEFAULT install\nPROMPT 0\n", asked)
        }
        _ => script::pxelinux_menu(&Menu::default(), "its MAC address"),
    };
    let head = "# In the TFTP root beside pxelinux.0 and ldlinux.c32 (package syslinux-tftpboot; on Debian pxelinux, syslinux-common),\n# with IMAGE/vmlinuz and IMAGE/initrd.img.\n";
    files.push(File::new("pxelinux.cfg/default", format!("{head}{default}")));
    files.extend(scene.kickstarts()?);
    files.push(File::new("nginx.conf", nginx::render(scene)));
    Ok(files)
}

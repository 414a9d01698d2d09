//! iPXE: one first script that sends each card to its own.

use super::{File, Scene, nginx};
use crate::profile::Menu;
use crate::script::{self, Choice};
use hosted_deploy_model::problem::Problem;

pub(super) fn render(scene: &Scene<'_>) -> Result<Vec<File>, Vec<Problem>> {
    let http = &scene.segment.http;
    let mut files = vec![File::new(
        "boot.ipxe",
        format!(
            "#!ipxe\n# The script that DHCP names. A card with a script of its own gets it; every other machine the menu.\n\
             # When a machine is installed, remove its script: the menu then starts its own disk.\n\
             chain --replace --autofree {http}/ipxe/${{netX/mac:hexhyp}}.ipxe || chain --replace --autofree {http}/ipxe/menu.ipxe\n"
        ),
    )];
    for (node, mac) in scene.cards() {
        let text = script::ipxe_install(&scene.installation(Some(node)));
        files.push(File::new(format!("ipxe/{}.ipxe", mac.dashed()), text));
    }
    let mut choices = Vec::new();
    if scene.nodes.is_empty() {
        files.push(File::new(format!("ipxe/{}.ipxe", scene.name), script::ipxe_install(&scene.installation(None))));
        choices.push(Choice {
            label: scene.profile.description.clone().unwrap_or_else(|| scene.name.to_owned()),
            key: Some("1".to_owned()),
            url: format!("{http}/ipxe/{}.ipxe", scene.name),
        });
    }
    files.push(File::new("ipxe/menu.ipxe", script::ipxe_menu(&Menu::default(), &choices)));
    files.extend(scene.kickstarts()?);
    files.push(File::new("nginx.conf", nginx::render(scene)));
    Ok(files)
}

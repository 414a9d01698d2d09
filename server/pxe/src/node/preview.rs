//! What a node would get, for people to read: script and kickstart without any secret.

use super::Provisioner;
use crate::kickstart;
use crate::profile::Profile;
use crate::provisioning::{Loader, Origin};
use crate::script::{self, Installation};
use hosted_deploy_model::lang::Text;
use hosted_deploy_model::node::Node;
use hosted_deploy_model::problem::Problem;

/// Stands where the token will be.
const TOKEN: &str = "TOKEN";
const HIDDEN: &str = "********";
/// A password and a key that the rules let pass and that are nobody's.
const SOME_PASSWORD: &str = "$6$hidden$hidden.hidden.hidden";
const SOME_KEY: &str = "hidden-hidden-hidden";

/// Texts without secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preview {
    /// What its boot loader would be told.
    pub script: String,
    /// Its kickstart.
    pub kickstart: String,
}

/// Why there is nothing to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoPreview {
    /// The node has no profile, or profile or image cannot be read.
    Unreadable(Text),
    /// The profile does not fit the machine.
    Wrong(Vec<Problem>),
}

impl Provisioner {
    /// What this node would get if it were installed now. Changes nothing and makes no token.
    ///
    /// # Errors
    /// [`NoPreview`].
    pub fn preview(&self, node: &Node, origin: &Origin) -> Result<Preview, NoPreview> {
        let (mut profile, image) = self.plain_recipe(node).map_err(NoPreview::Unreadable)?;
        hide(&mut profile);
        let installation = Installation::of_node(&profile, image.as_ref(), node, node.mac, &origin.http(), TOKEN);
        let kickstart = kickstart::render(&installation).map_err(NoPreview::Wrong)?;
        let script = match Loader::from(profile.boot.loader) {
            Loader::Ipxe => script::ipxe_install(&installation),
            Loader::Pxelinux => script::pxelinux_install(&installation),
            Loader::Grub => script::grub_install(&installation),
        };
        Ok(Preview { script, kickstart: veiled(&kickstart) })
    }
}

/// A text that was rendered of a profile without secrets ([`hide`]), with something to see where they would be.
pub fn veiled(text: &str) -> String {
    text.replace(SOME_PASSWORD, HIDDEN).replace(SOME_KEY, HIDDEN)
}

/// Puts something in the place of every secret that the rules let pass and that is nobody's.
pub fn hide(profile: &mut Profile) {
    if !profile.system.root_password.is_missing() {
        profile.system.root_password = SOME_PASSWORD.into();
    }
    if !profile.registration.activation_key.is_missing() {
        profile.registration.activation_key = SOME_KEY.into();
    }
}

//! What a node is installed by: its profile and that one's image, or why they cannot be used.

use super::Provisioner;
use crate::image::Image;
use crate::profile::{Profile, ProfileError};
use crate::told;
use hosted_deploy_model::lang::Text;
use hosted_deploy_model::node::Node;

impl Provisioner {
    /// The profile, with its secrets, and the image that a node is installed by.
    pub(super) fn recipe(&self, node: &Node) -> Result<(Profile, Option<Image>), Text> {
        self.recipe_of(node, |name| self.profiles.with_secrets(name))
    }

    /// The same, secrets as they stand in the profile's file.
    pub(super) fn plain_recipe(&self, node: &Node) -> Result<(Profile, Option<Image>), Text> {
        self.recipe_of(node, |name| self.profiles.get(name))
    }

    fn recipe_of(
        &self,
        node: &Node,
        read: impl FnOnce(&str) -> Result<Profile, ProfileError>,
    ) -> Result<(Profile, Option<Image>), Text> {
        let name = node.profile.as_deref().ok_or_else(|| {
            Text::new(
                format!("it has no profile: hosted-deploy pxe node set {} --profile PROFILE", node.name),
                format!("プロファイルがありません: hosted-deploy pxe node set {} --profile プロファイル", node.name),
            )
        })?;
        let profile = read(name).map_err(|error| told::of(&error))?;
        let Some(image) = &profile.image else { return Ok((profile, None)) };
        let image = self.images.get(image).map_err(|error| told::of(&error))?;
        self.images.presence(&image).map_err(|trouble| told::of(&trouble))?;
        Ok((profile, Some(image)))
    }
}

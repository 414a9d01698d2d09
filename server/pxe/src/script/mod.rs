//! What boot loaders are told: iPXE scripts, PXELINUX and GRUB configurations.

mod grub;
mod ipxe;
mod pxelinux;

use crate::image::{Image, Part};
use crate::profile::{Profile, ProfileKind};
use hosted_deploy_model::node::{Mac, Node};
use std::net::Ipv4Addr;

/// One installation: everything that scripts and kickstarts are made of.
#[derive(Clone, Debug)]
pub struct Installation<'a> {
    /// How.
    pub profile: &'a Profile,
    /// The image that the profile names.
    pub image: Option<&'a Image>,
    /// The machine's short name.
    pub name: String,
    /// The card that it boots from.
    pub mac: Option<Mac>,
    /// The address kept for it.
    pub address: Option<Ipv4Addr>,
    /// Where files are: `http://192.0.2.1`, no slash at the end. Below it `/files/IMAGE/…`.
    pub http: String,
    /// URL of the kickstart.
    pub kickstart: Option<String>,
    /// Where the installer reports to; nowhere on other people's servers.
    pub callbacks: Option<Callbacks>,
}

/// URLs that the installer calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Callbacks {
    /// It runs.
    pub started: String,
    /// Everything is on the disk; the body is the host keys.
    pub built: String,
    /// It gave up; the body says why.
    pub failed: String,
}

impl<'a> Installation<'a> {
    /// The installation of a node by our own servers.
    pub fn of_node(
        profile: &'a Profile,
        image: Option<&'a Image>,
        node: &Node,
        mac: Option<Mac>,
        http: &str,
        token: &str,
    ) -> Self {
        Self {
            profile,
            image,
            name: node.name.clone(),
            mac: mac.or(node.mac),
            address: node.address,
            http: http.to_owned(),
            kickstart: Some(format!("{http}/ks/{token}")),
            callbacks: Some(Callbacks {
                started: format!("{http}/event/{token}/started"),
                built: format!("{http}/built/{token}"),
                failed: format!("{http}/event/{token}/failed"),
            }),
        }
    }

    /// A file of the image, as a URL.
    pub fn url(&self, file: &str) -> String {
        format!("{}/files/{}", self.http, self.image.map(|image| image.url_path(file)).unwrap_or_default())
    }

    /// A file of the image, as TFTP knows it.
    pub fn tftp(&self, file: &str) -> String {
        self.image.map(|image| image.url_path(file)).unwrap_or_default()
    }

    /// The arguments of the installer's kernel, without `initrd=` and, where `with_mac` is not asked for, without
    /// `BOOTIF=` (PXELINUX adds it itself).
    pub fn kernel_arguments(&self, with_mac: bool) -> Vec<String> {
        let profile = self.profile;
        if profile.what() == ProfileKind::Custom {
            return profile.custom.arguments.iter().map(|argument| self.filled(argument)).collect();
        }
        let mut arguments = vec![format!("inst.stage2={}", self.url("tree"))];
        arguments.extend(self.kickstart.iter().map(|url| format!("inst.ks={url}")));
        match self.mac {
            // The card's address in dracut's spelling: the one network that the installer must bring up.
            Some(mac) if with_mac => arguments.push(format!("BOOTIF=01-{}", mac.dashed())),
            Some(_) => {}
            None => arguments.push("ip=dhcp".to_owned()),
        }
        arguments.extend(profile.console());
        arguments.extend(profile.boot.kernel_arguments.iter().cloned());
        arguments
    }

    /// A text of a custom profile with its placeholders filled in.
    pub fn filled(&self, text: &str) -> String {
        PLACEHOLDERS.iter().fold(text.to_owned(), |text, placeholder| {
            let value = match *placeholder {
                "{name}" => self.name.clone(),
                "{mac}" => self.mac.map(|mac| mac.to_string()).unwrap_or_default(),
                "{address}" => self.address.map(|address| address.to_string()).unwrap_or_default(),
                "{http}" => self.http.clone(),
                "{kickstart}" => self.kickstart.clone().unwrap_or_default(),
                _ => self.callbacks.as_ref().map(|callbacks| callbacks.built.clone()).unwrap_or_default(),
            };
            text.replace(placeholder, &value)
        })
    }

    /// A custom profile's file: a URL as it is, a name below our files.
    fn custom_url(&self, file: &str) -> String {
        if file.contains("://") { file.to_owned() } else { format!("{}/files/{file}", self.http) }
    }

    /// Kernel and initrds as URLs.
    fn files_by_http(&self) -> (String, Vec<String>) {
        let custom = &self.profile.custom;
        match &custom.kernel {
            Some(kernel) if self.profile.what() == ProfileKind::Custom => {
                let initrds = custom.initrds.iter().map(|file| self.custom_url(file)).collect();
                (self.custom_url(kernel), initrds)
            }
            _ => (self.url("vmlinuz"), vec![self.url("initrd.img")]),
        }
    }

    /// Kernel and initrds as names for TFTP.
    fn files_by_tftp(&self) -> (String, Vec<String>) {
        let custom = &self.profile.custom;
        match &custom.kernel {
            Some(kernel) if self.profile.what() == ProfileKind::Custom => (kernel.clone(), custom.initrds.clone()),
            _ => (self.tftp("vmlinuz"), vec![self.tftp("initrd.img")]),
        }
    }

    /// What is installed where, for a line that people read on the machine's screen.
    fn headline(&self) -> String {
        let what = match self.image {
            Some(image) => format!("{} {}", image.kind.title(), image.version),
            None => self.profile.what().title().to_owned(),
        };
        format!("Installing {what} on {}", self.name)
    }
}

const PLACEHOLDERS: [&str; 6] = ["{name}", "{mac}", "{address}", "{http}", "{kickstart}", "{built}"];

/// A text of a custom profile without its placeholders, for rules about the rest.
pub(crate) fn without_placeholders(text: &str) -> String {
    PLACEHOLDERS.iter().fold(text.to_owned(), |text, placeholder| text.replace(placeholder, "x"))
}

pub use grub::{install as grub_install, local as grub_local, menu as grub_menu};
pub use ipxe::{Choice, failed as ipxe_failed, install as ipxe_install, local as ipxe_local, menu as ipxe_menu};
pub use pxelinux::{install as pxelinux_install, local as pxelinux_local, menu as pxelinux_menu};

/// ESXi's `boot.cfg` for this installation; nothing where the image has none.
pub fn esxi_boot_cfg(installation: &Installation<'_>, boot_cfg: &str) -> Option<String> {
    let cfg = crate::image::esxi::BootCfg::parse(boot_cfg)?;
    installation.image?.file(Part::Kernel)?;
    let mut options = vec!["runweasel".to_owned()];
    options.extend(installation.kickstart.iter().map(|url| format!("ks={url}")));
    options.extend(installation.mac.map(|mac| format!("BOOTIF=01-{}", mac.dashed())));
    options.extend(installation.profile.boot.kernel_arguments.iter().cloned());
    Some(cfg.for_network(&installation.url("tree"), &options.join(" ")))
}

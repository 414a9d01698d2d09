//! [`Profile`]: how a kind of machine is installed. One profile gives the boot script, the kickstart, and the
//! configuration of other people's servers.
//!
//! A profile is a TOML file. Texts stay texts here; [`Profile::problems`] judges every field, so that what is rendered
//! needs no second look: no line breaks, no characters that a kickstart, a boot loader or a shell could misread.

mod disk;
mod field;
mod menu;
mod rules;
mod store;
mod template;

pub use disk::{Disk, FileSystem, LIMITS, Limit, Partitioning, Volume};
pub(crate) use field::{is_host_name, is_public_key};
pub use menu::{Item, Menu};
pub use store::{ProfileError, Profiles};
pub use template::template;

use hosted_deploy_model::answers::{SecretAnswer, SecretRef};
use hosted_deploy_model::secret::Secret;
use serde::{Deserialize, Serialize};

/// The version of the file that this program writes.
pub const VERSION: u32 = 1;

/// How a machine is installed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Profile {
    /// Version of this file's layout; 1 today.
    pub version: Option<u32>,
    /// What is installed.
    pub kind: Option<ProfileKind>,
    /// The imported image.
    pub image: Option<String>,
    /// A sentence for the list.
    pub description: Option<String>,
    /// The start of the installer, and the limits of an installation.
    pub boot: Boot,
    /// Language, time, access of the installed system.
    pub system: System,
    /// Its network.
    pub network: Network,
    /// Its disks.
    pub disk: Disk,
    /// Where it gets its updates from.
    pub registration: Registration,
    /// What a thick host gets besides.
    pub packages: Packages,
    /// What only ESXi needs.
    pub esxi: Esxi,
    /// A boot of your own.
    pub custom: Custom,
}

/// What is installed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProfileKind {
    /// Red Hat Virtualization Host.
    Rhvh,
    /// oVirt Node.
    OvirtNode,
    /// A thick host with a distribution of Enterprise Linux.
    El,
    /// VMware ESXi.
    Esxi,
    /// Something else: kernel and initrd, or a whole script, of your own.
    Custom,
}

impl ProfileKind {
    /// The name for people.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Rhvh => "Red Hat Virtualization Host",
            Self::OvirtNode => "oVirt Node",
            Self::El => "Enterprise Linux",
            Self::Esxi => "VMware ESXi",
            Self::Custom => "custom",
        }
    }

    /// The word in files.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Rhvh => "rhvh",
            Self::OvirtNode => "ovirt-node",
            Self::El => "el",
            Self::Esxi => "esxi",
            Self::Custom => "custom",
        }
    }

    /// It is written to the disk as one file system image and keeps itself in layers.
    pub const fn is_live_image(self) -> bool {
        matches!(self, Self::Rhvh | Self::OvirtNode)
    }

    /// It is installed by Anaconda.
    pub const fn is_anaconda(self) -> bool {
        matches!(self, Self::Rhvh | Self::OvirtNode | Self::El)
    }
}

/// The start of the installer.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Boot {
    /// The program that loads the kernel.
    pub loader: Loader,
    /// More arguments for the installer's kernel.
    pub kernel_arguments: Vec<String>,
    /// More arguments for the installed system's kernel.
    pub installed_kernel_arguments: Vec<String>,
    /// A serial console for both: `ttyS0,115200`.
    pub serial_console: Option<String>,
    /// Turns the IOMMU on in the installed system, for device assignment.
    pub iommu: Iommu,
    /// How often an installation may be begun before the node counts as failed. Default 3.
    pub attempts: Option<u32>,
    /// Minutes from the boot script to the kickstart. Default 15.
    pub boot_minutes: Option<u32>,
    /// Minutes from the kickstart to the callback. Default 90.
    pub install_minutes: Option<u32>,
}

/// The program that loads the kernel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Loader {
    /// iPXE, over HTTP.
    #[default]
    Ipxe,
    /// PXELINUX, BIOS only.
    Pxelinux,
    /// GRUB behind the distribution's shim, for Secure Boot.
    Grub,
}

/// Whose IOMMU is turned on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Iommu {
    /// Nobody's.
    #[default]
    Off,
    /// `intel_iommu=on iommu=pt`
    Intel,
    /// `amd_iommu=on iommu=pt`
    Amd,
    /// Both, where the processors are mixed or not known.
    Both,
}

/// Language, time, access.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct System {
    /// Locale. Default `en_US.UTF-8`.
    pub language: Option<String>,
    /// Keyboard layout. Default `us`.
    pub keyboard: Option<String>,
    /// Time zone. Default `Etc/UTC`; the hardware clock is UTC.
    pub time_zone: Option<String>,
    /// NTP servers. Default: the distribution's.
    pub time_servers: Vec<String>,
    /// Root's password, crypted.
    #[serde(skip_serializing_if = "SecretAnswer::has_no_reference")]
    pub root_password: SecretAnswer,
    /// Public keys that may log in as root.
    pub ssh_keys: Vec<String>,
    /// Commands in the installed system, at the end of the installation.
    pub commands: Vec<String>,
}

/// The installed system's network.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Network {
    /// By DHCP, or static with the node's address.
    pub mode: NetworkMode,
    /// Prefix length of the node's address. Default 24.
    pub prefix: Option<u8>,
    /// Gateway.
    pub gateway: Option<String>,
    /// Name servers.
    pub dns: Vec<String>,
    /// Domain: a node `node1` becomes `node1.DOMAIN`.
    pub domain: Option<String>,
    /// The card, by name or MAC address. Default: the one that the node boots from.
    pub device: Option<String>,
    /// VLAN.
    pub vlan: Option<u16>,
    /// Cards that form a bond `bond0`.
    pub bond: Vec<String>,
    /// The bond's options. Default `mode=active-backup,miimon=100`.
    pub bond_options: Option<String>,
}

/// How the installed system gets its address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NetworkMode {
    /// By DHCP.
    #[default]
    Dhcp,
    /// The node's address is written down.
    Static,
}

/// Where updates come from.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Registration {
    /// With whom the installed system registers.
    pub with: RegisterWith,
    /// Organization.
    pub organization: Option<String>,
    /// Activation key.
    #[serde(skip_serializing_if = "SecretAnswer::has_no_reference")]
    pub activation_key: SecretAnswer,
    /// The Satellite or Capsule.
    pub server: Option<String>,
    /// Repositories to enable; all others are disabled where any is named.
    pub repositories: Vec<String>,
}

/// With whom.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RegisterWith {
    /// Nobody.
    #[default]
    Nobody,
    /// Red Hat's Customer Portal.
    CustomerPortal,
    /// A Satellite 6, or Foreman with Katello.
    Satellite,
}

/// What a thick host gets besides.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Packages {
    /// Packages, groups (`@core`) and environments (`@^minimal-environment`). Default `@^minimal-environment`.
    pub install: Vec<String>,
    /// More repositories, as URLs.
    pub repositories: Vec<String>,
    /// Packages from a URL that bring repositories: oVirt's release package.
    pub release_packages: Vec<String>,
}

/// What only ESXi needs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Esxi {
    /// You agree to VMware's licence.
    pub accept_eula: bool,
    /// Turns SSH on after the installation.
    pub enable_ssh: bool,
}

/// A boot of your own. In texts `{name}`, `{mac}`, `{address}`, `{http}`, `{kickstart}` and `{built}` are replaced.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Custom {
    /// URL of the kernel, or a name below `/files/`.
    pub kernel: Option<String>,
    /// URLs of initial file systems, or names below `/files/`.
    pub initrds: Vec<String>,
    /// Arguments.
    pub arguments: Vec<String>,
    /// A whole iPXE script, in place of kernel and initrds.
    pub script: Option<String>,
    /// What `/ks/TOKEN` answers: a kickstart, an ignition, anything of text.
    pub kickstart: Option<String>,
}

impl Profile {
    /// What is installed; where nothing is said, a host from an image, so that every function has something to go on.
    pub fn what(&self) -> ProfileKind {
        self.kind.unwrap_or(ProfileKind::Rhvh)
    }

    /// Fills in the secrets that are references. The profile then lives in memory only.
    ///
    /// # Errors
    /// The field that cannot be read, and why.
    pub fn resolve(
        &mut self,
        mut read: impl FnMut(&SecretRef) -> Result<Secret, String>,
    ) -> Result<(), (&'static str, String)> {
        let fields = [
            ("system.root_password", &mut self.system.root_password),
            ("registration.activation_key", &mut self.registration.activation_key),
        ];
        for (field, secret) in fields {
            if let (Some(reference), None) = (secret.source().cloned(), secret.value()) {
                secret.set(read(&reference).map_err(|why| (field, format!("{reference}: {why}")))?);
            }
        }
        Ok(())
    }

    /// The arguments that turn the IOMMU on, and the console's, for the installed system.
    pub fn installed_arguments(&self) -> Vec<String> {
        let iommu: &[&str] = match self.boot.iommu {
            Iommu::Off => &[],
            Iommu::Intel => &["intel_iommu=on", "iommu=pt"],
            Iommu::Amd => &["amd_iommu=on", "iommu=pt"],
            Iommu::Both => &["intel_iommu=on", "amd_iommu=on", "iommu=pt"],
        };
        let mut arguments: Vec<String> = iommu.iter().map(|word| (*word).to_owned()).collect();
        arguments.extend(self.console());
        arguments.extend(self.boot.installed_kernel_arguments.iter().cloned());
        arguments
    }

    /// `console=tty0 console=ttyS0,115200`: the last one is `/dev/console`.
    pub fn console(&self) -> Vec<String> {
        match &self.boot.serial_console {
            Some(console) => vec!["console=tty0".to_owned(), format!("console={console}")],
            None => Vec::new(),
        }
    }

    /// The node's fully qualified name.
    pub fn host_name(&self, node: &str) -> String {
        match &self.network.domain {
            Some(domain) if !node.contains('.') => format!("{node}.{domain}"),
            _ => node.to_owned(),
        }
    }
}

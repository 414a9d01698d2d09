//! [`Programs`]: the boot programs that the system's packages brought, each under one name whatever the distribution calls it.

use crate::client::Firmware;
use hosted_deploy_model::lang::Text;
use std::fmt;
use std::path::{Path, PathBuf};

/// A boot program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Program {
    /// iPXE for BIOS, which uses the card's own driver.
    IpxeBios,
    /// iPXE for UEFI x64.
    IpxeX64,
    /// iPXE for UEFI ia32.
    IpxeIa32,
    /// iPXE for UEFI arm64.
    IpxeArm64,
    /// PXELINUX that also speaks HTTP.
    Lpxelinux,
    /// PXELINUX.
    Pxelinux,
    /// PXELINUX' library, which it loads from beside itself.
    Ldlinux,
}

/// Where Debian and the Enterprise Linux family keep a program; the first that is there counts. The iPXE with the firmware's
/// own card driver (snponly) comes before the one with iPXE's drivers: it works wherever the firmware itself booted.
const PLACES: [(Program, &str, &[&str]); 7] = [
    (Program::IpxeBios, "undionly.kpxe", &["/usr/lib/ipxe/undionly.kpxe", "/usr/share/ipxe/undionly.kpxe"]),
    (
        Program::IpxeX64,
        "ipxe-x86_64.efi",
        &[
            "/usr/lib/ipxe/snponly.efi",
            "/usr/share/ipxe/ipxe-snponly-x86_64.efi",
            "/usr/lib/ipxe/ipxe.efi",
            "/usr/share/ipxe/ipxe-x86_64.efi",
        ],
    ),
    (Program::IpxeIa32, "ipxe-i386.efi", &["/usr/share/ipxe/ipxe-i386.efi", "/usr/lib/ipxe/ipxe-i386.efi"]),
    (
        Program::IpxeArm64,
        "ipxe-arm64.efi",
        &[
            "/usr/share/ipxe/arm64-efi/snponly.efi",
            "/usr/share/ipxe/arm64-efi/ipxe.efi",
            "/usr/lib/ipxe/ipxe-arm64.efi",
        ],
    ),
    (
        Program::Lpxelinux,
        "lpxelinux.0",
        &["/usr/lib/PXELINUX/lpxelinux.0", "/usr/share/syslinux/lpxelinux.0", "/tftpboot/lpxelinux.0"],
    ),
    (
        Program::Pxelinux,
        "pxelinux.0",
        &["/usr/lib/PXELINUX/pxelinux.0", "/usr/share/syslinux/pxelinux.0", "/tftpboot/pxelinux.0"],
    ),
    (
        Program::Ldlinux,
        "ldlinux.c32",
        &["/usr/lib/syslinux/modules/bios/ldlinux.c32", "/usr/share/syslinux/ldlinux.c32", "/tftpboot/ldlinux.c32"],
    ),
];

/// The programs that were found.
#[derive(Clone, Debug, Default)]
pub struct Programs {
    found: Vec<(Program, PathBuf)>,
}

/// A program is not installed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Missing {
    what: &'static str,
    /// Packages of Debian and of Enterprise Linux; none where no distribution has one.
    packages: Option<(Debian, &'static str)>,
}

/// What Debian does about a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Debian {
    Package(&'static str),
    /// Its `ipxe` (of Debian 12 for certain) is built for BIOS and UEFI x64 only: somebody has to bring a file of this name.
    Own(&'static str),
}

impl Program {
    /// The name under which clients load it.
    pub fn name(self) -> &'static str {
        PLACES.iter().find(|(program, ..)| *program == self).map_or("", |(_, name, _)| name)
    }
}

impl Programs {
    /// Looks in `folder` first (by our names), then where the packages put them.
    pub fn find(folder: Option<&Path>) -> Self {
        let found = PLACES.iter().filter_map(|(program, name, places)| {
            let own = folder.map(|folder| folder.join(name));
            let all = own.into_iter().chain(places.iter().map(PathBuf::from));
            all.into_iter().find(|path| path.is_file()).map(|path| (*program, path))
        });
        Self { found: found.collect() }
    }

    /// The file behind a name that a client asks for.
    pub fn path(&self, name: &str) -> Option<&Path> {
        self.found.iter().find(|(program, _)| program.name() == name).map(|(_, path)| path.as_path())
    }

    /// iPXE for a firmware.
    ///
    /// # Errors
    /// [`Missing`] names the package.
    pub fn ipxe(&self, firmware: Firmware) -> Result<&'static str, Missing> {
        let (program, what, packages) = match firmware {
            Firmware::Bios => {
                (Program::IpxeBios, "iPXE for BIOS", Some((Debian::Package("ipxe"), "ipxe-bootimgs-x86")))
            }
            Firmware::UefiX64 => {
                (Program::IpxeX64, "iPXE for UEFI x64", Some((Debian::Package("ipxe"), "ipxe-bootimgs-x86")))
            }
            Firmware::UefiIa32 => {
                let own = Debian::Own(Program::IpxeIa32.name());
                (Program::IpxeIa32, "iPXE for UEFI ia32", Some((own, "ipxe-bootimgs-x86")))
            }
            Firmware::UefiArm64 => {
                let own = Debian::Own(Program::IpxeArm64.name());
                (Program::IpxeArm64, "iPXE for UEFI arm64", Some((own, "ipxe-bootimgs-aarch64")))
            }
            Firmware::Other => return Err(Missing { what: "a boot program for this architecture", packages: None }),
        };
        self.name(program).ok_or(Missing { what, packages })
    }

    /// PXELINUX, the one that speaks HTTP first.
    ///
    /// # Errors
    /// [`Missing`] names the package.
    pub fn pxelinux(&self) -> Result<&'static str, Missing> {
        let missing = Missing {
            what: "PXELINUX",
            packages: Some((Debian::Package("pxelinux syslinux-common"), "syslinux-tftpboot")),
        };
        self.name(Program::Ldlinux).ok_or(missing)?;
        self.name(Program::Lpxelinux).or_else(|| self.name(Program::Pxelinux)).ok_or(missing)
    }

    /// What a server that wants to boot every usual machine lacks.
    pub fn missing(&self) -> Vec<Missing> {
        let ipxe = [Firmware::Bios, Firmware::UefiX64].map(|firmware| self.ipxe(firmware).err());
        ipxe.into_iter().flatten().collect()
    }

    fn name(&self, program: Program) -> Option<&'static str> {
        self.found.iter().any(|(found, _)| *found == program).then(|| program.name())
    }

    #[cfg(test)]
    pub(crate) fn complete() -> Self {
        Self { found: PLACES.iter().map(|(program, name, _)| (*program, PathBuf::from(name))).collect() }
    }
}

impl Missing {
    /// What is missing and the command that brings it.
    pub fn text(&self) -> Text {
        let what = self.what;
        match self.packages {
            Some((Debian::Own(name), enterprise)) => Text::new(
                format!(
                    "{what} is not installed here, so such machines get no boot file. RHEL, Fedora: `dnf install {enterprise}`. Debian, Ubuntu: their package may have none; put one as {name} into a folder and name that by --programs. Then start again"
                ),
                format!(
                    "{what} がインストールされていないため、該当するマシンにブートファイルを渡せません。RHEL、Fedora では `dnf install {enterprise}` でインストールしてください。Debian、Ubuntu のパッケージには含まれない場合があるため、{name} という名前のファイルをフォルダーに置き、--programs で指定してください。その後、再起動してください"
                ),
            ),
            Some((Debian::Package(debian), enterprise)) => Text::new(
                format!(
                    "{what} is not installed here, so such machines get no boot file. Install it: `apt install {debian}` (Debian, Ubuntu) or `dnf install {enterprise}` (RHEL, Fedora), then start again"
                ),
                format!(
                    "{what} がインストールされていないため、該当するマシンにブートファイルを渡せません。`apt install {debian}` (Debian、Ubuntu) または `dnf install {enterprise}` (RHEL、Fedora) でインストールしてから再起動してください"
                ),
            ),
            None => Text::new(
                format!("there is no {}: such machines cannot be booted by this server", what.trim_start_matches("a ")),
                format!("{what} は存在しないため、このサーバーから起動できません"),
            ),
        }
    }
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text().en)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_program_is_named_with_the_commands_that_bring_it() {
        let missing = Programs::default().missing();
        assert_eq!(missing.len(), 2);
        let text = missing[0].text();
        for words in ["apt install ipxe", "dnf install ipxe-bootimgs-x86"] {
            assert!(text.en.contains(words) && text.ja.contains(words), "{text:?}");
        }
    }

    #[test]
    fn what_debian_does_not_have_is_asked_for_by_its_name() {
        let missing = Programs::default().ipxe(Firmware::UefiArm64).unwrap_err().text();
        for words in ["ipxe-arm64.efi", "--programs", "dnf install ipxe-bootimgs-aarch64"] {
            assert!(missing.en.contains(words) && missing.ja.contains(words), "{missing:?}");
        }
        assert!(!missing.en.contains("apt install"), "{missing:?}");
    }

    #[test]
    fn a_folder_of_ones_own_comes_before_the_packages() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("ipxe-arm64.efi"), "own").unwrap();
        let programs = Programs::find(Some(folder.path()));
        assert_eq!(programs.path("ipxe-arm64.efi"), Some(folder.path().join("ipxe-arm64.efi").as_path()));
        assert_eq!(programs.path("../../etc/passwd"), None);
    }

    #[test]
    fn pxelinux_without_its_library_is_missing() {
        let programs = Programs { found: vec![(Program::Pxelinux, PathBuf::from("pxelinux.0"))] };
        assert!(programs.pxelinux().is_err());
    }
}

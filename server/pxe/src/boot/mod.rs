//! Which file or URL a client is given at which stage, and where the boot programs of the system are.
//!
//! | client | its first file | then |
//! |---|---|---|
//! | BIOS PXE ROM | `undionly.kpxe` by TFTP | iPXE asks again |
//! | UEFI PXE | iPXE for its architecture by TFTP, or the shim for Secure Boot | iPXE asks again; GRUB asks for its text |
//! | UEFI HTTP boot | the same as a URL, with option 60 | the same |
//! | iPXE | the URL of its script | kernel and initrd by HTTP |
//! | BIOS with PXELINUX wanted | `lpxelinux.0` by TFTP | PXELINUX asks for its text |

mod programs;

pub use programs::{Missing, Program as BootProgram, Programs};

use crate::client::{Client, Firmware, Program};
use crate::provisioning::{Known, Loader, Machine, Origin};

/// What a client is told to load.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Boot {
    /// A name for TFTP, or a URL.
    pub file: String,
    /// What it is for.
    pub stage: Stage,
}

/// What the file of a [`Boot`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stage {
    /// A boot program, by TFTP.
    Tftp,
    /// A boot program, by UEFI HTTP boot.
    Http,
    /// The script of iPXE.
    Script,
}

/// Why a client is told nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum NoBoot {
    /// It did not ask to boot.
    #[error("it does not boot from the network")]
    NotAsked,
    /// The system lacks the program.
    #[error("{0}")]
    Missing(Missing),
}

/// Decides. Pure: the same client gets the same answer.
///
/// # Errors
/// [`NoBoot`].
pub fn decide(
    client: Client,
    machine: &Machine,
    known: Option<&Known>,
    origin: &Origin,
    programs: &Programs,
) -> Result<Boot, NoBoot> {
    let loader = known.map(|known| known.loader).unwrap_or_default();
    let tftp = |file: String| Boot { file, stage: Stage::Tftp };
    match (client.program, client.firmware, loader) {
        (Program::System, ..) => Err(NoBoot::NotAsked),
        // Also from iPXE: PXELINUX asks no DHCP server again, so this cannot go round.
        (Program::Pxe | Program::Ipxe, Firmware::Bios, Loader::Pxelinux) => {
            programs.pxelinux().map(|name| tftp(name.to_owned())).map_err(NoBoot::Missing)
        }
        (Program::Ipxe, ..) => Ok(Boot { file: script_url(machine, origin), stage: Stage::Script }),
        (program, firmware, loader) => {
            let shim = known.and_then(|known| known.shim.as_deref()).filter(|_| loader == Loader::Grub);
            match (program, shim) {
                (Program::Pxe, Some(shim)) if firmware != Firmware::Bios => Ok(tftp(shim.to_owned())),
                (Program::HttpBoot, Some(shim)) => {
                    Ok(Boot { file: format!("{}/files/{shim}", origin.http()), stage: Stage::Http })
                }
                (program, _) => {
                    let name = programs.ipxe(firmware).map_err(NoBoot::Missing)?;
                    Ok(match program {
                        Program::HttpBoot => {
                            Boot { file: format!("{}/boot/{name}", origin.http()), stage: Stage::Http }
                        }
                        _ => tftp(name.to_owned()),
                    })
                }
            }
        }
    }
}

/// Everything that the script's text depends on stands in its URL, so that it fits no other machine: at most 127 bytes,
/// which is what the `file` field holds.
fn script_url(machine: &Machine, origin: &Origin) -> String {
    let mut url = format!("{}/ipxe/{}", origin.http(), machine.mac.dashed());
    let mut mark = '?';
    if let Some(arch) = machine.arch {
        url.push_str(&format!("{mark}arch={arch}"));
        mark = '&';
    }
    if let Some(uuid) = machine.uuid {
        url.push_str(&format!("{mark}uuid={uuid}"));
    }
    url
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::Marks;
    use crate::mac::Mac;
    use uuid::Uuid;

    fn asked(vendor_class: &str, user_class: &str, known: Option<&Known>) -> Result<String, NoBoot> {
        let client = Client::of(Marks {
            vendor_class: vendor_class.as_bytes(),
            user_class: user_class.as_bytes(),
            ..Marks::default()
        });
        let machine = Machine {
            mac: Mac::new([0x52, 0x54, 0, 0, 0, 1]),
            uuid: Some(Uuid::from_u128(0x1122_3344_5566_7788_99aa_bbcc_ddee_ff01)),
            arch: client.arch,
            address: None,
        };
        let origin = Origin { address: [192, 0, 2, 1].into(), http_port: 8080 };
        decide(client, &machine, known, &origin, &Programs::complete()).map(|boot| boot.file)
    }

    #[test]
    fn each_kind_of_client_gets_its_file() {
        let grub = Known { loader: Loader::Grub, shim: Some("rhvh/EFI/BOOT/BOOTX64.EFI".into()), ..Known::default() };
        let pxelinux = Known { loader: Loader::Pxelinux, ..Known::default() };
        const SCRIPT: &str =
            "http://192.0.2.1:8080/ipxe/52-54-00-00-00-01?arch=0&uuid=11223344-5566-7788-99aa-bbccddeeff01";
        for (class, user_class, known, file) in [
            ("PXEClient:Arch:00000:UNDI:002001", "", None, "undionly.kpxe"),
            ("PXEClient:Arch:00007:UNDI:003000", "", None, "ipxe-x86_64.efi"),
            ("PXEClient:Arch:00009:UNDI:003000", "", None, "ipxe-x86_64.efi"),
            ("PXEClient:Arch:00006:UNDI:003000", "", None, "ipxe-i386.efi"),
            ("PXEClient:Arch:00011:UNDI:003000", "", None, "ipxe-arm64.efi"),
            ("HTTPClient:Arch:00016:UNDI:003000", "", None, "http://192.0.2.1:8080/boot/ipxe-x86_64.efi"),
            ("PXEClient:Arch:00000:UNDI:002001", "iPXE", None, SCRIPT),
            ("PXEClient:Arch:00000:UNDI:002001", "", Some(&pxelinux), "lpxelinux.0"),
            ("PXEClient:Arch:00000:UNDI:002001", "iPXE", Some(&pxelinux), "lpxelinux.0"),
            ("PXEClient:Arch:00007:UNDI:003000", "", Some(&pxelinux), "ipxe-x86_64.efi"),
            ("PXEClient:Arch:00007:UNDI:003000", "", Some(&grub), "rhvh/EFI/BOOT/BOOTX64.EFI"),
            (
                "HTTPClient:Arch:00016:UNDI:003000",
                "",
                Some(&grub),
                "http://192.0.2.1:8080/files/rhvh/EFI/BOOT/BOOTX64.EFI",
            ),
            ("PXEClient:Arch:00000:UNDI:002001", "", Some(&grub), "undionly.kpxe"),
            ("PXEClient:Arch:00000:UNDI:002001", "iPXE", Some(&grub), SCRIPT),
        ] {
            assert_eq!(asked(class, user_class, known).as_deref(), Ok(file), "{class} {user_class}");
        }
        assert!(SCRIPT.len() < 127);
    }

    #[test]
    fn ipxe_never_gets_a_boot_program_that_asks_again() {
        for class in ["PXEClient:Arch:00000:UNDI:002001", "PXEClient:Arch:00007:UNDI:003010", "PXEClient", ""] {
            assert!(asked(class, "iPXE", None).unwrap().contains("/ipxe/52-54-00-00-00-01"), "{class}");
        }
    }

    #[test]
    fn who_does_not_boot_gets_nothing() {
        assert_eq!(asked("udhcp 1.35.0", "", None), Err(NoBoot::NotAsked));
        assert!(matches!(asked("PXEClient:Arch:00014:UNDI:003000", "", None), Err(NoBoot::Missing(_))));
    }
}

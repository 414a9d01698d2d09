//! What a machine would get, stage by stage, and why: the same decision that the servers make, without a packet and without
//! changing anything.

use crate::boot::{self, NoBoot, Programs, Stage};
use crate::client::{Client, Firmware, Marks, Program};
use crate::mac::Mac;
use crate::provisioning::{Known, Loader, Machine, Origin};
use crate::serve::loader_words;
use hosted_deploy_model::lang::Text;
use std::net::Ipv4Addr;
use uuid::Uuid;

/// Who to explain.
#[derive(Clone, Debug)]
pub struct Subject {
    /// Its hardware address.
    pub mac: Mac,
    /// Its UUID.
    pub uuid: Option<Uuid>,
    /// Option 93; without one every usual kind is explained.
    pub arch: Option<u16>,
    /// Option 77 is `iPXE`.
    pub ipxe: bool,
}

/// One question and its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Who asks, in the words of the logs.
    pub client: &'static str,
    /// The file or URL; `None`: nothing.
    pub file: Option<String>,
    /// Why, and what comes next.
    pub why: Text,
}

/// Every stage of the subject, one list a kind of firmware.
pub fn explain(subject: &Subject, known: Option<&Known>, origin: &Origin, programs: &Programs) -> Vec<Vec<Step>> {
    let firsts = match (subject.ipxe, subject.arch) {
        (true, arch) => vec![client(Program::Ipxe, arch.unwrap_or(0))],
        (false, Some(arch @ 15..=20)) => vec![client(Program::HttpBoot, arch)],
        (false, Some(arch)) => vec![client(Program::Pxe, arch)],
        (false, None) => vec![client(Program::Pxe, 0), client(Program::Pxe, 7), client(Program::HttpBoot, 16)],
    };
    firsts.into_iter().map(|first| chain(subject, first, known, origin, programs)).collect()
}

fn client(program: Program, arch: u16) -> Client {
    let (vendor_class, user_class): (&[u8], &[u8]) = match program {
        Program::Pxe => (b"PXEClient", b""),
        Program::HttpBoot => (b"HTTPClient", b""),
        Program::Ipxe => (b"PXEClient", b"iPXE"),
        Program::System => (b"", b""),
    };
    Client::of(Marks { vendor_class, user_class, arch: &arch.to_be_bytes(), ipxe_options: program == Program::Ipxe })
}

fn chain(subject: &Subject, first: Client, known: Option<&Known>, origin: &Origin, programs: &Programs) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut next = Some(first);
    while let Some(client) = next.take() {
        let machine = Machine { mac: subject.mac, uuid: subject.uuid, arch: client.arch, address: None };
        let decided = boot::decide(client, &machine, known, origin, programs);
        let why = why(client, known, &decided);
        // iPXE is the only program that asks DHCP once more.
        let again = matches!(&decided, Ok(boot) if boot.stage != Stage::Script && is_ipxe(&boot.file, programs));
        if again {
            let arch = match client.firmware {
                Firmware::UefiX64 => 7,
                Firmware::UefiIa32 => 6,
                Firmware::UefiArm64 => 11,
                Firmware::Bios | Firmware::Other => 0,
            };
            next = Some(self::client(Program::Ipxe, arch));
        }
        steps.push(Step { client: client.words(), file: decided.ok().map(|boot| boot.file), why });
    }
    steps
}

fn is_ipxe(file: &str, programs: &Programs) -> bool {
    let name = file.rsplit_once('/').map_or(file, |(_, name)| name);
    [Firmware::Bios, Firmware::UefiX64, Firmware::UefiIa32, Firmware::UefiArm64]
        .into_iter()
        .any(|firmware| programs.ipxe(firmware) == Ok(name))
}

fn why(client: Client, known: Option<&Known>, decided: &Result<boot::Boot, NoBoot>) -> Text {
    let loader = known.map(|known| known.loader).unwrap_or_default();
    match decided {
        Err(NoBoot::NotAsked) => Text::new(
            "it does not boot from the network: an address and nothing else",
            "ネットワークブートではないため、アドレスのみ割り当てます",
        ),
        Err(NoBoot::Missing(missing)) => missing.text(),
        Ok(boot) => match (boot.stage, client.program, loader) {
            (Stage::Script, ..) => Text::new(
                "iPXE gets the script of this machine, never a boot program: chained iPXE cannot be told from the one before it",
                "iPXE にはこのマシン用のスクリプトを渡します。iPXE を再度渡すと無限ループになるため、ブートプログラムは渡しません",
            ),
            (_, _, Loader::Ipxe) => Text::new(
                "firmware loads iPXE, which asks again and then gets its script",
                "ファームウェアが iPXE を読み込み、iPXE が再度要求してスクリプトを取得します",
            ),
            (_, _, loader) if boot.file.ends_with(".0") || known.is_some_and(|known| known.shim.is_some()) => {
                let loader = loader_words(loader);
                Text::new(
                    format!("the profile wants {loader}, which fetches its own text by TFTP"),
                    format!("プロファイルの指定により {loader} を使用します。設定は TFTP で取得されます"),
                )
            }
            (_, _, loader) => {
                let loader = loader_words(loader);
                Text::new(
                    format!("the profile wants {loader}, which this firmware or image has none of: iPXE instead"),
                    format!(
                        "プロファイルは {loader} を指定していますが、このファームウェアまたはイメージでは使用できないため iPXE を使用します"
                    ),
                )
            }
        },
    }
}

/// The address a machine would get, and why.
pub fn address(known: Option<&Known>, leased: Option<Ipv4Addr>, ours: bool) -> Text {
    match (ours, known.and_then(|known| known.address), leased) {
        (false, ..) => Text::new("from the other DHCP server", "別の DHCP サーバーから"),
        (true, Some(kept), _) => {
            Text::new(format!("{kept}, kept for this node"), format!("{kept} (このノード用に予約)"))
        }
        (true, None, Some(leased)) => {
            Text::new(format!("{leased}, which it has or had"), format!("{leased} (現在または以前のリース)"))
        }
        (true, None, None) => Text::new("a free one of the pool", "プールの空きアドレス"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(subject: &Subject, known: Option<&Known>) -> Vec<Vec<String>> {
        let origin = Origin { address: [192, 0, 2, 1].into(), http_port: 80 };
        let chains = explain(subject, known, &origin, &Programs::complete());
        chains.into_iter().map(|chain| chain.into_iter().filter_map(|step| step.file).collect()).collect()
    }

    #[test]
    fn every_chain_ends_at_the_machines_script_or_at_its_own_loader() {
        let mac = Mac::new([0x52, 0x54, 0, 0, 0, 1]);
        let subject = Subject { mac, uuid: None, arch: None, ipxe: false };
        let script = |arch| format!("http://192.0.2.1/ipxe/52-54-00-00-00-01?arch={arch}");
        assert_eq!(
            files(&subject, None),
            [
                vec!["undionly.kpxe".to_owned(), script(0)],
                vec!["ipxe-x86_64.efi".to_owned(), script(7)],
                vec!["http://192.0.2.1/boot/ipxe-x86_64.efi".to_owned(), script(7)],
            ]
        );
        let bios = Subject { arch: Some(0), ..subject.clone() };
        let known = Known { loader: Loader::Pxelinux, ..Known::default() };
        assert_eq!(files(&bios, Some(&known)), [["lpxelinux.0"]]);
        let ipxe = Subject { ipxe: true, ..subject };
        assert_eq!(files(&ipxe, None), [[script(0)]]);
    }
}

//! Rules of one field, for the `validator` derive. None needs a regular expression: those alone would triple what the
//! browser downloads.

mod access;
mod network;
mod storage;

pub(crate) use access::{ssh_public_key, user_name};
pub(in crate::answers::rules) use network::is_usable;
pub(crate) use network::{
    address_or_name, dns_servers, interface, ip, ip_and_prefix, mac, nat_ipv4_prefix, nat_ipv6_prefix, smtp_server,
};
pub(crate) use storage::{chap_user, gluster_connection, iscsi_target, lun_id, mount_options, nfs_connection, portals};

use super::{wrong, wrong_item};
use crate::lang::{Text, text};
use std::net::IpAddr;
use validator::ValidationError;

type Verdict = Result<(), ValidationError>;

fn demand(holds: bool, message: Text, remedy: Text) -> Verdict {
    if holds { Ok(()) } else { Err(wrong(message, remedy)) }
}

/// RFC 1123: labels of letters, digits and hyphens, 63 characters each, 253 in all.
pub(super) fn is_host_name(name: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    name.len() <= 253 && name.split('.').all(label)
}

fn is_localhost(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name == "localhost" || name.starts_with("localhost.")
}

pub(crate) fn fqdn(name: &str) -> Verdict {
    demand(
        name.parse::<IpAddr>().is_err(),
        text!(
            "\"{name}\" is an address; a name is needed here.",
            "\"{name}\" は IP アドレスです。ここには名前が必要です。"
        ),
        text!(
            "Write the fully qualified name that DNS has for it (engine.example.com).",
            "DNS に登録された完全修飾名 (engine.example.com) を指定してください。"
        ),
    )?;
    demand(
        !is_localhost(name),
        text!("\"{name}\" means every machine itself.", "\"{name}\" はどのマシンでも自分自身を指します。"),
        text!(
            "Write the name by which other machines reach it (engine.example.com).",
            "他のマシンから到達できる名前 (engine.example.com) を指定してください。"
        ),
    )?;
    demand(
        is_host_name(name),
        text!("\"{name}\" is no host name.", "\"{name}\" はホスト名として正しくありません。"),
        text!(
            "Use letters, digits, hyphens and dots; each part 1 to 63 characters, no hyphen at its ends (RFC 1123).",
            "英数字、ハイフン、ドットを使ってください。各部分は 1 から 63 文字で、両端にハイフンは使えません (RFC 1123)。"
        ),
    )?;
    demand(
        name.contains('.') && !last_label_is_number(name),
        text!("\"{name}\" is not fully qualified.", "\"{name}\" は完全修飾名ではありません。"),
        text!("Add the domain: {name}.example.com.", "ドメインを付けてください: {name}.example.com。"),
    )
}

/// Then it is a mistyped IPv4 address, and resolvers take it for one.
fn last_label_is_number(name: &str) -> bool {
    name.rsplit('.').next().is_some_and(|label| label.chars().all(|c| c.is_ascii_digit()))
}

pub(crate) fn path_on_host(path: &str) -> Verdict {
    demand(
        path.starts_with('/') && path.len() > 1 && !path.split('/').any(|part| part == ".."),
        text!("\"{path}\" is not an absolute path.", "\"{path}\" は絶対パスではありません。"),
        text!(
            "Write the whole path on the host, from / on and without \"..\".",
            "ホスト上のパスを / から始め、\"..\" を使わずに指定してください。"
        ),
    )
}

pub(crate) fn time_zone(zone: &str) -> Verdict {
    let part = |part: &str| {
        !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '+'))
    };
    demand(
        zone.split('/').all(part),
        text!("\"{zone}\" is no time zone.", "\"{zone}\" はタイムゾーンではありません。"),
        text!(
            "Write a name that \"timedatectl list-timezones\" shows (Europe/Prague, UTC).",
            "\"timedatectl list-timezones\" が表示する名前 (Europe/Prague、UTC) を指定してください。"
        ),
    )
}

/// The role puts it into a command line.
pub(crate) fn boot_flags(flags: &str) -> Verdict {
    demand(
        flags.starts_with("--") && flags.chars().all(|c| c.is_ascii_alphanumeric() || " -_=,./:".contains(c)),
        text!(
            "\"{flags}\" are no boot options of virt-install.",
            "\"{flags}\" は virt-install の起動オプションではありません。"
        ),
        text!(
            "Write options such as: --boot uefi,loader.secure=no",
            "次のようなオプションを指定してください: --boot uefi,loader.secure=no"
        ),
    )
}

/// What the engine accepts as a name of a data center, a cluster, a storage domain or a VM.
fn engine_name(name: &str, more: &str, longest: usize, what: &Text) -> Verdict {
    let (en, ja) = (&what.en, &what.ja);
    let more_text: Vec<String> = more.chars().map(String::from).collect();
    let more_text = more_text.join(" ");
    let count = name.chars().count();
    demand(
        (1..=longest).contains(&count) && name.chars().all(|c| c.is_ascii_alphanumeric() || more.contains(c)),
        text!("\"{name}\" is not possible as {en}.", "\"{name}\" は{ja}にできません。"),
        text!(
            "Use letters, digits and {more_text}, at most {longest} characters.",
            "英数字と {more_text} を使い、{longest} 文字以内にしてください。"
        ),
    )
}

pub(crate) fn data_center(name: &str) -> Verdict {
    engine_name(name, "_-", 40, &text!("the name of a data center", "データセンター名"))
}

pub(crate) fn cluster(name: &str) -> Verdict {
    engine_name(name, "_-", 40, &text!("the name of a cluster", "クラスター名"))
}

pub(crate) fn domain_name(name: &str) -> Verdict {
    engine_name(name, "_-", 50, &text!("the name of a storage domain", "ストレージドメイン名"))
}

pub(crate) fn vm_name(name: &str) -> Verdict {
    engine_name(name, "_-.", 64, &text!("the name of a VM", "VM 名"))
}

pub(crate) fn name_in_engine(name: &str) -> Verdict {
    engine_name(name, "_-.", 255, &text!("the name of a host", "ホスト名"))
}

pub(crate) fn management_network(name: &str) -> Verdict {
    engine_name(name, "_-", 15, &text!("the name of the management network", "管理ネットワーク名"))?;
    demand(
        !name.starts_with("bond"),
        text!("\"{name}\" begins like a bond.", "\"{name}\" はボンドと同じ名前で始まっています。"),
        text!(
            "Choose a name that does not begin with \"bond\" (ovirtmgmt).",
            "\"bond\" で始まらない名前 (ovirtmgmt) を選んでください。"
        ),
    )
}

pub(crate) fn compatibility_version(version: &str) -> Verdict {
    let number = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_digit());
    demand(
        version.split_once('.').is_some_and(|(major, minor)| number(major) && number(minor)),
        text!("\"{version}\" is no compatibility version.", "\"{version}\" は互換バージョンではありません。"),
        text!("Write major and minor: 4.7.", "メジャーとマイナーを指定してください: 4.7。"),
    )
}

pub(crate) fn mail_address(address: &str) -> Verdict {
    let sound = address.rsplit_once('@').is_some_and(|(local, host)| {
        let local_part = |c: char| c.is_ascii_alphanumeric() || ".!#$%&'*+/=?^_`{|}~-".contains(c);
        (1..=64).contains(&local.len())
            && local.chars().all(local_part)
            && !local.starts_with('.')
            && !local.ends_with('.')
            && !local.contains("..")
            && is_host_name(host)
    });
    demand(
        sound,
        text!("\"{address}\" is no mail address.", "\"{address}\" はメールアドレスではありません。"),
        text!(
            "Write one address alone, without a name: ops@example.com.",
            "アドレスだけを名前なしで指定してください: ops@example.com。"
        ),
    )
}

pub(crate) fn recipients(addresses: &[String]) -> Verdict {
    let count = addresses.len();
    demand(
        count <= 3,
        text!("{count} recipients are too many.", "宛先が {count} 個あり、多すぎます。"),
        text!("Name at most three, or a mailing list.", "3 つまでにするか、メーリングリストを指定してください。"),
    )?;
    addresses
        .iter()
        .enumerate()
        .try_for_each(|(index, address)| mail_address(address).map_err(|error| wrong_item(index, error)))
}

pub(crate) fn packages(packages: &[String]) -> Verdict {
    packages.iter().enumerate().try_for_each(|(index, name)| package(name).map_err(|error| wrong_item(index, error)))
}

pub(crate) fn package(name: &str) -> Verdict {
    let sound = name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || "+._-:~^".contains(c));
    demand(
        sound,
        text!("\"{name}\" is no package name.", "\"{name}\" はパッケージ名ではありません。"),
        text!(
            "Write the name as dnf shows it, one package an item.",
            "dnf が表示する名前を、一項目に一つずつ指定してください。"
        ),
    )
}

/// A word that ends up in a line of a configuration file.
pub(crate) fn word(word: &str) -> Verdict {
    demand(
        !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c)),
        text!("\"{word}\" is not one word.", "\"{word}\" は一つの単語ではありません。"),
        text!(
            "Use letters, digits, dots, hyphens and underscores.",
            "英数字、ドット、ハイフン、下線を使ってください。"
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_rfc_1123() {
        for good in ["engine.example.com", "1host.example.com", "a-b.c", "xn--caf-dma.example"] {
            assert!(fqdn(good).is_ok(), "{good}");
        }
        let long = format!("{}.example.com", "a".repeat(64));
        for bad in [
            "localhost",
            "LOCALHOST.localdomain",
            "engine",
            "-a.b",
            "a..b",
            "192.0.2.1",
            "a_b.c",
            "192.0.2.300",
            &long,
            "",
        ] {
            assert!(fqdn(bad).is_err(), "{bad}");
        }
    }
}

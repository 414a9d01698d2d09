//! Exports, volumes, portals, targets and LUNs.

use super::{Verdict, demand, is_host_name, is_usable, last_label_is_number};
use crate::answers::rules::{wrong, wrong_item};
use crate::answers::{Portal, split_connection};
use crate::lang::text;
use std::net::{Ipv4Addr, Ipv6Addr};

/// The server of a connection: a name, an IPv4 address, an IPv6 address in brackets.
fn server(server: &str) -> Verdict {
    demand(
        server.parse::<Ipv6Addr>().is_err(),
        text!(
            "The IPv6 address {server} must stand in brackets.",
            "IPv6 アドレス {server} は角括弧で囲む必要があります。"
        ),
        text!("Write [{server}]:/path.", "[{server}]:/path のように指定してください。"),
    )?;
    let bracketed = server.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let sound = match bracketed {
        Some(address) => address.parse::<Ipv6Addr>().is_ok(),
        None if last_label_is_number(server) => server.parse::<Ipv4Addr>().is_ok(),
        None => is_host_name(server),
    };
    demand(
        sound,
        text!("\"{server}\" is no server.", "\"{server}\" はサーバーの指定として正しくありません。"),
        text!(
            "Write a name, an IPv4 address or an IPv6 address in brackets.",
            "名前、IPv4 アドレス、または角括弧で囲んだ IPv6 アドレスを指定してください。"
        ),
    )
}

pub(crate) fn nfs_connection(connection: &str) -> Verdict {
    let remedy = || {
        text!(
            "Write server:/path: nas.example.com:/exports/he, 192.0.2.10:/data or [2001:db8::1]:/data.",
            "サーバー:/パス の形で指定してください: nas.example.com:/exports/he、192.0.2.10:/data、[2001:db8::1]:/data。"
        )
    };
    let Some((host, path)) = split_connection(connection) else {
        return Err(wrong(
            text!("\"{connection}\" is no NFS export.", "\"{connection}\" は NFS エクスポートではありません。"),
            remedy(),
        ));
    };
    server(host)?;
    demand(
        !path.chars().any(char::is_whitespace) && !path.contains("//") && !path.split('/').any(|part| part == ".."),
        text!("\"{path}\" is no path of an NFS export.", "\"{path}\" は NFS エクスポートのパスではありません。"),
        remedy(),
    )
}

pub(crate) fn gluster_connection(connection: &str) -> Verdict {
    let remedy = || {
        text!(
            "Write server:/volume: gluster1.example.com:/engine.",
            "サーバー:/ボリューム の形で指定してください: gluster1.example.com:/engine。"
        )
    };
    let Some((host, path)) = split_connection(connection) else {
        return Err(wrong(
            text!("\"{connection}\" is no Gluster volume.", "\"{connection}\" は Gluster ボリュームではありません。"),
            remedy(),
        ));
    };
    server(host)?;
    let volume = path.trim_start_matches('/');
    demand(
        !volume.is_empty() && volume.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '/' | '.')),
        text!("\"{path}\" is no volume.", "\"{path}\" はボリュームではありません。"),
        remedy(),
    )
}

pub(crate) fn mount_options(options: &str) -> Verdict {
    let sound = options.split(',').all(|option| {
        !option.is_empty()
            && !option.starts_with('=')
            && option.chars().all(|c| c.is_ascii_graphic() && !"\"'`$;&|<>".contains(c))
    });
    demand(
        sound,
        text!("\"{options}\" are no mount options.", "\"{options}\" はマウントオプションではありません。"),
        text!(
            "Write them with commas and without blanks, as after mount -o: timeo=600,retrans=6.",
            "mount -o と同じように、空白なしでカンマ区切りにしてください: timeo=600,retrans=6。"
        ),
    )
}

pub(crate) fn portals(portals: &[String]) -> Verdict {
    for (index, portal) in portals.iter().enumerate() {
        let parsed = portal.parse::<Portal>();
        demand(
            parsed.as_ref().is_ok_and(|portal| portal.port > 0 && is_usable(&portal.address)),
            match portal.rsplit_once(':').map_or(portal.as_str(), |(host, _)| host) {
                host if is_host_name(host) && !last_label_is_number(host) => {
                    text!(
                        "\"{host}\" is a name; an IP address is needed here.",
                        "\"{host}\" は名前です。ここには IP アドレスが必要です。"
                    )
                }
                _ => text!("\"{portal}\" is no iSCSI portal.", "\"{portal}\" は iSCSI ポータルではありません。"),
            },
            text!(
                "Write address:port: 192.0.2.10:3260 or [2001:db8::10]:3260.",
                "アドレス:ポート の形で指定してください: 192.0.2.10:3260 または [2001:db8::10]:3260。"
            ),
        )
        .map_err(|error| wrong_item(index, error))?;
        let twice = portals.iter().take(index).any(|earlier| earlier.parse::<Portal>() == parsed);
        demand(
            !twice,
            text!("Portal {portal} is named twice.", "ポータル {portal} が重複しています。"),
            text!("Name each portal once.", "各ポータルは一度だけ指定してください。"),
        )
        .map_err(|error| wrong_item(index, error))?;
    }
    Ok(())
}

/// RFC 3720, section 3.2.6: iqn, eui or naa; 223 bytes.
pub(crate) fn iscsi_target(target: &str) -> Verdict {
    let hex =
        |text: &str, lengths: &[usize]| lengths.contains(&text.len()) && text.chars().all(|c| c.is_ascii_hexdigit());
    let sound = if let Some(rest) = target.strip_prefix("iqn.") {
        let date = rest.get(..8).unwrap_or_default();
        let digits = |part: Option<&str>| part.is_some_and(|part| part.chars().all(|c| c.is_ascii_digit()));
        digits(date.get(..4))
            && date.get(4..5) == Some("-")
            && digits(date.get(5..7))
            && date.get(7..8) == Some(".")
            && target.chars().all(|c| c.is_alphanumeric() || ".-:_".contains(c))
            && rest.len() > 8
    } else if let Some(rest) = target.strip_prefix("eui.") {
        hex(rest, &[16])
    } else if let Some(rest) = target.strip_prefix("naa.") {
        hex(rest, &[16, 32])
    } else {
        false
    };
    demand(
        sound && target.len() <= 223,
        text!("\"{target}\" is no name of an iSCSI target.", "\"{target}\" は iSCSI ターゲット名ではありません。"),
        text!(
            "Write it as the storage shows it: iqn.2024-01.com.example:he.",
            "ストレージが表示するとおりに指定してください: iqn.2024-01.com.example:he。"
        ),
    )
}

/// ovirt-hosted-engine-setup takes no more than 50 characters.
pub(crate) fn chap_user(user: &str) -> Verdict {
    demand(
        (1..=50).contains(&user.chars().count()) && !user.chars().any(char::is_whitespace),
        text!(
            "The CHAP user must have 1 to 50 characters and no blanks.",
            "CHAP ユーザーは空白を含まない 1 から 50 文字である必要があります。"
        ),
        text!(
            "Write the user as the storage has it, or choose a shorter one there.",
            "ストレージに設定したユーザーを指定するか、短いものに変更してください。"
        ),
    )
}

pub(crate) fn lun_id(id: &str) -> Verdict {
    demand(
        (1..=128).contains(&id.len()) && id.chars().all(|c| c.is_ascii_alphanumeric() || "._:-".contains(c)),
        text!("\"{id}\" is no id of a LUN.", "\"{id}\" は LUN の ID ではありません。"),
        text!(
            "Write the id that \"multipath -ll\" or the discovery shows (36001405...).",
            "\"multipath -ll\" または検出が表示する ID (36001405...) を指定してください。"
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_iqn_eui_or_naa() {
        for good in ["iqn.2024-01.test.lab:he", "eui.02004567A425678D", "naa.52004567BA64678D"] {
            assert!(iscsi_target(good).is_ok(), "{good}");
        }
        for bad in ["iqn.24-01.test:he", "iqn.2024-01", "lab", "eui.0200", "iqn.2024-01.a b"] {
            assert!(iscsi_target(bad).is_err(), "{bad}");
        }
    }
}

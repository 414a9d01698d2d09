//! Addresses, interfaces and networks.

use super::{Verdict, demand, is_host_name, last_label_is_number};
use crate::answers::rules::{wrong, wrong_item};
use crate::lang::{Text, text};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

pub(crate) fn address_or_name(value: &str) -> Verdict {
    demand(
        value.parse::<IpAddr>().is_ok() || is_host_name(value) && !last_label_is_number(value),
        text!(
            "\"{value}\" is neither a host name nor an IP address.",
            "\"{value}\" はホスト名でも IP アドレスでもありません。"
        ),
        text!(
            "Write a name (host1.example.com) or an address (192.0.2.10, 2001:db8::10) without port or user.",
            "名前 (host1.example.com) またはアドレス (192.0.2.10、2001:db8::10) を、ポートやユーザーを付けずに指定してください。"
        ),
    )
}

pub(crate) fn mac(mac: &str) -> Verdict {
    let parts: Vec<&str> = mac.split(':').collect();
    let bytes: Vec<u8> =
        parts.iter().filter(|part| part.len() == 2).filter_map(|part| u8::from_str_radix(part, 16).ok()).collect();
    demand(
        parts.len() == 6 && bytes.len() == 6,
        text!("\"{mac}\" is no MAC address.", "\"{mac}\" は MAC アドレスではありません。"),
        text!(
            "Write six pairs of hexadecimal digits with colons: 00:16:3e:12:34:56.",
            "16 進数 2 桁を 6 組、コロンで区切ってください: 00:16:3e:12:34:56。"
        ),
    )?;
    let first = bytes.first().copied().unwrap_or_default();
    demand(
        first & 1 == 0 && bytes.iter().any(|byte| *byte != 0),
        text!(
            "\"{mac}\" is no address of a single network card.",
            "\"{mac}\" は単一のネットワークカードのアドレスではありません。"
        ),
        text!(
            "Use a unicast address: the first pair is even, as in 00:16:3e:12:34:56.",
            "ユニキャストアドレスを使ってください。最初の組は偶数です (例 00:16:3e:12:34:56)。"
        ),
    )
}

fn ip_message(value: &str) -> Text {
    if is_host_name(value) && !last_label_is_number(value) {
        text!(
            "\"{value}\" is a name; an IP address is needed here.",
            "\"{value}\" は名前です。ここには IP アドレスが必要です。"
        )
    } else {
        text!("\"{value}\" is no IP address.", "\"{value}\" は IP アドレスではありません。")
    }
}

pub(crate) fn ip(value: &str) -> Verdict {
    demand(
        value.parse::<IpAddr>().is_ok_and(|address| is_usable(&address)),
        match value.parse::<IpAddr>() {
            Ok(_) => text!(
                "\"{value}\" is not the address of one machine in a network.",
                "\"{value}\" はネットワーク上の一台のマシンのアドレスではありません。"
            ),
            Err(_) => ip_message(value),
        },
        text!(
            "Write an IPv4 or IPv6 address (192.0.2.1, 2001:db8::1) without port or prefix.",
            "IPv4 または IPv6 アドレス (192.0.2.1、2001:db8::1) を、ポートやプレフィックスを付けずに指定してください。"
        ),
    )
}

/// Not unspecified, loopback, multicast or broadcast.
pub(in crate::answers::rules) fn is_usable(address: &IpAddr) -> bool {
    let broadcast = matches!(address, IpAddr::V4(v4) if *v4 == Ipv4Addr::BROADCAST);
    !(address.is_unspecified() || address.is_loopback() || address.is_multicast() || broadcast)
}

/// The static address: alone or with a prefix length.
pub(crate) fn ip_and_prefix(value: &str) -> Verdict {
    let (address, prefix) = value.split_once('/').map_or((value, None), |(a, p)| (a, Some(p)));
    let remedy = text!(
        "Write an address with its prefix length: 192.0.2.50/24 or 2001:db8::50/64.",
        "アドレスとプレフィックス長を指定してください: 192.0.2.50/24 または 2001:db8::50/64。"
    );
    let Ok(parsed) = address.parse::<IpAddr>() else {
        return Err(wrong(ip_message(address), remedy));
    };
    if let Some(prefix) = prefix {
        let most = if parsed.is_ipv4() { 32 } else { 128 };
        let family = if parsed.is_ipv4() { "IPv4" } else { "IPv6" };
        demand(
            prefix.parse::<u8>().is_ok_and(|length| (1..=most).contains(&length)),
            text!(
                "\"{prefix}\" is no prefix length of {family}.",
                "\"{prefix}\" は {family} のプレフィックス長ではありません。"
            ),
            text!(
                "Write a number from 1 to {most} after the slash.",
                "スラッシュの後に 1 から {most} までの数値を指定してください。"
            ),
        )?;
    }
    let link_local = match parsed {
        IpAddr::V4(v4) => v4.is_link_local(),
        IpAddr::V6(v6) => v6.is_unicast_link_local(),
    };
    demand(
        is_usable(&parsed) && !link_local,
        text!("\"{address}\" cannot be the address of the engine.", "\"{address}\" はエンジンのアドレスにできません。"),
        text!(
            "Choose an address that other machines can reach: not loopback, multicast, link-local or broadcast.",
            "他のマシンから到達できるアドレスを選んでください。ループバック、マルチキャスト、リンクローカル、ブロードキャストは使えません。"
        ),
    )
}

pub(crate) fn dns_servers(servers: &[String]) -> Verdict {
    let count = servers.len();
    demand(
        count <= 3,
        text!("{count} DNS servers are too many.", "DNS サーバーが {count} 個あり、多すぎます。"),
        text!(
            "Keep the three that matter; resolvers read no more.",
            "主要な 3 つだけを残してください。リゾルバーはそれ以上読みません。"
        ),
    )?;
    for (index, server) in servers.iter().enumerate() {
        ip(server).map_err(|error| wrong_item(index, error))?;
        demand(
            !servers.iter().take(index).any(|earlier| earlier == server),
            text!("DNS server {server} is named twice.", "DNS サーバー {server} が重複しています。"),
            text!("Name each server once.", "各サーバーは一度だけ指定してください。"),
        )
        .map_err(|error| wrong_item(index, error))?;
    }
    Ok(())
}

pub(crate) fn interface(name: &str) -> Verdict {
    let plain = name.chars().all(|c| c.is_ascii_graphic() && c != '/' && c != ':');
    demand(
        (1..=15).contains(&name.len()) && plain && name != "." && name != "..",
        text!(
            "\"{name}\" is no name of a network interface.",
            "\"{name}\" はネットワークインターフェース名ではありません。"
        ),
        text!(
            "Write the name that \"ip link\" shows, at most 15 characters (eth0, bond0.120).",
            "\"ip link\" が表示する 15 文字以内の名前 (eth0、bond0.120) を指定してください。"
        ),
    )?;
    demand(
        name != "lo",
        text!(
            "The loopback interface reaches no other machine.",
            "ループバックインターフェースは他のマシンに到達できません。"
        ),
        text!("Choose an interface of the network.", "ネットワークに接続されたインターフェースを選んでください。"),
    )
}

pub(crate) fn nat_ipv4_prefix(prefix: &str) -> Verdict {
    let network = format!("{prefix}.1").parse::<Ipv4Addr>();
    demand(
        prefix.split('.').count() == 3 && network.is_ok_and(|address| is_usable(&IpAddr::V4(address))),
        text!(
            "\"{prefix}\" is not the beginning of an IPv4 network.",
            "\"{prefix}\" は IPv4 ネットワークの先頭部分ではありません。"
        ),
        text!(
            "Write the first three numbers of a free /24 network: 192.168.222.",
            "空いている /24 ネットワークの最初の 3 つの数を指定してください: 192.168.222。"
        ),
    )
}

pub(crate) fn nat_ipv6_prefix(prefix: &str) -> Verdict {
    demand(
        prefix.split(':').count() == 4 && format!("{prefix}::1").parse::<Ipv6Addr>().is_ok(),
        text!(
            "\"{prefix}\" is not the beginning of an IPv6 network.",
            "\"{prefix}\" は IPv6 ネットワークの先頭部分ではありません。"
        ),
        text!(
            "Write the first four groups of a free /64 network: fd00:1234:5678:900.",
            "空いている /64 ネットワークの最初の 4 組を指定してください: fd00:1234:5678:900。"
        ),
    )
}

pub(crate) fn smtp_server(server: &str) -> Verdict {
    demand(
        server.parse::<IpAddr>().is_ok() || is_host_name(server),
        text!(
            "\"{server}\" is neither a host name nor an IP address.",
            "\"{server}\" はホスト名でも IP アドレスでもありません。"
        ),
        text!(
            "Write the mail server alone; its port has a field of its own.",
            "メールサーバーだけを指定してください。ポートには別の項目があります。"
        ),
    )
}

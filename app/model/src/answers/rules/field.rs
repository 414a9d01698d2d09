//! Rules of one field, for the `validator` derive. None needs a regular expression: those alone would triple what the
//! browser downloads.

use super::{wrong, wrong_item};
use crate::answers::{Portal, split_connection};
use crate::lang::{Text, text};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
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

pub(crate) fn user_name(user: &str) -> Verdict {
    let starts = user.starts_with(|c: char| c.is_ascii_lowercase() || c == '_');
    let rest = user.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '-' | '.'));
    demand(
        starts && rest && user.len() <= 32,
        text!("\"{user}\" is no user name.", "\"{user}\" はユーザー名として正しくありません。"),
        text!(
            "Use small letters, digits, dots, hyphens and underscores; begin with a letter; at most 32 characters.",
            "英小文字、数字、ドット、ハイフン、下線を使い、英字で始め、32 文字以内にしてください。"
        ),
    )
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
pub(super) fn is_usable(address: &IpAddr) -> bool {
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

pub(crate) fn ssh_public_key(key: &str) -> Verdict {
    let remedy = || {
        text!(
            "Paste the line of the .pub file: ssh-ed25519 AAAA... comment.",
            ".pub ファイルの行を貼り付けてください: ssh-ed25519 AAAA... コメント。"
        )
    };
    demand(
        !key.contains("PRIVATE KEY"),
        text!("This is a private key.", "これは秘密鍵です。"),
        text!(
            "Keep it to yourself and paste the line of the .pub file beside it.",
            "秘密鍵は公開せず、同じ場所にある .pub ファイルの行を貼り付けてください。"
        ),
    )?;
    let mut words = key.split_ascii_whitespace();
    let kind = words.next().unwrap_or_default();
    const KINDS: [&str; 7] = [
        "ssh-ed25519",
        "ssh-rsa",
        "ecdsa-sha2-nistp256",
        "ecdsa-sha2-nistp384",
        "ecdsa-sha2-nistp521",
        "sk-ssh-ed25519@openssh.com",
        "sk-ecdsa-sha2-nistp256@openssh.com",
    ];
    demand(
        KINDS.contains(&kind),
        text!("\"{kind}\" is no kind of SSH public key.", "\"{kind}\" は SSH 公開鍵の種類ではありません。"),
        remedy(),
    )?;
    demand(
        words.next().is_some_and(|blob| is_key_blob(blob, kind)),
        text!("The SSH public key is damaged or cut off.", "SSH 公開鍵が壊れているか途中で切れています。"),
        remedy(),
    )
}

/// Base64 of length-prefixed fields, the first of which repeats the kind (RFC 4253, section 6.6).
fn is_key_blob(text: &str, kind: &str) -> bool {
    let Some(bytes) = from_base64(text) else { return false };
    let mut rest = bytes.as_slice();
    let mut fields = Vec::new();
    while let Some((length, after)) = rest.split_first_chunk::<4>() {
        let length = usize::try_from(u32::from_be_bytes(*length)).unwrap_or(usize::MAX);
        let Some((field, after)) = after.split_at_checked(length) else { return false };
        fields.push(field);
        rest = after;
    }
    rest.is_empty() && fields.len() >= 2 && fields.first() == Some(&kind.as_bytes())
}

fn from_base64(text: &str) -> Option<Vec<u8>> {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digits = text.trim_end_matches('=');
    if !text.len().is_multiple_of(4) || text.len() - digits.len() > 2 {
        return None;
    }
    let (mut bytes, mut buffer, mut bits) = (Vec::new(), 0_u32, 0);
    for digit in digits.bytes() {
        let value = ALPHABET.iter().position(|known| *known == digit)?;
        buffer = (buffer << 6 | u32::try_from(value).ok()?) & 0xfff;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from(buffer >> bits & 0xff).ok()?);
        }
    }
    Some(bytes)
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
    fn a_public_key_is_whole_or_refused() {
        let good = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA3N6Ijbyu7VNQ2hzkhBgpvVjQIcuyvdGnhNEo8E9Pav admin@example.com";
        assert!(ssh_public_key(good).is_ok());
        assert!(ssh_public_key(&good[..60]).is_err());
        assert!(ssh_public_key(&good.replace("ssh-ed25519 ", "ssh-rsa ")).is_err());
    }

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

//! Rules of fields against each other. Addresses and storage have rules enough for files of their own.

use super::field::is_usable;
use crate::answers::{Answers, Appliance, IpFamily, NetworkMode, SecretAnswer, TestMethod};
use crate::defaults::MINIMAL_MEMORY_MIB;
use crate::lang::text;
use crate::problem::Problem;
use crate::role;
use std::net::IpAddr;

pub(super) fn problems(answers: &Answers) -> Vec<Problem> {
    let mut problems = Vec::new();
    names(answers, &mut problems);
    network(answers, &mut problems);
    size(answers, &mut problems);
    appliance(&answers.appliance, &mut problems);
    engine(answers, &mut problems);
    network_test(answers, &mut problems);
    advanced(answers, &mut problems);
    problems
}

pub(super) fn missing(field: &str) -> Problem {
    Problem::new(
        field,
        text!("The field is missing.", "この項目が指定されていません。"),
        text!("Add it; nothing can be put in its place.", "追加してください。代わりになる既定値はありません。"),
    )
}

fn names(answers: &Answers, problems: &mut Vec<Problem>) {
    let Some(engine) = answers.engine_vm.fqdn.as_deref() else {
        return problems.push(missing("engine_vm.fqdn"));
    };
    let host = [("host.fqdn", &answers.host.fqdn), ("host.address", &answers.host.address)];
    if let Some((field, _)) =
        host.iter().find(|(_, name)| name.as_ref().is_some_and(|name| name.eq_ignore_ascii_case(engine)))
    {
        problems.push(Problem::new(
            "engine_vm.fqdn",
            text!(
                "The engine has the same name as the host ({field}).",
                "エンジンの名前がホスト ({field}) と同じです。"
            ),
            text!(
                "Give the engine VM a name and a DNS record of its own.",
                "エンジン VM に専用の名前と DNS レコードを用意してください。"
            ),
        ));
    }
}

fn network(answers: &Answers, problems: &mut Vec<Problem>) {
    let vm = &answers.engine_vm;
    if vm.network_mode() == NetworkMode::Dhcp {
        for (field, given) in [("engine_vm.ip", vm.ip.is_some()), ("engine_vm.prefix", vm.prefix.is_some())] {
            if given {
                problems.push(Problem::new(
                    field,
                    text!("With DHCP the VM has no address of its own.", "DHCP では VM に固定アドレスを指定しません。"),
                    text!(
                        "Remove the field, or write network = \"static\".",
                        "この項目を削除するか、network = \"static\" と書いてください。"
                    ),
                ));
            }
        }
        return;
    }
    let Some(ip) = vm.ip.as_deref() else {
        return problems.push(missing("engine_vm.ip"));
    };
    if vm.dns.is_empty() {
        problems.push(Problem::new(
            "engine_vm.dns",
            text!(
                "A VM with a static address needs at least one DNS server.",
                "固定アドレスの VM には DNS サーバーが少なくとも一つ必要です。"
            ),
            text!("Name one to three: dns = [\"192.0.2.2\"].", "1 から 3 個指定してください: dns = [\"192.0.2.2\"]。"),
        ));
    }
    if let (Some((_, inside)), Some(outside)) = (ip.split_once('/'), vm.prefix)
        && inside.parse() != Ok(outside)
    {
        problems.push(Problem::new(
            "engine_vm.prefix",
            text!(
                "The prefix length {outside} contradicts {ip}.",
                "プレフィックス長 {outside} が {ip} と矛盾しています。"
            ),
            text!("Remove one of the two.", "どちらか一方を削除してください。"),
        ));
    }
    let Some((address, prefix)) = vm.static_address() else { return };
    match prefix {
        None => problems.push(Problem::new(
            "engine_vm.ip",
            text!("The prefix length of {ip} is missing.", "{ip} のプレフィックス長が指定されていません。"),
            text!("Write it after the address: ip = \"{ip}/24\".", "アドレスの後に書いてください: ip = \"{ip}/24\"。"),
        )),
        Some(prefix) => prefix_and_gateway(answers, address, prefix, problems),
    }
    let wanted = match answers.host.ip_family {
        Some(IpFamily::Ipv4) if address.is_ipv6() => "ipv4",
        Some(IpFamily::Ipv6) if address.is_ipv4() => "ipv6",
        _ => return,
    };
    problems.push(Problem::new(
        "host.ip_family",
        text!(
            "Names are looked up as {wanted} only, but the engine's address {address} is of the other family.",
            "名前は {wanted} のみで解決されますが、エンジンのアドレス {address} は別のファミリーです。"
        ),
        text!(
            "Write ip_family = \"auto\", or an address of that family.",
            "ip_family = \"auto\" と書くか、そのファミリーのアドレスを指定してください。"
        ),
    ));
}

fn prefix_and_gateway(answers: &Answers, address: IpAddr, prefix: u8, problems: &mut Vec<Problem>) {
    let most = if address.is_ipv4() { 32 } else { 128 };
    if !(1..=most).contains(&prefix) {
        let family = if address.is_ipv4() { "IPv4" } else { "IPv6" };
        // Behind a slash, the field's own rule has told it already.
        let field = if answers.engine_vm.prefix.is_some() { "engine_vm.prefix" } else { "engine_vm.ip" };
        return problems.push(Problem::new(
            field,
            text!(
                "{prefix} is no prefix length of {family}.",
                "{prefix} は {family} のプレフィックス長ではありません。"
            ),
            text!("Write a number from 1 to {most}.", "1 から {most} までの数値を指定してください。"),
        ));
    }
    let subnet = Subnet::of(address, prefix);
    if subnet.is_network_or_broadcast(address) {
        problems.push(Problem::new(
            "engine_vm.ip",
            text!(
                "{address} is the network's own or its broadcast address in {subnet}.",
                "{address} は {subnet} のネットワークアドレスまたはブロードキャストアドレスです。"
            ),
            text!("Choose an address between the two.", "その間のアドレスを選んでください。"),
        ));
    }
    if answers.host.address.as_deref().and_then(|host| host.parse().ok()) == Some(address) {
        problems.push(Problem::new(
            "engine_vm.ip",
            text!("{address} is the host's address.", "{address} はホストのアドレスです。"),
            text!("Choose a free address for the engine VM.", "エンジン VM には空いているアドレスを選んでください。"),
        ));
    }
    let Some(gateway) = answers.engine_vm.gateway.as_deref().and_then(|gateway| gateway.parse::<IpAddr>().ok()) else {
        return;
    };
    if gateway == address {
        problems.push(Problem::new(
            "engine_vm.gateway",
            text!("The gateway is the engine VM itself.", "ゲートウェイがエンジン VM 自身になっています。"),
            text!("Write the router's address.", "ルーターのアドレスを指定してください。"),
        ));
    } else if !(subnet.contains(gateway) || is_link_local(gateway)) {
        problems.push(Problem::new(
            "engine_vm.gateway",
            text!(
                "The gateway {gateway} is not in the engine VM's subnet {subnet}.",
                "ゲートウェイ {gateway} がエンジン VM のサブネット {subnet} にありません。"
            ),
            text!(
                "Correct the gateway, the address or the prefix length.",
                "ゲートウェイ、アドレス、プレフィックス長のいずれかを修正してください。"
            ),
        ));
    }
}

/// Routers of IPv6 networks announce themselves by their link-local address.
fn is_link_local(address: IpAddr) -> bool {
    matches!(address, IpAddr::V6(v6) if v6.is_unicast_link_local())
}

/// A network.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Subnet {
    bits: u128,
    prefix: u8,
    v4: bool,
}

impl Subnet {
    pub(super) fn of(address: IpAddr, prefix: u8) -> Self {
        let v4 = address.is_ipv4();
        Self { bits: bits(address) & mask(prefix, v4), prefix, v4 }
    }

    pub(super) fn contains(&self, address: IpAddr) -> bool {
        address.is_ipv4() == self.v4 && bits(address) & mask(self.prefix, self.v4) == self.bits
    }

    /// Only IPv4 has them, and only where there is room for more than the two.
    fn is_network_or_broadcast(&self, address: IpAddr) -> bool {
        let host = bits(address) & !mask(self.prefix, self.v4) & u128::from(u32::MAX);
        self.v4 && self.prefix <= 30 && (host == 0 || host == u128::from(u32::MAX >> self.prefix))
    }
}

impl std::fmt::Display for Subnet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let address = match u32::try_from(self.bits) {
            Ok(v4) if self.v4 => IpAddr::V4(v4.into()),
            _ => IpAddr::V6(self.bits.into()),
        };
        write!(f, "{address}/{}", self.prefix)
    }
}

fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(v4) => u32::from(v4).into(),
        IpAddr::V6(v6) => v6.into(),
    }
}

fn mask(prefix: u8, v4: bool) -> u128 {
    let width = if v4 { 32 } else { 128 };
    u128::MAX.checked_shl(width - u32::from(prefix).min(width)).unwrap_or(0)
}

fn size(answers: &Answers, problems: &mut Vec<Problem>) {
    let least = minimal_memory_mib(answers);
    if let (Some(memory), Some(least)) = (answers.engine_vm.memory_mib, least)
        && memory < least
    {
        problems.push(Problem::new(
            "engine_vm.memory_mib",
            text!(
                "{memory} MiB are too little; the engine needs at least {least} MiB.",
                "{memory} MiB では不足です。エンジンには少なくとも {least} MiB 必要です。"
            ),
            text!(
                "Give it {least} MiB or more; 16384 MiB are recommended.",
                "{least} MiB 以上を割り当ててください。推奨は 16384 MiB です。"
            ),
        ));
    }
}

/// The least memory that the role accepts; `None` when its check is switched off.
pub(super) fn minimal_memory_mib(answers: &Answers) -> Option<u64> {
    let advanced = &answers.advanced;
    let checked = advanced.check_requirements != Some(false) && advanced.check_memory != Some(false);
    checked.then(|| advanced.minimal_memory_mib.unwrap_or(MINIMAL_MEMORY_MIB))
}

fn appliance(appliance: &Appliance, problems: &mut Vec<Problem>) {
    let given = [
        ("ova", appliance.ova.is_some()),
        ("image", appliance.image.is_some()),
        ("package", appliance.package.is_some()),
    ];
    let given: Vec<&str> = given.into_iter().filter_map(|(name, given)| given.then_some(name)).collect();
    if given.len() > 1 {
        let list = given.join(", ");
        problems.push(Problem::new(
            "appliance",
            text!("More than one appliance is given: {list}.", "アプライアンスが複数指定されています: {list}。"),
            text!("Keep one.", "一つだけ残してください。"),
        ));
    }
    // The role tells an archive from an image by the file's name.
    if let Some(path) = appliance.ova.as_deref().filter(|path| !path.ends_with(".ova")) {
        problems.push(Problem::new(
            "appliance.ova",
            text!(
                "\"{path}\" does not end in .ova, so that the role would take it for a disk image.",
                "\"{path}\" は .ova で終わっていないため、ロールがディスクイメージとみなします。"
            ),
            text!(
                "Rename the archive, or name a qcow2 image by appliance.image.",
                "アーカイブの名前を変えるか、qcow2 イメージなら appliance.image に指定してください。"
            ),
        ));
    }
    if let Some(path) = appliance.image.as_deref().filter(|path| path.ends_with(".ova")) {
        problems.push(Problem::new(
            "appliance.image",
            text!("\"{path}\" is an OVA archive by its name.", "\"{path}\" は名前から OVA アーカイブとみなされます。"),
            text!("Name it by appliance.ova.", "appliance.ova に指定してください。"),
        ));
    }
}

fn engine(answers: &Answers, problems: &mut Vec<Problem>) {
    let engine = &answers.engine;
    let data_center = engine.data_center.as_deref().unwrap_or("Default");
    if data_center != "Default" && engine.cluster.as_deref().unwrap_or("Default") == "Default" {
        problems.push(Problem::new(
            "engine.cluster",
            text!(
                "The cluster Default belongs to the data center Default, not to {data_center}.",
                "クラスター Default はデータセンター Default に属し、{data_center} には属しません。"
            ),
            text!("Name a cluster for {data_center}.", "{data_center} 用のクラスター名を指定してください。"),
        ));
    }
}

fn network_test(answers: &Answers, problems: &mut Vec<Problem>) {
    let test = &answers.network_test;
    if test.method == Some(TestMethod::Tcp) {
        let address = ("network_test.tcp_address", test.tcp_address.is_none());
        let port = ("network_test.tcp_port", test.tcp_port.is_none());
        for (field, _) in [address, port].into_iter().filter(|(_, lacks)| *lacks) {
            problems.push(Problem::new(
                field,
                text!("The tcp test needs an address and a port.", "tcp テストにはアドレスとポートが必要です。"),
                text!(
                    "Add it, or choose the test dns, ping or none.",
                    "追加するか、dns、ping、none のいずれかのテストを選んでください。"
                ),
            ));
        }
    }
    if let Some(Ok(address)) = test.tcp_address.as_deref().map(str::parse::<IpAddr>)
        && !is_usable(&address)
    {
        problems.push(Problem::new(
            "network_test.tcp_address",
            text!("{address} tells nothing about the network.", "{address} ではネットワークの状態を確認できません。"),
            text!(
                "Name a machine that is always there, outside the host.",
                "ホストの外にあり、常に稼働しているマシンを指定してください。"
            ),
        ));
    }
}

fn advanced(answers: &Answers, problems: &mut Vec<Problem>) {
    if let Some(restore) = &answers.restore
        && restore.file.is_none()
    {
        problems.push(missing("restore.file"));
    }
    let no_key = answers.host.key_file.is_none() && answers.host.key.is_missing();
    if !answers.host.key_passphrase.is_missing() && no_key {
        problems.push(Problem::new(
            "host.key_passphrase",
            text!("There is a passphrase but no key file.", "パスフレーズがありますが鍵ファイルがありません。"),
            text!(
                "Name the key by host.key_file, or remove the passphrase.",
                "host.key_file に鍵を指定するか、パスフレーズを削除してください。"
            ),
        ));
    }
    for (name, value) in &answers.advanced.ansible_extra_variables {
        problems.extend(extra_variable(name, value));
    }
}

fn extra_variable(name: &str, value: &serde_json::Value) -> Option<Problem> {
    let field = format!("advanced.ansible_extra_variables.{name}");
    let sound = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let (message, remedy) = if !sound {
        (
            text!("\"{name}\" is no name of an Ansible variable.", "\"{name}\" は Ansible の変数名ではありません。"),
            text!(
                "Use letters, digits and underscores; begin with a letter.",
                "英数字と下線を使い、英字で始めてください。"
            ),
        )
    } else if role::is_set_by_us(name) {
        (
            text!(
                "{name} is set from a field of its own or by the run.",
                "{name} は専用の項目または実行時に設定されます。"
            ),
            text!(
                "Use the field (docs/answers.md names it), and remove the variable.",
                "専用の項目 (docs/ja/answers.md を参照) を使い、この変数は削除してください。"
            ),
        )
    } else if value.is_null() {
        (
            text!("{name} has no value.", "{name} に値がありません。"),
            text!("Give it one or remove it.", "値を指定するか削除してください。"),
        )
    } else {
        return None;
    };
    Some(Problem::new(field, message, remedy))
}

/// A password without the user that it belongs to.
pub(super) fn password_without_user(
    field: &str,
    password: &SecretAnswer,
    user: &Option<String>,
    user_field: &str,
) -> Option<Problem> {
    (!password.is_missing() && user.is_none()).then(|| {
        Problem::new(
            field,
            text!("There is a CHAP password but no user.", "CHAP パスワードがありますがユーザーがありません。"),
            text!(
                "Add {user_field}, or remove the password.",
                "{user_field} を追加するか、パスワードを削除してください。"
            ),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subnet_knows_its_members_and_its_ends() {
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        let subnet = Subnet::of(ip("192.0.2.50"), 24);
        assert_eq!(subnet.to_string(), "192.0.2.0/24");
        assert!(subnet.contains(ip("192.0.2.255")) && !subnet.contains(ip("192.0.3.1")));
        assert!(!subnet.contains(ip("2001:db8::1")));
        assert!(subnet.is_network_or_broadcast(ip("192.0.2.0")) && subnet.is_network_or_broadcast(ip("192.0.2.255")));
        assert!(!subnet.is_network_or_broadcast(ip("192.0.2.1")));
        assert!(!Subnet::of(ip("192.0.2.0"), 31).is_network_or_broadcast(ip("192.0.2.0")));
        let subnet = Subnet::of(ip("2001:db8::50"), 64);
        assert_eq!(subnet.to_string(), "2001:db8::/64");
        assert!(subnet.contains(ip("2001:db8::ffff")) && !subnet.contains(ip("2001:db8:1::1")));
        assert!(!subnet.is_network_or_broadcast(ip("2001:db8::")));
        assert!(Subnet::of(ip("192.0.2.1"), 0).contains(ip("8.8.8.8")));
    }
}

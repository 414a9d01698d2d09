//! Rules over the network of the installed system.

use crate::profile::field::{self, Judge};
use crate::profile::{NetworkMode, Profile};
use crate::text;
use hosted_deploy_model::node::Mac;
use std::net::Ipv4Addr;

impl Profile {
    pub(super) fn judge_network(&self, judge: &mut Judge) {
        let network = &self.network;
        let fixed = network.mode == NetworkMode::Static;
        if let Some(gateway) = &network.gateway {
            judge.demand(
                "network.gateway",
                gateway.parse::<Ipv4Addr>().is_ok(),
                || text!("\"{gateway}\" is no IPv4 address.", "\"{gateway}\" は IPv4 アドレスではありません。"),
                || text!("Write an address such as 192.0.2.1.", "192.0.2.1 のように書いてください。"),
            );
        }
        judge.demand(
            "network.gateway",
            !fixed || network.gateway.is_some(),
            || text!("A static network needs its gateway.", "静的ネットワークにはゲートウェイが必要です。"),
            || text!("Write gateway = \"192.0.2.1\".", "gateway = \"192.0.2.1\" のように書いてください。"),
        );
        judge.demand(
            "network.dns",
            !fixed || !network.dns.is_empty(),
            || {
                text!(
                    "A static network needs a name server; the engine asks names forward and reverse.",
                    "静的ネットワークにはネームサーバーが必要です。エンジンは正引きと逆引きを行います。"
                )
            },
            || text!("Write dns = [\"192.0.2.53\"].", "dns = [\"192.0.2.53\"] のように書いてください。"),
        );
        for (index, server) in network.dns.iter().enumerate() {
            judge.demand(
                &format!("network.dns[{index}]"),
                server.parse::<Ipv4Addr>().is_ok(),
                || text!("\"{server}\" is no IPv4 address.", "\"{server}\" は IPv4 アドレスではありません。"),
                || text!("Write an address such as 192.0.2.53.", "192.0.2.53 のように書いてください。"),
            );
        }
        judge.demand(
            "network.prefix",
            network.prefix.is_none_or(|prefix| (1..=32).contains(&prefix)),
            || text!("The prefix length is out of range.", "プレフィックス長が範囲外です。"),
            || text!("Write a number from 1 to 32.", "1 から 32 までの数値を指定してください。"),
        );
        if let Some(domain) = &network.domain {
            judge.demand(
                "network.domain",
                field::is_host_name(domain),
                || text!("\"{domain}\" is no domain.", "\"{domain}\" はドメイン名ではありません。"),
                || text!("Write it like example.com.", "example.com のように書いてください。"),
            );
        }
        let card = |name: &str| name.parse::<Mac>().is_ok() || is_interface(name);
        let cards = network.bond.iter().enumerate().map(|(index, card)| (format!("network.bond[{index}]"), card));
        let device = network.device.iter().map(|device| ("network.device".to_owned(), device));
        for (field, name) in device.chain(cards) {
            judge.demand(
                &field,
                card(name),
                || text!("\"{name}\" is no network card.", "\"{name}\" はネットワークカードではありません。"),
                || {
                    text!(
                        "Write its name (ens1f0) or its MAC address.",
                        "名前 (ens1f0) または MAC アドレスを書いてください。"
                    )
                },
            );
        }
        judge.demand(
            "network.bond",
            network.bond.iter().all(|card| is_interface(card)) && network.bond.len() != 1,
            || {
                text!(
                    "A bond needs two cards or more, by name.",
                    "ボンドには 2 つ以上のカードを名前で指定する必要があります。"
                )
            },
            || {
                text!(
                    "Write bond = [\"ens1f0\", \"ens1f1\"].",
                    "bond = [\"ens1f0\", \"ens1f1\"] のように書いてください。"
                )
            },
        );
        judge.demand(
            "network.device",
            network.bond.is_empty() || network.device.is_none(),
            || text!("Both a card and a bond are named.", "カードとボンドの両方が指定されています。"),
            || text!("Keep one of them.", "どちらか一方だけを残してください。"),
        );
        if let Some(options) = &network.bond_options {
            judge.demand(
                "network.bond_options",
                field::is_kernel_argument(options),
                || {
                    text!(
                        "\"{options}\" are no options of a bond.",
                        "\"{options}\" はボンドのオプションではありません。"
                    )
                },
                || text!("Write mode=802.3ad,miimon=100.", "mode=802.3ad,miimon=100 のように書いてください。"),
            );
        }
        judge.demand(
            "network.vlan",
            network.vlan.is_none_or(|vlan| (1..=4094).contains(&vlan)),
            || text!("The VLAN is out of range.", "VLAN が範囲外です。"),
            || text!("Write a number from 1 to 4094.", "1 から 4094 までの数値を指定してください。"),
        );
    }
}

fn is_interface(name: &str) -> bool {
    (1..=15).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
        && name.starts_with(|first: char| first.is_ascii_alphabetic())
}

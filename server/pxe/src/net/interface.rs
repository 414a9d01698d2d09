//! [`Interface`]: the one network card that we serve.

use crate::mac::Mac;
use hosted_deploy_model::lang::Text;
use nix::ifaddrs::{InterfaceAddress, getifaddrs};
use nix::sys::socket::LinkAddr;
use std::net::Ipv4Addr;

/// Where /sys says nothing: Ethernet's.
const USUAL_MTU: u16 = 1500;

/// An interface with what the servers need of it.
#[derive(Clone, Debug)]
pub struct Interface {
    /// As `ip link` calls it.
    pub name: String,
    /// The system's number for it.
    pub index: u32,
    /// Its hardware address.
    pub mac: Mac,
    /// The address we are reached at.
    pub address: Ipv4Addr,
    /// Bits of the network mask.
    pub prefix: u8,
    /// Bytes of a packet.
    pub mtu: u16,
    pub(super) link: LinkAddr,
}

/// The interface cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum InterfaceError {
    /// There is none of this name.
    #[error("there is no network interface `{name}` here; there are: {all}")]
    Unknown {
        /// As asked for.
        name: String,
        /// Those that are there.
        all: String,
    },
    /// It has no address, or not the one asked for.
    #[error(
        "the interface `{name}` has no {wanted}: give it one, as in `ip address add 192.0.2.1/24 dev {name}`, and start again"
    )]
    NoAddress {
        /// The interface.
        name: String,
        /// `IPv4 address`, or the address asked for.
        wanted: String,
    },
    /// Loopback, a tunnel: no Ethernet.
    #[error("the interface `{name}` is not an Ethernet card: machines cannot boot from it")]
    NotEthernet {
        /// The interface.
        name: String,
    },
    /// The system does not say.
    #[error("the network interfaces cannot be listed")]
    List(#[source] nix::Error),
}

impl Interface {
    /// Looks an interface up. Of several addresses, `address` or the first.
    ///
    /// # Errors
    /// [`InterfaceError`] says what there is and what to do.
    pub fn find(name: &str, address: Option<Ipv4Addr>) -> Result<Self, InterfaceError> {
        let all: Vec<InterfaceAddress> = getifaddrs().map_err(InterfaceError::List)?.collect();
        let named = || all.iter().filter(|entry| entry.interface_name == name);
        if named().next().is_none() {
            let mut names: Vec<_> =
                all.iter().map(|entry| entry.interface_name.as_str()).filter(|name| *name != "lo").collect();
            names.sort_unstable();
            names.dedup();
            return Err(InterfaceError::Unknown { name: name.to_owned(), all: names.join(", ") });
        }
        let link = named().find_map(|entry| entry.address?.as_link_addr().copied());
        let mac = link.and_then(|link| link.addr()).filter(|mac| *mac != [0; 6]);
        let (Some(link), Some(mac)) = (link, mac) else {
            return Err(InterfaceError::NotEthernet { name: name.to_owned() });
        };
        let mut addresses = named().filter_map(|entry| {
            let found = entry.address?.as_sockaddr_in()?.ip();
            let mask = entry.netmask?.as_sockaddr_in()?.ip();
            Some((found, u8::try_from(u32::from(mask).leading_ones()).unwrap_or(32)))
        });
        let found = addresses.find(|(found, _)| address.is_none_or(|wanted| wanted == *found));
        let Some((address, prefix)) = found else {
            let wanted = address.map_or_else(|| "IPv4 address".to_owned(), |address| format!("address {address}"));
            return Err(InterfaceError::NoAddress { name: name.to_owned(), wanted });
        };
        let mtu = std::fs::read_to_string(format!("/sys/class/net/{name}/mtu")).ok();
        let mtu = mtu.and_then(|text| text.trim().parse().ok()).unwrap_or(USUAL_MTU);
        let index = u32::try_from(link.ifindex()).unwrap_or_default();
        Ok(Self { name: name.to_owned(), index, mac: Mac::new(mac), address, prefix, mtu, link })
    }
}

impl InterfaceError {
    /// In both languages.
    pub fn text(&self) -> Text {
        let ja = match self {
            Self::Unknown { name, all } => {
                format!("ネットワークインターフェース `{name}` はありません。使用できるもの: {all}")
            }
            Self::NoAddress { name, wanted } => {
                let wanted = wanted.replace("IPv4 address", "IPv4 アドレス").replace("address ", "アドレス ");
                format!(
                    "インターフェース `{name}` に {wanted} がありません。`ip address add 192.0.2.1/24 dev {name}` のように設定してから再起動してください"
                )
            }
            Self::NotEthernet { name } => {
                format!("インターフェース `{name}` はイーサネットではないため、マシンを起動できません")
            }
            Self::List(_) => "ネットワークインターフェースの一覧を取得できません".to_owned(),
        };
        Text::new(self.to_string(), ja)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_interface_is_answered_with_those_there_are() {
        let error = Interface::find("nothere0", None).unwrap_err();
        assert!(error.to_string().contains("`nothere0`"), "{error}");
        assert!(matches!(Interface::find("lo", None), Err(InterfaceError::NotEthernet { .. })));
    }
}

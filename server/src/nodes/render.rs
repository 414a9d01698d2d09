//! Configuration for other people's servers: what was asked for becomes a segment, and a profile becomes files.

use super::Places;
use crate::told;
use hosted_deploy_model::lang::Text;
use hosted_deploy_model::node::Node;
use hosted_deploy_model::problem::Problem;
use hosted_deploy_pxe::image::Part;
use hosted_deploy_pxe::node::{hide, veiled};
use hosted_deploy_pxe::render::{File, Scene, Segment, Target, render};
use std::net::Ipv4Addr;

/// The segment as a person names it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// `192.0.2.0/24`.
    pub subnet: String,
    /// `192.0.2.100-192.0.2.200`; the upper half of the network where nothing is given.
    pub range: Option<String>,
    /// The router.
    pub router: Option<Ipv4Addr>,
    /// Name servers.
    pub dns: Vec<Ipv4Addr>,
    /// The domain.
    pub domain: Option<String>,
    /// The server's interface.
    pub interface: String,
    /// The DHCP and TFTP server.
    pub server: Option<Ipv4Addr>,
    /// The HTTP server; `http://SERVER` where nothing is given.
    pub http: Option<String>,
    /// Somebody else gives the addresses.
    pub proxy: bool,
}

/// Why there are no files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoFiles {
    /// A profile, an image or a node is not there or cannot be read.
    Unreadable(Text),
    /// What keeps the profile from being used so.
    Wrong(Vec<Problem>),
}

/// The first value that cannot be used, with the option's name as its field.
///
/// # Errors
/// That problem.
pub fn segment(asked: &Asked) -> Result<Segment, Box<Problem>> {
    let wrong = |field: &str, value: &str, example: &str| {
        Box::new(Problem::new(
            field,
            Text::new(format!("{value:?} cannot be used."), format!("{value:?} は使用できません。")),
            Text::new(format!("Write it like {example}."), format!("{example} のように書いてください。")),
        ))
    };
    let subnet = || {
        let (network, prefix) = asked.subnet.split_once('/')?;
        let (network, prefix): (Ipv4Addr, u8) = (network.parse().ok()?, prefix.parse().ok()?);
        let hosts = u32::MAX.checked_shr(prefix.into()).unwrap_or(0);
        ((8..=30).contains(&prefix) && network.to_bits() & hosts == 0).then_some((network, prefix, hosts))
    };
    let (network, prefix, hosts) = subnet().ok_or_else(|| wrong("subnet", &asked.subnet, "192.0.2.0/24"))?;
    let inside = |address: Ipv4Addr| address.to_bits() & !hosts == network.to_bits();
    let range = match &asked.range {
        None => {
            let at = |offset: u32| Ipv4Addr::from_bits(network.to_bits() | offset);
            (at(hosts / 2 + 1), at(hosts - 1))
        }
        Some(text) => {
            let parsed = text
                .split_once('-')
                .and_then(|(first, last)| Some((first.trim().parse().ok()?, last.trim().parse().ok()?)));
            let range =
                parsed.filter(|(first, last): &(Ipv4Addr, Ipv4Addr)| first <= last && inside(*first) && inside(*last));
            range.ok_or_else(|| wrong("range", text, "192.0.2.100-192.0.2.200"))?
        }
    };
    let server = asked.server.ok_or_else(|| wrong("server", "", "192.0.2.1"))?;
    let http = asked.http.clone().unwrap_or_else(|| format!("http://{server}"));
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-~/:".contains(&byte);
    if !http.starts_with("http://") || !http.bytes().all(plain) {
        return Err(wrong("http", &http, "http://192.0.2.1:8080"));
    }
    let word = |text: &str| {
        !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
    };
    if let Some(domain) = asked.domain.as_ref().filter(|domain| !word(domain)) {
        return Err(wrong("domain", domain, "example.com"));
    }
    if !word(&asked.interface) {
        return Err(wrong("interface", &asked.interface, "eth0"));
    }
    Ok(Segment {
        network,
        prefix,
        range,
        router: asked.router,
        dns: asked.dns.clone(),
        domain: asked.domain.clone(),
        interface: asked.interface.clone(),
        server,
        http: http.trim_end_matches('/').to_owned(),
        proxy: asked.proxy,
    })
}

/// The nodes that files are made for: those that are named, or every one of the profile.
///
/// # Errors
/// There is none of a name.
pub fn nodes(
    places: &Places,
    profile: &str,
    names: &[String],
) -> Result<Vec<Node>, hosted_deploy_pxe::node::NodeError> {
    let nodes = places.nodes()?;
    if names.is_empty() {
        let all = nodes.list()?.into_iter();
        return Ok(all.filter(|node| node.profile.as_deref() == Some(profile)).collect());
    }
    names.iter().map(|name| nodes.get(name)).collect()
}

/// The files of a target. Without `secrets` they are for reading only: something stands where each would be.
///
/// # Errors
/// [`NoFiles`].
pub fn files(
    places: &Places,
    target: Target,
    profile: &str,
    nodes: &[Node],
    segment: Segment,
    secrets: bool,
) -> Result<Vec<File>, NoFiles> {
    fn unreadable(error: impl std::error::Error + 'static) -> NoFiles {
        NoFiles::Unreadable(told::of(&error))
    }
    let images = places.images().map_err(unreadable)?;
    let profiles = places.profiles().map_err(unreadable)?;
    let read = if secrets {
        profiles.with_secrets(profile)
    } else {
        profiles.get(profile).map(|mut profile| {
            hide(&mut profile);
            profile
        })
    };
    let read = read.map_err(unreadable)?;
    let image = read.image.as_deref().map(|name| images.get(name)).transpose().map_err(unreadable)?;
    let boot_cfg = image.as_ref().and_then(|image| images.text(image, Part::BootCfg));
    let scene = Scene { name: profile, profile: &read, image: image.as_ref(), boot_cfg, nodes, segment };
    let mut files = render(target, &scene).map_err(NoFiles::Wrong)?;
    if !secrets {
        files.iter_mut().for_each(|file| file.text = veiled(&file.text));
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_that_cannot_be_used_is_named_by_its_option() {
        let good = || Asked {
            subnet: "192.0.2.0/24".into(),
            interface: "eth0".into(),
            server: Some([192, 0, 2, 1].into()),
            ..Asked::default()
        };
        let usual = segment(&good()).unwrap();
        assert_eq!(usual.range, ([192, 0, 2, 128].into(), [192, 0, 2, 254].into()));
        assert_eq!(usual.http, "http://192.0.2.1");
        for (field, bad) in [
            ("subnet", Asked { subnet: "192.0.2.1/24".into(), ..good() }),
            ("range", Asked { range: Some("192.0.2.9-192.0.3.1".into()), ..good() }),
            ("server", Asked { server: None, ..good() }),
            ("http", Asked { http: Some("http://a b".into()), ..good() }),
            ("domain", Asked { domain: Some("a;b".into()), ..good() }),
            ("interface", Asked { interface: String::new(), ..good() }),
        ] {
            assert_eq!(segment(&bad).unwrap_err().field, field);
        }
    }
}

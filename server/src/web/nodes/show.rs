//! Nodes as texts: the list, and one of them.

use super::{Board, mark, refused, unusable};
use crate::nodes::advice;
use crate::nodes::history::happened;
use crate::nodes::serving::{Serving, serving_now};
use hosted_deploy_app::nodes::api::{Act, Event, Line, Listed, Server, Shown, Stage};
use hosted_deploy_app::refused::Refused;
use hosted_deploy_model::lang::Text;
use hosted_deploy_model::node::{Happening, Node, Sighting, Tally};
use hosted_deploy_pxe::boot::Programs;
use hosted_deploy_pxe::explain::{Subject, explain};
use hosted_deploy_pxe::node::{NoPreview, Provisioner};
use hosted_deploy_pxe::provisioning::{Machine, Origin, Provisioning as _};
use std::net::Ipv4Addr;

/// Stands for the server's where none runs (RFC 5737).
const NOBODY: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);

pub(super) fn list(board: &Board) -> Result<Listed, Refused> {
    let (places, nodes) = (board.places()?, board.nodes()?);
    let all = nodes.list().map_err(|error| unusable(&error))?;
    let tally = Tally::of(&all);
    Ok(Listed {
        mark: String::new(),
        sentence: (!tally.is_empty()).then(|| tally.sentence()),
        nodes: all.iter().map(line).collect(),
        servers: serving_now(&places).into_iter().map(server).collect(),
        profiles: profiles(board)?,
        state_dir: board.state_dir(),
    })
}

fn profiles(board: &Board) -> Result<Vec<String>, Refused> {
    let names = board.places()?.profiles().and_then(|profiles| profiles.names());
    names.map_err(|error| unusable(&error))
}

fn line(node: &Node) -> Line {
    fn text(value: Option<impl ToString>) -> String {
        value.map(|value| value.to_string()).unwrap_or_default()
    }
    Line {
        name: node.name.clone(),
        mac: text(node.mac),
        uuid: text(node.uuid),
        address: text(node.address),
        profile: text(node.profile.as_deref()),
        role: node.role,
        state: Some(node.state),
        since: stamp(node.since),
        last: node.last.as_ref().map(event).unwrap_or_default(),
        failure: text(node.failure.as_deref()),
    }
}

fn event(sighting: &Sighting) -> Event {
    let Sighting { at, kind, detail } = sighting;
    Event { at: stamp(*at), what: Some(happened(kind)), detail: detail.clone() }
}

fn server(serving: Serving) -> Server {
    let http = serving.origin().http();
    let other = |other: &crate::nodes::serving::Other| {
        let card = other.card.map(|card| format!(" ({card})")).unwrap_or_default();
        (format!("{}{card}", other.server), other.rival, stamp(other.at))
    };
    Server {
        http,
        proxy: serving.proxy,
        since: stamp(serving.since),
        others: serving.others.iter().map(other).collect(),
        warnings: serving.warnings.into_iter().rev().map(|warning| (stamp(warning.at), warning.text)).collect(),
        interface: serving.interface,
    }
}

pub(super) fn node(board: &Board, name: &str, seen: &str) -> Result<Option<Shown>, Refused> {
    let (places, nodes) = (board.places()?, board.nodes()?);
    let node = nodes.get(name).map_err(|error| refused(&error))?;
    let sightings = nodes.sightings(name).map_err(|error| unusable(&error))?;
    let servers = serving_now(&places);
    let profiles = profiles(board)?;
    let origin = servers.first().map(Serving::origin);
    // What it would get follows from these and from profiles and images, which change by hand: a new page shows that.
    let mark = mark(&(&node, &sightings, origin.as_ref().map(Origin::http), &profiles));
    if mark == seen {
        return Ok(None);
    }
    let served = origin.is_some();
    let origin = origin.unwrap_or(Origin { address: NOBODY, http_port: 80 });
    let (stages, preview) = would_get(board, &node, &origin)?;
    let controller = node.bmc.as_ref().map(ToString::to_string).unwrap_or_default();
    Ok(Some(Shown {
        mark,
        line: line(&node),
        controller,
        attempts: node.attempts,
        host_keys: node.host_keys.iter().map(|key| fingerprint(key)).collect(),
        next: advice::next(&node),
        events: sightings.iter().rev().map(event).collect(),
        acts: acts(&node),
        stages,
        preview,
        profiles,
        served,
    }))
}

fn acts(node: &Node) -> Vec<Act> {
    let wake = node.bmc.is_some().then_some(Act::Wake { efi: true });
    let joined = node.state.after(Happening::Joined).map(|_| Act::Joined);
    let retry = node.profile.as_ref().and(node.state.after(Happening::Retried)).map(|_| Act::Retry);
    [wake, joined, retry, Some(Act::Remove)].into_iter().flatten().collect()
}

type WouldGet = (Vec<Vec<Stage>>, Result<(String, String), Vec<Text>>);

/// What it would get at each stage, and its texts without secrets. The same that the servers decide by.
fn would_get(board: &Board, node: &Node, origin: &Origin) -> Result<WouldGet, Refused> {
    let places = board.places()?;
    let provisioner = Provisioner::start(
        places.nodes().map_err(|error| unusable(&error))?,
        places.profiles().map_err(|error| unusable(&error))?,
        places.images().map_err(|error| unusable(&error))?,
    );
    let stages = node.mac.map(|mac| {
        let machine = Machine { mac, uuid: node.uuid, arch: None, address: None };
        let subject = Subject { mac, uuid: node.uuid, arch: None, ipxe: false };
        let known = provisioner.known(&machine);
        let chains = explain(&subject, known.as_ref(), origin, &Programs::find(None));
        let last = advice::last(Some(node));
        let stages = chains.into_iter().map(|chain| {
            let count = chain.len();
            let stage = |(number, step): (usize, hosted_deploy_pxe::explain::Step)| {
                let mut why = step.why;
                // What the script says belongs to the question that it answers.
                if number + 1 == count && step.file.is_some() {
                    why = Text::new(format!("{}; {}", why.en, last.en), format!("{}。{}", why.ja, last.ja));
                }
                Stage { client: step.client.to_owned(), file: step.file.unwrap_or_default(), why }
            };
            chain.into_iter().enumerate().map(stage).collect()
        });
        stages.collect()
    });
    let preview = match provisioner.preview(node, origin) {
        Ok(preview) => Ok((preview.script, preview.kickstart)),
        Err(_) if node.profile.is_none() => Err(vec![Text::new(
            "Without a profile there is neither script nor kickstart: it gets the menu.",
            "プロファイルがないため、スクリプトとキックスタートはありません (メニューを表示します)。",
        )]),
        Err(NoPreview::Unreadable(why)) => Err(vec![why]),
        Err(NoPreview::Wrong(problems)) => Err(problems
            .iter()
            .map(|problem| {
                use hosted_deploy_model::lang::Lang;
                Text::new(problem.line(Lang::En), problem.line(Lang::Ja))
            })
            .collect()),
    };
    Ok((stages.unwrap_or_default(), preview))
}

/// `ssh-ed25519 SHA256:…`, as everybody compares it.
fn fingerprint(key: &str) -> String {
    let kind = key.split(' ').next().unwrap_or_default();
    match russh::keys::PublicKey::from_openssh(key) {
        Ok(key) => format!("{kind} {}", key.fingerprint(russh::keys::HashAlg::Sha256)),
        Err(_) => kind.to_owned(),
    }
}

/// Date and time to the second, UTC: whoever reads may sit elsewhere.
pub(super) fn stamp(millis: u64) -> String {
    let at = i64::try_from(millis).ok().and_then(|millis| jiff::Timestamp::from_millisecond(millis).ok());
    at.map_or_else(String::new, |at| at.strftime("%Y-%m-%d %H:%M:%S").to_string())
}

//! iSCSI discovery without the host's initiator: the protocol is spoken from here, over TCP connections that the host's
//! SSH server opens, so the portal sees the host's address and, in the login, the host's initiator name.
//!
//! Logging in by `iscsiadm` instead would put the CHAP password on the host's disk, have the kernel attach every LUN of
//! the target and let LVM activate what it finds there, on storage that may belong to somebody. Nothing here writes.

pub mod connection;
pub mod pdu;
mod scsi;

use crate::ssh::{CommandError, Session, Tunnel};
use connection::{Connection, Login};
use hosted_deploy_model::answers::Portal;
use hosted_deploy_model::storage::{
    Chap, IscsiFound, IscsiQuery, Lun, PathState, PortalFault, PortalFound, PortalGroup, Target,
};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::JoinSet;

/// Targets that are looked into when none was chosen.
const MOST_TARGETS: usize = 16;
/// Portals of one target that are tried.
const MOST_PORTALS: usize = 8;
/// A host without the initiator's package has no name of its own yet.
const NAMELESS: &str = "iqn.1994-05.com.redhat:hosted-deploy";

/// Asks the portals for targets, and the chosen target (or every one) for its LUNs.
pub async fn discover(root: &Session, query: &IscsiQuery, initiator: &str) -> IscsiFound {
    let initiator = if initiator.is_empty() { NAMELESS } else { initiator };
    let asks = query.portals.iter().map(|portal| {
        let (root, portal, initiator, chap) = (root.clone(), *portal, initiator.to_owned(), query.discovery.clone());
        async move { (portal, targets_of(&root, portal, &initiator, chap.as_ref()).await) }
    });
    let mut found = IscsiFound { initiator: initiator.to_owned(), ..IscsiFound::default() };
    for (portal, answer) in all(asks).await {
        let portal = name(portal);
        match answer {
            Ok(told) => {
                told.iter().for_each(|(target, address)| add(&mut found.targets, target, address));
                found.portals.push(PortalFound { portal, fault: None });
            }
            Err(fault) => found.portals.push(PortalFound { portal, fault: Some(fault) }),
        }
    }
    found.targets.sort_by(|a, b| a.name.cmp(&b.name));
    let chosen = |target: &&mut Target| query.target.as_ref().is_none_or(|name| *name == target.name);
    for target in found.targets.iter_mut().filter(chosen).take(MOST_TARGETS) {
        luns_of(root, target, initiator, query.login.as_ref()).await;
    }
    found
}

async fn targets_of(
    root: &Session,
    portal: Portal,
    initiator: &str,
    chap: Option<&Chap>,
) -> Result<Vec<(String, String)>, PortalFault> {
    let login = Login { initiator, target: None, chap, session: session_id() };
    let mut connection = Connection::log_in(tunnel(root, portal).await?, &login).await?;
    let targets = connection.send_targets().await;
    connection.log_out().await;
    targets
}

/// Fills in what the target's portals show: LUNs from the first that answers, and every portal that shows one as a path.
async fn luns_of(root: &Session, target: &mut Target, initiator: &str, chap: Option<&Chap>) {
    target.asked = true;
    let portals = target.groups.iter().flat_map(|group| &group.portals).take(MOST_PORTALS).cloned();
    let asks = portals.map(|via| {
        let (root, name, initiator, chap) = (root.clone(), target.name.clone(), initiator.to_owned(), chap.cloned());
        async move {
            let login =
                Login { initiator: &initiator, target: Some(&name), chap: chap.as_ref(), session: session_id() };
            let portal = via.parse().map_err(|_| PortalFault::Other("a portal by name".to_owned()));
            let shown = match portal {
                Ok(portal) => shown_by(&root, portal, &login).await,
                Err(fault) => Err(fault),
            };
            (via, shown)
        }
    });
    let mut answers = all(asks).await;
    // The portal that let us in counts, whatever another one says.
    answers.sort_by_key(|(_, shown)| shown.is_err());
    let nobody = answers.iter().all(|(_, shown)| shown.is_err());
    for (via, shown) in answers {
        match shown {
            Ok(luns) => luns.into_iter().for_each(|lun| add_path(&mut target.luns, lun, &via)),
            Err(fault) if nobody => target.fault = target.fault.take().or(Some(fault)),
            Err(fault) => {
                let state = format!("{fault:?}");
                target.luns.iter_mut().for_each(|lun| {
                    lun.paths.push(PathState { via: via.clone(), good: false, state: state.clone() });
                });
            }
        }
    }
    target.luns.sort_by_key(|lun| lun.number);
}

async fn shown_by(root: &Session, portal: Portal, login: &Login<'_>) -> Result<Vec<Lun>, PortalFault> {
    let mut connection = Connection::log_in(tunnel(root, portal).await?, login).await?;
    let luns = luns(&mut connection).await;
    connection.log_out().await;
    luns
}

/// The disks behind a login.
///
/// # Errors
/// How the target refused.
pub async fn luns<S: AsyncRead + AsyncWrite + Unpin>(connection: &mut Connection<S>) -> Result<Vec<Lun>, PortalFault> {
    let mut found = Vec::new();
    for address in scsi::addresses(connection).await? {
        found.extend(scsi::look(connection, address).await?);
    }
    Ok(found)
}

async fn tunnel(root: &Session, portal: Portal) -> Result<Tunnel, PortalFault> {
    root.forward(&portal.address.to_string(), portal.port).await.map_err(|error| match error {
        // RFC 4254, 5.1: reason 1 is the server's policy, reason 2 the network.
        CommandError::Forward { reason, .. } if reason.contains("rohibited") => PortalFault::NotForwarded(reason),
        CommandError::Forward { reason, .. } => PortalFault::Unreachable(reason),
        other => PortalFault::NotForwarded(other.to_string()),
    })
}

/// Runs them side by side; those that panicked are left out.
async fn all<T: Send + 'static>(asks: impl Iterator<Item = impl Future<Output = T> + Send + 'static>) -> Vec<T> {
    let mut running = JoinSet::new();
    let mut order = Vec::new();
    for (index, ask) in asks.enumerate() {
        running.spawn(async move { (index, ask.await) });
    }
    while let Some(done) = running.join_next().await {
        order.extend(done.ok());
    }
    order.sort_by_key(|(index, _)| *index);
    order.into_iter().map(|(_, answer)| answer).collect()
}

/// `address:port,tag` of a target into its portal groups.
fn add(targets: &mut Vec<Target>, name: &str, address: &str) {
    if !targets.iter().any(|target| target.name == name) {
        targets.push(Target { name: name.to_owned(), ..Target::default() });
    }
    let (portal, tag) = address.rsplit_once(',').unwrap_or((address, "1"));
    let tag = tag.parse().unwrap_or(1);
    let Some(target) = targets.iter_mut().find(|target| target.name == name) else { return };
    match target.groups.iter_mut().find(|group| group.tag == tag) {
        Some(group) if group.portals.iter().any(|known| known == portal) => {}
        Some(group) => group.portals.push(portal.to_owned()),
        None => target.groups.push(PortalGroup { tag, portals: vec![portal.to_owned()] }),
    }
    target.groups.sort_by_key(|group| group.tag);
}

fn add_path(luns: &mut Vec<Lun>, lun: Lun, via: &str) {
    let path = PathState { via: via.to_owned(), good: true, state: "answers".to_owned() };
    match luns.iter_mut().find(|known| known.id == lun.id && known.number == lun.number) {
        Some(known) => known.paths.push(path),
        None => luns.push(Lun { paths: vec![path], ..lun }),
    }
}

fn name(portal: Portal) -> String {
    std::net::SocketAddr::new(portal.address, portal.port).to_string()
}

/// A random ISID (RFC 7143, 11.12.5: type 10b).
fn session_id() -> [u8; 6] {
    let random = uuid::Uuid::new_v4();
    let [a, b, c, d, e, ..] = *random.as_bytes();
    [0x80, a, b, c, d, e]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn portals_of_a_group_are_gathered_under_their_target() {
        let mut targets = Vec::new();
        for (target, address) in
            [("iqn.a", "10.0.0.1:3260,2"), ("iqn.a", "[fd00::1]:3260,1"), ("iqn.a", "10.0.0.1:3260,2"), ("iqn.b", "x")]
        {
            add(&mut targets, target, address);
        }
        let groups: Vec<_> =
            targets.iter().flat_map(|t| t.groups.iter().map(|g| (g.tag, g.portals.join(" ")))).collect();
        let expected = [(1, "[fd00::1]:3260".to_owned()), (2, "10.0.0.1:3260".to_owned()), (1, "x".to_owned())];
        assert_eq!(groups, expected);
    }
}

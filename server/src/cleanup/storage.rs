//! Shared storage that a deployment used: looked at from the host, and emptied when a person typed its name.

use super::{CleanError, FOLDER, put_scripts, said};
use crate::ssh::{Exec, Session, quote};
use hosted_deploy_model::answers::{Answers, NfsVersion, StorageType};
use hosted_deploy_model::cleanup::{Contents, SharedStorage};
use hosted_deploy_model::lang::Text;

/// Where something is to be emptied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// An NFS export or a Gluster volume.
    Directory {
        /// `nfs` or `glusterfs`.
        kind: &'static str,
        /// `server:/path`, which must be typed.
        name: String,
        /// Mount options.
        options: String,
    },
    /// A LUN.
    Lun {
        /// Its WWID, which must be typed; the device is /dev/mapper/WWID.
        id: String,
    },
}

impl Place {
    /// The place that the answers name, else that of the host's configuration: a draft may name a kind and no place. `None`: neither
    /// says.
    pub fn of(answers: &Answers, known: Option<&SharedStorage>) -> Option<Self> {
        Self::answered(answers).or_else(|| {
            let known = known?;
            let kind = match known.kind.as_str() {
                "nfs" => "nfs",
                "glusterfs" => "glusterfs",
                // The configuration names portals, not the LUN.
                _ => return None,
            };
            Some(Self::Directory { kind, name: known.place.clone(), options: String::new() })
        })
    }

    fn answered(answers: &Answers) -> Option<Self> {
        let storage = answers.storage.as_ref()?;
        match storage.storage_type()? {
            StorageType::Nfs => {
                let nfs = storage.nfs.as_ref()?;
                let version = nfs.version.and_then(version).map(|version| format!("nfsvers={version}"));
                let options = nfs.mount_options.clone().into_iter().chain(version).collect::<Vec<_>>().join(",");
                Some(Self::Directory { kind: "nfs", name: nfs.connection.clone()?, options })
            }
            StorageType::Glusterfs => {
                let gluster = storage.glusterfs.as_ref()?;
                let options = gluster.mount_options.clone().unwrap_or_default();
                Some(Self::Directory { kind: "glusterfs", name: gluster.connection.clone()?, options })
            }
            StorageType::Iscsi => Some(Self::Lun { id: storage.iscsi.as_ref()?.lun_id.clone()? }),
            StorageType::Fc => Some(Self::Lun { id: storage.fc.as_ref()?.lun_id.clone()? }),
        }
    }

    /// What is typed to confirm.
    pub fn name(&self) -> &str {
        match self {
            Self::Directory { name, .. } => name,
            Self::Lun { id } => id,
        }
    }

    fn arguments(&self, act: (&str, &str)) -> String {
        match self {
            Self::Directory { kind, name, options } => format!("{} {kind} {} {}", act.0, quote(name), quote(options)),
            Self::Lun { id } => format!("{} {}", act.1, quote(&format!("/dev/mapper/{id}"))),
        }
    }
}

const fn version(version: NfsVersion) -> Option<&'static str> {
    match version {
        NfsVersion::Auto => None,
        NfsVersion::V3 => Some("3"),
        NfsVersion::V4 => Some("4"),
        NfsVersion::V4_0 => Some("4.0"),
        NfsVersion::V4_1 => Some("4.1"),
        NfsVersion::V4_2 => Some("4.2"),
    }
}

/// What lies there, and that in words: a directory's domains, of a LUN what the host's tools print.
///
/// # Errors
/// When it cannot be mounted or read from the host.
pub async fn look(session: &Session, place: &Place) -> Result<(Contents, Text), CleanError> {
    put_scripts(session).await?;
    let text = run(session, "look at the storage", &place.arguments(("look", "lun-look"))).await?;
    let contents = Contents::parse(&text);
    let shown = match place {
        Place::Directory { .. } => contents.shown(),
        Place::Lun { .. } => Text::new(text.clone(), text),
    };
    Ok((contents, shown))
}

/// Empties it. What was looked at is judged again there.
///
/// # Errors
/// When it could not be emptied.
pub async fn empty(session: &Session, place: &Place) -> Result<String, CleanError> {
    run(session, "empty the storage", &place.arguments(("empty", "lun-wipe"))).await
}

async fn run(session: &Session, act: &'static str, arguments: &str) -> Result<String, CleanError> {
    let output = session.exec(Exec::new(format!("/bin/sh {FOLDER}/storage.sh {arguments}")).named(act)).await?;
    if !output.success() {
        return Err(said(act, &output.stderr));
    }
    let text = String::from_utf8_lossy(&output.stdout);
    Ok(text.chars().filter(|c| !c.is_control() || *c == '\n').collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use hosted_deploy_model::answers::{Nfs, Storage};

    #[test]
    fn answers_that_name_no_place_leave_it_to_the_hosts_configuration() {
        let known = |kind: &str| SharedStorage { place: "s:/he".into(), kind: kind.into(), domain: String::new() };
        let answered = |connection: Option<&str>| {
            let nfs = Nfs { connection: connection.map(str::to_owned), ..Nfs::default() };
            Answers { storage: Some(Storage { nfs: Some(nfs), ..Storage::default() }), ..Answers::default() }
        };
        let name =
            |answers: &Answers, kind: &str| Place::of(answers, Some(&known(kind))).map(|place| place.name().to_owned());
        assert_eq!(name(&answered(None), "nfs").as_deref(), Some("s:/he"));
        assert_eq!(name(&answered(Some("other:/he")), "nfs").as_deref(), Some("other:/he"));
        assert_eq!(name(&Answers::default(), "glusterfs").as_deref(), Some("s:/he"));
        assert_eq!(name(&answered(None), "iscsi"), None);
    }
}

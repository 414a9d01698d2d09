//! From the sections that the script on the host printed to a [`Discovery`].

use super::found::{Discovery, FcFound, GlusterFound, IscsiFound, NfsFound};
use super::{block, folder, gluster, nfs};
use crate::facts::sections::Sections;
use crate::facts::{ParseError, initiator};

/// What the sections tell; `None`: they are not about a storage.
pub(crate) fn parse(s: &Sections) -> Option<Discovery> {
    let kind = s.get("storage-kind").filter(|section| section.status == 0)?;
    let server = kind.about.clone();
    match kind.text.trim() {
        "nfs" => Some(Discovery::Nfs(NfsFound {
            server,
            exports: nfs::exports(s),
            versions: nfs::versions(s),
            folder: folder::folder(s),
        })),
        // What lies behind the portals is asked for by the protocol itself, not by a command of the host.
        "iscsi" => Some(Discovery::Iscsi(IscsiFound {
            initiator: initiator(s),
            attached: block::luns(s, "iscsi"),
            ..IscsiFound::default()
        })),
        "fc" => Some(Discovery::Fc(FcFound { ports: block::ports(s), luns: block::luns(s, "fc") })),
        "glusterfs" => Some(Discovery::Glusterfs(GlusterFound {
            server,
            volumes: gluster::volumes(s),
            volume: folder::folder(s).map(|folder| gluster::volume_of(&folder.source)).unwrap_or_default(),
            folder: folder::folder(s),
        })),
        _ => None,
    }
}

impl Discovery {
    /// Parses what the script printed. `token` is the random word that was given to that run.
    ///
    /// # Errors
    /// When the output is not the script's, or stops before its end.
    pub fn parse(token: &str, output: &[u8]) -> Result<Self, ParseError> {
        let s = Sections::split(token, output);
        if !s.complete() {
            return Err(match s.iter().last() {
                Some(last) => ParseError::CutOff(last.name.clone()),
                None => ParseError::NotAProbe(String::from_utf8_lossy(output).chars().take(200).collect()),
            });
        }
        parse(&s).ok_or_else(|| ParseError::CutOff("storage-kind".to_owned()))
    }
}

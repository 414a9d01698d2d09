//! Storage discovery: what a storage that could take the engine really is, as the deployment host sees it, before
//! anything is built on it.
//!
//! A [`Query`] says what to look at; the server asks the host and makes a [`Discovery`]; the rules of
//! [`crate::check`] judge it, alone ([`judge`]) or with everything else of a host ([`crate::facts::Facts::storage`]).
//! Nothing that was not read counts as good: what is unknown is `None` here and *could not run* there.

mod block;
mod folder;
mod found;
mod gluster;
mod judge;
mod lvm_filter;
mod need;
mod nfs;
mod parse;
pub mod prepare;
mod query;
mod signature;

pub use block::lun_id;
pub use found::{
    Content, ContentKind, Discovery, Exported, FcFound, Folder, GlusterFound, IscsiFound, Lun, NfsFound, PathState,
    Portal, PortalFault, PortalFound, PortalGroup, StoredDomain, Target, Trial, Volume, Write,
};
pub use judge::judge;
pub use lvm_filter::LvmFilter;
pub use need::{Need, gib_of};
pub(crate) use parse::parse;
pub use query::{Chap, GlusterQuery, IscsiQuery, NfsQuery, Query};
pub use signature::{LvmLabel, VolumeGroup, lvm_label, lvm_metadata, signatures};

//! Storage discovery: what a storage that could take the engine really is, as the deployment host sees it, before
//! anything is built on it.
//!
//! A [`Query`] says what to look at; the server asks the host and makes a [`Discovery`]; the rules of
//! [`crate::check`] judge it, alone or with everything else of a host.
//! Nothing that was not read counts as good: what is unknown is `None` here and *could not run* there.

mod found;
mod need;
mod query;

pub use found::{
    Content, ContentKind, Discovery, Exported, FcFound, Folder, GlusterFound, IscsiFound, Lun, NfsFound, PathState,
    Portal, PortalFault, PortalFound, PortalGroup, StoredDomain, Target, Trial, Volume, Write,
};
pub use need::Need;
pub use query::{Chap, GlusterQuery, IscsiQuery, NfsQuery, Query};

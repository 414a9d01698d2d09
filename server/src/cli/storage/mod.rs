//! `hosted-deploy storage`: look at the shared storage before anything is built, and prepare hosts for it.

mod discover;
mod prepare;
mod show;

use super::{Common, Exit};
use clap::Subcommand;

/// The shared storage.
#[derive(Debug, Subcommand)]
pub(super) enum StorageCommand {
    /// Look at a storage from the host; leaves nothing there and nothing on the storage
    #[command(subcommand)]
    Discover(discover::Discover),
    /// Make an NFS server, multipath or the iSCSI initiator ready; shows the plan first
    #[command(subcommand)]
    Prepare(prepare::Prepare),
}

pub(super) async fn run(command: &StorageCommand, common: &Common) -> anyhow::Result<Exit> {
    match command {
        StorageCommand::Discover(discover) => discover::run(discover, common).await,
        StorageCommand::Prepare(prepare) => prepare::run(prepare, common).await,
    }
}

//! `hosted-deploy pxe`: network boot.

mod explain;
mod image;
mod node;
mod profile;
mod ready;
mod render;
mod serve;
mod watch;

use super::{Common, Exit};
use crate::nodes::Places;
use clap::Subcommand;
use hosted_deploy_model::lang::{Lang, Text};

/// What can be done about network boot.
#[derive(Debug, Subcommand)]
pub(super) enum PxeCommand {
    /// Answer machines that boot: DHCP or proxyDHCP, TFTP and HTTP on one interface
    Serve(serve::ServeArgs),
    /// Say what a machine would get at each stage of its boot, and why
    Explain(explain::ExplainArgs),
    /// Name the DHCP servers that answer on an interface
    Watch(watch::WatchArgs),
    /// Take installation images in, list and remove them
    #[command(subcommand)]
    Image(image::ImageCommand),
    /// Write, judge and keep profiles: how machines are installed
    #[command(subcommand)]
    Profile(profile::ProfileCommand),
    /// Add, list and follow machines
    #[command(subcommand)]
    Node(node::NodeCommand),
    /// Print the configuration of other people's servers out of a profile
    Render(render::RenderArgs),
}

pub(super) async fn run(command: PxeCommand, common: &Common) -> anyhow::Result<Exit> {
    match command {
        PxeCommand::Serve(args) => serve::run(args, common).await,
        PxeCommand::Explain(args) => explain::run(&args, common),
        PxeCommand::Watch(args) => watch::run(&args, common).await,
        PxeCommand::Image(command) => image::run(command, &places(common)?, common.lang()).await,
        PxeCommand::Profile(command) => profile::run(command, &places(common)?, common.lang()),
        PxeCommand::Node(command) => node::run(command, common).await,
        PxeCommand::Render(args) => render::run(&args, &places(common)?, common.lang()),
    }
}

/// Where network boot keeps its things, below the state folder.
fn places(common: &Common) -> anyhow::Result<Places> {
    Ok(Places::of(&common.state()?)?)
}

/// What is wrong with what was asked for: on standard error, exit code 2.
fn unusable(why: &Text, lang: Lang) -> Exit {
    eprintln!("{}", why.get(lang));
    Exit::Usage
}

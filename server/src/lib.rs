//! hosted-deploy: deploys and looks after an oVirt / Red Hat Virtualization self-hosted engine.

pub mod cli;
pub mod preflight;
pub mod reach;
pub mod runs;
pub mod ssh;

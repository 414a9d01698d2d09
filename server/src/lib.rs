//! hosted-deploy: deploys and looks after an oVirt / Red Hat Virtualization self-hosted engine.

// The pages' types are deep; each crate that makes one must allow for it.
#![recursion_limit = "512"]

pub mod cleanup;
pub mod cli;
pub mod drafts;
pub mod health;
pub mod mail;
pub mod nodes;
pub mod preflight;
pub mod reach;
pub mod runs;
pub mod ssh;
pub mod storage;
pub mod told;
pub mod troubleshoot;
pub mod web;

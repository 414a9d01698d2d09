//! hosted-deploy: deploys and looks after an oVirt / Red Hat Virtualization self-hosted engine.

pub mod preflight;
pub mod runs;

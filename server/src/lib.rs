//! hosted-deploy: deploys and looks after an oVirt / Red Hat Virtualization self-hosted engine.

<<<<<<< HEAD
pub mod preflight;
=======
pub mod runs;
>>>>>>> main

//! Every check on recorded probe output: a host it passes on, one it fails on, hosts of many kinds, hostile bytes.
//!
//! `fixtures/probe/good.probe` is a whole probe's output. The other files hold only what differs from it: sections
//! that replace those of the same name and subject, and, in their comments, answers that are merged into those of the
//! good host. `# source:` names where the form of the output comes from, `# evidence:` what the check must say,
//! `# storage:` what iSCSI discovery found, `# fails:` the checks that a host of `hosts/` fails; `# whole:` a file that is a whole probe's output itself.

#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "a test that finds no fixture must stop")]

mod attached;
mod fixture;
mod hosts;
mod page;
mod rules;

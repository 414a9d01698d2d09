//! SSH against a real OpenSSH server on 127.0.0.1, with its own configuration, keys and accounts.
//!
//! Nothing of the machine is changed: as root, each server lives in a mount namespace of its own with its own `/etc`
//! and `/run`. Without root, the tests that need accounts are skipped, and say so.

// clippy.toml allows these in tests, and clippy does not see that what the tests call is a test as well.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod become_root;
mod commands;
mod failures;
mod host_keys;
mod keep;
mod logins;
mod probe;
mod quoting;
mod secrets;
mod sshd;
mod terminal;
mod tunnels;
mod uploads;

//! The deploy wizard: a form drawn from the model's table of fields, judged by the model's rules, kept on the server.
//!
//! [`form`] is what stands in it and what follows from that; [`saving`] takes it to the server, [`checking`] has the
//! host judge it. [`page`] draws the steps, [`field`] and [`control`] a field, [`beside`] what the host says of one,
//! [`review`] what will be done; [`discover`] looks at the storage, [`files`] reads and writes answers. [`host`] is the overview's part. [`api`] is what the server is asked.

pub mod api;
mod beside;
mod browser;
mod checking;
mod control;
mod discover;
mod field;
mod files;
mod form;
mod host;
pub(crate) mod icon;
mod mail;
mod page;
mod review;
mod saving;
mod start;
mod words;

pub(crate) use browser::{focus, go, save_file};
pub(crate) use host::HostCards;
pub(crate) use page::WizardPage;
pub(crate) use words::DEPLOY;

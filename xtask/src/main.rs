//! `cargo xtask`: build, lab, tests and packages, by one command that installs what it lacks.
//!
//! Each module is one command or one idea under them: [`command`] runs what others wrote, [`install`] gets what is
//! missing, [`report`] counts. The heavy libraries (wasm-bindgen, lightningcss, brotli) are in a crate of their own, so that
//! `cargo xtask lab status` on a fresh machine answers in seconds.

#![allow(clippy::print_stdout, reason = "a tool of the command line talks on standard output")]

mod bench;
mod browser;
mod build;
mod check;
mod command;
mod demo;
mod deny;
mod dev;
mod dist;
mod documents;
mod install;
mod lab;
mod python;
mod repo;
mod report;
mod shell;
mod sources;
mod test;

use anyhow::{Result, bail};
use std::process::ExitCode;

const HELP: &str = "\
cargo xtask COMMAND

  build [--release]        the product: one binary that holds everything it needs
  dev [ARGUMENTS…]         rebuild and restart `hosted-deploy ARGUMENTS` (default: serve) on every change
  check [--advisories]     format, lints, licences, unit tests, WASM, scripts
  test [--full] [--matrix] [--no-lab]
                           check, the pages in a browser, then a deployment in the lab; what CI runs
  browser [--full] [--lab] [--pictures] [ARGUMENTS…]
                           the pages in a browser alone; --lab: those tests that need the lab, which must be up;
                           --pictures: into docs/pictures; ARGUMENTS go to `playwright test`
  lab COMMAND…             the lab itself: up, down, reset, status, shell HOST, fault NAME on|off, … (lab --help)
  demo [--no-serve]        build, start the lab, deploy an engine into it, serve the pages on it (until Ctrl-C)
  bench [NAME]             measurements, each beside a peer in the same run
  dist [--dev] [--lab]     tarball, .deb and .rpm of the release binary, and a look at them; --dev: of the quick build;
                           --lab: installs the package in the lab, which must be up

Each command installs what it lacks (as root: Debian packages; for everybody: Rust targets, Python tools under target/)
and says so. Each may be run twice.";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match dispatch(&arguments) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(arguments: &[String]) -> Result<ExitCode> {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        [] | ["help" | "-h" | "--help", ..] => {
            println!("{HELP}");
            Ok(ExitCode::SUCCESS)
        }
        ["build"] => build::build(build::Profile::Dev).map(|_| ExitCode::SUCCESS),
        ["build", "--release"] => build::build(build::Profile::Release).map(|_| ExitCode::SUCCESS),
        ["dev", arguments @ ..] => dev::main(arguments),
        ["check", flags @ ..] => check::main(flags),
        ["test", flags @ ..] => test::main(flags),
        ["browser", rest @ ..] => browser::main(rest),
        ["lab", rest @ ..] => lab::pass(rest),
        ["demo", flags @ ..] => demo::main(flags),
        ["bench"] => bench::main(None),
        ["bench", "client", words @ ..] => bench::client(words),
        ["bench", name] => bench::main(Some(name)),
        ["dist", flags @ ..] => dist::main(flags),
        _ => bail!("`{}` is not a command.\n\n{HELP}", words.join(" ")),
    }
}

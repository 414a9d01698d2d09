//! `demo`: a real deployment into the lab, as a person would do it, then a look at what it made.

use crate::build::{Profile, build};
use crate::command::{command, line, status};
use crate::lab::{Verdict, act};
use crate::repo::root;
use anyhow::{Context, Result, bail};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::ExitCode;
use std::time::Duration;

const ANSWERS: &str = "examples/lab-nfs.toml";
/// Runs and host keys of the demo, apart from the person's own.
const STATE: &str = "target/demo";
/// The lab's way in to the engine's port 80.
const ENGINE: &str = "127.0.0.1:22080";
const HEALTH_PATH: &str = "/ovirt-engine/services/health";
const HEALTHY: &str = "DB Up!Welcome to Health Status!";

/// Builds, deploys, looks.
pub(crate) fn main() -> Result<ExitCode> {
    let binary = build(Profile::Dev)?;
    // A fresh lab: the one of an earlier demo has an engine already, and new machines have new host keys.
    act(&["down"])?;
    let state = root().join(STATE);
    if state.exists() {
        std::fs::remove_dir_all(&state).with_context(|| format!("cannot remove {}", state.display()))?;
    }
    match act(&["up"])? {
        Verdict::Done => {}
        Verdict::Cannot => bail!(
            "the demo needs the lab, and this machine cannot run it (reason above); use a Debian 12 machine as root"
        ),
        Verdict::Failed(why) => bail!("{why}. `cargo xtask lab down` clears up"),
    }
    let mut deploy = command(binary);
    deploy.args(["--answers", ANSWERS, "--yes", "--accept-new-host-key", "--state-dir", STATE]);
    eprintln!("\nxtask: {}\n", line(&deploy));
    let ended = status(&mut deploy)?;
    if !ended.success() {
        eprintln!(
            "\nThe deployment did not end well ({ended}); what it said is above.\n  \
             look again   target/debug/hosted-deploy runs list --state-dir {STATE}\n  \
             look inside  cargo xtask lab shell host1\n  \
             start anew   cargo xtask lab reset && cargo xtask demo"
        );
        return Ok(ended.code().and_then(|code| u8::try_from(code).ok()).map_or(ExitCode::FAILURE, ExitCode::from));
    }
    let health = get(ENGINE, HEALTH_PATH)?;
    if health.trim() != HEALTHY {
        bail!(
            "the deployment ended well, but the engine's health page says {health:?} and not {HEALTHY:?}: `cargo xtask lab shell host1` looks inside"
        );
    }
    println!(
        "\nThe engine says: {HEALTHY}\n\n  \
         health page  http://{ENGINE}{HEALTH_PATH}\n  \
         the run      target/debug/hosted-deploy runs list --state-dir {STATE}\n  \
         the host     cargo xtask lab shell host1   (then: hosted-engine --vm-status)\n  \
         end it       cargo xtask lab down"
    );
    Ok(ExitCode::SUCCESS)
}

/// The body of a page, by the plainest HTTP.
fn get(address: &str, path: &str) -> Result<String> {
    const PATIENCE: Duration = Duration::from_secs(20);
    const MOST_BYTES: u64 = 64 * 1024;
    let page = || -> Result<String> {
        let mut stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        write!(stream, "GET {path} HTTP/1.0\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
        let mut text = String::new();
        stream.take(MOST_BYTES).read_to_string(&mut text)?;
        Ok(text)
    };
    let text = page().with_context(|| {
        format!("http://{address}{path} does not answer: is the lab up (`cargo xtask lab status`)?")
    })?;
    let (head, body) = text
        .split_once("\r\n\r\n")
        .with_context(|| format!("http://{address}{path} answered {text:?}, which is no HTTP"))?;
    let status = head.lines().next().unwrap_or_default();
    if status.split(' ').nth(1) != Some("200") {
        bail!("http://{address}{path} answered {status:?}");
    }
    Ok(body.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{BufRead, BufReader};
    use std::net::TcpListener;

    fn served(answer: &'static str) -> Result<String> {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let lines = BufReader::new(stream.try_clone().unwrap()).lines();
            let asked: Vec<String> = lines.map(Result::unwrap).take_while(|line| !line.is_empty()).collect();
            stream.write_all(answer.as_bytes()).unwrap();
            asked
        });
        let body = get(&address, "/page");
        assert_eq!(server.join().unwrap().first().unwrap(), "GET /page HTTP/1.0");
        body
    }

    #[test]
    fn the_body_of_a_page_is_read() {
        assert_eq!(served("HTTP/1.1 200 OK\r\nA: b\r\n\r\nDB Up!").unwrap(), "DB Up!");
    }

    #[test]
    fn a_page_that_is_not_there_is_an_error_with_its_status() {
        let error = served("HTTP/1.1 503 Service Unavailable\r\n\r\nno").unwrap_err().to_string();
        assert!(error.contains("503 Service Unavailable"), "{error}");
    }
}

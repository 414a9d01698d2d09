//! `demo`: a real deployment into the lab, as a person would do it, a look at what it made, then the pages on it.

use crate::build::{Profile, build};
use crate::command::{command, line, status};
use crate::lab::{Verdict, act};
use crate::repo::root;
use anyhow::{Context, Result, bail};
use std::io::{BufRead, BufReader, IsTerminal, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, ExitCode, Stdio};
use std::time::Duration;

const ANSWERS: &str = "examples/lab-nfs.toml";
/// Runs and host keys of the demo, apart from the person's own.
const STATE: &str = "target/demo";
/// The lab's way in to the engine's port 80.
const ENGINE: &str = "127.0.0.1:22080";
const HEALTH_PATH: &str = "/ovirt-engine/services/health";
const HEALTHY: &str = "DB Up!Welcome to Health Status!";

/// The lab's host, as the pages reach it, and its login, which is the same on every machine.
const HOST: &str = "127.0.0.1:22011";
const LOGIN: (&str, &str) = ("root", "lab-root-1");
/// Where the pages usually are.
const PAGES: &str = "127.0.0.1:9090";

/// Builds, deploys, looks, serves.
pub(crate) fn main(flags: &[&str]) -> Result<ExitCode> {
    let stay = match flags {
        [] => std::io::stdout().is_terminal(),
        ["--no-serve"] => false,
        _ => bail!("demo knows --no-serve, not `{}`", flags.join(" ")),
    };
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
    let mut deploy = command(&binary);
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
    pages(&binary, stay)?;
    Ok(ExitCode::SUCCESS)
}

/// The pages on the lab's host, with the demo's runs: until Ctrl-C, or only a look whether they are there.
fn pages(binary: &Path, stay: bool) -> Result<()> {
    let listen = if TcpListener::bind(PAGES).is_ok() { PAGES } else { "127.0.0.1:0" };
    let mut serve = command(binary);
    serve.args(["serve", "--host", HOST, "--listen", listen, "--state-dir", STATE]);
    let shown = line(&serve);
    let mut child = serve.stderr(Stdio::piped()).spawn().with_context(|| format!("`{shown}` does not start"))?;
    let seen = served(&mut child).with_context(|| format!("`{shown}` does not serve"));
    let (user, password) = LOGIN;
    if let Ok(address) = &seen {
        println!(
            "\n  the pages    {address}   (its certificate is its own: the browser asks once)\n  \
             log in       {user} / {password}\n  \
             serve again  {shown}"
        );
        if stay {
            println!("\nCtrl-C ends the pages; the lab stays.");
            child.wait().context("the server was lost")?;
            return Ok(());
        }
    }
    // A server that ended by itself has nothing left to be ended.
    let _ = child.kill();
    child.wait().context("the server was lost")?;
    seen.map(|_| ())
}

/// Waits for the address that the server prints, and asks there; further words go to this terminal.
fn served(child: &mut Child) -> Result<String> {
    let words = child.stderr.take().context("its words are not heard")?;
    let mut lines = BufReader::new(words).lines();
    let mut said = String::new();
    let address = loop {
        let Some(line) = lines.next() else { bail!("it said {said:?}") };
        let line = line?;
        if let Some(at) = line.find("https://") {
            break line.get(at..).unwrap_or_default().trim().to_owned();
        }
        said += &line;
    };
    std::thread::spawn(move || lines.map_while(Result::ok).for_each(|line| eprintln!("{line}")));
    let host = address.trim_start_matches("https://");
    // Plain HTTP on the same port is sent to HTTPS: that the port answers this way says that it is ours.
    let (head, _) = ask(host, "/login")?;
    if !head.contains(&format!("\r\nLocation: {address}/login")) {
        bail!("http://{host}/login answered {head:?}");
    }
    Ok(address)
}

/// The body of a page that is there.
fn get(address: &str, path: &str) -> Result<String> {
    let (head, body) = ask(address, path)?;
    let status = head.lines().next().unwrap_or_default();
    if status.split(' ').nth(1) != Some("200") {
        bail!("http://{address}{path} answered {status:?}");
    }
    Ok(body)
}

/// Head and body of an answer, by the plainest HTTP.
fn ask(address: &str, path: &str) -> Result<(String, String)> {
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
    Ok((format!("{head}\r\n"), body.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{BufRead, BufReader};
    use std::net::TcpListener;

    fn answered(answer: &'static str) -> Result<String> {
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
        assert_eq!(answered("HTTP/1.1 200 OK\r\nA: b\r\n\r\nDB Up!").unwrap(), "DB Up!");
    }

    #[test]
    fn the_printed_address_is_asked_and_anything_else_there_is_found_out() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let at = listener.local_addr().unwrap();
        let speak = |location: &str| {
            let script = format!("echo 'starting' >&2; echo 'Open https://{at}' >&2; echo more >&2");
            let mut child = command("sh").args(["-c", &script]).stderr(Stdio::piped()).spawn().unwrap();
            let listener = listener.try_clone().unwrap();
            let answer = format!("HTTP/1.1 308 Permanent Redirect\r\nLocation: {location}\r\n\r\n");
            let server = std::thread::spawn(move || {
                let (mut stream, _) = listener.accept().unwrap();
                let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
                while !lines.next().unwrap().unwrap().is_empty() {}
                stream.write_all(answer.as_bytes()).unwrap();
            });
            let seen = served(&mut child);
            server.join().unwrap();
            child.wait().unwrap();
            seen
        };
        assert_eq!(speak(&format!("https://{at}/login")).unwrap(), format!("https://{at}"));
        assert!(speak("https://elsewhere/login").is_err());
        let mut silent = command("sh").args(["-c", "echo no >&2"]).stderr(Stdio::piped()).spawn().unwrap();
        assert!(served(&mut silent).unwrap_err().to_string().contains("no"));
        silent.wait().unwrap();
    }

    #[test]
    fn a_page_that_is_not_there_is_an_error_with_its_status() {
        let error = answered("HTTP/1.1 503 Service Unavailable\r\n\r\nno").unwrap_err().to_string();
        assert!(error.contains("503 Service Unavailable"), "{error}");
    }
}

//! The package on a machine with systemd: the lab's host1, which must be up.

use crate::command::{command, run};
use crate::report::Outcome;
use crate::{install, repo};
use anyhow::{Result, bail};
use std::path::Path;
use std::process::{Command, Stdio};

/// Installs, starts the socket, looks at the page and the sandbox, logs in, removes. Its last word before it removes is `served`.
const SCRIPT: &str = include_str!("lab.sh");

pub(super) fn serves(package: &Path) -> Result<Outcome> {
    install::apt(&["python3"])?;
    let mut copy = shell("cat > /root/hosted-deploy.deb");
    run(copy.stdin(Stdio::from(std::fs::File::open(package)?)), "Is the lab up? `cargo xtask lab up` starts it.")?;
    let output = shell(SCRIPT).stderr(Stdio::inherit()).stdin(Stdio::null()).output()?;
    let said = String::from_utf8_lossy(&output.stdout);
    print!("{said}");
    if !output.status.success() || !said.lines().any(|line| line == "served") {
        bail!("the package does not serve in the lab ({}); what it said is above", output.status);
    }
    Ok(Outcome::passed(1, ""))
}

fn shell(script: &str) -> Command {
    let mut shell = command(repo::root().join("end2end/lab/lab"));
    shell.args(["shell", "host1", "sh", "-ec", script]);
    shell
}

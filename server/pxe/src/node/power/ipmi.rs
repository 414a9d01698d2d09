//! IPMI through `ipmitool`. The password goes from its file to ipmitool by `-f`.

use super::{PATIENCE, PowerError};
use hosted_deploy_model::node::Bmc;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

pub(super) fn wake(bmc: &Bmc, efi: bool) -> Result<(), PowerError> {
    let program = Path::new("ipmitool");
    let device: &[&str] =
        if efi { &["chassis", "bootdev", "pxe", "options=efiboot"] } else { &["chassis", "bootdev", "pxe"] };
    ipmi(program, bmc, device)?;
    let status = ipmi(program, bmc, &["chassis", "power", "status"])?;
    let act = if status.contains("is on") { "cycle" } else { "on" };
    ipmi(program, bmc, &["chassis", "power", act]).map(drop)
}

/// One command; what it printed.
fn ipmi(program: &Path, bmc: &Bmc, command: &[&str]) -> Result<String, PowerError> {
    let path = PathBuf::from(&bmc.password_file);
    if let Err(error) = std::fs::File::open(&path) {
        return Err(PowerError::Password { path, why: error.to_string() });
    }
    let act = command.join(" ");
    let mut child = Command::new(program)
        .args(["-I", "lanplus", "-N", "3", "-R", "2", "-H", &bmc.address, "-U", &bmc.user, "-f", &bmc.password_file])
        .args(command)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => PowerError::NoProgram,
            _ => PowerError::Run(error),
        })?;
    let deadline = Instant::now() + PATIENCE;
    while child.try_wait()?.is_none() {
        if Instant::now() > deadline {
            child.kill()?;
            child.wait()?;
            return Err(PowerError::Silent { address: bmc.address.clone(), act, service: "IPMI over LAN" });
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    let output = child.wait_with_output()?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let said = said.lines().last().unwrap_or("no reason was given").trim().to_owned();
    Err(PowerError::Refused { address: bmc.address.clone(), act, said })
}

#[cfg(test)]
mod tests {
    use super::*;
    use hosted_deploy_model::node::Protocol;
    use std::os::unix::fs::PermissionsExt as _;

    fn controller(address: &str, password: &Path) -> Bmc {
        let password_file = password.display().to_string();
        Bmc {
            protocol: Protocol::Ipmi,
            address: address.into(),
            user: "admin".into(),
            password_file,
            certificate: None,
        }
    }

    #[test]
    fn the_password_s_file_is_named_and_its_content_is_in_no_argument() {
        let folder = tempfile::tempdir().unwrap();
        let (program, password) = (folder.path().join("ipmitool"), folder.path().join("password"));
        std::fs::write(&program, "#!/bin/sh\necho \"$@\"; env >&2\n").unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        std::fs::write(&password, "canary").unwrap();
        let bmc = controller("192.0.2.9", &password);
        let said = ipmi(&program, &bmc, &["chassis", "power", "status"]).unwrap();
        assert!(said.contains("-f ") && said.contains("chassis power status") && !said.contains("canary"), "{said}");
        std::fs::remove_file(&password).unwrap();
        assert!(matches!(ipmi(&program, &bmc, &[]), Err(PowerError::Password { .. })));
    }

    #[test]
    fn a_missing_program_is_named_with_the_command_that_installs_it() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let bmc = controller("x", file.path());
        let error = ipmi(Path::new("/nowhere/ipmitool"), &bmc, &[]).unwrap_err().to_string();
        assert!(error.contains("apt install ipmitool"), "{error}");
    }
}

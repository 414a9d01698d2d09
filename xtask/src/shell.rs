//! Our own shell files: each must at least parse, by the shell that its first line names.

use crate::command::{command, run};
use crate::report::Outcome;
use crate::sources::written_in;
use anyhow::{Result, bail};

/// `sh -n` or `bash -n` for every shell file.
pub(crate) fn syntax() -> Result<Outcome> {
    let mut count = 0;
    let bash = written_in(".bash", "bash")?;
    let sh: Vec<_> = written_in(".sh", "sh")?.into_iter().filter(|file| !bash.contains(file)).collect();
    for (shell, files) in [("bash", bash), ("sh", sh)] {
        for file in files {
            run(command(shell).arg("-n").arg(&file), "Repair the line named above.")?;
            count += 1;
        }
    }
    if count == 0 {
        bail!("no shell file was found: is this a git checkout?");
    }
    Ok(Outcome::passed(count, "files parse"))
}

//! Whether what was packed is what was meant.

use super::{deb, rpm, tree};
use crate::command::{command, output, run};
use crate::install;
use crate::report::Outcome;
use anyhow::{Context, Result, bail};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Systemd's own reckoning of what each service could do if it were taken over, at most, in tenths: 0 nothing, 100 everything. Network boot
/// has two capabilities and packets' own sockets.
const SERVICES: [(&str, &str); 2] = [("hosted-deploy.service", "15"), ("hosted-deploy-pxe.service", "20")];

/// Both packages hold every file of the folder and no other, and say who they are.
pub(super) fn contents(root: &Path, deb: &Path, rpm: &Path) -> Result<Outcome> {
    let mut expected = BTreeSet::new();
    files(root, root, &mut expected)?;
    let listed = output(command("dpkg-deb").arg("--contents").arg(deb), "")?;
    let mut in_deb = BTreeSet::new();
    for line in listed.lines() {
        let (rights, name) = (line.split_whitespace().next(), line.split_whitespace().nth(5));
        let (rights, name) = rights.zip(name).with_context(|| format!("dpkg-deb said {line:?}"))?;
        if !line.contains(" root/root ") {
            bail!("{name} belongs to somebody in {}: {line}", deb.display());
        }
        if !rights.starts_with('d') {
            in_deb.insert(name.trim_start_matches('.').to_owned());
        }
    }
    same(&expected, &in_deb, deb)?;
    let mut list = command("rpm");
    list.args(["--query", "--package", "--queryformat", "[%{FILEMODES:perms} %{FILEUSERNAME} %{FILENAMES}\\n]"])
        .arg(rpm);
    let mut in_rpm = BTreeSet::new();
    for line in output(&mut list, "")?.lines() {
        let [rights, owner, name] = line.split_whitespace().collect::<Vec<_>>()[..] else { bail!("rpm said {line:?}") };
        if owner != "root" {
            bail!("{name} belongs to {owner} in {}", rpm.display());
        }
        if !rights.starts_with('d') {
            in_rpm.insert(name.to_owned());
        }
    }
    same(&expected, &in_rpm, rpm)?;
    let needs = output(command("rpm").args(["--query", "--package", "--requires"]).arg(rpm), "")?;
    if !needs.contains("libc.so.6(GLIBC_") {
        bail!("{} does not say which C library it needs: {needs}", rpm.display());
    }
    let fields = output(command("dpkg-deb").arg("--info").arg(deb), "")?;
    for word in ["Depends: libc6 (>= ", "conffiles", "postinst", "prerm", "postrm"] {
        if !fields.contains(word) {
            bail!("{} lacks {word:?}: {fields}", deb.display());
        }
    }
    Ok(Outcome::passed(2, format!("{} files", expected.len())))
}

fn same(expected: &BTreeSet<String>, packed: &BTreeSet<String>, package: &Path) -> Result<()> {
    let differing: Vec<_> = expected.symmetric_difference(packed).collect();
    if !differing.is_empty() {
        bail!("{} and the folder it was made from differ in {differing:?}", package.display());
    }
    Ok(())
}

fn files(root: &Path, folder: &Path, found: &mut BTreeSet<String>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            files(root, &path, found)?;
        } else {
            found.insert(format!("/{}", path.strip_prefix(root)?.display()));
        }
    }
    Ok(())
}

/// The units as systemd reads them, and how much they leave to somebody who has taken a service over.
pub(super) fn units(root: &Path) -> Result<Outcome> {
    install::apt(&["systemd"])?;
    let units = root.join("usr/lib/systemd/system");
    // Targets and the like of this machine's systemd; our units' own programs come from the folder.
    let places = format!("{}:/usr/lib/systemd/system:/lib/systemd/system", units.display());
    let binary = root.join("usr/bin/hosted-deploy");
    let here = root.join("verify");
    tree::fresh(&here)?;
    let mut verify = command("systemd-analyze");
    verify.args(["verify", "--man=no", "--recursive-errors=one"]).arg(here.join("hosted-deploy.socket"));
    fs::copy(units.join("hosted-deploy.socket"), here.join("hosted-deploy.socket"))?;
    for (service, _) in SERVICES {
        let text = fs::read_to_string(units.join(service))?;
        fs::write(here.join(service), text.replace("/usr/bin/hosted-deploy", &binary.display().to_string()))?;
        verify.arg(here.join(service));
    }
    let checked = run(verify.env("SYSTEMD_UNIT_PATH", places), "Its reason is above.");
    tree::remove(&here)?;
    checked?;
    let mut scores = Vec::new();
    for (service, most) in SERVICES {
        let mut security = command("systemd-analyze");
        security.args(["security", "--offline=yes", "--no-pager", "--threshold", most]).arg(units.join(service));
        let said =
            output(&mut security, "Something was opened in the unit: close it, or raise the limit with a reason.")?;
        let last = said.lines().rev().find(|line| line.contains("exposure level")).unwrap_or_default();
        scores
            .push(last.split(": ").nth(1).unwrap_or_default().split_whitespace().next().unwrap_or_default().to_owned());
    }
    Ok(Outcome::passed(1 + SERVICES.len(), format!("exposure {} of 10", scores.join(" and "))))
}

/// Packed again, the bytes are the same.
pub(super) fn twice(dist: &Path, first_deb: &Path, first_rpm: &Path) -> Result<Outcome> {
    let again = dist.join("again");
    tree::fresh(&again)?;
    let root = dist.join("root");
    for (first, second) in [(first_deb, deb::pack(&root, &again)?), (first_rpm, rpm::pack(&root, &again)?)] {
        if fs::read(first)? != fs::read(&second)? {
            bail!("{} and {} differ: compare them by diffoscope", first.display(), second.display());
        }
    }
    tree::remove(&again)?;
    Ok(Outcome::passed(2, ""))
}

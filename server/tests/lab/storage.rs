//! Looking at the lab's storage and preparing its host: what is told of good storage, what of each fault, and that nothing
//! is left.

use crate::lab::{fresh, shell, with_fault};
use crate::product::{Product, set};
use anyhow::{Context, Result, ensure};
use serde_json::Value;

const NFS: &str = "storage.lab.test:/exports/he";
/// Looks into every place where something could be left on the host.
const TRACES: &str = "ls -A /run | grep hosted-deploy; grep hosted-deploy /proc/mounts; ls -A /lab/exports/he; \
                      ls -A /var/lib/hosted-deploy 2>/dev/null; ls -A /var/lib/iscsi /etc/iscsi/nodes 2>/dev/null; true";

struct Lab {
    product: Product,
}

impl Lab {
    fn new() -> Result<Self> {
        let product = Product::new("lab-iscsi.toml", |_| {})?;
        Ok(Self { product })
    }

    fn discover(&self, arguments: &[&str], code: i32) -> Result<Value> {
        let how = ["--answers", "answers.toml", "--accept-new-host-key", "--json"];
        let said = self.product.run(&[&["storage", "discover"], arguments, &how].concat(), code)?;
        serde_json::from_str(&said).with_context(|| said)
    }

    /// The storage is refused by this check, with these words.
    fn refused(&self, arguments: &[&str], check: &str, words: &str) -> Result<()> {
        let report = self.discover(arguments, 3)?;
        let checks = report.pointer("/checks").and_then(Value::as_array).context("checks")?;
        let failed = checks.iter().find(|each| each["id"] == check && each["status"] == "failed");
        let evidence = failed.and_then(|each| each.pointer("/evidence/en")).and_then(Value::as_str);
        ensure!(evidence.is_some_and(|text| text.contains(words)), "{check} does not say {words:?}: {report:#}");
        Ok(())
    }
}

/// Good storage of each kind, then every fault by its check, and nothing left afterwards.
pub(crate) fn discovery() -> Result<()> {
    fresh(&[])?;
    let lab = Lab::new()?;
    let before = shell("host1", TRACES)?;

    let nfs = lab.discover(&["nfs", NFS], 0)?;
    ensure!(nfs.pointer("/found/folder/owner") == Some(&serde_json::json!([36, 36])), "{nfs:#}");
    ensure!(nfs.pointer("/found/folder/write") == Some(&"direct".into()), "{nfs:#}");
    let list = lab.discover(&["nfs", "storage.lab.test"], 0)?;
    ensure!(list.pointer("/found/exports/1/path") == Some(&"/exports/ro".into()), "{list:#}");
    lab.refused(&["nfs", "storage.lab.test:/exports/ro"], "storage-writable", "Read-only")?;
    lab.refused(&["nfs", "storage.lab.test:/exports/none"], "storage-mounts", "No such file")?;

    let iscsi = lab.discover(&["iscsi"], 0)?;
    let lun = iscsi.pointer("/found/targets/0/luns/1").context("the second LUN")?;
    ensure!(lun["id"] == "360000000000000000e00000000010002" && lun["size_bytes"] == 140_u64 << 30, "{lun:#}");
    ensure!(lun["logical_block"] == 512 && lun["contents"] == serde_json::json!([]), "{lun:#}");
    lab.refused(
        &["iscsi", "--lun", "360000000000000000e00000000010001"],
        "storage-lun-size",
        "70.00 GiB; 76.24 GiB needed",
    )?;
    lab.refused(
        &["iscsi", "--target", "iqn.2024-01.test.lab:no"],
        "storage-iscsi-target-found",
        "iqn.2024-01.test.lab:he",
    )?;
    lab.refused(&["iscsi", "10.99.0.1:9"], "storage-iscsi-discovery", "no connection")?;

    let gluster = lab.discover(&["gluster", "storage.lab.test:/he"], 0)?;
    ensure!(gluster.pointer("/found/volumes/0/replica") == Some(&1.into()), "{gluster:#}");
    lab.refused(&["gluster", "storage.lab.test:/none"], "storage-gluster-volume", "none is not among he")?;
    lab.refused(&["fc"], "storage-fc-online", "no Fibre Channel port")?;

    let after = shell("host1", TRACES)?;
    ensure!(after == before, "left behind:\n{after}\nbefore:\n{before}");
    used(&lab)?;
    faults(&lab)?;
    secrets(&lab)
}

/// What lies on a storage is named.
fn used(lab: &Lab) -> Result<()> {
    shell(
        "host1",
        "mkdir -p /lab/exports/he/0c64d3a6/dom_md && printf 'DESCRIPTION=old_storage\\nSDUUID=0c64d3a6\\n' >/lab/exports/he/0c64d3a6/dom_md/metadata",
    )?;
    lab.refused(&["nfs", NFS], "storage-folder-empty", "oVirt storage domain: old_storage (0c64d3a6)")?;
    shell("host1", "rm -r /lab/exports/he/0c64d3a6")?;

    let lun = ["iscsi", "--lun", "360000000000000000e00000000010002"];
    shell("infra", "mkfs.ext4 -q -F -E lazy_itable_init=1,nodiscard /exports/luns/lun2.img")?;
    lab.refused(&lun, "storage-lun-unused", "file system ext")?;
    shell("infra", "dd if=/dev/zero of=/exports/luns/lun2.img bs=1M count=2 conv=notrunc status=none")?;
    lab.discover(&lun, 0).map(drop)
}

fn faults(lab: &Lab) -> Result<()> {
    for (fault, arguments, check, words) in [
        ("chap-wrong", &["iscsi"][..], "storage-iscsi-login", "wrong CHAP"),
        ("iscsi-no-luns", &["iscsi"], "storage-iscsi-has-luns", "iqn.2024-01.test.lab:he"),
        ("nfs-read-only", &["nfs", NFS], "storage-writable", "Read-only"),
        ("nfs-wrong-owner", &["nfs", NFS], "storage-owner", "0:0"),
        ("storage-small", &["nfs", NFS], "storage-space", "76.24 GiB needed"),
    ] {
        with_fault(fault, || lab.refused(arguments, check, words))?;
    }
    // The deployment itself judges the same.
    let product = Product::new("lab-nfs.toml", |_| {})?;
    let said = with_fault("nfs-wrong-owner", || product.run(&Product::DEPLOY, 3))?;
    ensure!(said.contains("(storage-owner)"), "the deployment was not stopped by its storage:\n{said}");
    Ok(())
}

/// The CHAP password is nowhere on the host: not in its journal, not in its files, not in the state folder here.
fn secrets(lab: &Lab) -> Result<()> {
    let found = shell(
        "host1",
        "journalctl --no-pager -o cat | grep -c chapsecret12; grep -rsl chapsecret12 /run /etc /var/lib /tmp; true",
    )?;
    ensure!(found.trim() == "0", "the CHAP password is on the host: {found}");
    let state = lab.product.path().join("state");
    let search = std::process::Command::new("grep").args(["-rl", "chapsecret12"]).arg(state).output()?;
    ensure!(search.stdout.is_empty(), "the CHAP password is in {}", String::from_utf8_lossy(&search.stdout));
    Ok(())
}

/// Each preparation is planned without a change, done, and the second time there is nothing to do.
pub(crate) fn preparation() -> Result<()> {
    fresh(&[])?;
    let product = Product::new("lab-nfs.toml", |answers| {
        set(answers, "host", "user", "operator");
        set(answers, "host", "password", "lab-operator-1");
    })?;
    // The lab has no multipath: a daemon of that name that shows what it would read, and says when it was told to.
    shell(
        "host1",
        "printf '#!/bin/sh\\ncat /run/multipathd.read\\n' >/usr/sbin/multipathd; chmod 755 /usr/sbin/multipathd; \
         read='/bin/sh -c \"cat /etc/multipath/conf.d/* >/run/multipathd.read 2>/dev/null; true\"'; \
         printf '[Service]\\nExecStartPre=%s\\nExecStart=/bin/sleep infinity\\nExecReload=%s\\n' \"$read\" \"$read\" \
         >/etc/systemd/system/multipathd.service; systemctl daemon-reload; systemctl start multipathd",
    )?;
    let wwid = "3600d0230000000000e13955cc3757800";
    for (arguments, look, expected) in [
        (
            &["nfs-server", "/srv/he", "--client", "10.99.0.0/24", "--files-only"][..],
            "stat -c '%u:%g %a' /srv/he; grep he /etc/exports",
            "36:36 755\n# BEGIN hosted-deploy /srv/he\n/srv/he 10.99.0.0/24(rw,sync,no_subtree_check,anonuid=36,anongid=36)\n# END hosted-deploy /srv/he",
        ),
        (
            &["multipath", "90-boot", "--wwid", wwid, "--boot"],
            "cat /run/multipathd.read",
            "multipaths {\n    multipath {\n        wwid \"3600d0230000000000e13955cc3757800\"\n        no_path_retry queue\n    }\n}",
        ),
        (
            &["iscsi-initiator", "iqn.2024-01.test.lab:host-one"],
            "cat /etc/iscsi/initiatorname.iscsi",
            "InitiatorName=iqn.2024-01.test.lab:host-one",
        ),
    ] {
        let prepare = |more: &[&str]| -> Result<String> {
            let how = ["--answers", "answers.toml", "--accept-new-host-key"];
            product.run(&[&["storage", "prepare"], arguments, &how, more].concat(), 0)
        };
        let before = shell("host1", &format!("{look} 2>&1 || true"))?;
        let said = prepare(&["--dry-run"])?;
        ensure!(said.contains("+ to be changed") && said.contains("nothing was changed"), "{said}");
        ensure!(shell("host1", &format!("{look} 2>&1 || true"))? == before, "the plan changed something");
        let said = prepare(&["--yes"])?;
        ensure!(said.contains("changed, and verified."), "{said}");
        let now = shell("host1", look)?;
        ensure!(now.trim() == expected, "{now}\ninstead of\n{expected}");
        let said = prepare(&["--yes"])?;
        ensure!(said.contains("Nothing had to be changed."), "the second time changed something:\n{said}");
    }
    let left = shell("host1", "ls -A /var/lib/hosted-deploy")?;
    ensure!(left.trim().is_empty(), "left behind: {left}");
    Ok(())
}

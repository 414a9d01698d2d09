//! What runs in the installer (`%pre`, `%onerror`) and in the installed system (`%post`).
//!
//! `nodectl init` makes the running layer out of what is on the disk: everything that shall be in it comes before.

use crate::profile::{RegisterWith, Registration};
use crate::quote::shell;
use crate::script::Installation;
use std::fmt::Write as _;

/// How curl calls back: the network of an installer may come and go for a minute.
const CURL: &str = "curl -fsS --max-time 30 --retry 10 --retry-delay 3";

pub(super) fn render(installation: &Installation<'_>, release: u32, text: &mut String) {
    let profile = installation.profile;
    if let Some(callbacks) = &installation.callbacks {
        let started = shell(&callbacks.started);
        let _ = write!(text, "\n%pre\n{CURL} -X POST {started} || true\n%end\n");
    }
    text.push_str("\n%post --erroronfail --log=/root/hosted-deploy-install.log\nset -e\n");
    if release <= 7 && !profile.system.ssh_keys.is_empty() {
        text.push_str("mkdir -p -m 0700 /root/.ssh\n");
        for key in &profile.system.ssh_keys {
            let _ = writeln!(text, "printf '%s\\n' {} >> /root/.ssh/authorized_keys", shell(key));
        }
        text.push_str("chmod 0600 /root/.ssh/authorized_keys\nrestorecon -R /root/.ssh || true\n");
    }
    for package in &profile.packages.release_packages {
        let _ = writeln!(text, "dnf -y install {}", shell(package));
    }
    register(&profile.registration, text);
    for command in &profile.system.commands {
        text.push_str(command.trim_end());
        text.push('\n');
    }
    // Made now, so that they can be told now: whoever connects later knows the host by them.
    text.push_str("ssh-keygen -A\n");
    if profile.what().is_live_image() {
        text.push_str("nodectl init\n");
    }
    if let Some(callbacks) = &installation.callbacks {
        let built = shell(&callbacks.built);
        let _ = writeln!(
            text,
            "# A system that is installed stays so, even where nobody can be told.\n\
             cat /etc/ssh/ssh_host_*_key.pub | {CURL} --data-binary @- {built} || true"
        );
    }
    text.push_str("%end\n");
    if let Some(callbacks) = &installation.callbacks
        && release > 7
    {
        let failed = shell(&callbacks.failed);
        let _ = write!(
            text,
            "\n%onerror\ntail -n 20 /tmp/anaconda.log | tail -c 4000 | {CURL} --data-binary @- {failed} || true\n%end\n"
        );
    }
}

fn register(registration: &Registration, text: &mut String) {
    let Some(key) = registration.activation_key.value().filter(|_| registration.with != RegisterWith::Nobody) else {
        return;
    };
    if let Some(server) = registration.server.as_deref().filter(|_| registration.with == RegisterWith::Satellite) {
        let rpm = format!("http://{server}/pub/katello-ca-consumer-latest.noarch.rpm");
        let _ = writeln!(text, "rpm -U --replacepkgs {}", shell(&rpm));
    }
    let organization = shell(registration.organization.as_deref().unwrap_or_default());
    let _ =
        writeln!(text, "subscription-manager register --org={organization} --activationkey={}", shell(key.expose()));
    if !registration.repositories.is_empty() {
        text.push_str("subscription-manager repos --disable='*'");
        for repository in &registration.repositories {
            let _ = write!(text, " --enable={}", shell(repository));
        }
        text.push('\n');
    }
}

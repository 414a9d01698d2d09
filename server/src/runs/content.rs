//! What is put on the host for a run: the files of `playbooks/`, embedded in the binary.

/// A file of the run's folder on the host.
#[derive(Clone, Copy, Debug)]
pub struct HostFile {
    /// Its name there.
    pub name: &'static str,
    /// Its text.
    pub text: &'static str,
}

macro_rules! playbook {
    ($name:literal, $path:literal) => {
        HostFile { name: $name, text: include_str!(concat!("../../../playbooks/", $path)) }
    };
}

/// All of them. The callback stands beside the play, where `ansible.cfg` looks for it.
pub const HOST_FILES: [HostFile; 9] = [
    playbook!("deploy.yml", "deploy.yml"),
    playbook!("ansible.cfg", "ansible.cfg"),
    playbook!("hosted_deploy.py", "callback/hosted_deploy.py"),
    playbook!("phase.sh", "phase.sh"),
    playbook!("start.sh", "start.sh"),
    playbook!("follow.sh", "follow.sh"),
    playbook!("ended.sh", "ended.sh"),
    playbook!("lock.sh", "lock.sh"),
    playbook!("cancel.sh", "cancel.sh"),
];

//! [`Questions`]: what a probe is to ask beyond the host itself: names, addresses, ports.

use serde::{Deserialize, Serialize};
use std::fmt::Write as _;
use std::net::IpAddr;

/// Questions of one probe, made from the answers. Everything is asked from the host, for that is where it must work.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Questions {
    /// Names to look up, forward and then reverse.
    pub names: Vec<String>,
    /// Addresses to look up.
    pub addresses: Vec<IpAddr>,
    /// Name servers to ask beside those of the host's resolv.conf.
    pub name_servers: Vec<IpAddr>,
    /// Addresses that may be taken: does anything answer there?
    pub living: Vec<IpAddr>,
    /// TCP ports to connect to, as (host name or address, port).
    pub ports: Vec<(String, u16)>,
    /// Files of the host whose size is asked for: an appliance, a backup.
    pub files: Vec<String>,
    /// Directories whose space is asked for beside those of the requirement table.
    pub directories: Vec<String>,
    /// The ansible-playbook that will run the role, when it is not the one on the path.
    pub ansible_playbook: String,
}

impl Questions {
    /// One line a question, as the probe reads them, without the token. A value with a character that no name, address
    /// or path of this kind has is left out: the rules of the answers report it, and it must not reach a shell.
    pub fn lines(&self) -> String {
        let mut lines = String::new();
        let mut ask = |kind: &str, value: &str| {
            if askable(value) {
                let _ = writeln!(lines, "{kind} {value}");
            }
        };
        self.names.iter().for_each(|name| ask("name", name));
        self.addresses.iter().for_each(|address| ask("address", &address.to_string()));
        self.name_servers.iter().for_each(|address| ask("name-server", &address.to_string()));
        self.living.iter().for_each(|address| ask("answers", &address.to_string()));
        self.files.iter().for_each(|path| ask("file", path));
        self.directories.iter().for_each(|path| ask("directory", path));
        ask("ansible-playbook", &self.ansible_playbook);
        for (target, port) in self.ports.iter().filter(|(target, _)| askable(target)) {
            let _ = writeln!(lines, "port {target} {port}");
        }
        lines
    }
}

/// Not empty, no leading dash (it would be an option), and only characters of names, addresses and plain paths.
fn askable(value: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._:/%@+-".contains(c);
    !value.is_empty() && value.len() <= 255 && !value.starts_with('-') && value.chars().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_a_shell_could_read_otherwise_are_not_asked() {
        let names = ["good.example", "$(reboot)", "a b", "x\nport h 1", "-n", "", "'q'", "END_OF_QUESTIONS;"];
        let questions = Questions { names: names.map(str::to_owned).to_vec(), ..Default::default() };
        assert_eq!(questions.lines(), "name good.example\n");
    }

    #[test]
    fn each_kind_has_its_line() {
        let ip = |text: &str| text.parse::<IpAddr>().into_iter().collect::<Vec<_>>();
        let questions = Questions {
            names: vec!["engine.example".into()],
            addresses: ip("10.0.0.1"),
            name_servers: ip("fd00::53"),
            living: ip("10.0.0.50"),
            ports: vec![("storage.example".into(), 2049)],
            files: vec!["/root/engine.ova".into()],
            directories: vec!["/srv/vm".into()],
            ansible_playbook: "/opt/bin/ansible-playbook".into(),
        };
        let lines = "name engine.example\naddress 10.0.0.1\nname-server fd00::53\nanswers 10.0.0.50\n\
                     file /root/engine.ova\ndirectory /srv/vm\nansible-playbook /opt/bin/ansible-playbook\nport storage.example 2049\n";
        assert_eq!(questions.lines(), lines);
    }
}

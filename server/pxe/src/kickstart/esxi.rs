//! The answers of ESXi's installer (VMware, "Installation and Upgrade Script Commands").

use super::netmask;
use crate::profile::NetworkMode;
use crate::quote::{comment, shell};
use crate::script::Installation;
use std::fmt::Write as _;

pub(super) fn render(installation: &Installation<'_>) -> String {
    let profile = installation.profile;
    let network = &profile.network;
    let mut text = format!("# {} by hosted-deploy\nvmaccepteula\n", comment(&installation.name));
    if let Some(password) = profile.system.root_password.value() {
        let _ = writeln!(text, "rootpw --iscrypted {}", password.expose());
    }
    match profile.disk.drives.first() {
        Some(drive) => {
            let _ = writeln!(text, "install --disk={drive} --overwritevmfs");
        }
        None => text.push_str("install --firstdisk --overwritevmfs\n"),
    }
    let mut line = "network".to_owned();
    let mut add = |option: &str, value: &str| {
        let _ = write!(line, " --{option}={value}");
    };
    match (network.mode, installation.address) {
        (NetworkMode::Static, Some(address)) => {
            add("bootproto", "static");
            add("ip", &address.to_string());
            add("netmask", &netmask(network.prefix.unwrap_or(24)).to_string());
            network.gateway.iter().for_each(|gateway| add("gateway", gateway));
            add("hostname", &profile.host_name(&installation.name));
            add("nameserver", &network.dns.join(","));
        }
        _ => add("bootproto", "dhcp"),
    }
    if let Some(device) = network.device.clone().or_else(|| installation.mac.map(|mac| mac.to_string())) {
        add("device", &device);
    }
    if let Some(vlan) = network.vlan {
        add("vlanid", &vlan.to_string());
    }
    let _ = writeln!(text, "{line} --addvmportgroup=1\nreboot");
    if let Some(callbacks) = &installation.callbacks {
        // The installer's shell has wget and no curl.
        let _ =
            write!(text, "\n%pre --interpreter=busybox\nwget -q -O /dev/null {} || true\n", shell(&callbacks.started));
        let _ =
            write!(text, "\n%post --interpreter=busybox\nwget -q -O /dev/null {} || true\n", shell(&callbacks.built));
    }
    let mut first_boot = String::new();
    if profile.esxi.enable_ssh || !profile.system.ssh_keys.is_empty() {
        first_boot.push_str("vim-cmd hostsvc/enable_ssh\nvim-cmd hostsvc/start_ssh\n");
    }
    for key in &profile.system.ssh_keys {
        let _ = writeln!(first_boot, "echo {} >> /etc/ssh/keys-root/authorized_keys", shell(key));
    }
    for server in &profile.system.time_servers {
        let _ = writeln!(first_boot, "esxcli system ntp set --server={server} --enabled=true");
    }
    for command in &profile.system.commands {
        first_boot.push_str(command.trim_end());
        first_boot.push('\n');
    }
    if !first_boot.is_empty() {
        let _ = write!(text, "\n%firstboot --interpreter=busybox\n{first_boot}");
    }
    text
}

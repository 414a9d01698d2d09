//! A management controller that is simulated (`ipmi_sim`), woken by a real ipmitool.

use crate::network::Network;
use hosted_deploy_model::node::Bmc;
use hosted_deploy_pxe::node::power::{PowerError, wake};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const PASSWORD: &str = "canary-of-the-bmc";

/// What the simulator runs for every act on its machine. It notes the act, and how each ipmitool was started that runs just then.
const MACHINE: &str = r#"#!/bin/sh
cd FOLDER
shift
echo "$*" >> acts
for process in /proc/[0-9]*; do
  [ "$(cat $process/comm 2>/dev/null)" = ipmitool ] && cat $process/cmdline $process/environ >> seen
done
case "$1 $2" in
  "get power") echo "power:$(cat power)" ;;
  "set power") echo "$3" > power ;;
  "get boot") echo "boot:default" ;;
esac
exit 0
"#;

const LAN: &str = r#"name "bmc"
set_working_mc 0x20
startlan 1
  addr 127.0.0.1 623
  priv_limit admin
  allowed_auths_callback none md2 md5 straight
  allowed_auths_user none md2 md5 straight
  allowed_auths_operator none md2 md5 straight
  allowed_auths_admin none md2 md5 straight
  guid a123456789abcdefa123456789abcdef
endlan
chassis_control "FOLDER/machine 0x20"
user 1 true "" "none" user 10 none md2 md5 straight
user 2 true "admin" "PASSWORD" admin 10 none md2 md5 straight
"#;

const EMULATED: &str =
    "mc_setbmc 0x20\nmc_add 0x20 0 no-device-sdrs 0x23 9 8 0x9f 0x1291 0xf02 persist_sdr\nmc_enable 0x20\n";

struct Simulator(Child);

impl Simulator {
    fn start(folder: &Path) -> Self {
        let filled = |text: &str| text.replace("FOLDER", folder.to_str().unwrap()).replace("PASSWORD", PASSWORD);
        for (name, text) in [("machine", MACHINE), ("lan.conf", LAN), ("bmc.emu", EMULATED), ("power", "0\n")] {
            fs::write(folder.join(name), filled(text)).unwrap();
        }
        fs::set_permissions(folder.join("machine"), fs::Permissions::from_mode(0o755)).unwrap();
        let mut simulator = Command::new("ipmi_sim");
        simulator.args(["-c", "lan.conf", "-f", "bmc.emu", "-s", "state", "-n"]).current_dir(folder);
        let quiet = simulator.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let simulator = Self(quiet.spawn().unwrap());
        let end = Instant::now() + Duration::from_secs(10);
        while Command::new("ss").args(["-Hlun", "sport", "=", ":623"]).output().unwrap().stdout.is_empty() {
            assert!(Instant::now() < end, "ipmi_sim does not listen");
            std::thread::sleep(Duration::from_millis(50));
        }
        simulator
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

pub fn wakes(network: &Network) {
    let folder = network.folder.path().join("bmc");
    fs::create_dir_all(&folder).unwrap();
    let _simulator = Simulator::start(&folder);
    let secret = |name: &str, word: &str| {
        fs::write(folder.join(name), word).unwrap();
        folder.join(name).display().to_string()
    };
    let bmc = Bmc { address: "127.0.0.1".into(), user: "admin".into(), password_file: secret("password", PASSWORD) };
    let acts = || fs::read_to_string(folder.join("acts")).unwrap();

    wake(&bmc, true).unwrap_or_else(|error| panic!("{error}"));
    let done = acts();
    assert!(done.contains("set boot pxe") && done.contains("set power 1"), "{done}");
    assert_eq!(fs::read_to_string(folder.join("power")).unwrap().trim(), "1");
    // It runs now: off and on again.
    fs::write(folder.join("acts"), "").unwrap();
    wake(&bmc, false).unwrap_or_else(|error| panic!("{error}"));
    let done = acts();
    assert!(done.contains("set boot pxe") && (done.contains("set power 0") || done.contains("set reset")), "{done}");

    let seen = fs::read(folder.join("seen")).unwrap();
    let seen = String::from_utf8_lossy(&seen);
    assert!(seen.contains("ipmitool\0") && seen.contains("\0-f\0"), "no ipmitool was seen: {seen}");
    assert!(!seen.contains(PASSWORD), "the password is in arguments or environment");

    let wrong = Bmc { password_file: secret("wrong", "another"), ..bmc };
    match wake(&wrong, false) {
        Err(PowerError::Refused { said, .. }) => assert!(!said.is_empty() && !said.contains("another"), "{said}"),
        other => panic!("{other:?}"),
    }
}

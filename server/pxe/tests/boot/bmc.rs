//! Management controllers that are simulated: by `ipmi_sim`, asked by a real ipmitool; by OpenStack's `sushy-emulator`, asked by Redfish.

use crate::guest;
use crate::network::Network;
use hosted_deploy_model::node::{Bmc, Fingerprint, Protocol, Uuid};
use hosted_deploy_pxe::node::power::{self, PowerError};
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

/// As a command line waits for it.
fn wake(bmc: &Bmc, efi: bool) -> Result<(), PowerError> {
    tokio::runtime::Runtime::new().unwrap().block_on(power::wake(bmc, None, efi))
}

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
    let bmc = Bmc {
        protocol: Protocol::Ipmi,
        address: "127.0.0.1".into(),
        user: "admin".into(),
        password_file: secret("password", PASSWORD),
        certificate: None,
    };
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

const PORT: u16 = 8443;
const MACHINES: [&str; 2] = ["11223344-5566-7788-99aa-bbccddeeff01", "11223344-5566-7788-99aa-bbccddeeff02"];

/// What the emulator is told: `bcrypt` is how it keeps passwords.
const SUSHY: &str = r#"
import bcrypt
with open('FOLDER/users', 'w') as users:
    users.write('admin:' + bcrypt.hashpw(b'PASSWORD', bcrypt.gensalt(4)).decode() + '\n')
SUSHY_EMULATOR_LISTEN_IP = '127.0.0.1'
SUSHY_EMULATOR_LISTEN_PORT = PORT
SUSHY_EMULATOR_SSL_CERT = 'FOLDER/cert.pem'
SUSHY_EMULATOR_SSL_KEY = 'FOLDER/key.pem'
SUSHY_EMULATOR_AUTH_FILE = 'FOLDER/users'
SUSHY_EMULATOR_STATE_DIR = 'FOLDER'
SUSHY_EMULATOR_FAKE_SYSTEMS = [
    {'uuid': uuid, 'name': uuid, 'power_state': 'Off', 'external_notifier': False, 'nics': []} for uuid in MACHINES
]
"#;

/// The emulator in `folder`, and what its certificate's SHA-256 is by openssl.
fn emulator(folder: &Path) -> (Simulator, Fingerprint) {
    let text = SUSHY
        .replace("FOLDER", folder.to_str().unwrap())
        .replace("PASSWORD", PASSWORD)
        .replace("PORT,", &format!("{PORT},"))
        .replace("= PORT", &format!("= {PORT}"))
        .replace("in MACHINES", &format!("in {MACHINES:?}"));
    fs::write(folder.join("sushy.conf"), text).unwrap();
    let openssl = |line: &str| {
        let output = Command::new("openssl").args(line.split(' ')).current_dir(folder).output().unwrap();
        assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    };
    openssl("req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 2 -subj /CN=another.example.com");
    let said = openssl("x509 -in cert.pem -noout -fingerprint -sha256");
    let fingerprint = said.split_once('=').unwrap().1.parse().unwrap();
    let log = fs::File::create(folder.join("sushy.log")).unwrap();
    let mut emulator = Command::new(guest::program("sushy-emulator").unwrap());
    emulator.args(["--fake", "--config"]).arg(folder.join("sushy.conf")).current_dir(folder);
    emulator.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
    let emulator = Simulator(emulator.spawn().unwrap());
    let end = Instant::now() + Duration::from_secs(60);
    let port = format!(":{PORT}");
    while Command::new("ss").args(["-Hltn", "sport", "=", &port]).output().unwrap().stdout.is_empty() {
        let said = fs::read_to_string(folder.join("sushy.log")).unwrap();
        assert!(Instant::now() < end, "sushy-emulator does not listen: {said}");
        std::thread::sleep(Duration::from_millis(50));
    }
    (emulator, fingerprint)
}

pub fn wakes_by_redfish(network: &Network) {
    let folder = network.folder.path().join("redfish");
    fs::create_dir_all(&folder).unwrap();
    let (_emulator, shown) = emulator(&folder);
    let secret = |name: &str, word: &str| {
        fs::write(folder.join(name), word).unwrap();
        folder.join(name).display().to_string()
    };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let wake = |bmc: &Bmc, uuid: &str| runtime.block_on(power::wake(bmc, Some(Uuid::parse_str(uuid).unwrap()), true));
    let asked = || fs::read_to_string(folder.join("sushy.log")).unwrap().matches("/redfish/").count();
    let unknown = Bmc {
        protocol: Protocol::Redfish,
        address: format!("127.0.0.1:{PORT}"),
        user: "admin".into(),
        password_file: secret("password", &format!("{PASSWORD}\n")),
        certificate: None,
    };

    // Nobody has accepted the certificate, or it is another one: nothing is asked, so nothing is sent.
    match wake(&unknown, MACHINES[1]) {
        Err(PowerError::Stranger { shown: told, .. }) => assert_eq!(told, shown),
        other => panic!("{other:?}"),
    }
    let another = Bmc { certificate: Some(Fingerprint::new([7; 32])), ..unknown.clone() };
    match wake(&another, MACHINES[1]) {
        Err(PowerError::Changed { shown: told, .. }) => assert_eq!(told, shown),
        other => panic!("{other:?}"),
    }
    assert_eq!(asked(), 0);

    let bmc = Bmc { certificate: Some(shown), ..unknown };
    let state = |number: usize| {
        let url = format!("https://127.0.0.1:{PORT}/redfish/v1/Systems/{}", MACHINES[number]);
        let output = Command::new("curl").args(["-sSk", "-u", &format!("admin:{PASSWORD}"), &url]).output().unwrap();
        let system: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let word = |at: &str| system.pointer(at).unwrap().as_str().unwrap().to_owned();
        [word("/PowerState"), word("/Boot/BootSourceOverrideTarget"), word("/Boot/BootSourceOverrideMode")]
    };
    assert_eq!(state(1)[0], "Off");
    wake(&bmc, MACHINES[1]).unwrap_or_else(|error| panic!("{error}"));
    let end = Instant::now() + Duration::from_secs(30);
    while state(1) != ["On", "Pxe", "UEFI"] {
        assert!(Instant::now() < end, "{:?}", state(1));
        std::thread::sleep(Duration::from_millis(200));
    }
    assert_eq!(state(0)[0], "Off", "the other machine of the same controller");
    // It runs now: it is restarted.
    wake(&bmc, MACHINES[1]).unwrap_or_else(|error| panic!("{error}"));

    match wake(&bmc, "11223344-5566-7788-99aa-bbccddeeff03") {
        Err(PowerError::WhichMachine { count: 2, known, .. }) => assert!(known.contains(MACHINES[0]), "{known}"),
        other => panic!("{other:?}"),
    }
    let wrong = Bmc { password_file: secret("wrong", "another"), ..bmc.clone() };
    match wake(&wrong, MACHINES[1]) {
        Err(PowerError::Refused { said, .. }) => {
            assert!(said.starts_with("401") && !said.contains("another"), "{said}")
        }
        other => panic!("{other:?}"),
    }
    let nobody = Bmc { address: "127.0.0.1:1".into(), ..bmc };
    assert!(matches!(wake(&nobody, MACHINES[1]), Err(PowerError::Connection { .. })));
    let log = fs::read_to_string(folder.join("sushy.log")).unwrap();
    assert!(!log.contains(PASSWORD), "{log}");
}

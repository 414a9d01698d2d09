//! A node's life as the servers see it: script, kickstart, callback, own disk; and who is refused.

#![allow(clippy::unwrap_used, reason = "a test that cannot prepare itself fails")]

#[path = "../images/media.rs"]
#[allow(dead_code, reason = "each test binary uses its part")]
mod media;

use hosted_deploy_model::node::{Mac, Role, State};
use hosted_deploy_pxe::image::Images;
use hosted_deploy_pxe::image::import::{Options, import};
use hosted_deploy_pxe::node::{Change, NewNode, NodeError, Nodes, Provisioner};
use hosted_deploy_pxe::profile::Profiles;
use hosted_deploy_pxe::provisioning::{Caller, Loader, Machine, Origin, Provisioning as _, Refusal, Report, Seen};
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

const HASH: &str = "$6$saltsalt$qFmFH.bQmmtXzyBY0s9v7Oicd2z4XSIecDzlB5KiA2/jctKu9YterLp8wwnSq.qc.eoxqOmSuNp2xS0ktL3nh/";
const PROFILE: &str = "version = 1\nkind = \"ovirt-node\"\nimage = \"node\"\ndescription = \"oVirt Node\"\n[system]\nroot_password = \"HASH\"\n";
const ORIGIN: Origin = Origin { address: Ipv4Addr::new(192, 0, 2, 1), http_port: 80 };
const THEIR_KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJdD7y3aLq454yWBdwLWbieU1ebz9/cu7/QEXn9OIeZJ";

struct Room {
    folder: tempfile::TempDir,
    clock: Arc<AtomicU64>,
    provisioner: Arc<Provisioner>,
}

fn room() -> Room {
    let folder = tempfile::tempdir().unwrap();
    let images = Images::open(folder.path().join("images")).unwrap();
    let iso = media::ovirt_node(folder.path());
    let options = Options { name: Some("node".into()), ..Options::default() };
    import(&images, &iso, &options, &AtomicBool::new(false), &mut |_| {}).unwrap();
    let profiles = Profiles::open(folder.path().join("profiles")).unwrap();
    profiles.put("ovirt", &PROFILE.replace("HASH", HASH), false).unwrap();
    let nodes = Nodes::open(&folder.path().join("nodes.sqlite")).unwrap();
    let clock = Arc::new(AtomicU64::new(1_700_000_000_000));
    let hands = clock.clone();
    let provisioner = Provisioner::start_with_clock(nodes, profiles, images, move || hands.load(Ordering::Relaxed));
    Room { folder, clock, provisioner }
}

fn mac(last: u8) -> Mac {
    Mac::new([0x52, 0x54, 0, 0, 0, last])
}

fn machine(last: u8) -> Machine {
    Machine { mac: mac(last), uuid: None, arch: Some(7), address: Some(Ipv4Addr::new(192, 0, 2, 100 + last)) }
}

fn caller(last: u8) -> Caller {
    Caller { address: Ipv4Addr::new(192, 0, 2, 100 + last), mac: Some(mac(last)) }
}

impl Room {
    fn add(&self, name: &str, last: u8) {
        let new =
            NewNode { name: name.into(), mac: Some(mac(last)), profile: Some("ovirt".into()), ..NewNode::default() };
        self.provisioner.nodes().add(new, self.now()).unwrap();
    }

    fn now(&self) -> u64 {
        self.clock.load(Ordering::Relaxed)
    }

    fn pass(&self, minutes: u64) {
        self.clock.fetch_add(minutes * 60_000, Ordering::Relaxed);
        self.provisioner.expire();
    }

    fn state(&self, name: &str) -> State {
        self.provisioner.nodes().get(name).unwrap().state
    }

    fn script(&self, last: u8) -> String {
        self.provisioner.script(Loader::Ipxe, &machine(last), &ORIGIN)
    }

    /// The token in a script that installs.
    fn token(&self, last: u8) -> String {
        let script = self.script(last);
        let (_, rest) = script.split_once("inst.ks=http://192.0.2.1/ks/").unwrap_or_else(|| panic!("{script}"));
        rest.split(' ').next().unwrap().to_owned()
    }
}

#[test]
fn a_node_is_installed_once_and_then_starts_from_its_disk() {
    if !media::can_be_made() {
        return;
    }
    let room = room();
    room.add("node1", 1);
    let script = room.script(1);
    assert!(script.contains("kernel http://192.0.2.1/files/node/vmlinuz"), "{script}");
    assert!(script.contains("BOOTIF=01-52-54-00-00-00-01"), "{script}");
    assert_eq!(room.state("node1"), State::Booting);
    let token = room.token(1);
    let kickstart = room.provisioner.kickstart(&token, &caller(1), &ORIGIN).unwrap();
    assert!(kickstart.contains(&format!("rootpw --iscrypted {HASH}")), "{kickstart}");
    assert!(kickstart.contains("liveimg --url=http://192.0.2.1/files/node/squashfs.img --checksum="), "{kickstart}");
    assert_eq!(room.state("node1"), State::Installing);
    let body = format!("{THEIR_KEY} root@installer\nssh-rsa short\n$(reboot)\n");
    room.provisioner.report(&token, Report::Built, body.as_bytes(), &caller(1)).unwrap();
    let node = room.provisioner.nodes().get("node1").unwrap();
    assert_eq!((node.state, node.attempts, node.host_keys), (State::Installed, 0, vec![THEIR_KEY.to_owned()]));
    for loader in [Loader::Ipxe, Loader::Pxelinux, Loader::Grub] {
        let text = room.provisioner.script(loader, &machine(1), &ORIGIN);
        assert!(!text.contains("inst.") && text.contains("disk"), "{text}");
    }
    assert_eq!(room.provisioner.kickstart(&token, &caller(1), &ORIGIN), Err(Refusal::Unknown));
    assert_eq!(room.provisioner.report(&token, Report::Built, b"", &caller(1)), Err(Refusal::Unknown));
    let kinds: Vec<String> =
        room.provisioner.nodes().sightings("node1").unwrap().into_iter().map(|sighting| sighting.kind).collect();
    assert_eq!(kinds, ["added", "assigned", "script", "script", "kickstart", "built"]);
    assert_eq!(room.provisioner.nodes().joined("node1", room.now()).unwrap().state, State::Joined);
}

#[test]
fn a_kickstart_goes_to_its_machine_alone_and_for_a_short_time() {
    if !media::can_be_made() {
        return;
    }
    let room = room();
    room.add("node1", 1);
    let token = room.token(1);
    let stranger = Caller { address: Ipv4Addr::new(192, 0, 2, 66), mac: Some(mac(66)) };
    let routed = Caller { address: Ipv4Addr::new(192, 0, 2, 101), mac: None };
    for caller in [&stranger, &routed] {
        assert_eq!(room.provisioner.kickstart(&token, caller, &ORIGIN), Err(Refusal::OtherMachine));
        assert_eq!(room.provisioner.report(&token, Report::Built, b"", caller), Err(Refusal::OtherMachine));
    }
    assert_eq!(room.provisioner.kickstart("0123", &caller(1), &ORIGIN), Err(Refusal::Unknown));
    // Behind a router the address that a person wrote down counts.
    let change = Change { address: Some(Some(Ipv4Addr::new(192, 0, 2, 101))), ..Change::default() };
    room.provisioner.nodes().set("node1", change, room.now()).unwrap();
    room.provisioner.kickstart(&token, &routed, &ORIGIN).unwrap();
    room.provisioner.kickstart(&token, &caller(1), &ORIGIN).unwrap();
    room.pass(3);
    assert_eq!(room.provisioner.kickstart(&token, &caller(1), &ORIGIN), Err(Refusal::Spent));
    // The callback is good as long as the installation takes.
    room.provisioner.report(&token, Report::Built, b"", &caller(1)).unwrap();
}

#[test]
fn an_installation_that_never_ends_is_not_begun_for_ever() {
    if !media::can_be_made() {
        return;
    }
    let room = room();
    room.add("node1", 1);
    for attempt in 1..=3 {
        assert!(room.script(1).contains("inst.ks"), "attempt {attempt}");
        assert!(room.script(1).contains("inst.ks"), "asked again within seconds");
        assert_eq!(room.provisioner.nodes().get("node1").unwrap().attempts, attempt);
        room.clock.fetch_add(60_000, Ordering::Relaxed);
    }
    let script = room.script(1);
    assert!(script.contains("begun 3 times") && script.contains("pxe node retry node1"), "{script}");
    assert_eq!(room.state("node1"), State::Failed);
    room.provisioner.nodes().retry("node1", room.now()).unwrap();
    assert!(room.script(1).contains("inst.ks"));
}

#[test]
fn time_outs_and_the_installer_s_own_words_fail_a_node() {
    if !media::can_be_made() {
        return;
    }
    let room = room();
    room.add("node1", 1);
    room.script(1);
    room.pass(14);
    assert_eq!(room.state("node1"), State::Booting);
    room.pass(2);
    let node = room.provisioner.nodes().get("node1").unwrap();
    assert_eq!(node.state, State::Failed);
    assert!(node.failure.unwrap().contains("within 15 minutes"));
    room.provisioner.nodes().retry("node1", room.now()).unwrap();
    let token = room.token(1);
    room.provisioner.kickstart(&token, &caller(1), &ORIGIN).unwrap();
    room.provisioner.report(&token, Report::Failed, b"no disk\nfound\x1b[31m", &caller(1)).unwrap();
    assert_eq!(room.provisioner.nodes().get("node1").unwrap().failure.as_deref(), Some("no disk found [31m"));
    // It called back after all.
    room.provisioner.report(&token, Report::Built, THEIR_KEY.as_bytes(), &caller(1)).unwrap();
    assert_eq!(room.state("node1"), State::Installed);
}

#[test]
fn an_unknown_machine_gets_the_menu_and_may_choose_only_what_was_written_down() {
    if !media::can_be_made() {
        return;
    }
    let room = room();
    let script = room.script(9);
    assert!(script.contains("node add NAME --mac ${netX/mac}") && !script.contains(":install"), "{script}");
    assert_eq!(room.state("discovered-52-54-00-00-00-09"), State::Discovered);
    let menu = "timeout_secs = 10\n[[items]]\nprofile = \"ovirt\"\nkey = \"1\"\n";
    std::fs::write(room.folder.path().join("profiles/menu.toml"), menu).unwrap();
    let script = room.script(9);
    assert!(script.contains("item --key 1 install0 oVirt Node (1)") && script.contains("--timeout 10000"), "{script}");
    let (_, rest) = script.split_once("chain --replace http://192.0.2.1/ks/").unwrap();
    let choice = rest.split(' ').next().unwrap();
    assert_eq!(room.provisioner.kickstart(choice, &caller(8), &ORIGIN), Err(Refusal::OtherMachine));
    let chosen = room.provisioner.kickstart(choice, &caller(9), &ORIGIN).unwrap();
    assert!(chosen.contains("inst.ks="), "{chosen}");
    assert_eq!(room.state("discovered-52-54-00-00-00-09"), State::Booting);
}

#[test]
fn what_keeps_a_node_from_being_installed_stands_on_its_screen() {
    if !media::can_be_made() {
        return;
    }
    let room = room();
    room.add("node1", 1);
    let text = PROFILE.replace("HASH", HASH)
        + "[network]\nmode = \"static\"\ngateway = \"192.0.2.1\"\ndns = [\"192.0.2.1\"]\n";
    std::fs::write(room.folder.path().join("profiles/ovirt.toml"), &text).unwrap();
    let script = room.script(1);
    assert!(script.contains("the node node1 has none") && script.contains("--address ADDRESS"), "{script}");
    assert_eq!(room.state("node1"), State::Assigned);
    std::fs::remove_file(room.folder.path().join("node.iso")).unwrap();
    let script = room.script(1);
    assert!(script.contains("has moved or changed"), "{script}");
}

#[test]
fn what_dhcp_asks_is_answered_by_card_machine_and_address() {
    if !media::can_be_made() {
        return;
    }
    let room = room();
    room.add("node1", 1);
    let uuid = "11223344-5566-7788-99aa-bbccddeeff01".parse().unwrap();
    let by_uuid = NewNode {
        name: "node2".into(),
        uuid: Some(uuid),
        role: Role::Host,
        address: Some(Ipv4Addr::new(192, 0, 2, 52)),
        ..NewNode::default()
    };
    room.provisioner.nodes().add(by_uuid, 0).unwrap();
    let known = room.provisioner.known(&machine(1)).unwrap();
    assert_eq!(known.shim.as_deref(), Some("node/tree/EFI/BOOT/BOOTX64.EFI"));
    assert!(room.provisioner.file(&known.shim.unwrap()).is_some());
    assert_eq!(room.provisioner.known(&machine(7)), None);
    let second = Machine { uuid: Some(uuid), ..machine(2) };
    assert_eq!(room.provisioner.known(&second).unwrap().address, Some(Ipv4Addr::new(192, 0, 2, 52)));
    // Its card is learned from its first request.
    room.provisioner.script(Loader::Ipxe, &second, &ORIGIN);
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(10);
    room.provisioner.seen(&second, Seen::Asked { kind: "UEFI" });
    while room.provisioner.kept_for(Ipv4Addr::new(192, 0, 2, 52)) != Some(mac(2)) {
        assert!(std::time::Instant::now() < deadline, "the card was not learned");
        std::thread::yield_now();
    }
}

#[test]
fn another_process_s_changes_are_seen() {
    if !media::can_be_made() {
        return;
    }
    let room = room();
    assert_eq!(room.provisioner.known(&machine(1)), None);
    let other = Nodes::open(&room.folder.path().join("nodes.sqlite")).unwrap();
    let new = NewNode { name: "node1".into(), mac: Some(mac(1)), profile: Some("ovirt".into()), ..NewNode::default() };
    other.add(new, 0).unwrap();
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(10);
    while room.provisioner.known(&machine(1)).is_none() {
        assert!(std::time::Instant::now() < deadline, "the change was not seen");
        std::thread::yield_now();
    }
}

#[test]
fn names_cards_and_addresses_belong_to_one_node() {
    if !media::can_be_made() {
        return;
    }
    let room = room();
    let nodes = room.provisioner.nodes();
    room.add("node1", 1);
    let new = |name: &str, last: u8| NewNode { name: name.into(), mac: Some(mac(last)), ..NewNode::default() };
    assert!(matches!(nodes.add(new("node1", 2), 0), Err(NodeError::NameTaken(_))));
    assert!(matches!(nodes.add(new("node2", 1), 0), Err(NodeError::Taken { .. })));
    assert!(matches!(nodes.add(new("a_b", 2), 0), Err(NodeError::Name(_))));
    assert!(matches!(nodes.add(NewNode { mac: None, ..new("node2", 2) }, 0), Err(NodeError::Unidentified)));
    let address = Some(Ipv4Addr::new(192, 0, 2, 50));
    nodes.add(NewNode { address, ..new("node2", 2) }, 0).unwrap();
    let taken = Change { address: Some(address), ..Change::default() };
    assert!(matches!(nodes.set("node1", taken, 0), Err(NodeError::Taken { .. })));
    let without = nodes.set("node2", Change { address: Some(None), ..Change::default() }, 0).unwrap();
    assert_eq!(without.address, None, "an address can be taken away");
    assert!(matches!(
        nodes.set("node1", Change { mac: Some(mac(2)), ..Change::default() }, 0),
        Err(NodeError::Taken { .. })
    ));
    // A discovered machine is taken over with what was seen of it.
    room.script(3);
    nodes.add(new("node3", 3), 0).unwrap();
    assert_eq!(nodes.sightings("node3").unwrap().len(), 2);
    assert!(matches!(nodes.get("discovered-52-54-00-00-00-03"), Err(NodeError::Unknown(_))));
    nodes.remove("node3").unwrap();
    assert!(matches!(nodes.remove("node3"), Err(NodeError::Unknown(_))));
}

#[test]
fn no_secret_is_in_the_database_or_in_what_is_shown() {
    if !media::can_be_made() {
        return;
    }
    let room = room();
    room.add("node1", 1);
    let token = room.token(1);
    room.provisioner.kickstart(&token, &caller(1), &ORIGIN).unwrap();
    let mut bytes = Vec::new();
    for entry in std::fs::read_dir(room.folder.path()).unwrap() {
        let path = entry.unwrap().path();
        if path.display().to_string().contains("nodes.sqlite") {
            bytes.extend(std::fs::read(path).unwrap());
        }
    }
    let kept = String::from_utf8_lossy(&bytes);
    assert!(kept.contains("node1") && !kept.contains(&token) && !kept.contains("saltsalt"));
    let profile = Profiles::open(room.folder.path().join("profiles")).unwrap().get("ovirt").unwrap();
    assert!(!toml::to_string(&profile).unwrap().contains("saltsalt"));
    assert!(!format!("{profile:?}").contains("saltsalt"));
}

#[test]
fn a_preview_shows_everything_but_secrets_and_changes_nothing() {
    if !media::can_be_made() {
        return;
    }
    let room = room();
    room.add("node1", 1);
    let node = room.provisioner.nodes().get("node1").unwrap();
    let preview = room.provisioner.preview(&node, &ORIGIN).unwrap();
    assert!(preview.kickstart.contains("rootpw --iscrypted ********\n") && !preview.kickstart.contains("saltsalt"));
    assert!(preview.script.contains("inst.ks=http://192.0.2.1/ks/TOKEN"), "{}", preview.script);
    assert_eq!(room.provisioner.nodes().get("node1").unwrap(), node);
}

//! `hosted-deploy pxe serve` at a terminal: what it says when it cannot serve, when it serves, and when it ends.

use super::{hosted_deploy, said};
use std::path::Path;
use std::process::{Command, Stdio};

#[test]
fn an_interface_that_cannot_serve_is_refused_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    for (arguments, wanted) in [
        (&["--interface", "nothing0"][..], "no network interface `nothing0`"),
        (&["--interface", "nothing0", "--lang", "ja"], "`nothing0` はありません"),
        (&["--interface", "lo", "--pool", "127.0.0.10-127.0.0.20"], "not an Ethernet card"),
        (&[], "--interface"),
        (&["--interface", "lo", "--mode", "both"], "both"),
    ] {
        let output = hosted_deploy(folder.path(), &[&["pxe", "serve"], arguments].concat());
        let said = said(&output);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}\n{said}");
        assert!(said.contains(wanted), "{arguments:?} does not say {wanted}\n{said}");
    }
}

/// A network with one card, without iPXE; then a line of shell, in which `$serve` is the command up to the interface.
const ROOM: &str = r#"
ip link add boot0 type veth peer name boot1 && ip address add 192.0.2.1/24 dev boot0 || exit 99
ip link set boot0 up && ip link set boot1 up || exit 99
for folder in /usr/lib/ipxe /usr/share/ipxe; do [ -d $folder ] && mount -t tmpfs none $folder; done
serve="$1 --state-dir $2 pxe serve --interface boot0"
pool="--pool 192.0.2.100-192.0.2.150"
ends="timeout --preserve-status --signal INT 3"
"#;

/// What the line says, and its exit code.
fn in_a_room(state: &Path, line: &str) -> (String, Option<i32>) {
    let binary = env!("CARGO_BIN_EXE_hosted-deploy");
    let output = Command::new("unshare")
        .args(["--mount", "--net", "sh", "-c", &format!("{ROOM}{line}"), "sh", binary])
        .arg(state)
        .env_clear()
        .env("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
        .env("HOME", state)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    (said(&output), output.status.code())
}

/// Whether networks can be made here; says so where not.
fn can() -> bool {
    let tools = ["ip", "setpriv", "timeout", "unshare"];
    let path = std::env::var_os("PATH").unwrap_or_default();
    let there = |tool: &&&str| std::env::split_paths(&path).any(|folder| folder.join(**tool).is_file());
    let why = match tools.iter().find(|tool| !there(tool)) {
        Some(tool) => format!("{tool} is missing"),
        None => {
            let probe = Command::new("unshare").args(["--mount", "--net", "true"]).stderr(Stdio::null()).status();
            if probe.is_ok_and(|status| status.success()) {
                return true;
            }
            "only root may make networks".to_owned()
        }
    };
    let line = format!("SKIPPED cli pxe serve: {why}\n");
    std::io::Write::write_all(&mut std::io::stderr(), line.as_bytes()).unwrap();
    false
}

#[test]
fn what_serving_says_from_its_start_to_its_end() {
    if !can() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    for (line, code, words) in [
        ("$serve", 2, &["--pool 192.0.2.100-192.0.2.200"][..]),
        ("$serve --pool 198.51.100.1-198.51.100.9", 2, &["no pool lies in the network of boot0"]),
        ("$serve --pool 192.0.2.1-192.0.2.9", 2, &["this machine's own address"]),
        ("$serve --mode proxy $pool", 2, &["leave --pool out"]),
        ("ip address flush dev boot0; $serve $pool", 2, &["no IPv4 address", "ip address add"]),
        (
            "$ends $serve $pool --beside-other-dhcp",
            0,
            &[
                "serving DHCP, TFTP and http://192.0.2.1 on boot0",
                "apt install ipxe",
                "dnf install ipxe-bootimgs-x86",
                "ended",
            ],
        ),
        (
            "$ends $serve --lang ja $pool --beside-other-dhcp",
            0,
            &["提供しています", "apt install ipxe", "終了しました"],
        ),
        (
            "$ends $serve $pool --beside-other-dhcp >/dev/null & sleep 1; $serve $pool --beside-other-dhcp; end=$?; wait; exit $end",
            1,
            &["port 67 on boot0 is taken", "ss -lnp"],
        ),
        (
            "mkdir -p $2 && chown -R 65534:65534 $2; setpriv --reuid 65534 --regid 65534 --clear-groups --bounding-set=-all $serve $pool",
            1,
            &["not allowed", "CAP_NET_BIND_SERVICE"],
        ),
    ] {
        // Nobody's, too: the last one is not root.
        let open = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(folder.path(), open).unwrap();
        let (said, ended) = in_a_room(&state, line);
        assert_eq!(ended, Some(code), "{line}\n{said}");
        words.iter().for_each(|word| assert!(said.contains(word), "{line} does not say {word}\n{said}"));
    }
}

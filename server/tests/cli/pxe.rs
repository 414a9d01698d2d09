//! `hosted-deploy pxe image|profile|node|render`, from an ISO to files for other people's servers. No network is needed.

use super::{hosted_deploy, said};
use std::path::Path;
use std::process::Command;

const HASH: &str = "$6$saltsalt$qFmFH.bQmmtXzyBY0s9v7Oicd2z4XSIecDzlB5KiA2/jctKu9YterLp8wwnSq.qc.eoxqOmSuNp2xS0ktL3nh/";

/// Runs a command; what it said, and its exit code.
fn pxe(folder: &Path, words: &str) -> (String, Option<i32>) {
    let arguments: Vec<&str> = ["pxe"].into_iter().chain(words.split_whitespace()).collect();
    let output = hosted_deploy(folder, &arguments);
    (said(&output), output.status.code())
}

fn good(folder: &Path, words: &str) -> String {
    let (said, code) = pxe(folder, words);
    assert_eq!(code, Some(0), "{words}\n{said}");
    said
}

/// A small oVirt Node medium; nothing where xorriso is missing.
fn medium(folder: &Path) -> Option<()> {
    let tree = folder.join("tree");
    for (path, text) in [
        ("images/pxeboot/vmlinuz", "kernel"),
        ("images/pxeboot/initrd.img", "initrd"),
        ("images/install.img", "stage2"),
        ("ovirt-node-ng-image.squashfs.img", "hsqs"),
        (".treeinfo", "[general]\nversion = 4.5.5\n"),
    ] {
        let path = tree.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let made = Command::new("xorriso")
        .args(["-as", "mkisofs", "-quiet", "-R", "-V", "oVirt-Node-4.5.5.el9", "-o", "node.iso", "tree"])
        .current_dir(folder)
        .output();
    match made {
        Ok(output) => {
            assert!(output.status.success(), "{output:?}");
            Some(())
        }
        Err(_) => {
            let line = "SKIPPED cli pxe: xorriso is missing (apt install xorriso)\n";
            std::io::Write::write_all(&mut std::io::stderr(), line.as_bytes()).unwrap();
            None
        }
    }
}

#[test]
fn from_an_iso_to_a_node_and_to_files_for_other_servers() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let Some(()) = medium(folder) else { return };
    let said = good(folder, "image import node.iso --name node");
    assert!(said.contains("oVirt Node 4.5.5") && said.contains("pxe profile new --image node"), "{said}");
    assert!(good(folder, "image list").contains("node.iso"));
    assert!(good(folder, "image verify").contains("node: unchanged"));
    let (said, code) = pxe(folder, "image import node.iso --name node");
    assert!(code == Some(1) && said.contains("--replace"), "{said}");

    good(folder, "profile new --image node -o p.toml");
    let (said, code) = pxe(folder, "profile add first p.toml");
    assert!(code == Some(2) && said.contains("p.toml:") && said.contains("Nobody could log in"), "{said}");
    let text = std::fs::read_to_string(folder.join("p.toml")).unwrap();
    let text = text.replace("# root_password = \"$6$…\"", &format!("root_password = \"{HASH}\""));
    std::fs::write(folder.join("p.toml"), text).unwrap();
    good(folder, "profile add first p.toml");
    assert!(good(folder, "profile validate first").contains("no mistakes"));
    let shown = good(folder, "profile show first");
    assert!(shown.contains("ovirt-node") && !shown.contains("saltsalt"), "{shown}");

    let (said, code) = pxe(folder, "node add node1 --mac 52:54:00:00:00:01 --profile none");
    assert!(code == Some(1) && said.contains("pxe profile list"), "{said}");
    good(folder, "node add node1 --mac 52-54-00-00-00-01 --profile first --address 192.0.2.51 --role host");
    std::fs::write(folder.join("more.csv"), "name,mac,profile\nnode2,525400000002,first\nnode1,525400000003,first\n")
        .unwrap();
    let (said, code) = pxe(folder, "node import more.csv");
    assert!(code == Some(2) && said.contains("node2") && said.contains("there is a node \"node1\" already"), "{said}");
    let listed = good(folder, "node list");
    assert!(
        listed.contains("52:54:00:00:00:02") && listed.contains("assigned") && !listed.contains("00:00:03"),
        "{listed}"
    );
    let listed = good(folder, "--lang ja node list");
    assert!(listed.contains("割り当て済み") && !listed.contains("added"), "{listed}");
    let shown = good(folder, "--lang ja node show node1");
    assert!(shown.contains("追加"), "{shown}");
    let (said, code) = pxe(folder, "--lang ja image import tree");
    assert!(code == Some(1) && said.contains("ファイルではありません"), "{said}");
    let preview = good(folder, "node preview node1");
    assert!(preview.contains("rootpw --iscrypted ********") && !preview.contains("saltsalt"), "{preview}");
    let (said, code) = pxe(folder, "node retry node1");
    assert!(code == Some(1) && said.contains("next start"), "{said}");
    let (said, code) = pxe(folder, "node wake node1");
    assert!(code == Some(2) && said.contains("--bmc-address"), "{said}");
    let (said, code) = pxe(folder, "node wait node1 --minutes 0");
    assert!(code == Some(4) && said.contains("pxe node show node1"), "{said}");
    assert!(good(folder, "node show node1 --json").contains("\"assigned\""));

    let segment = "--profile first --subnet 192.0.2.0/24 --server 192.0.2.1";
    let conf = good(folder, &format!("render dnsmasq {segment} --interface eth1"));
    assert!(conf.contains("dhcp-host=52:54:00:00:00:01,node1,192.0.2.51"), "{conf}");
    let said = good(folder, &format!("render pxelinux {segment} -o out"));
    assert!(said.contains("out/pxelinux.cfg/01-52-54-00-00-00-02") && said.contains("crypted password"), "{said}");
    let mode = std::os::unix::fs::PermissionsExt::mode(
        &std::fs::metadata(folder.join("out/kickstart/node1.ks")).unwrap().permissions(),
    );
    assert_eq!(mode & 0o777, 0o600);
    let (said, code) = pxe(folder, "render kea --profile first --subnet 192.0.2.7/24 --server 192.0.2.1");
    assert!(code == Some(2) && said.contains("--subnet"), "{said}");

    good(folder, "node rm node1 node2");
    good(folder, "profile rm first");
    good(folder, "image rm node");
    assert!(folder.join("node.iso").exists());
    assert!(good(folder, "node list").contains("pxe node add"));
}

#[test]
fn the_servers_options_come_from_a_file_whose_mistakes_are_shown() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let with = |text: &str| {
        std::fs::write(folder.join("pxe.toml"), text).unwrap();
        pxe(folder, "serve --config pxe.toml")
    };
    let (said, code) = with("interfaces = 'lo'\n");
    assert!(code == Some(2) && said.contains("line 1") && said.contains("interface"), "{said}");
    let (said, code) = with("# nothing yet\n");
    assert!(code == Some(2) && said.contains("no interface is named"), "{said}");
    let (said, code) = with("interface = 'nothing0'\n");
    assert!(code == Some(2) && said.contains("nothing0"), "{said}");
    let (said, code) = with("interface = 'lo'\nlease = 5\n");
    assert!(code == Some(2) && said.contains("120 to 2592000"), "{said}");
    let (said, code) = pxe(folder, "serve");
    assert!(code == Some(2) && said.contains("--config"), "{said}");
}

#[test]
fn a_controller_is_changed_field_by_field_once_it_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    good(folder, "node add node1 --mac 52:54:00:00:00:01");
    let certificate = "AB:".repeat(31) + "CD";
    let (said, code) = pxe(folder, &format!("node set node1 --bmc-certificate {certificate}"));
    assert!(code == Some(2) && said.contains("--bmc-address HOST"), "{said}");
    good(
        folder,
        "node set node1 --bmc-protocol redfish --bmc-address 127.0.0.1:1 --bmc-user admin --bmc-password-file nothing",
    );
    good(folder, &format!("node set node1 --bmc-certificate {certificate}"));
    let shown = good(folder, "node show node1");
    assert!(shown.contains("redfish admin@127.0.0.1:1") && shown.contains(&certificate), "{shown}");
    let (said, code) = pxe(folder, "node wake node1");
    assert!(code == Some(1) && said.contains("nothing: No such file"), "{said}");
    std::fs::write(folder.join("nothing"), "secret-of-the-bmc").unwrap();
    let (said, code) = pxe(folder, "node wake node1");
    assert!(
        code == Some(1) && said.contains("127.0.0.1:1 could not be asked") && !said.contains("secret-of"),
        "{said}"
    );
    // Another controller has another certificate.
    good(folder, "node set node1 --bmc-address 192.0.2.9 --bmc-user admin --bmc-password-file nothing");
    assert!(!good(folder, "node show node1").contains(&certificate));
    let (said, code) = pxe(folder, "node set node1 --bmc-certificate AB");
    assert!(code == Some(2) && said.contains("64 hexadecimal digits"), "{said}");
}

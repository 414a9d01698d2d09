//! Stock clients.

use crate::network::{CARD, Network};
use crate::room::Room;
use hosted_deploy_pxe::lease::Pool;
use hosted_deploy_pxe::provisioning::Known;
use hosted_deploy_pxe::serve::{Mode, ServeError};
use std::path::Path;

/// What udhcpc calls when it has something; prints the address.
const UDHCPC: &str = "#!/bin/sh\n[ \"$1\" = bound ] && echo \"address $ip router $router name $hostname lease $lease boot [$boot_file]\"\nexit 0\n";

fn udhcpc(network: &Network, more: &[&str]) -> String {
    let script = network.path("udhcpc.sh");
    std::fs::write(&script, UDHCPC).unwrap();
    assert!(std::process::Command::new("chmod").args(["+x", &script]).status().unwrap().success());
    let mut line =
        vec!["busybox", "udhcpc", "-i", CARD, "-f", "-q", "-n", "-t", "8", "-T", "1", "-O", "hostname", "-s", &script];
    line.extend(more);
    network.client(&line)
}

fn address(said: &str) -> String {
    said.lines()
        .find_map(|line| line.strip_prefix("address "))
        .unwrap_or_else(|| panic!("no address: {said}"))
        .split(' ')
        .next()
        .unwrap()
        .to_owned()
}

pub fn leases(network: &Network) {
    let config = network.config(Mode::Dhcp);
    let leases = config.leases.clone();
    let served = network.serve(config.clone(), Room::default());
    let said = udhcpc(network, &[]);
    assert!(said.contains("boot []") && said.contains("lease 600"), "{said}");
    let first = address(&said);

    // Another client on the same card, which names itself otherwise.
    let file = network.path("dhclient.leases");
    let pid = network.path("dhclient.pid");
    network.client(&["dhclient", "-1", "-q", "-sf", "/bin/true", "-lf", &file, "-pf", &pid, "-cf", "/dev/null", CARD]);
    network.client(&["dhclient", "-x", "-q", "-sf", "/bin/true", "-lf", &file, "-pf", &pid, "-cf", "/dev/null", CARD]);
    let second = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(second.contains(&format!("fixed-address {first};")), "{first}: {second}");
    drop(served);

    // Leases outlive the server.
    assert!(leases.exists());
    let known = Known { name: "node1".into(), ..Known::default() };
    let again = network.serve(config, Room::with("52:54:00:00:00:01".parse().unwrap(), known));
    let said = udhcpc(network, &[]);
    assert_eq!(address(&said), first);
    assert!(said.contains("name node1"), "{said}");
    assert!(again.said(&first));
}

pub fn conflict(network: &Network) {
    let mut config = network.config(Mode::Dhcp);
    config.pools = vec![Pool::parse("192.0.2.120-192.0.2.121", 24).unwrap()];
    network.foreign("address add 192.0.2.120/24 dev eth0");
    let served = network.serve(config, Room::default());
    let said = udhcpc(network, &["-a", "-r", "192.0.2.120"]);
    network.foreign("address delete 192.0.2.120/24 dev eth0");
    assert_eq!(address(&said), "192.0.2.121", "{said}\n{}", served.words().join("\n"));
    assert!(served.said("uses 192.0.2.120"), "{:?}", served.words());
}

pub fn image(network: &Network, name: &str, bytes: usize) -> Vec<u8> {
    let folder = network.folder.path().join("images");
    std::fs::create_dir_all(&folder).unwrap();
    let content: Vec<u8> = (0..bytes).map(|at| (at * 7 % 253) as u8).collect();
    std::fs::write(folder.join(name), &content).unwrap();
    content
}

pub fn room(network: &Network) -> Room {
    Room { files: Some(network.folder.path().join("images")), ..Room::default() }
}

pub fn files(network: &Network) {
    network.client(&["ip", "address", "replace", "192.0.2.3/24", "dev", CARD]);
    let content = image(network, "kernel", 3_000_001);
    let served = network.serve(network.config(Mode::Dhcp), room(network));
    let got = |name: &str| std::fs::read(network.path(name)).unwrap_or_default();

    network.client(&["tftp", "-m", "binary", "192.0.2.1", "-c", "get", "kernel", "by-tftp"]);
    assert!(got("by-tftp") == content, "tftp-hpa");
    for (window, to) in [("1", "w1"), ("16", "w16"), ("64", "w64")] {
        let window = format!("windowsize {window}");
        network.client(&[
            "atftp",
            "--option",
            "blksize 1468",
            "--option",
            &window,
            "-g",
            "-r",
            "kernel",
            "-l",
            to,
            "192.0.2.1",
        ]);
        assert!(got(to) == content, "atftp {window}");
    }
    for block in ["32", "512", "1468", "60000"] {
        network.client(&["curl", "-s", "--tftp-blksize", block, "-o", "by-curl", "tftp://192.0.2.1/kernel"]);
        assert!(got("by-curl") == content, "curl {block}");
    }
    served.wait_for("loaded kernel by TFTP");
    // Loaders try many names and must hear at once that there is nothing.
    let none = network.client_output(&["curl", "-s", "--max-time", "2", "tftp://192.0.2.1/revocations_sku.efi"]);
    assert_eq!(none.status.code(), Some(68), "TFTP: file not found");
    let out =
        network.client_output(&["curl", "-s", "--path-as-is", "--max-time", "2", "tftp://192.0.2.1/../../etc/passwd"]);
    assert_eq!(out.status.code(), Some(68));
    std::fs::write(network.path("w"), "x").unwrap();
    let write =
        network.client_output(&["curl", "-s", "--max-time", "2", "-T", &network.path("w"), "tftp://192.0.2.1/x"]);
    assert!(!write.status.success() && !Path::new(&network.path("images/x")).exists());
    network.client(&["ip", "address", "flush", "dev", CARD]);
}

pub fn http(network: &Network) {
    network.client(&["ip", "address", "replace", "192.0.2.3/24", "dev", CARD]);
    let content = image(network, "squashfs.img", 5_000_003);
    let served = network.serve(network.config(Mode::Dhcp), room(network));
    let url = "http://192.0.2.1/files/squashfs.img";
    network.client(&["curl", "-sf", "-o", "whole", url]);
    assert!(std::fs::read(network.path("whole")).unwrap() == content);
    network.client(&["curl", "-sf", "-r", "1048570-3000000", "-o", "part", url]);
    assert!(std::fs::read(network.path("part")).unwrap() == content[1_048_570..=3_000_000]);
    let headers = network.client(&["curl", "-sfI", url]).to_lowercase();
    assert!(headers.contains("content-length: 5000003") && headers.contains("accept-ranges: bytes"), "{headers}");
    let tag = headers.lines().find_map(|line| line.strip_prefix("etag: ")).unwrap().trim().to_owned();
    let same = format!("If-None-Match: {tag}");
    let code = |more: &[&str]| {
        let mut line = vec!["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}"];
        line.extend(more);
        network.client(&line)
    };
    assert_eq!(code(&["-H", &same, url]), "304");
    assert_eq!(code(&["-r", "9000000-", url]), "416");
    assert_eq!(code(&["--http1.0", url]), "200");
    assert_eq!(code(&["http://192.0.2.1/files/nothing"]), "404");
    assert_eq!(code(&["--path-as-is", "http://192.0.2.1/files/../../etc/passwd"]), "404");
    assert_eq!(code(&["http://192.0.2.1/files/%2e%2e/%2e%2e/etc/passwd"]), "404");
    assert_eq!(code(&["-X", "DELETE", url]), "405");
    // A token of another machine, and too many tries.
    assert_eq!(code(&["http://192.0.2.1/ks/token-52-54-00-00-00-09"]), "403");
    let codes: Vec<String> = (0..25).map(|number| code(&[&format!("http://192.0.2.1/ks/guess{number}")])).collect();
    assert_eq!((codes[0].as_str(), codes[24].as_str()), ("403", "429"));
    assert!(served.said("too many wrong tokens"));
    let script = network.client(&["curl", "-sf", "http://192.0.2.1/ipxe/52-54-00-00-00-01?arch=7&uuid="]);
    assert!(script.starts_with("#!ipxe\n"), "{script}");
    network.client(&["ip", "address", "flush", "dev", CARD]);
}

pub fn rival(network: &Network) {
    network.begin_foreign();
    let mut config = network.config(Mode::Dhcp);
    config.beside_other = false;
    match network.try_serve(config.clone(), Room::default()) {
        Err(ServeError::OtherServer { server, .. }) => assert_eq!(server.octets(), [192, 0, 2, 2]),
        Err(error) => panic!("{error}"),
        Ok(_) => panic!("started beside another DHCP server"),
    }
    config.beside_other = true;
    let served = network.serve(config, Room::default());
    served.wait_for("another DHCP server answers on this network: 192.0.2.2");
    drop(served);
    let beside = network.serve(network.config(Mode::Proxy), Room::default());
    beside.wait_for("addresses come from the DHCP server 192.0.2.2");
    drop(beside);
    network.end_foreign();
    let alone = network.serve(network.config(Mode::Proxy), Room::default());
    alone.wait_for("no DHCP server answers");
}

pub fn perfdhcp(network: &Network) {
    network.client(&["ip", "address", "replace", "192.0.2.3/24", "dev", CARD]);
    let mut config = network.config(Mode::Dhcp);
    config.pools = vec![Pool::parse("192.0.2.10-192.0.2.250", 24).unwrap()];
    let served = network.serve(config, Room::default());
    let output = network.client_output(&[
        "perfdhcp",
        "-4",
        "-r",
        "100",
        "-R",
        "200",
        "-n",
        "400",
        "-W",
        "2000000",
        "-l",
        CARD,
        "192.0.2.1",
    ]);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let drops: Vec<&str> = said.lines().filter(|line| line.starts_with("drops:")).collect();
    assert_eq!(
        drops,
        ["drops: 0", "drops: 0"],
        "{said}\n{}",
        served.words().iter().rev().take(5).cloned().collect::<Vec<_>>().join("\n")
    );
    network.client(&["ip", "address", "flush", "dev", CARD]);
}

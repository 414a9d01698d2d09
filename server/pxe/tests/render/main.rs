//! Kickstarts, boot scripts and other people's configuration: golden files, judged by the programs that read them.

#![allow(clippy::unwrap_used, reason = "a test that cannot prepare itself fails")]

mod validators;

use hosted_deploy_model::formats::read_toml;
use hosted_deploy_model::lang::Lang;
use hosted_deploy_model::node::{Node, Role, State};
use hosted_deploy_pxe::image::iso::Extent;
use hosted_deploy_pxe::image::{Image, ImageFile, Kind, Part, Place};
use hosted_deploy_pxe::kickstart;
use hosted_deploy_pxe::profile::{Menu, Profile, ProfileKind, template};
use hosted_deploy_pxe::render::{Scene, Segment, Target, render};
use hosted_deploy_pxe::script::{self, Choice, Installation};
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/render")
}

/// Compares with a golden file; `UPDATE_GOLDEN=1` writes it instead.
fn golden(name: &str, text: &str) -> PathBuf {
    let path = fixtures().join("golden").join(name);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(text, kept, "{name} has changed; UPDATE_GOLDEN=1 takes the new one over");
    path
}

/// A copy where validators may write beside it.
fn copy(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name.replace('/', "-"));
    std::fs::write(&path, text).unwrap();
    path
}

fn profile(name: &str) -> Profile {
    let path = fixtures().join("profiles").join(format!("{name}.toml"));
    let text = std::fs::read_to_string(path).unwrap();
    read_toml::<Profile>(&text).unwrap().0
}

fn image(kind: Kind, release: Option<u32>) -> Image {
    let file = |part, path: &str, letter: char| ImageFile {
        part,
        path: path.to_owned(),
        place: Place::Iso(Extent { offset: 0, length: 1 }),
        sha256: letter.to_string().repeat(64),
        confirmed: true,
    };
    let mut files = vec![
        file(Part::Kernel, "images/pxeboot/vmlinuz", 'a'),
        file(Part::Initrd, "images/pxeboot/initrd.img", 'b'),
        file(Part::Shim, "EFI/BOOT/BOOTX64.EFI", 'c'),
    ];
    if kind.is_live_image() {
        let rpm = "Packages/redhat-virtualization-host-image-update-4.4.10-20220308.0.el8.noarch.rpm";
        let path =
            format!("{rpm}!usr/share/redhat-virtualization-host/image/redhat-virtualization-host-4.4.10.squashfs.img");
        files.push(file(Part::Squashfs, &path, 'd'));
    }
    Image {
        name: "image1".into(),
        kind,
        title: kind.title().into(),
        version: "4.4.10".into(),
        release,
        arch: "x86_64".into(),
        volume: "IMAGE".into(),
        iso: "/isos/image.iso".into(),
        iso_length: 0,
        iso_modified: 0,
        files,
        repositories: if kind == Kind::El { vec!["BaseOS".into(), "AppStream".into()] } else { Vec::new() },
        imported: 0,
    }
}

fn node(name: &str, last: u8) -> Node {
    Node {
        name: name.into(),
        mac: Some(format!("52:54:00:00:00:0{last}").parse().unwrap()),
        uuid: Some(format!("11223344-5566-7788-99aa-bbccddeeff0{last}").parse().unwrap()),
        role: Role::default(),
        profile: Some("profile1".into()),
        address: Some(Ipv4Addr::new(192, 0, 2, 50 + last)),
        bmc: None,
        state: State::Assigned,
        since: 0,
        attempts: 0,
        last: None,
        failure: None,
        host_keys: Vec::new(),
    }
}

/// The profiles beside the images that they are for.
const CASES: [(&str, Kind, Option<u32>); 6] = [
    ("rhvh", Kind::Rhvh, Some(8)),
    ("rhvh-custom", Kind::Rhvh, Some(8)),
    ("rhvh-7", Kind::Rhvh, Some(7)),
    ("ovirt-node", Kind::OvirtNode, Some(9)),
    ("el", Kind::El, Some(9)),
    ("el-10", Kind::El, Some(10)),
];

#[test]
fn kickstarts_are_what_they_were_and_pykickstart_reads_them() {
    let folder = tempfile::tempdir().unwrap();
    for (name, kind, release) in CASES {
        let (profile, image, node) = (profile(name), image(kind, release), node("node1", 1));
        let installation = Installation::of_node(&profile, Some(&image), &node, None, "http://192.0.2.1", "TOKEN");
        let text = kickstart::render(&installation).unwrap_or_else(|problems| panic!("{name}: {problems:?}"));
        golden(&format!("{name}.ks"), &text);
        let file = copy(folder.path(), &format!("{name}.ks"), &text);
        validators::kickstart(&file, release.unwrap()).unwrap_or_else(|said| panic!("{name}\n{said}\n{text}"));
    }
}

#[test]
fn the_validators_find_what_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    if validators::program("ksvalidator").is_some() {
        let bad = copy(folder.path(), "bad.ks", "autopart --type=nothing\n");
        assert!(validators::kickstart(&bad, 8).is_err());
    }
    let bad = copy(folder.path(), "bad2.ks", "reboot\n%post\nif true\n%end\n");
    assert!(validators::kickstart(&bad, 8).is_err());
    let good = std::fs::read_to_string(fixtures().join("golden/kubevirt/pxe-boot.yaml")).unwrap();
    if fixtures().join("kubevirt/node_modules").exists() {
        for (from, to) in
            [("bootOrder", "bootorder"), ("\"cores\": 2", "\"cores\": \"2\""), ("\"config\":", "\"conf\":")]
        {
            let said = validators::kubevirt(&copy(folder.path(), "bad.yaml", &good.replace(from, to))).unwrap_err();
            assert!(said.contains("error TS"), "{said}");
        }
    }
}

#[test]
fn esxi_s_answers_and_boot_cfg_are_what_they_were() {
    let (profile, mut image, node) = (profile("esxi"), image(Kind::Esxi, None), node("esx1", 1));
    image.files.retain(|file| file.part != Part::Initrd);
    let installation = Installation::of_node(&profile, Some(&image), &node, None, "http://192.0.2.1", "TOKEN");
    let text = kickstart::render(&installation).unwrap();
    golden("esxi.ks", &text);
    let folder = tempfile::tempdir().unwrap();
    for (number, body) in text.split('%').skip(1).enumerate() {
        let (_, body) = body.split_once('\n').unwrap();
        validators::shell(&copy(folder.path(), &format!("{number}.sh"), body)).unwrap();
    }
    let cd = "title=Loading ESXi installer\nprefix=\nkernel=/b.b00\nkernelopt=runweasel\nmodules=/a.b00 --- /c.b00\n";
    golden("esxi-boot.cfg", &script::esxi_boot_cfg(&installation, cd).unwrap());
    golden("esxi.ipxe", &script::ipxe_install(&installation));
}

#[test]
fn boot_scripts_are_what_they_were() {
    let folder = tempfile::tempdir().unwrap();
    let (profile, image, node) = (profile("rhvh"), image(Kind::Rhvh, Some(8)), node("node1", 1));
    let installation = Installation::of_node(&profile, Some(&image), &node, None, "http://192.0.2.1:8080", "TOKEN");
    golden("install.ipxe", &script::ipxe_install(&installation));
    golden("install.pxelinux", &script::pxelinux_install(&installation));
    let choices = [
        Choice {
            label: "RHVH 4.4 && more ${net0/ip}".into(),
            key: Some("1".into()),
            url: "http://192.0.2.1/ks/T".into(),
        },
        Choice { label: "oVirt Node".into(), key: None, url: "http://192.0.2.1/ks/U".into() },
    ];
    golden("menu.ipxe", &script::ipxe_menu(&Menu::default(), &choices));
    golden("local.ipxe", &script::ipxe_local("node1"));
    golden("failed.ipxe", &script::ipxe_failed("node1", "no disk was found\n; reboot"));
    golden("menu.pxelinux", &script::pxelinux_menu(&Menu::default(), "52:54:00:00:00:01"));
    golden("local.pxelinux", &script::pxelinux_local("node1"));
    for (name, text) in [
        ("install.grub", script::grub_install(&installation)),
        ("local.grub", script::grub_local("node1")),
        ("menu.grub", script::grub_menu(&Menu::default(), "52:54:00:00:00:01")),
    ] {
        golden(name, &text);
        validators::grub(&copy(folder.path(), name, &text)).unwrap_or_else(|said| panic!("{name}\n{said}\n{text}"));
    }
}

#[test]
fn a_custom_boot_has_its_placeholders_filled_in() {
    let (profile, node) = (profile("custom"), node("node1", 1));
    assert_eq!(profile.problems(None), []);
    let installation = Installation::of_node(&profile, None, &node, None, "http://192.0.2.1", "TOKEN");
    golden("custom.ipxe", &script::ipxe_install(&installation));
    golden("custom.ks", &kickstart::render(&installation).unwrap());
}

fn segment(proxy: bool) -> Segment {
    Segment {
        network: Ipv4Addr::new(192, 0, 2, 0),
        prefix: 24,
        range: (Ipv4Addr::new(192, 0, 2, 100), Ipv4Addr::new(192, 0, 2, 150)),
        router: Some(Ipv4Addr::new(192, 0, 2, 254)),
        dns: vec![Ipv4Addr::new(192, 0, 2, 53), Ipv4Addr::new(192, 0, 2, 54)],
        domain: Some("example.com".into()),
        interface: "lo".into(),
        server: Ipv4Addr::new(192, 0, 2, 1),
        http: "http://192.0.2.1:8080".into(),
        proxy,
    }
}

/// Renders a target and compares every file.
fn rendered(folder: &Path, target: &str, which: Target, scene: &Scene<'_>) -> Vec<(String, PathBuf)> {
    let files = render(which, scene).unwrap_or_else(|problems| panic!("{target}: {problems:?}"));
    let kept = |file: &hosted_deploy_pxe::render::File| {
        golden(&format!("{target}/{}", file.name), &file.text);
        (file.name.clone(), copy(folder, &format!("{target}-{}", file.name), &file.text))
    };
    files.iter().map(kept).collect()
}

fn file<'a>(files: &'a [(String, PathBuf)], name: &str) -> &'a Path {
    &files.iter().find(|(known, _)| known == name).unwrap().1
}

#[test]
fn other_servers_configurations_are_what_they_were_and_those_servers_read_them() {
    let folder = tempfile::tempdir().unwrap();
    let (profile, image) = (self::profile("rhvh"), self::image(Kind::Rhvh, Some(8)));
    let nodes = [node("node1", 1), node("node2", 2)];
    let scene = Scene {
        name: "rhvh",
        profile: &profile,
        image: Some(&image),
        boot_cfg: None,
        nodes: &nodes,
        segment: segment(false),
    };
    let proxy = Scene { segment: segment(true), ..scene.clone() };
    let (dhcp, el) = (self::profile("el"), self::image(Kind::El, Some(9)));
    let any = Scene { nodes: &[], name: "el", profile: &dhcp, image: Some(&el), ..scene.clone() };
    for (target, which) in Target::ALL {
        if which == Target::EsxiTftp {
            assert!(render(which, &scene).unwrap_err()[0].to_string().contains("image of ESXi"));
            continue;
        }
        let files = rendered(folder.path(), target, which, &scene);
        match which {
            Target::Dhcpd => validators::dhcpd(file(&files, "dhcpd.conf")).unwrap(),
            Target::Dnsmasq => {
                validators::dnsmasq(file(&files, "dnsmasq.conf")).unwrap();
                let beside = rendered(folder.path(), "dnsmasq-proxy", which, &proxy);
                validators::dnsmasq(file(&beside, "dnsmasq.conf")).unwrap();
            }
            Target::Kea => validators::kea(file(&files, "kea-dhcp4.conf")).unwrap(),
            Target::Pxelinux | Target::Ipxe => {
                validators::nginx(file(&files, "nginx.conf")).unwrap();
                validators::kickstart(file(&files, "kickstart/node2.ks"), 8).unwrap();
                rendered(folder.path(), &format!("{target}-any"), which, &any);
            }
            Target::Satellite | Target::Foreman => {
                validators::shell(file(&files, "setup.sh")).unwrap();
                validators::dhcpd(file(&files, "dhcpd-ipxe.conf")).unwrap();
                let text = std::fs::read_to_string(file(&files, "provision.erb")).unwrap();
                assert!(
                    !text.contains("203.0.113") && !text.contains("$6$") && text.contains("<%= root_pass %>"),
                    "{text}"
                );
                // As a host of Foreman would get it.
                let filled = ["host_param('rhvh_image')", "foreman_url('built')", "foreman_url('failed')"]
                    .iter()
                    .fold(text.split_once("%>\n").unwrap().1.to_owned(), |text, name| {
                        text.replace(&format!("<%= {name} %>"), "http://192.0.2.1/x")
                    });
                let filled = filled
                    .replace("<%= @host.name %>", "a.example.com")
                    .replace("<%= @host.mac %>", "52:54:00:00:00:01")
                    .replace("<%= @host.ip %>", "192.0.2.9")
                    .replace("<%= root_pass %>", "$6$a$b");
                assert!(!filled.contains("<%"), "{filled}");
                validators::kickstart(&copy(folder.path(), "foreman.ks", &filled), 8).unwrap();
            }
            Target::Kubevirt => {
                validators::kubevirt(file(&files, "pxe-boot.yaml")).unwrap();
                let unnamed = rendered(folder.path(), "kubevirt-any", which, &any);
                validators::kubevirt(file(&unnamed, "pxe-boot.yaml")).unwrap();
            }
            Target::EsxiTftp => {}
        }
    }
}

#[test]
fn esxi_by_tftp_has_everything_below_the_tftp_root() {
    let folder = tempfile::tempdir().unwrap();
    let (profile, image) = (profile("esxi"), image(Kind::Esxi, None));
    let nodes = [node("esx1", 1)];
    let cd = "title=Loading ESXi installer\nprefix=\nkernel=/b.b00\nkernelopt=runweasel\nmodules=/a.b00 --- /c.b00\n";
    let scene = Scene {
        name: "esxi",
        profile: &profile,
        image: Some(&image),
        boot_cfg: Some(cd.into()),
        nodes: &nodes,
        segment: segment(false),
    };
    let files = rendered(folder.path(), "esxi-tftp", Target::EsxiTftp, &scene);
    validators::dnsmasq(file(&files, "dnsmasq.conf")).unwrap();
    let cfg = std::fs::read_to_string(file(&files, "01-52-54-00-00-00-01/boot.cfg")).unwrap();
    assert!(cfg.contains("prefix=image1\n") && cfg.contains("ks=http://"), "{cfg}");
}

#[test]
fn a_template_with_an_access_is_free_of_mistakes() {
    for kind in [ProfileKind::Rhvh, ProfileKind::OvirtNode, ProfileKind::El, ProfileKind::Esxi, ProfileKind::Custom] {
        for lang in [Lang::En, Lang::Ja] {
            let text = template(kind, Some("image1"), lang);
            let (mut profile, _) =
                read_toml::<Profile>(&text).unwrap_or_else(|problems| panic!("{text}\n{problems:?}"));
            profile.system.root_password = "$6$saltsalt$aaaaaaaaaaaaaaaaaaaa".into();
            profile.esxi.accept_eula = true;
            if kind == ProfileKind::Custom {
                profile.custom.kernel = Some("http://192.0.2.1/vmlinuz".into());
                profile.custom.initrds.clear();
            }
            assert_eq!(profile.problems(None), [], "{text}");
            // What is commented out is a field too.
            let is_key = |line: &str| {
                let key = line.split(" = ").next().unwrap_or_default();
                line.contains(" = ") && key.chars().all(|c| c.is_ascii_lowercase() || c == '_')
                    || line.starts_with("[[")
            };
            let given = |line: &str| line.strip_prefix("# ").filter(|line| is_key(line)).unwrap_or(line).to_owned();
            let whole: String = text.lines().map(|line| given(line) + "\n").collect();
            assert!(
                whole.lines().filter(|line| !line.starts_with('#')).count()
                    > text.lines().filter(|line| !line.starts_with('#')).count() + 5
            );
            read_toml::<Profile>(&whole).unwrap_or_else(|problems| panic!("{whole}\n{problems:?}"));
        }
    }
}

#[test]
fn mistakes_are_told_with_field_and_remedy_in_both_languages() {
    for entry in std::fs::read_dir(fixtures().join("bad")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "toml") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let problems = match read_toml::<Profile>(&text) {
            Ok((profile, places)) => {
                let mut problems = profile.problems(Some(&image(Kind::Rhvh, Some(8))));
                places.locate(&mut problems);
                problems
            }
            Err(problems) => problems,
        };
        let told: String = problems
            .iter()
            .map(|problem| {
                let at = problem.at.map(|at| format!("{at} ")).unwrap_or_default();
                format!("{at}{}\n{at}{}\n", problem.line(Lang::En), problem.line(Lang::Ja))
            })
            .collect();
        assert!(!told.is_empty(), "{} has no mistake", path.display());
        let name = path.file_stem().unwrap().to_str().unwrap();
        golden(&format!("bad/{name}.txt"), &told);
    }
}

//! Templates of Foreman and of Satellite: what PXELINUX, GRUB and iPXE load, the kickstart, and the `hammer` commands that
//! put them in. The kickstart is ours with the host's own values in place; root's password is Foreman's.

use super::{File, Scene, commented};
use crate::kickstart;
use crate::profile::ProfileKind;
use crate::script::{Callbacks, Installation};
use crate::text;
use hosted_deploy_model::node::Mac;
use hosted_deploy_model::problem::Problem;
use std::fmt::Write as _;
use std::net::Ipv4Addr;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flavour {
    Satellite,
    Foreman,
}

/// Stand in the kickstart where the host's own values will be; none of them can be anybody's (RFC 5737, RFC 7042).
const ADDRESS: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 254);
const CARD: Mac = Mac::new([0x00, 0x00, 0x5e, 0x00, 0x53, 0xfe]);
const NAME: &str = "host-of-foreman";
const HTTP: &str = "http://203.0.113.253";

/// The parameter that says where the image is.
const PARAMETER: &str = "<%= host_param('rhvh_image') %>";

pub(super) fn render(scene: &Scene<'_>, flavour: Flavour) -> Result<Vec<File>, Vec<Problem>> {
    if !scene.profile.what().is_anaconda() {
        return Err(vec![Problem::new(
            "kind",
            text!(
                "Foreman's templates are made for RHVH, oVirt Node and Enterprise Linux.",
                "Foreman のテンプレートは RHVH、oVirt Node、Enterprise Linux 用です。"
            ),
            text!("Choose a profile of one of these kinds.", "いずれかの種類のプロファイルを選んでください。"),
        )]);
    }
    let title = title(scene);
    let head = |kind: &str| {
        format!("<%#\nkind: {kind}\nname: {title}\nmodel: ProvisioningTemplate\noses:\n- RedHat\n- CentOS\n%>\n")
    };
    let arguments = arguments(scene);
    let pxelinux = format!(
        "{}# {title}: <%= @host.name %>\nDEFAULT install\nLABEL install\n  KERNEL <%= @kernel %>\n  APPEND initrd=<%= @initrd %> {arguments}\n  IPAPPEND 2\n",
        head("PXELinux")
    );
    let grub = format!(
        "{}set default=0\nset timeout=3\nmenuentry '{title}' {{\n  linux  <%= @kernel %> {arguments} BOOTIF=01-<%= @host.mac.tr(':', '-') %>\n  initrd <%= @initrd %>\n}}\n",
        head("PXEGrub2")
    );
    let ipxe = format!(
        "#!gpxe\n{}kernel {PARAMETER}/vmlinuz initrd=initrd.img {arguments} BOOTIF=01-${{netX/mac:hexhyp}}\ninitrd --name initrd.img {PARAMETER}/initrd.img\nboot\n",
        head("iPXE")
    );
    let provision = format!("{}{}", head("provision"), provision(scene)?);
    Ok(vec![
        File::new("pxelinux.erb", pxelinux),
        File::new("pxegrub2.erb", grub),
        File::new("ipxe.erb", ipxe),
        File { secret: true, ..File::new("provision.erb", provision) },
        File::new("dhcpd-ipxe.conf", dhcpd(scene, flavour)),
        File::new("setup.sh", setup(scene, flavour, &title)),
    ])
}

fn title(scene: &Scene<'_>) -> String {
    format!("hosted-deploy {}", scene.name)
}

fn arguments(scene: &Scene<'_>) -> String {
    let mut arguments =
        vec!["inst.ks=<%= foreman_url('provision') %>".to_owned(), format!("inst.stage2={PARAMETER}/tree")];
    arguments.extend(scene.profile.console());
    arguments.extend(scene.profile.boot.kernel_arguments.iter().cloned());
    arguments.join(" ")
}

/// Our kickstart with Foreman's values.
fn provision(scene: &Scene<'_>) -> Result<String, Vec<Problem>> {
    let installation = Installation {
        profile: scene.profile,
        image: scene.image,
        name: NAME.to_owned(),
        mac: Some(CARD),
        address: Some(ADDRESS),
        http: HTTP.to_owned(),
        kickstart: None,
        callbacks: Some(Callbacks {
            started: format!("{HTTP}/started"),
            built: format!("{HTTP}/built"),
            failed: format!("{HTTP}/failed"),
        }),
    };
    let text = kickstart::render(&installation)?;
    let files = format!("{HTTP}/files/{}", scene.image_name());
    let domain = scene.profile.host_name(NAME);
    let lines = text.lines().map(|line| match line {
        line if line.starts_with("rootpw --iscrypted ") => "rootpw --iscrypted <%= root_pass %>".to_owned(),
        line => line
            .replace(&files, PARAMETER)
            .replace(&format!("{HTTP}/built"), "<%= foreman_url('built') %>")
            .replace(&format!("{HTTP}/failed"), "<%= foreman_url('failed') %>")
            .replace(&domain, "<%= @host.name %>")
            .replace(NAME, "<%= @host.name %>")
            .replace(&CARD.to_string(), "<%= @host.mac %>")
            .replace(&ADDRESS.to_string(), "<%= @host.ip %>"),
    });
    // Foreman knows that the installer runs: it gave the kickstart.
    let text: String = lines.map(|line| line + "\n").collect();
    Ok(match text.split_once("\n%pre\n") {
        Some((before, rest)) => match rest.split_once("%end\n") {
            Some((_, after)) => format!("{before}{after}"),
            None => text,
        },
        None => text,
    })
}

/// Machines whose firmware is iPXE already (virtual ones) are sent to Foreman at once.
fn dhcpd(scene: &Scene<'_>, flavour: Flavour) -> String {
    let host = server(scene);
    let bootstrap = format!("http://{host}/unattended/iPXE?bootstrap=1");
    let isolated = format!(
        "on networks that reach only a {}: http://CAPSULE:8000/unattended/iPXE?bootstrap=1",
        match flavour {
            Flavour::Satellite => "Capsule",
            Flavour::Foreman => "smart proxy",
        }
    );
    let mut text = commented(&[
        "For dhcpd.conf on the machine that serves DHCP; test it:  dhcpd -t -4 -cf FILE",
        "cp /usr/share/ipxe/undionly.kpxe /var/lib/tftpboot/undionly.0; cp /usr/share/ipxe/ipxe-x86_64.efi /var/lib/tftpboot/ipxe.efi",
        &isolated,
    ]);
    let _ = write!(
        text,
        "option client-arch code 93 = unsigned integer 16;\noption user-class code 77 = string;\n\
         if exists user-class and option user-class = \"iPXE\" {{\n  filename \"{bootstrap}\";\n\
         }} elsif option client-arch = 00:06 or option client-arch = 00:07 or option client-arch = 00:09 {{\n  filename \"ipxe.efi\";\n\
         }} else {{\n  filename \"undionly.0\";\n}}\n"
    );
    text
}

fn server(scene: &Scene<'_>) -> String {
    scene.profile.registration.server.clone().unwrap_or_else(|| "satellite.example.com".to_owned())
}

fn setup(scene: &Scene<'_>, flavour: Flavour, title: &str) -> String {
    let product = match flavour {
        Flavour::Satellite => "Satellite",
        Flavour::Foreman => "Foreman",
    };
    let http = format!("{}/files/{}", scene.segment.http, scene.image_name());
    let head = commented(&[
        &format!("Puts the templates into {product}. Read it, set the four names, then:  sh setup.sh"),
        "The parameter rhvh_image says where the image's files are: vmlinuz, initrd.img, squashfs.img and tree/.",
    ]);
    let mut text = format!(
        "#!/bin/sh\n{head}set -eu\nOS=${{OS:-'RedHat 8.6'}}\nHOSTGROUP=${{HOSTGROUP:-{}}}\nORGANIZATION=${{ORGANIZATION:-'Default Organization'}}\nLOCATION=${{LOCATION:-'Default Location'}}\n\n",
        scene.name
    );
    let files = [
        ("PXELinux", "pxelinux.erb"),
        ("PXEGrub2", "pxegrub2.erb"),
        ("iPXE", "ipxe.erb"),
        ("provision", "provision.erb"),
    ];
    for (kind, file) in files {
        let name = format!("{title} {kind}");
        let _ = writeln!(
            text,
            "hammer template create --name '{name}' --type {kind} --file {file} --operatingsystems \"$OS\" --organizations \"$ORGANIZATION\" --locations \"$LOCATION\""
        );
        let _ = writeln!(
            text,
            "hammer template info --name '{name}' >/dev/null && hammer os set-default-template --id \"$(hammer --output base --no-headers os info --title \"$OS\" --fields Id)\" --provisioning-template-id \"$(hammer --output base --no-headers template info --name '{name}' --fields Id)\""
        );
    }
    let _ = writeln!(
        text,
        "hammer medium create --name '{title}' --path '{http}/tree' --os-family Redhat --organizations \"$ORGANIZATION\" --locations \"$LOCATION\""
    );
    let _ =
        writeln!(text, "hammer hostgroup set-parameter --hostgroup \"$HOSTGROUP\" --name rhvh_image --value '{http}'");
    if scene.profile.what() == ProfileKind::El {
        text.push_str("# A thick host needs no squashfs.img; its packages come from tree/.\n");
    }
    text
}

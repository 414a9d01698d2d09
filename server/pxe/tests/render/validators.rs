//! Other people's programs that read what we render. One that is not there is named, and what it would have judged counts
//! as skipped.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where a program is: named by an environment variable, in `PATH`, or where Debian hides servers.
pub(crate) fn program(name: &str) -> Option<PathBuf> {
    let variable = format!("HOSTED_DEPLOY_{}", name.to_ascii_uppercase().replace('-', "_"));
    if let Some(path) = std::env::var_os(variable) {
        return Some(path.into());
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain(["/usr/sbin".into(), "/usr/bin".into()]);
    folders.map(|folder| folder.join(name)).find(|path| path.is_file())
}

/// Runs a program over a file; its words where it refuses.
pub(crate) fn judge(name: &str, package: &str, arguments: &[&str], file: &Path) -> Result<(), String> {
    let Some(program) = program(name) else {
        return skipped(file, name, package);
    };
    let file = file.display().to_string();
    let arguments: Vec<&str> =
        arguments.iter().map(|argument| if *argument == "FILE" { file.as_str() } else { *argument }).collect();
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(program)
        .args(arguments)
        .env("KEA_LOCKFILE_DIR", "none")
        .env("KEA_PIDFILE_DIR", folder.path())
        .output()
        .unwrap();
    if output.status.success() {
        return Ok(());
    }
    Err(format!("{name}: {}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr)))
}

fn skipped(file: &Path, name: &str, package: &str) -> Result<(), String> {
    // Not eprintln!: the test harness hides that for tests that pass.
    let line = format!("SKIPPED pxe {}: {name} is missing ({package})\n", file.display());
    std::io::stderr().write_all(line.as_bytes()).unwrap();
    Ok(())
}

pub(crate) fn dhcpd(file: &Path) -> Result<(), String> {
    judge("dhcpd", "isc-dhcp-server", &["-t", "-4", "-cf", "FILE"], file)
}

pub(crate) fn dnsmasq(file: &Path) -> Result<(), String> {
    judge("dnsmasq", "dnsmasq-base", &["--test", "-C", "FILE"], file)
}

pub(crate) fn kea(file: &Path) -> Result<(), String> {
    judge("kea-dhcp4", "kea-dhcp4-server", &["-t", "FILE"], file)
}

pub(crate) fn grub(file: &Path) -> Result<(), String> {
    judge("grub-script-check", "grub-common", &["FILE"], file)
}

pub(crate) fn shell(file: &Path) -> Result<(), String> {
    judge("sh", "dash", &["-n", "FILE"], file)
}

/// nginx judges a whole configuration: ours is included in a small one.
pub(crate) fn nginx(file: &Path) -> Result<(), String> {
    let folder = file.parent().unwrap();
    let whole = folder.join("whole-nginx.conf");
    let text = format!(
        "pid {0}/nginx.pid;\nerror_log stderr;\nevents {{}}\nhttp {{\n access_log off;\n client_body_temp_path {0}/b;\n proxy_temp_path {0}/p;\n \
         fastcgi_temp_path {0}/f;\n uwsgi_temp_path {0}/u;\n scgi_temp_path {0}/s;\n include {1};\n}}\n",
        folder.display(),
        file.display()
    );
    std::fs::write(&whole, text).unwrap();
    let prefix = folder.display().to_string();
    judge("nginx", "nginx-light", &["-t", "-q", "-p", &prefix, "-c", "FILE"], &whole)
}

/// TypeScript's compiler over KubeVirt's schema, which is in npm's registry as types: it knows every field, and which ones must be there.
pub(crate) fn kubevirt(file: &Path) -> Result<(), String> {
    let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/render/kubevirt/node_modules");
    let folder = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(&schema, folder.path().join("node_modules")).unwrap();
    let mut typed = "import type { V1VirtualMachineInstance } from \"@kubevirt-ui-ext/kubevirt-api/kubevirt\";\n\
        interface NetworkAttachmentDefinition {\n  apiVersion: \"k8s.cni.cncf.io/v1\"; kind: string; metadata: { name: string }; spec: { config: string };\n}\n"
        .to_owned();
    // Our comments, then the documents.
    let text = std::fs::read_to_string(file).unwrap();
    for (number, document) in text.split("---\n").skip(1).enumerate() {
        let value: serde_json::Value = serde_json::from_str(document).map_err(|error| error.to_string())?;
        let kind = value.get("kind").and_then(|kind| kind.as_str()).unwrap_or_default();
        let schema = match kind {
            "VirtualMachineInstance" => "V1VirtualMachineInstance",
            "NetworkAttachmentDefinition" => kind,
            other => return Err(format!("a document of the kind {other:?}")),
        };
        typed += &format!("export const document{number}: {schema} = {document};\n");
    }
    let manifest = folder.path().join("manifest.ts");
    std::fs::write(&manifest, typed).unwrap();
    let compiler = schema.join("typescript/bin/tsc");
    if !compiler.is_file() {
        return skipped(file, "KubeVirt's schema", "npm ci --prefix server/pxe/tests/render/kubevirt");
    }
    let compiler = compiler.display().to_string();
    let arguments = [&compiler, "--noEmit", "--strict", "--skipLibCheck", "--module", "nodenext", "FILE"];
    judge("node", "nodejs", &arguments, &manifest)
}

/// pykickstart for a release, and a shell over each of its sections.
pub(crate) fn kickstart(file: &Path, release: u32) -> Result<(), String> {
    judge("ksvalidator", "pip install pykickstart", &["-e", "-v", &format!("RHEL{release}"), "FILE"], file)?;
    let text = std::fs::read_to_string(file).unwrap();
    for (number, body) in sections(&text).into_iter().enumerate() {
        let script = file.with_extension(format!("section{number}.sh"));
        std::fs::write(&script, body).unwrap();
        shell(&script)?;
    }
    Ok(())
}

/// The bodies of `%pre`, `%post` and `%onerror`.
pub(crate) fn sections(text: &str) -> Vec<String> {
    let mut bodies = Vec::new();
    let mut body: Option<String> = None;
    for line in text.lines() {
        match (&mut body, line) {
            (None, line) if ["%pre", "%post", "%onerror"].iter().any(|start| line.starts_with(start)) => {
                body = Some(String::new());
            }
            (Some(_), "%end") => bodies.extend(body.take()),
            (Some(body), line) => *body = format!("{body}{line}\n"),
            (None, _) => {}
        }
    }
    assert!(body.is_none(), "a section is not ended");
    bodies
}

//! `hosted-deploy answers` from outside.

use super::{hosted_deploy, said};
use std::os::unix::fs::PermissionsExt;
use std::process::Output;

const CANARY: &str = "canary-1f9a";

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn a_new_file_is_private_good_and_not_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    for lang in ["en", "ja"] {
        let name = format!("{lang}.toml");
        let output = hosted_deploy(folder.path(), &["answers", "new", "--lang", lang, "-o", &name]);
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
        let path = folder.path().join(&name);
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        let output = hosted_deploy(folder.path(), &["answers", "validate", &name]);
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
        assert!(stdout(&output).contains("engine.admin_password"), "{}", said(&output));

        std::fs::write(&path, "mine").unwrap();
        let output = hosted_deploy(folder.path(), &["answers", "new", "-o", &name]);
        assert_eq!(output.status.code(), Some(2));
        assert!(said(&output).contains("already"), "{}", said(&output));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "mine");
    }
    let printed = hosted_deploy(folder.path(), &["answers", "new"]);
    assert!(stdout(&printed).contains("[engine_vm]"));
}

#[test]
fn every_mistake_of_every_file_is_told_with_its_place_and_ends_with_2() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("good.yaml", "engine_vm:\n  fqdn: engine.example.com\n");
    write("typo.toml", "[engine_vm]\nfqnd = \"engine.example.com\"\n");
    write("bad.toml", "[engine_vm]\nfqdn = \"engine.example.com\"\nvcpus = 0\nmac = \"x\"\n");
    let output =
        hosted_deploy(folder.path(), &["answers", "validate", "good.yaml", "typo.toml", "bad.toml", "none.toml"]);
    assert_eq!(output.status.code(), Some(2));
    let said = said(&output);
    for line in [
        "good.yaml: no mistakes (YAML); will be asked for: engine_vm.root_password, engine.admin_password",
        "typo.toml:2:1: engine_vm.fqnd: [engine_vm] has no key \"fqnd\". Did you mean \"fqdn\"?",
        "bad.toml:3:9: engine_vm.vcpus: 0 is out of range. Write a number from 1 to 512.",
        "bad.toml:4:7: engine_vm.mac: \"x\" is no MAC address.",
        "none.toml: cannot be read: ",
    ] {
        assert!(said.contains(line), "{line}\n{said}");
    }

    let output = hosted_deploy(folder.path(), &["answers", "validate", "--json", "good.yaml", "bad.toml"]);
    assert_eq!(output.status.code(), Some(2));
    let reports: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(reports[0]["format"], "yaml");
    assert_eq!(reports[0]["problems"], serde_json::json!([]));
    assert_eq!(reports[1]["problems"][0]["field"], "engine_vm.vcpus");
    assert_eq!(reports[1]["problems"][0]["at"], serde_json::json!({ "line": 3, "column": 9 }));
}

#[test]
fn a_legacy_file_becomes_our_own_without_its_secrets() {
    let folder = tempfile::tempdir().unwrap();
    let legacy = format!(
        "[environment:default]\nOVEHOSTED_NETWORK/fqdn=str:engine.example.com\nOVEHOSTED_STORAGE/sdUUID=str:x\n\
         OVEHOSTED_ENGINE/adminPassword=str:{CANARY}\nOVEHOSTED_STORAGE/domainType=str:nfs3\n\
         OVEHOSTED_STORAGE/storageDomainConnection=str:nas.example.com:/he\n"
    );
    std::fs::write(folder.path().join("answers.conf"), legacy).unwrap();
    let output = hosted_deploy(folder.path(), &["answers", "convert", "answers.conf", "--to", "toml"]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert!(!said(&output).contains(CANARY), "{}", said(&output));
    assert_eq!(
        stdout(&output),
        "version = 1\n\n[engine_vm]\nfqdn = \"engine.example.com\"\n\n[storage]\ntype = \"nfs\"\n\n\
         [storage.nfs]\nconnection = \"nas.example.com:/he\"\nversion = \"v3\"\n"
    );
    for line in [
        "answers.conf:3:1: note: OVEHOSTED_STORAGE/sdUUID: a result of an earlier deployment; dropped",
        "answers.conf: secrets are not written: engine.admin_password",
    ] {
        assert!(said(&output).contains(line), "{line}\n{}", said(&output));
    }
}

#[test]
fn what_role_variables_cannot_hold_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let text = "[host]\naddress = \"192.0.2.10\"\n[engine_vm]\nfqdn = \"engine.example.com\"\nvcpus = 4\n\
                [engine]\nadmin_password = { env = \"PW\" }\n";
    std::fs::write(folder.path().join("a.toml"), text).unwrap();
    let output = hosted_deploy(folder.path(), &["answers", "convert", "a.toml", "--to", "he-vars"]);
    assert_eq!(stdout(&output), "he_fqdn: \"engine.example.com\"\nhe_vcpus: 4\nhe_appliance_ova: null\n");
    let line = "he_* variables cannot hold, and so were left out: host.address, engine.admin_password";
    assert!(said(&output).contains(line), "{}", said(&output));
}

#[test]
fn the_schema_is_json() {
    let folder = tempfile::tempdir().unwrap();
    let output = hosted_deploy(folder.path(), &["answers", "schema"]);
    let schema: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(schema["additionalProperties"], false);
    assert!(schema["properties"]["engine_vm"].is_object());
}

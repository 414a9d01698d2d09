//! Good answer files of every format: what was read (as our own TOML, so without secrets), what became of foreign
//! keys, which secrets were found. `UPDATE_GOLDEN=1` rewrites the expectations.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]

mod golden;

use hosted_deploy_model::answers::Answers;
use hosted_deploy_model::formats::{self, Format, Reading};
use hosted_deploy_model::lang::Lang;
use std::fmt::Write;
use std::path::Path;

fn read(path: &Path) -> Reading {
    let text = std::fs::read_to_string(path).unwrap();
    let hint = Format::of_file_name(path.to_str().unwrap());
    formats::read(&text, hint).unwrap_or_else(|problems| panic!("{}: {problems:#?}", path.display()))
}

fn told(reading: &Reading) -> String {
    let mut told = formats::write(&reading.answers, Format::Toml).unwrap();
    let secrets: Vec<&str> = reading.answers.secrets().into_iter().map(|(field, _)| field).collect();
    writeln!(told, "\n# read as: {}\n# secrets: {}", reading.format.name(), secrets.join(" ")).unwrap();
    for notice in &reading.notices {
        let (en, ja) = (notice.text.get(Lang::En), notice.text.get(Lang::Ja));
        writeln!(told, "# {} {} {:?}: {en} / {ja}", notice.at, notice.key, notice.kind).unwrap();
    }
    told
}

#[test]
fn every_good_file_is_read_as_it_was_meant() {
    let files = golden::files(&golden::fixtures().join("good"), &["toml", "yaml", "json", "conf"]);
    let mut failures = Vec::new();
    for path in &files {
        let reading = read(path);
        let told = told(&reading);
        assert!(!told.contains("canary"), "{} gives a secret away:\n{told}", path.display());
        assert!(!format!("{reading:?}").contains("canary"), "{} shows a secret", path.display());
        failures.extend(golden::differs(
            &path.with_extension(format!("{}.txt", path.extension().unwrap().display())),
            &told,
        ));
        let problems = reading.answers.problems(None);
        failures.extend((!problems.is_empty()).then(|| format!("{}: {problems:#?}", path.display())));
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(files.len() >= 10);
}

#[test]
fn the_examples_have_no_problem() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
    let files = golden::files(&folder, &["toml"]);
    assert_eq!(files.len(), 4);
    for path in files {
        let reading = read(&path);
        assert_eq!(reading.answers.problems(None), [], "{}", path.display());
        assert_eq!(reading.notices, [], "{}", path.display());
        if path.ends_with("production.toml") {
            assert_eq!(reading.answers.secrets(), [], "the example for production holds a secret");
        } else {
            assert_eq!(reading.answers.missing_secrets(), [], "{}", path.display());
        }
    }
}

#[test]
fn an_otopi_file_keeps_its_meaning_where_its_own_reader_is_odd() {
    let Answers { engine_vm, storage, .. } = read(&golden::fixtures().join("good/otopi-traps.conf")).answers;
    // "no" and "0" are true to otopi.
    assert_eq!((engine_vm.edit_etc_hosts, engine_vm.fips), (Some(true), Some(true)));
    assert_eq!(engine_vm.fqdn.as_deref(), Some("engine.example.com"), "the later of two lines counts");
    let nfs = storage.unwrap().nfs.unwrap();
    assert_eq!(nfs.connection.as_deref(), Some("[2001:db8::20]:/exports/he"));
}

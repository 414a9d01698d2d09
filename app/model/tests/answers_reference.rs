//! What is generated from the types: schema, reference page, templates. `UPDATE_GOLDEN=1` rewrites them.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]

mod golden;

use hosted_deploy_model::formats::{self, Format};
use hosted_deploy_model::lang::Lang;
use std::path::Path;

fn check(path: &Path, actual: &str) {
    if let Some(difference) = golden::differs(path, actual) {
        panic!("{difference}");
    }
}

#[test]
fn the_schema_is_current() {
    let schema = serde_json::to_string_pretty(&formats::schema()).unwrap() + "\n";
    check(&golden::fixtures().join("schema.json"), &schema);
}

#[test]
fn the_reference_page_is_current() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
    for (lang, name) in [(Lang::En, "answers.md"), (Lang::Ja, "ja/answers.md")] {
        check(&docs.join(name), &formats::page(lang));
    }
}

#[test]
fn every_template_is_current_and_a_good_answer_file() {
    for (lang, name) in [(Lang::En, "template.en.toml"), (Lang::Ja, "template.ja.toml")] {
        let template = formats::template(lang);
        check(&golden::fixtures().join(name), &template);
        let reading = formats::read(&template, None).unwrap();
        assert_eq!(reading.format, Format::Toml);
        assert_eq!(reading.answers.problems(None), []);
    }
}

#[test]
fn every_example_of_the_template_has_the_right_kind() {
    let set = |line: &str| line.strip_prefix('#').filter(|rest| !rest.starts_with(' ')).unwrap_or(line).to_owned();
    let all: Vec<String> = formats::template(Lang::En).lines().map(set).collect();
    let answers = formats::read(&all.join("\n"), Some(Format::Toml)).unwrap().answers;
    // All kinds of storage and of appliance at once do not go together, and the key is cut short.
    let fields: Vec<String> = answers.problems(None).into_iter().map(|problem| problem.field).collect();
    assert_eq!(
        fields,
        ["engine_vm.root_ssh_public_key", "appliance", "storage.fc", "storage.glusterfs", "storage.iscsi"]
    );
}

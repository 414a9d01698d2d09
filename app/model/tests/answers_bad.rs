//! Bad answer files and the exact words they are answered with, in both languages and with their places.
//! `UPDATE_GOLDEN=1` rewrites the expected words; read them before you keep them.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]

mod golden;

use hosted_deploy_model::defaults;
use hosted_deploy_model::facts::Facts;
use hosted_deploy_model::formats::{self, Format};
use hosted_deploy_model::lang::Lang;
use hosted_deploy_model::problem::Problem;
use std::path::Path;

fn problems(path: &Path, facts: Option<&Facts>) -> Vec<Problem> {
    let text = std::fs::read_to_string(path).unwrap();
    let hint = Format::of_file_name(path.to_str().unwrap());
    match formats::read(&text, hint) {
        Err(problems) => problems,
        Ok(reading) => {
            let mut answers = reading.answers.clone();
            if let Some(facts) = facts {
                defaults::fill(&mut answers, facts, &[7; 64]);
            }
            let mut problems = answers.problems(facts);
            reading.locate(&mut problems);
            problems
        }
    }
}

fn told(problems: &[Problem]) -> String {
    let place = |problem: &Problem| problem.at.map_or_else(|| "-".to_owned(), |at| at.to_string());
    let line = |problem: &Problem, lang: Lang| format!("{}: {}\n", place(problem), problem.line(lang));
    problems.iter().flat_map(|problem| [line(problem, Lang::En), line(problem, Lang::Ja)]).collect()
}

fn check_all(folder: &str, facts: Option<&Facts>, at_least: usize) {
    let files = golden::files(&golden::fixtures().join(folder), &["toml", "yaml", "json", "conf"]);
    let mut compared = 0;
    let mut failures = Vec::new();
    for path in files.iter().filter(|path| !path.ends_with("facts.json")) {
        let problems = problems(path, facts);
        assert!(!problems.is_empty(), "{} has no problem", path.display());
        let told = told(&problems);
        assert!(!told.contains("canary-1f9a"), "{} gives a secret away:\n{told}", path.display());
        failures.extend(golden::differs(&path.with_extension(extension(path)), &told));
        compared += 1;
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(compared >= at_least, "only {compared} files in {folder}");
}

fn extension(path: &Path) -> String {
    format!("{}.txt", path.extension().unwrap().to_str().unwrap())
}

#[test]
fn every_bad_file_is_answered_with_its_words() {
    check_all("bad", None, 60);
}

#[test]
fn answers_that_do_not_fit_the_host_are_answered_with_their_words() {
    let text = std::fs::read_to_string(golden::fixtures().join("host/facts.json")).unwrap();
    check_all("host", Some(&serde_json::from_str(&text).unwrap()), 7);
}

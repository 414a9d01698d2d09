//! The generated page.

use hosted_deploy_model::check::{catalogue, document};
use std::path::Path;

/// `UPDATE_GOLDEN=1 cargo test -p hosted-deploy-model --test checks` writes it anew.
#[test]
fn the_page_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/checks.md");
    let made = document();
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, &made).expect("written");
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == made,
        "docs/checks.md is not current: UPDATE_GOLDEN=1 cargo test -p hosted-deploy-model --test checks"
    );
}

#[test]
fn every_check_has_a_heading_to_link_to() {
    let made = document();
    for rule in catalogue() {
        assert!(made.contains(&format!("\n### {}\n", rule.id)), "{}", rule.id);
    }
}

//! Golden files: compared, or rewritten when `UPDATE_GOLDEN=1` is set.
#![allow(dead_code, reason = "each test binary uses its part")]

use std::path::{Path, PathBuf};

pub(crate) fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/answers")
}

pub(crate) fn files(folder: &Path, extensions: &[&str]) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let wanted = |path: &PathBuf| path.extension().is_some_and(|ext| extensions.contains(&ext.to_str().unwrap()));
    let mut files: Vec<PathBuf> = entries.filter(wanted).collect();
    files.sort();
    files
}

/// What differs from the golden file, or nothing.
pub(crate) fn differs(path: &Path, actual: &str) -> Option<String> {
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(path, actual).unwrap();
        return None;
    }
    let expected = std::fs::read_to_string(path).unwrap_or_default();
    (expected != actual).then(|| {
        format!("{}: expected\n{expected}\nbut it is\n{actual}\n(UPDATE_GOLDEN=1 rewrites it)", path.display())
    })
}

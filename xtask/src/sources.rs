//! Which of our files are written in what: by git's list, the name's ending, and the first line.

use crate::command::{command, output};
use crate::repo;
use anyhow::Result;
use std::fs;
use std::path::{Path, PathBuf};

/// Files of git's list (ignored ones left out) that end in `suffix`, or whose first line is `#!…interpreter…`.
pub(crate) fn written_in(suffix: &str, interpreter: &str) -> Result<Vec<PathBuf>> {
    let mut list = command("git");
    list.args(["ls-files", "--cached", "--others", "--exclude-standard", "-z"]);
    let names = output(&mut list, "The file list comes from git: is this a checkout?")?;
    let paths = names.split('\0').filter(|name| !name.is_empty()).map(|name| repo::root().join(name));
    Ok(paths
        .filter(|path| path.is_file() && (has_suffix(path, suffix) || has_interpreter(path, interpreter)))
        .collect())
}

fn has_suffix(path: &Path, suffix: &str) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().ends_with(suffix))
}

fn has_interpreter(path: &Path, interpreter: &str) -> bool {
    let Ok(bytes) = fs::read(path) else { return false };
    let first = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    // A word of the path or an argument: `#!/usr/bin/env python3`, `#!/bin/sh -eu`.
    bytes.starts_with(b"#!")
        && String::from_utf8_lossy(first)
            .split(['/', ' ', '!'])
            .any(|word| word.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.') == interpreter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interpreter_is_a_word_of_the_first_line() {
        let file = std::env::temp_dir().join(format!("xtask-interpreter-{}", std::process::id()));
        let ask = |text: &str, name| {
            fs::write(&file, text).unwrap();
            has_interpreter(&file, name)
        };
        assert!(ask("#!/usr/bin/env python3\n", "python"));
        assert!(ask("#!/bin/sh -eu\n", "sh"));
        assert!(!ask("#!/bin/bash\n", "sh"));
        assert!(!ask("python\n", "python"));
        fs::remove_file(&file).unwrap();
    }
}

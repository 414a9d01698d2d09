//! Style sheets: imports drawn in, the rules of classes that no page names left out, the rest made small.

use anyhow::{Context, Result, anyhow};
use lightningcss::bundler::{Bundler, FileProvider};
use lightningcss::stylesheet::{MinifyOptions, ParserOptions, PrinterOptions};
use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

/// What the login page and the other pages without scripts are made of; they have a sheet of their own, so that a visitor who is
/// not let in loads little.
const PLAIN: &str = "plain";

/// `app.css` for all pages, `plain.css` for the plain ones. A class name must stand whole in the sources.
pub(crate) fn sheets(styles: &Path, pages: &Path, out: &Path) -> Result<()> {
    let (plain, app): (Vec<_>, Vec<_>) =
        sources(pages)?.into_iter().partition(|path| path.components().any(|part| part.as_os_str() == PLAIN));
    for (name, sources) in [("app.css", app), ("plain.css", plain)] {
        let mut used = HashSet::new();
        for source in sources {
            let text = fs::read_to_string(&source).with_context(|| format!("{} cannot be read", source.display()))?;
            used.extend(class_names(&text));
        }
        let text = sheet(&styles.join(name), &used)?;
        fs::write(out.join(name), text).with_context(|| format!("{name} cannot be written"))?;
    }
    Ok(())
}

fn sheet(entry: &Path, used: &HashSet<String>) -> Result<String> {
    // The error borrows the files that it names.
    let files = FileProvider::new();
    let broken = |error: &dyn std::fmt::Display| anyhow!("{}: {error}", entry.display());
    let mut sheet =
        Bundler::new(&files, None, ParserOptions::default()).bundle(entry).map_err(|error| broken(&error))?;
    let whole = sheet.to_css(PrinterOptions::default()).map_err(|error| broken(&error))?.code;
    let unused_symbols = class_names(&whole).filter(|name| !used.contains(name)).collect();
    sheet.minify(MinifyOptions { unused_symbols, ..Default::default() }).map_err(|error| broken(&error))?;
    Ok(sheet.to_css(PrinterOptions { minify: true, ..Default::default() }).map_err(|error| broken(&error))?.code)
}

/// PatternFly's names in any text: `pf-v6-c-button`, `pf-m-primary`. Custom properties begin with two dashes and are not meant.
fn class_names(text: &str) -> impl Iterator<Item = String> {
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '_'));
    words.filter(|word| word.starts_with("pf-")).map(str::to_owned)
}

fn sources(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("{} cannot be read", folder.display()))? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(sources(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_whole_words_and_no_custom_properties() {
        let names: Vec<String> =
            class_names(r#"<b class="pf-v6-c-button pf-m-primary"> --pf-t--x .pf-v6-c-page__main{} xpf-no"#).collect();
        assert_eq!(names, ["pf-v6-c-button", "pf-m-primary", "pf-v6-c-page__main"]);
    }

    #[test]
    fn rules_of_names_that_no_page_has_are_left_out() {
        let folder = std::env::temp_dir().join(format!("xtask-site-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("part.css"), ".pf-v6-c-a { color: red } .pf-v6-c-b, .pf-v6-c-a.pf-m-x { color: blue }")
            .unwrap();
        fs::write(folder.join("all.css"), "@import 'part.css'; .ours { color: lime }").unwrap();
        let text = sheet(&folder.join("all.css"), &HashSet::from(["pf-v6-c-a".to_owned()])).unwrap();
        fs::remove_dir_all(&folder).unwrap();
        assert_eq!(text, ".pf-v6-c-a{color:red}.ours{color:#0f0}");
    }
}

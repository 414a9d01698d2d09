//! Style sheets: imports drawn in, the rules of classes that no page names left out, likewise the custom properties that no rule that is
//! left asks for, the rest made small.

use anyhow::{Context, Result, anyhow, bail};
use lightningcss::bundler::{Bundler, FileProvider};
use lightningcss::declaration::DeclarationBlock;
use lightningcss::properties::Property;
use lightningcss::rules::{CssRule, CssRuleList};
use lightningcss::stylesheet::{MinifyOptions, ParserOptions, PrinterOptions};
use lightningcss::traits::ToCss;
use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

/// What the login page and the other pages without scripts are made of; they have a sheet of their own, so that a visitor who is
/// not let in loads little.
const PLAIN: &str = "plain";
/// Rooms of the program `watch` alone (`app/src/program.rs`). The other rooms' pages do without them, so the wizard's sheet does
/// without their classes. `frame` names them all, as it leads to every page.
const WATCH: [&str; 7] = ["cleanup", "console", "health", "live", "logs", "nodes", "run"];

/// A sheet for each program and one for the plain pages. A class name must stand whole in the sources.
pub(crate) fn sheets(styles: &Path, pages: &Path, out: &Path) -> Result<()> {
    let (mut plain, mut wizard, mut watch) = (HashSet::new(), HashSet::new(), HashSet::new());
    for source in sources(pages)? {
        let text = fs::read_to_string(&source).with_context(|| format!("{} cannot be read", source.display()))?;
        let room = room(&source, pages);
        if room == PLAIN {
            plain.extend(class_names(&text));
            continue;
        }
        watch.extend(class_names(&text));
        if !WATCH.contains(&room.as_str()) {
            let foreign = WATCH.iter().find(|other| text.contains(&format!("crate::{other}::")));
            if let Some(other) = foreign.filter(|_| room != "frame") {
                bail!("{} uses app/src/{other}, whose classes the wizard's style sheet leaves out", source.display());
            }
            wizard.extend(class_names(&text));
        }
    }
    for (from, name, used) in
        [("app.css", "wizard.css", wizard), ("app.css", "watch.css", watch), ("plain.css", "plain.css", plain)]
    {
        let text = sheet(&styles.join(from), &used)?;
        fs::write(out.join(name), text).with_context(|| format!("{name} cannot be written"))?;
    }
    Ok(())
}

/// `health` of `health/mod.rs`, `logs` of `logs.rs`.
fn room(source: &Path, pages: &Path) -> String {
    let first = source.strip_prefix(pages).ok().and_then(|path| path.iter().next()).unwrap_or_default();
    first.to_string_lossy().trim_end_matches(".rs").to_owned()
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
    let wanted = wanted(&mut sheet.rules);
    declarations(&mut sheet.rules, &mut |block| {
        let left = |property: &mut Property| custom_name(property).is_none_or(|name| wanted.contains(name));
        block.declarations.retain_mut(left);
        block.important_declarations.retain_mut(left);
    });
    // Rules that have become empty go with this.
    sheet.minify(MinifyOptions::default()).map_err(|error| broken(&error))?;
    Ok(sheet.to_css(PrinterOptions { minify: true, ..Default::default() }).map_err(|error| broken(&error))?.code)
}

/// The custom properties that some other property asks for, by however many steps.
fn wanted(rules: &mut CssRuleList) -> HashSet<String> {
    // What a custom property asks for counts when it is asked for itself.
    let mut behind: HashMap<String, Vec<String>> = HashMap::new();
    let mut next = Vec::new();
    let other = declarations(rules, &mut |block| {
        for property in block.declarations.iter().chain(&block.important_declarations) {
            let asks = property.to_css_string(false, PrinterOptions::default()).map(|text| asked(&text));
            match custom_name(property) {
                Some(name) => behind.entry(name.to_owned()).or_default().extend(asks.unwrap_or_default()),
                None => next.extend(asks.unwrap_or_default()),
            }
        }
    });
    next.extend(asked(&other));
    let mut wanted = HashSet::new();
    while let Some(name) = next.pop() {
        next.extend(behind.remove(&name).unwrap_or_default());
        wanted.insert(name);
    }
    wanted
}

/// Shows every block of declarations; gives the text of rules that are of another kind.
fn declarations<'i>(rules: &mut CssRuleList<'i>, each: &mut dyn FnMut(&mut DeclarationBlock<'i>)) -> String {
    let mut other = String::new();
    for rule in &mut rules.0 {
        match rule {
            CssRule::Style(rule) => {
                each(&mut rule.declarations);
                other += &declarations(&mut rule.rules, each);
            }
            CssRule::Media(rule) => other += &declarations(&mut rule.rules, each),
            CssRule::Supports(rule) => other += &declarations(&mut rule.rules, each),
            CssRule::LayerBlock(rule) => other += &declarations(&mut rule.rules, each),
            CssRule::Container(rule) => other += &declarations(&mut rule.rules, each),
            CssRule::NestedDeclarations(rule) => each(&mut rule.declarations),
            rule => other += &rule.to_css_string(PrinterOptions::default()).unwrap_or_default(),
        }
    }
    other
}

/// `--name` of its declaration.
fn custom_name<'a>(property: &'a Property) -> Option<&'a str> {
    match property {
        Property::Custom(custom) => Some(custom.name.as_ref()).filter(|name| name.starts_with("--")),
        _ => None,
    }
}

/// The names in each `var(--name…)`.
fn asked(text: &str) -> Vec<String> {
    let names = text.split("var(").skip(1).map(str::trim_start).filter(|rest| rest.starts_with("--"));
    let end = |c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '_');
    names.map(|rest| rest.split(end).next().unwrap_or_default().to_owned()).collect()
}

/// PatternFly's names and ours in any text: `pf-v6-c-button`, `pf-m-primary`, `hd-row`. Custom properties begin with two dashes and
/// are not meant.
fn class_names(text: &str) -> impl Iterator<Item = String> {
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '_'));
    words.filter(|word| word.starts_with("pf-") || word.starts_with("hd-")).map(str::to_owned)
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

    #[test]
    fn custom_properties_that_nothing_asks_for_are_left_out() {
        let folder = std::env::temp_dir().join(format!("xtask-site-custom-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let all = ":root { --a: var(--b, 1px); --b: 2px; --c: var(--d); --d: url('data:x;--e:{}'); --f: 1s; --g: 3px } \
                   @media print { :root { --b: 4px; --d: 5px } } \
                   .x { margin: calc(var( --a ) * 2); .y & { --g: 1px; gap: var(--g) } } \
                   .z { --c: 0 } @keyframes k { to { transition-delay: var(--f) } } .w { animation: k 1s }";
        fs::write(folder.join("all.css"), all).unwrap();
        let text = sheet(&folder.join("all.css"), &HashSet::new()).unwrap();
        fs::remove_dir_all(&folder).unwrap();
        for (name, left) in [("--a:", 1), ("--b:", 2), ("--c:", 0), ("--d:", 0), ("--f:", 1), ("--g:", 2)] {
            assert_eq!(text.matches(name).count(), left, "{name} in {text}");
        }
        assert!(!text.contains(".z"), "{text}");
    }

    /// One page's rule for a name would dress another page's element of that name: all sheets are drawn into one.
    #[test]
    fn a_class_of_ours_has_its_rule_in_one_sheet_only() {
        let styles = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../style");
        let mut homes: HashMap<String, HashSet<PathBuf>> = HashMap::new();
        for sheet in fs::read_dir(styles).unwrap().map(|entry| entry.unwrap().path()) {
            if sheet.extension().is_none_or(|ending| ending != "css") || sheet.ends_with("plain.css") {
                continue;
            }
            for line in fs::read_to_string(&sheet).unwrap().lines() {
                let name = line.strip_prefix(".hd-").and_then(|rest| rest.strip_suffix([',', '{'])).map(str::trim);
                if let Some(name) = name.filter(|name| !name.contains([' ', '.', '>', ':', '['])) {
                    homes.entry(name.to_owned()).or_default().insert(sheet.clone());
                }
            }
        }
        assert!(homes.len() > 50, "{homes:?}");
        homes.retain(|_, sheets| sheets.len() > 1);
        assert!(homes.is_empty(), "{homes:?}");
    }
}

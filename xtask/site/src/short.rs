//! A program's script without what only people read, and with short names for what it and the WASM give each other: wasm-bindgen's
//! names carry hashes, and random letters are what no compressor makes smaller.

use anyhow::{Context, Result, anyhow};
use std::collections::HashMap;
use std::fs;
use std::path::Path;
use walrus::Module;

/// Rewrites `NAME.js` and `NAME_bg.wasm` in the folder.
pub(crate) fn shorten(name: &str, folder: &Path) -> Result<()> {
    let (script, wasm) = (folder.join(format!("{name}.js")), folder.join(format!("{name}_bg.wasm")));
    let unread = |path: &Path| format!("{} cannot be read", path.display());
    let text = fs::read_to_string(&script).with_context(|| unread(&script))?;
    let bytes = fs::read(&wasm).with_context(|| unread(&wasm))?;
    let (text, bytes) = short(&text, &bytes).with_context(|| format!("the names of {name} cannot be shortened"))?;
    fs::write(&script, text)?;
    fs::write(&wasm, bytes)?;
    Ok(())
}

fn short(script: &str, wasm: &[u8]) -> Result<(String, Vec<u8>)> {
    let mut module = Module::from_buffer(wasm).map_err(|error| anyhow!("{error:?}"))?;
    let mut names = HashMap::new();
    for import in module.imports.iter_mut() {
        let next = format!("i{}", names.len());
        import.name = names.entry(import.name.clone()).or_insert(next).clone();
    }
    // Those that pages call by name keep it.
    for export in module.exports.iter_mut().filter(|export| export.name.starts_with("wasm_bindgen__")) {
        let next = format!("i{}", names.len());
        export.name = names.entry(export.name.clone()).or_insert(next).clone();
    }
    Ok((renamed(&code(script), &names), module.emit_wasm()))
}

/// Without comments that fill lines of their own, and without indentation. A script of wasm-bindgen has no text of several lines.
fn code(script: &str) -> String {
    let mut comment = false;
    let mut kept = String::new();
    for line in script.lines().map(str::trim) {
        comment |= line.starts_with("/*");
        if !comment && !line.is_empty() && !line.starts_with("//") {
            kept.push_str(line);
            kept.push('\n');
        }
        comment &= !line.ends_with("*/");
    }
    kept
}

/// Whole words only.
fn renamed(script: &str, names: &HashMap<String, String>) -> String {
    let is_of_word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '$';
    let mut text = String::new();
    let mut rest = script;
    while let Some(start) = rest.find(is_of_word) {
        let (between, word) = rest.split_at(start);
        let (word, after) = word.split_at(word.find(|c| !is_of_word(c)).unwrap_or(word.len()));
        text.push_str(between);
        text.push_str(names.get(word).map_or(word, String::as_str));
        rest = after;
    }
    text + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn script_and_program_agree_on_the_short_names() {
        let mut module = Module::default();
        let kind = module.types.add(&[], &[]);
        let (asked, _) = module.add_import_func("./p_bg.js", "__wbg_now_0123456789abcdef", kind);
        module.exports.add("wasm_bindgen__convert__h0123456789abcdef", asked);
        module.exports.add("hydrate", asked);
        let script = "/**\n * @returns {number}\n */\nexport function f() {\n    return wasm.wasm_bindgen__convert__h0123456789abcdef();\n}\n\
                      const all = {\n    // a remark\n    __wbg_now_0123456789abcdef: () => `__wbg_now_0123456789abcdefg`,\n};\nwasm.hydrate();\n";
        let (script, wasm) = short(script, &module.emit_wasm()).unwrap();
        assert_eq!(
            script,
            "export function f() {\nreturn wasm.i1();\n}\nconst all = {\ni0: () => `__wbg_now_0123456789abcdefg`,\n};\nwasm.hydrate();\n"
        );
        let module = Module::from_buffer(&wasm).unwrap();
        assert_eq!(module.imports.iter().map(|import| import.name.as_str()).collect::<Vec<_>>(), ["i0"]);
        assert_eq!(module.exports.iter().map(|export| export.name.as_str()).collect::<Vec<_>>(), ["i1", "hydrate"]);
    }
}

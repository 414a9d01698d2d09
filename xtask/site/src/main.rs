//! Makes the folder that the browser loads from, out of the compiled WASM and the style sheets.
//!
//! `xtask-site STYLE_FOLDER PAGES_FOLDER OUT [--compress] WASM…`. A crate of its own, because wasm-bindgen, lightningcss and
//! brotli take a minute to compile and only `cargo xtask build` needs them. wasm-bindgen as a library has, by Cargo.lock,
//! always the version that the WASM was made with; a program from PATH has not.

mod short;
mod style;

use anyhow::{Context, Result, bail};
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

fn main() -> Result<()> {
    let arguments: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    match arguments.as_slice() {
        [styles, pages, out, flag, programs @ ..] if flag.as_os_str() == "--compress" => {
            make(programs, styles, pages, out, true)
        }
        [styles, pages, out, programs @ ..] => make(programs, styles, pages, out, false),
        _ => bail!("usage: xtask-site STYLE_FOLDER PAGES_FOLDER OUT [--compress] WASM…"),
    }
}

fn make(programs: &[PathBuf], styles: &Path, pages: &Path, out: &Path, compress: bool) -> Result<()> {
    // Built beside and moved in place at once: nobody embeds half a site.
    let fresh = out.with_extension("new");
    remove(&fresh)?;
    fs::create_dir_all(&fresh).with_context(|| format!("no folder {}", fresh.display()))?;
    for wasm in programs {
        bindings(wasm, &fresh, compress)?;
    }
    style::sheets(styles, pages, &fresh)?;
    font(styles, &fresh)?;
    terminal(styles, &fresh)?;
    fs::copy(styles.join("favicon.svg"), fresh.join("favicon.svg")).context("style/favicon.svg cannot be copied")?;
    if compress {
        for file in files(&fresh)? {
            // The font is compressed inside.
            if file.extension() != Some(OsStr::new("woff2")) {
                shrink(&file)?;
            }
        }
    }
    remove(out)?;
    fs::rename(&fresh, out).with_context(|| format!("{} cannot be put in place", out.display()))
}

/// `NAME.js` and `NAME_bg.wasm` of `NAME.wasm`: the names that the pages ask for.
fn bindings(wasm: &Path, out: &Path, small: bool) -> Result<()> {
    let name = wasm.file_stem().and_then(OsStr::to_str).context("a program without a name")?;
    let mut bindgen = wasm_bindgen_cli_support::Bindgen::new();
    bindgen
        .input_path(wasm)
        .out_name(name)
        .typescript(false)
        .debug(!small)
        .remove_name_section(small)
        .remove_producers_section(true);
    bindgen
        .web(true)
        .and_then(|bindgen| bindgen.generate(out))
        .with_context(|| format!("wasm-bindgen cannot read {}", wasm.display()))?;
    if small { short::shorten(name, out) } else { Ok(()) }
}

/// The family that the style sheets name, upright only: one variable file.
fn font(styles: &Path, out: &Path) -> Result<()> {
    let name = "RedHatTextVF.woff2";
    let from = styles.join("node_modules/@patternfly/patternfly/assets/fonts/RedHatText").join(name);
    fs::copy(&from, out.join(name)).with_context(|| format!("{} is missing: npm ci --prefix style", from.display()))?;
    Ok(())
}

/// The console page's terminal: xterm.js as it is, without the hint to a map that nobody serves, and our script that uses it. Only
/// that page loads them.
fn terminal(styles: &Path, out: &Path) -> Result<()> {
    let from = |name: &str| styles.join("node_modules/@xterm").join(name);
    let parts = [
        (from("xterm/lib/xterm.mjs"), "xterm.mjs"),
        (from("addon-fit/lib/addon-fit.mjs"), "addon-fit.mjs"),
        (from("xterm/css/xterm.css"), "terminal.css"),
        (styles.join("terminal.js"), "terminal.js"),
    ];
    for (from, name) in parts {
        let text = fs::read_to_string(&from)
            .with_context(|| format!("{} is missing: npm ci --prefix style", from.display()))?;
        let kept: String =
            text.split_inclusive('\n').filter(|line| !line.starts_with("//# sourceMappingURL")).collect();
        fs::write(out.join(name), kept).with_context(|| format!("{name} cannot be written"))?;
    }
    Ok(())
}

/// A `.br` copy beside it.
fn shrink(file: &Path) -> Result<()> {
    let bytes = fs::read(file).with_context(|| format!("{} cannot be read", file.display()))?;
    let mut small = Vec::new();
    // One block as long as the file may be: it finds what is alike far apart.
    let best = brotli::enc::BrotliEncoderParams { quality: 11, lgwin: 24, lgblock: 24, ..Default::default() };
    brotli::BrotliCompress(&mut bytes.as_slice(), &mut small, &best)
        .with_context(|| format!("{} cannot be compressed", file.display()))?;
    let mut name = file.as_os_str().to_owned();
    name.push(".br");
    fs::write(&name, &small).with_context(|| format!("{} cannot be written", name.display()))?;
    eprintln!(
        "site: {:<16} {:>8} bytes, {:>7} compressed",
        file.file_name().unwrap_or_default().display(),
        bytes.len(),
        small.len()
    );
    Ok(())
}

fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files =
        fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect::<std::io::Result<Vec<_>>>()?;
    files.sort();
    Ok(files)
}

fn remove(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("{} cannot be removed", folder.display()))
        }
        _ => Ok(()),
    }
}

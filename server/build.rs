//! Writes the table of the files that the browser loads, each drawn into the binary.
//!
//! `cargo xtask build` puts them into `target/PROFILE/site` before it builds the binary. Without that folder (plain
//! `cargo test` on a fresh clone) the table is empty, and `hosted-deploy serve` says so instead of serving half.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or_else(|| io::Error::other("no OUT_DIR"))?);
    // target/PROFILE/build/hosted-deploy-HASH/out
    let profile = out.ancestors().nth(3).ok_or_else(|| io::Error::other("OUT_DIR is not below a target folder"))?;
    let site = profile.join("site");
    println!("cargo::rerun-if-changed={}", site.display());
    println!("cargo::rerun-if-changed=build.rs");
    small();
    fs::write(out.join("site.rs"), table(&site)?)
}

/// Generic code leaves many functions that are the same, byte for byte: the linker keeps one of each. No code of ours or of our
/// dependencies compares functions by their addresses. Only with LLD, the compiler's own linker on this target.
fn small() {
    let is = |name: &str, value: &str| env::var_os(name).is_some_and(|found| found == value);
    if is("PROFILE", "release") && is("TARGET", "x86_64-unknown-linux-gnu") {
        println!("cargo::rustc-link-arg-bins=-Wl,--icf=all");
    }
}

fn table(site: &Path) -> io::Result<String> {
    let mut files = match fs::read_dir(site) {
        Ok(entries) => entries.map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<Vec<_>>>()?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(error),
    };
    files.sort();
    let mut text = String::from("&[\n");
    for file in files {
        // Not `rerun-if-changed` of the folder alone: a file may change in place.
        println!("cargo::rerun-if-changed={}", file.display());
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        writeln!(text, "    ({name:?}, include_bytes!({:?})),", file.display().to_string())
            .map_err(io::Error::other)?;
    }
    text.push(']');
    Ok(text)
}

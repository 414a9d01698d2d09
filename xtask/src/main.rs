//! `cargo xtask`: build, lab, tests and packages.
fn main() -> anyhow::Result<()> {
    Ok(())
}

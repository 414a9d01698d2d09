//! The `hosted-deploy` command.
fn main() -> anyhow::Result<()> {
    Ok(())
}

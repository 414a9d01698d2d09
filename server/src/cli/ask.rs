//! Questions on the terminal. Nothing is asked where nobody can answer.

use hosted_deploy_model::lang::Lang;
use hosted_deploy_model::secret::Secret;
use std::io::{IsTerminal, Write};

/// Whether there is a person to ask: both ends are a terminal.
pub(super) fn anybody() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

/// Asks for a secret without showing what is typed.
pub(super) fn secret(prompt: &str) -> std::io::Result<Secret> {
    rpassword::prompt_password(format!("{prompt}: ")).map(Secret::new)
}

/// Asks for a line; `None` at the end of the input.
pub(super) fn line(prompt: &str) -> std::io::Result<Option<String>> {
    let mut out = std::io::stderr();
    write!(out, "{prompt} ")?;
    out.flush()?;
    let mut line = String::new();
    let read = std::io::stdin().read_line(&mut line)?;
    Ok((read > 0).then(|| line.trim().to_owned()))
}

/// Asks a question that only a written "yes" affirms.
pub(super) fn yes(question: &str, lang: Lang) -> std::io::Result<bool> {
    let answer = line(&format!("{question} {}", lang.pick("[yes/no]", "[yes/no]")))?.unwrap_or_default();
    Ok(matches!(answer.to_lowercase().as_str(), "y" | "yes" | "はい"))
}

//! The secrets of a run's answers: read again by their references, or from the answer file that the run began with. Nothing of
//! them is kept in the run's folder.

use hosted_deploy_model::answers::{Answers, SecretRef};
use hosted_deploy_model::formats::{self, Format};
use hosted_deploy_model::lang::Lang;
use hosted_deploy_model::problem::Problem;
use hosted_deploy_model::secret::Secret;
use std::path::{Path, PathBuf};

/// Why secrets are not known.
#[derive(Debug, thiserror::Error)]
pub enum SecretsError {
    /// The answer file cannot be read.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// It is no answer file, or a reference leads nowhere.
    #[error("{}", lines(problems, path.as_deref(), Lang::En))]
    Problems {
        /// The file, if it is the file's fault.
        path: Option<PathBuf>,
        /// What is wrong.
        problems: Vec<Problem>,
    },
}

impl SecretsError {
    /// For people.
    pub fn text(&self, lang: Lang) -> String {
        match self {
            Self::File { .. } => self.to_string(),
            Self::Problems { path, problems } => lines(problems, path.as_deref(), lang),
        }
    }
}

fn lines(problems: &[Problem], path: Option<&Path>, lang: Lang) -> String {
    let line = |problem: &Problem| match (path, problem.at) {
        (Some(path), Some(at)) => format!("{}:{at}: {}", path.display(), problem.line(lang)),
        (Some(path), None) => format!("{}: {}", path.display(), problem.line(lang)),
        (None, _) => problem.line(lang),
    };
    problems.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// Puts the secrets into a run's answers, which have references at most. A `source` that is gone is no error: the secrets may be asked for.
///
/// # Errors
/// When something that should be there cannot be read.
pub fn again(answers: &mut Answers, source: Option<&Path>) -> Result<(), SecretsError> {
    if let Some(path) = source.filter(|path| path.exists()) {
        let name = path.display().to_string();
        let text = std::fs::read_to_string(path).map_err(|source| SecretsError::File { path: path.into(), source })?;
        let wrong = |problems| SecretsError::Problems { path: Some(path.into()), problems };
        let mut given = formats::read(&text, Format::of_file_name(&name)).map_err(wrong)?.answers;
        sound(resolve(&mut given)).map_err(wrong)?;
        let known: Vec<_> = given.secrets().into_iter().map(|(field, secret)| (field, secret.clone())).collect();
        for (field, secret) in known {
            answers.set_secret(field, secret);
        }
    }
    sound(resolve(answers)).map_err(|problems| SecretsError::Problems { path: None, problems })
}

fn sound(problems: Vec<Problem>) -> Result<(), Vec<Problem>> {
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

/// Reads the secrets that the answers refer to; gives what could not be read.
pub fn resolve(answers: &mut Answers) -> Vec<Problem> {
    answers.resolve_secrets(|reference| match reference {
        SecretRef::Env(name) => std::env::var(name).map(Secret::new).map_err(|error| error.to_string()),
        SecretRef::File(path) => std::fs::read_to_string(path)
            .map(|text| Secret::new(text.strip_suffix('\n').unwrap_or(&text).to_owned()))
            .map_err(|error| error.to_string()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_that_a_run_began_with_gives_its_secrets_again() {
        let folder = tempfile::tempdir().unwrap();
        let (file, word) = (folder.path().join("answers.toml"), folder.path().join("word"));
        std::fs::write(&word, "from-a-file\n").unwrap();
        let text = format!(
            "version = 1\n[engine]\nadmin_password = \"in-the-file\"\n[engine_vm]\nroot_password = {{ file = \"{}\" }}\n",
            word.display()
        );
        std::fs::write(&file, text).unwrap();
        let mut answers = Answers::default();
        again(&mut answers, Some(&file)).unwrap();
        let known: Vec<_> =
            answers.secrets().iter().map(|(field, secret)| (*field, secret.expose().as_str())).collect();
        assert_eq!(known, [("engine_vm.root_password", "from-a-file"), ("engine.admin_password", "in-the-file")]);
    }

    #[test]
    fn a_file_that_is_gone_is_no_error_and_a_wrong_one_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("answers.toml");
        again(&mut Answers::default(), Some(&file)).unwrap();
        std::fs::write(&file, "[engine]\nadmin_pasword = \"canary\"\n").unwrap();
        let error = again(&mut Answers::default(), Some(&file)).unwrap_err().text(Lang::En);
        assert!(error.contains("answers.toml:2:1") && error.contains("admin_password"), "{error}");
        assert!(!error.contains("canary"), "{error}");
    }
}

//! The secrets among the answers: by path, to resolve, to ask for, to redact.

use super::{Answers, SecretAnswer, SecretRef, StorageType};
use crate::lang::Text;
use crate::problem::Problem;
use crate::secret::Secret;

/// A secret that the deployment needs and that nothing gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingSecret {
    /// The field's path.
    pub field: &'static str,
    /// What to ask on a terminal, without a trailing colon.
    pub prompt: Text,
}

impl Answers {
    /// Every secret field that this deployment has, with its path. The tables of other storage kinds have none.
    pub fn secret_fields(&self) -> Vec<(&'static str, &SecretAnswer)> {
        let mut fields = vec![
            ("host.password", &self.host.password),
            ("host.key", &self.host.key),
            ("host.key_passphrase", &self.host.key_passphrase),
            ("host.sudo_password", &self.host.sudo_password),
            ("engine_vm.root_password", &self.engine_vm.root_password),
            ("engine.admin_password", &self.engine.admin_password),
            ("engine.db_password", &self.engine.db_password),
            ("engine.dwh_db_password", &self.engine.dwh_db_password),
        ];
        if let Some(iscsi) = self.storage.as_ref().and_then(|storage| storage.iscsi.as_ref()) {
            fields.push(("storage.iscsi.password", &iscsi.password));
            fields.push(("storage.iscsi.discovery_password", &iscsi.discovery_password));
        }
        fields
    }

    fn secret_mut(&mut self, field: &str) -> Option<&mut SecretAnswer> {
        let iscsi = self.storage.as_mut().and_then(|storage| storage.iscsi.as_mut());
        Some(match field {
            "host.password" => &mut self.host.password,
            "host.key" => &mut self.host.key,
            "host.key_passphrase" => &mut self.host.key_passphrase,
            "host.sudo_password" => &mut self.host.sudo_password,
            "engine_vm.root_password" => &mut self.engine_vm.root_password,
            "engine.admin_password" => &mut self.engine.admin_password,
            "engine.db_password" => &mut self.engine.db_password,
            "engine.dwh_db_password" => &mut self.engine.dwh_db_password,
            "storage.iscsi.password" => &mut iscsi?.password,
            "storage.iscsi.discovery_password" => &mut iscsi?.discovery_password,
            _ => return None,
        })
    }

    /// Every secret whose value is known, with its path: what must be redacted wherever text leaves the program.
    pub fn secrets(&self) -> Vec<(&'static str, &Secret)> {
        self.secret_fields().into_iter().filter_map(|(field, secret)| Some((field, secret.value()?))).collect()
    }

    /// Sets a secret by its path; `false` when these answers have no such field.
    pub fn set_secret(&mut self, field: &str, secret: Secret) -> bool {
        self.secret_mut(field).map(|answer| answer.set(secret)).is_some()
    }

    /// Reads every reference that has no value yet. `read` does the input: it returns the secret, or says in English
    /// why it could not. Every failure becomes a problem of its field; the others are resolved all the same.
    pub fn resolve_secrets(&mut self, mut read: impl FnMut(&SecretRef) -> Result<Secret, String>) -> Vec<Problem> {
        let open: Vec<(&'static str, SecretRef)> = self
            .secret_fields()
            .into_iter()
            .filter(|(_, secret)| secret.value().is_none())
            .filter_map(|(field, secret)| Some((field, secret.source()?.clone())))
            .collect();
        let mut problems = Vec::new();
        for (field, reference) in open {
            match read(&reference) {
                Ok(secret) => {
                    self.set_secret(field, secret);
                }
                Err(why) => problems.push(Problem::new(
                    field,
                    Text::new(
                        format!("The secret could not be read from {reference}: {why}."),
                        format!("秘密情報を {reference} から読み取れませんでした: {why}。"),
                    ),
                    Text::new(
                        "Set the variable or make the file readable, or leave the field out to be asked for it.",
                        "変数を設定するかファイルを読み取り可能にしてください。項目を省くと入力を求められます。",
                    ),
                )),
            }
        }
        problems
    }

    /// The secrets that this deployment needs and that neither a value nor a reference gives. How to log in by SSH is
    /// not among them: a key, an agent or a password may all do, which only the connection finds out.
    pub fn missing_secrets(&self) -> Vec<MissingSecret> {
        let iscsi = self
            .storage
            .as_ref()
            .filter(|storage| storage.storage_type() == Some(StorageType::Iscsi))
            .and_then(|storage| storage.iscsi.as_ref());
        let needed = [
            (
                "engine_vm.root_password",
                true,
                Text::new("Password for root in the engine VM", "エンジン VM の root のパスワード"),
            ),
            (
                "engine.admin_password",
                true,
                Text::new("Password for the engine's administrator", "エンジン管理者のパスワード"),
            ),
            (
                "storage.iscsi.password",
                iscsi.is_some_and(|iscsi| iscsi.username.is_some()),
                Text::new("iSCSI CHAP password of the target", "iSCSI ターゲットの CHAP パスワード"),
            ),
            (
                "storage.iscsi.discovery_password",
                iscsi.is_some_and(|iscsi| iscsi.discovery_username.is_some()),
                Text::new("iSCSI CHAP password of the discovery", "iSCSI 検出の CHAP パスワード"),
            ),
        ];
        let missing: Vec<&str> = self
            .secret_fields()
            .into_iter()
            .filter(|(_, secret)| secret.is_missing())
            .map(|(field, _)| field)
            .collect();
        needed
            .into_iter()
            .filter(|(field, needed, _)| *needed && missing.contains(field))
            .map(|(field, _, prompt)| MissingSecret { field, prompt })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answers::{Iscsi, Storage};

    fn with_iscsi() -> Answers {
        let iscsi = Iscsi { username: Some("chap".into()), ..Iscsi::default() };
        Answers { storage: Some(Storage { iscsi: Some(iscsi), ..Storage::default() }), ..Answers::default() }
    }

    #[test]
    fn every_secret_field_can_be_set_by_its_path() {
        let mut answers = with_iscsi();
        let fields: Vec<&str> = answers.secret_fields().into_iter().map(|(field, _)| field).collect();
        for field in &fields {
            assert!(answers.set_secret(field, Secret::from(*field)), "{field}");
        }
        for (field, secret) in answers.secrets() {
            assert_eq!(secret.expose(), field);
        }
        assert_eq!(answers.secrets().len(), fields.len());
        assert!(!answers.set_secret("host.address", "x".into()));
    }

    #[test]
    fn only_what_is_needed_is_asked_for() {
        let mut answers = with_iscsi();
        answers.engine.admin_password = SecretAnswer::reference(SecretRef::Env("ADMIN".into()));
        let asked: Vec<&str> = answers.missing_secrets().into_iter().map(|secret| secret.field).collect();
        assert_eq!(asked, ["engine_vm.root_password", "storage.iscsi.password"]);
    }

    #[test]
    fn a_reference_that_cannot_be_read_is_a_problem_of_its_field() {
        let mut answers = Answers::default();
        answers.engine.admin_password = SecretAnswer::reference(SecretRef::Env("ADMIN".into()));
        answers.engine_vm.root_password = SecretAnswer::reference(SecretRef::File("/root/pw".into()));
        let problems = answers.resolve_secrets(|reference| match reference {
            SecretRef::Env(_) => Ok("canary".into()),
            SecretRef::File(_) => Err("no such file".into()),
        });
        assert_eq!(answers.secrets(), [("engine.admin_password", &Secret::from("canary"))]);
        assert_eq!(problems.len(), 1);
        assert_eq!(
            problems[0].to_string(),
            "engine_vm.root_password: The secret could not be read from file /root/pw: no such file. \
             Set the variable or make the file readable, or leave the field out to be asked for it."
        );
    }
}

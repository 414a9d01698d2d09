//! Drafts: answers that a person is still writing, one for each deployment host, so that any browser goes on where
//! another stopped.
//!
//! `drafts/HOST.json` below the state folder holds what was typed. Secrets are in memory only; the file remembers which
//! there were, so that after a restart the form can say what to type again.

use hosted_deploy_model::answers::Answers;
use hosted_deploy_model::form::{Step, Values, field};
use hosted_deploy_model::problem::Problem;
use hosted_deploy_model::secret::Secret;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::{DirBuilder, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What one field may hold; an SSH key has some hundred characters.
const LONGEST: usize = 16 * 1024;

/// Why a draft cannot be kept.
#[derive(Debug, thiserror::Error)]
pub enum DraftError {
    /// The file system said no.
    #[error("cannot {act} {}: {source}", path.display())]
    Io {
        /// What was tried.
        act: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is not what this program writes.
    #[error("{} is damaged: {source}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// There is no such field, or its text is far too long.
    #[error("no field {0:?} takes that")]
    Field(String),
}

/// A draft as it stands.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    /// Where the person was.
    pub step: Step,
    /// What was typed.
    pub values: Values,
    /// Grows with every change.
    pub revision: u64,
    /// The run that is to be tried again with these answers.
    pub of_run: Option<String>,
    changed: BTreeMap<String, u64>,
    secrets: BTreeMap<String, Secret>,
    had: BTreeSet<String>,
}

/// The file.
#[derive(Serialize, Deserialize)]
struct Kept {
    version: u32,
    step: Step,
    revision: u64,
    values: Values,
    /// When a field was changed last, by revision.
    changed: BTreeMap<String, u64>,
    /// Secret fields that were filled in.
    secrets: BTreeSet<String>,
    /// The run that is to be tried again with this.
    #[serde(default)]
    of_run: Option<String>,
}

impl Draft {
    /// The answers that it means, and what among it is no answer.
    pub fn answers(&self) -> (Answers, Vec<Problem>) {
        self.values.answers(|path| self.secrets.get(path).cloned())
    }

    /// Secret fields whose value is known.
    pub fn secrets(&self) -> Vec<String> {
        self.secrets.keys().cloned().collect()
    }

    /// Secret fields that were filled in before a restart.
    pub fn forgotten(&self) -> Vec<String> {
        self.had.iter().filter(|path| !self.secrets.contains_key(*path)).cloned().collect()
    }

    /// What was typed since a revision.
    pub fn since(&self, revision: u64) -> Vec<(String, String)> {
        let newer = self.changed.iter().filter(|(_, changed)| **changed > revision);
        newer.map(|(path, _)| (path.clone(), self.values.get(path).to_owned())).collect()
    }

    /// Takes what was typed.
    ///
    /// # Errors
    /// [`DraftError::Field`] for a path that no field has; nothing of this change is taken then.
    pub fn set(&mut self, path: &str, typed: &str) -> Result<(), DraftError> {
        let before = self.values.get(path).to_owned();
        if typed.len() > LONGEST || !self.values.set(path, typed) {
            return Err(DraftError::Field(path.to_owned()));
        }
        if before != typed {
            self.changed.insert(path.to_owned(), self.revision + 1);
        }
        Ok(())
    }

    /// Takes a password; an empty one takes it away.
    ///
    /// # Errors
    /// [`DraftError::Field`] for a path that is no secret's.
    pub fn set_secret(&mut self, path: &str, typed: Secret) -> Result<(), DraftError> {
        if typed.expose().len() > LONGEST || !field(path).is_some_and(|field| field.is_secret()) {
            return Err(DraftError::Field(path.to_owned()));
        }
        if typed.expose().is_empty() {
            self.secrets.remove(path);
            self.had.remove(path);
        } else {
            self.secrets.insert(path.to_owned(), typed);
            self.had.insert(path.to_owned());
        }
        Ok(())
    }

    /// Everything typed so far is replaced by what these answers mean. Secrets that they lack stay.
    pub fn replace(&mut self, answers: &Answers) {
        self.replace_typed(Values::of(answers));
        for (path, secret) in answers.secrets() {
            // Those of the login are not the form's.
            let _ = self.set_secret(path, secret.clone());
        }
        self.of_run = None;
    }

    /// Everything typed so far is replaced. Secrets stay.
    pub fn replace_typed(&mut self, values: Values) {
        let paths: BTreeSet<&str> = self.values.iter().chain(values.iter()).map(|(path, _)| path).collect();
        for path in paths.into_iter().filter(|path| self.values.get(path) != values.get(path)) {
            self.changed.insert(path.to_owned(), self.revision + 1);
        }
        self.values = values;
    }
}

/// All drafts.
#[derive(Debug)]
pub struct Drafts {
    folder: PathBuf,
    open: Mutex<HashMap<String, Draft>>,
}

impl Drafts {
    /// Those of a state folder. Nothing is read or made yet.
    pub fn new(state: &Path) -> Self {
        Self { folder: state.join("drafts"), open: Mutex::default() }
    }

    /// The draft of a host. `fresh` begins one where there is none.
    ///
    /// # Errors
    /// When its file cannot be read, or the one just begun cannot be written.
    pub fn get(&self, host: &str, fresh: impl FnOnce(&mut Draft)) -> Result<Draft, DraftError> {
        self.change(host, fresh, |_| Ok(())).map(|(draft, ())| draft)
    }

    /// Changes the draft of a host, in the file too, or not at all.
    ///
    /// # Errors
    /// What `change` says, or when the file cannot be read or written.
    pub fn change<T>(
        &self,
        host: &str,
        fresh: impl FnOnce(&mut Draft),
        change: impl FnOnce(&mut Draft) -> Result<T, DraftError>,
    ) -> Result<(Draft, T), DraftError> {
        let mut open = self.lock();
        let path = self.folder.join(file_name(host));
        let (mut draft, begun) = match open.get(host) {
            Some(draft) => (draft.clone(), false),
            None => match read(&path)? {
                Some(draft) => (draft, false),
                None => {
                    let mut draft = Draft::default();
                    fresh(&mut draft);
                    (draft, true)
                }
            },
        };
        let before = draft.clone();
        let done = change(&mut draft)?;
        let same = draft.values == before.values && draft.had == before.had && draft.secrets == before.secrets;
        if !same || begun {
            draft.revision += 1;
        }
        if !same || begun || draft.step != before.step || draft.of_run != before.of_run {
            write(&self.folder, &path, &draft)?;
        }
        open.insert(host.to_owned(), draft.clone());
        Ok((draft, done))
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Draft>> {
        // A draft is put in whole, after it was written.
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A name that every file system takes, and another one for every host.
fn file_name(host: &str) -> String {
    let mut name = String::new();
    for byte in host.bytes() {
        match byte {
            b'a'..=b'z' | b'0'..=b'9' | b'-' => name.push(char::from(byte)),
            b'.' if !name.is_empty() => name.push('.'),
            other => name.push_str(&format!("%{other:02x}")),
        }
    }
    name + ".json"
}

fn read(path: &Path) -> Result<Option<Draft>, DraftError> {
    let text = match std::fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(DraftError::Io { act: "read", path: path.to_owned(), source }),
    };
    let kept: Kept =
        serde_json::from_slice(&text).map_err(|source| DraftError::Damaged { path: path.to_owned(), source })?;
    let Kept { step, revision, values, changed, secrets, of_run, .. } = kept;
    Ok(Some(Draft { step, values, revision, of_run, changed, secrets: BTreeMap::new(), had: secrets }))
}

fn write(folder: &Path, path: &Path, draft: &Draft) -> Result<(), DraftError> {
    let io = |act, path: &Path| {
        let path = path.to_owned();
        move |source| DraftError::Io { act, path, source }
    };
    DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(io("make", folder))?;
    let kept = Kept {
        version: 1,
        step: draft.step,
        revision: draft.revision,
        values: draft.values.clone(),
        changed: draft.changed.clone(),
        secrets: draft.had.clone(),
        of_run: draft.of_run.clone(),
    };
    let text =
        serde_json::to_vec_pretty(&kept).map_err(|source| DraftError::Damaged { path: path.to_owned(), source })?;
    let part = path.with_extension("part");
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&part)
        .map_err(io("write", &part))?;
    file.write_all(&text).and_then(|()| file.sync_data()).map_err(io("write", &part))?;
    std::fs::rename(&part, path).map_err(io("write", path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    const HOST: &str = "host1:22";

    fn nothing(_: &mut Draft) {}

    fn typed(drafts: &Drafts, path: &str, text: &str) -> u64 {
        drafts.change(HOST, nothing, |draft| draft.set(path, text)).unwrap().0.revision
    }

    #[test]
    fn what_was_typed_is_there_after_a_restart_and_passwords_are_not() {
        let state = tempfile::tempdir().unwrap();
        let drafts = Drafts::new(state.path());
        typed(&drafts, "engine_vm.fqdn", "engine.example.com");
        typed(&drafts, "engine_vm.vcpus", "no number yet");
        drafts
            .change(HOST, nothing, |draft| {
                draft.step = Step::Engine;
                draft.set_secret("engine.admin_password", "canary-55".into())
            })
            .unwrap();
        let before = drafts.get(HOST, nothing).unwrap();
        assert_eq!(before.secrets(), ["engine.admin_password"]);
        assert_eq!(before.answers().0.engine.admin_password.value().unwrap().expose(), "canary-55");

        let after = Drafts::new(state.path()).get(HOST, nothing).unwrap();
        assert_eq!((after.step, after.revision), (Step::Engine, before.revision));
        assert_eq!(after.values, before.values);
        assert_eq!(after.values.get("engine_vm.vcpus"), "no number yet");
        assert!(after.secrets().is_empty());
        assert_eq!(after.forgotten(), ["engine.admin_password"]);
    }

    #[test]
    fn no_file_holds_a_password_and_nobody_else_may_read_one() {
        let state = tempfile::tempdir().unwrap();
        let drafts = Drafts::new(state.path());
        for field in hosted_deploy_model::form::fields().filter(|field| field.is_secret()) {
            drafts.change(HOST, nothing, |draft| draft.set_secret(field.path, "canary-77".into())).unwrap();
        }
        let file = state.path().join("drafts").join(file_name(HOST));
        assert!(!std::fs::read_to_string(&file).unwrap().contains("canary"));
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&file), mode(file.parent().unwrap())), (0o600, 0o700));
    }

    #[test]
    fn another_browser_learns_what_was_changed_since_it_looked() {
        let state = tempfile::tempdir().unwrap();
        let drafts = Drafts::new(state.path());
        let seen = typed(&drafts, "engine_vm.fqdn", "engine.example.com");
        assert_eq!(typed(&drafts, "engine_vm.fqdn", "engine.example.com"), seen, "nothing was changed");
        typed(&drafts, "engine_vm.vcpus", "2");
        typed(&drafts, "engine_vm.vcpus", "");
        let newer = drafts.get(HOST, nothing).unwrap().since(seen);
        assert_eq!(newer, [("engine_vm.vcpus".to_owned(), String::new())]);
    }

    #[test]
    fn a_draft_is_begun_once_and_each_host_has_its_own() {
        let state = tempfile::tempdir().unwrap();
        let begin = |draft: &mut Draft| _ = draft.values.set("engine_vm.mac", "00:16:3e:00:00:01");
        let mac = |drafts: &Drafts, host: &str| drafts.get(host, begin).unwrap().values.get("engine_vm.mac").to_owned();
        let drafts = Drafts::new(state.path());
        assert_eq!(mac(&drafts, HOST), "00:16:3e:00:00:01");
        typed(&drafts, "engine_vm.mac", "00:16:3e:00:00:02");
        assert_eq!(mac(&drafts, HOST), "00:16:3e:00:00:02");
        assert_eq!(mac(&drafts, "host2:22"), "00:16:3e:00:00:01");
        assert_eq!(mac(&Drafts::new(state.path()), HOST), "00:16:3e:00:00:02");
    }

    #[test]
    fn unknown_fields_are_refused_and_nothing_of_the_change_stays() {
        let state = tempfile::tempdir().unwrap();
        let drafts = Drafts::new(state.path());
        let refused = drafts.change(HOST, nothing, |draft| {
            draft.set("engine_vm.fqdn", "engine.example.com")?;
            draft.set("host.password", "canary")
        });
        assert!(matches!(refused, Err(DraftError::Field(path)) if path == "host.password"));
        let long = "x".repeat(LONGEST + 1);
        assert!(drafts.change(HOST, nothing, |draft| draft.set("engine_vm.fqdn", &long)).is_err());
        assert_eq!(drafts.get(HOST, nothing).unwrap().values, Values::default());
    }

    #[test]
    fn hosts_have_file_names_of_their_own() {
        for (host, name) in [
            ("host1:22", "host1%3a22.json"),
            ("[2001:db8::1]:22", "%5b2001%3adb8%3a%3a1%5d%3a22.json"),
            ("../x:22", "%2e.%2fx%3a22.json"),
            ("HOST:22", "%48%4f%53%54%3a22.json"),
        ] {
            assert_eq!(file_name(host), name, "{host}");
        }
    }
}

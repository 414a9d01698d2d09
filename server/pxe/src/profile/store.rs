//! [`Profiles`]: the folder of profiles, a TOML file each, and the menu beside them.
//!
//! A file may hold a crypted password or an activation key: the folder is 0700, the files 0600, as they were written.

use super::{Menu, Profile};
use crate::image::is_name;
use hosted_deploy_model::answers::SecretRef;
use hosted_deploy_model::formats::{Places, read_toml};
use hosted_deploy_model::problem::Problem;
use hosted_deploy_model::secret::Secret;
use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

const MENU: &str = "menu.toml";

/// Profiles, a file each.
#[derive(Clone, Debug)]
pub struct Profiles {
    folder: PathBuf,
}

/// What cannot be done with a profile.
#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    /// There is no such profile.
    #[error("there is no profile {0:?}; `hosted-deploy pxe profile list` shows what there is")]
    Unknown(String),
    /// There is one already.
    #[error("there is a profile {0:?} already; --replace takes its place")]
    Exists(String),
    /// The name can't be a file and a part of a script.
    #[error("{0:?} is no name for a profile: use letters, digits, dots, dashes and underscores, 64 at most")]
    Name(String),
    /// The file can't be used.
    #[error(
        "{path} cannot be used: {source}; this account must be able to read and write it, or name another folder by --state-dir"
    )]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The file holds mistakes.
    #[error("{path} holds mistakes; first: {first}")]
    Wrong {
        /// Which.
        path: PathBuf,
        /// The first mistake, in English.
        first: String,
        /// All of them.
        problems: Vec<Problem>,
    },
    /// A secret it refers to can't be read.
    #[error("{path}: {field} cannot be read from {why}")]
    Secret {
        /// Which.
        path: PathBuf,
        /// The field.
        field: &'static str,
        /// From where, and why not.
        why: String,
    },
}

impl Profiles {
    /// The profiles in this folder, which need not exist.
    ///
    /// # Errors
    /// The folder can't be made.
    pub fn open(folder: impl Into<PathBuf>) -> Result<Self, ProfileError> {
        let folder = folder.into();
        let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(&folder);
        made.map_err(|source| ProfileError::File { path: folder.clone(), source })?;
        Ok(Self { folder })
    }

    /// Every profile's name.
    ///
    /// # Errors
    /// The folder can't be read.
    pub fn names(&self) -> Result<Vec<String>, ProfileError> {
        let unusable = |source| ProfileError::File { path: self.folder.clone(), source };
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.folder).map_err(unusable)? {
            let name = entry.map_err(unusable)?.file_name().to_string_lossy().into_owned();
            if let Some(name) = name.strip_suffix(".toml").filter(|name| is_name(name) && *name != "menu") {
                names.push(name.to_owned());
            }
        }
        names.sort();
        Ok(names)
    }

    /// The profile's file.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.toml"))
    }

    /// A profile by its name, its secrets as they stand in the file.
    ///
    /// # Errors
    /// There is none, or its file holds mistakes.
    pub fn get(&self, name: &str) -> Result<Profile, ProfileError> {
        if !is_name(name) || name == "menu" {
            return Err(ProfileError::Unknown(name.to_owned()));
        }
        let path = self.path(name);
        match fs::read_to_string(&path) {
            Ok(text) => Ok(parse(&text, &path)?.0),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Err(ProfileError::Unknown(name.to_owned())),
            Err(source) => Err(ProfileError::File { path, source }),
        }
    }

    /// A profile with its secrets read from where they are, for an installation.
    ///
    /// # Errors
    /// There is none, its file holds mistakes, or a secret can't be read.
    pub fn with_secrets(&self, name: &str) -> Result<Profile, ProfileError> {
        let mut profile = self.get(name)?;
        let path = self.path(name);
        profile.resolve(read_secret).map_err(|(field, why)| ProfileError::Secret { path, field, why })?;
        Ok(profile)
    }

    /// Keeps a profile's text. It must be free of mistakes as far as its own text goes.
    ///
    /// # Errors
    /// The name is taken or none, the text holds mistakes, or it can't be written.
    pub fn put(&self, name: &str, text: &str, replace: bool) -> Result<(), ProfileError> {
        if !is_name(name) || name == "menu" {
            return Err(ProfileError::Name(name.to_owned()));
        }
        let path = self.path(name);
        let (profile, places) = parse(text, &path)?;
        let mut problems = profile.problems(None);
        places.locate(&mut problems);
        if let Some(first) = problems.first().map(ToString::to_string) {
            return Err(ProfileError::Wrong { path, first, problems });
        }
        if !replace && path.exists() {
            return Err(ProfileError::Exists(name.to_owned()));
        }
        self.write(&path, text)
    }

    /// Removes a profile.
    ///
    /// # Errors
    /// There is none, or it can't be removed.
    pub fn remove(&self, name: &str) -> Result<(), ProfileError> {
        let path = self.path(name);
        match fs::remove_file(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound || !is_name(name) => {
                Err(ProfileError::Unknown(name.to_owned()))
            }
            removed => removed.map_err(|source| ProfileError::File { path, source }),
        }
    }

    /// The menu; the usual one where there is no file.
    ///
    /// # Errors
    /// The file can't be read or holds mistakes.
    pub fn menu(&self) -> Result<Menu, ProfileError> {
        let path = self.folder.join(MENU);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Menu::default()),
            Err(source) => return Err(ProfileError::File { path, source }),
        };
        let (menu, places): (Menu, Places) = read_toml(&text).map_err(|problems| mistakes(&path, problems))?;
        let mut problems = menu.problems(self);
        places.locate(&mut problems);
        if problems.is_empty() { Ok(menu) } else { Err(mistakes(&path, problems)) }
    }

    fn write(&self, path: &Path, text: &str) -> Result<(), ProfileError> {
        let unusable = |source| ProfileError::File { path: path.to_owned(), source };
        let beside = path.with_extension("new");
        let file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&beside);
        let written = file.and_then(|mut file| {
            file.write_all(text.as_bytes())?;
            file.sync_all()
        });
        written.and_then(|()| fs::rename(&beside, path)).map_err(unusable)
    }
}

fn mistakes(path: &Path, problems: Vec<Problem>) -> ProfileError {
    let first = problems.first().map(ToString::to_string).unwrap_or_default();
    ProfileError::Wrong { path: path.to_owned(), first, problems }
}

fn parse(text: &str, path: &Path) -> Result<(Profile, Places), ProfileError> {
    read_toml(text).map_err(|problems| mistakes(path, problems))
}

/// A secret from an environment variable or a file; one trailing line break is not part of it.
fn read_secret(reference: &SecretRef) -> Result<Secret, String> {
    let text = match reference {
        SecretRef::Env(name) => std::env::var(name).map_err(|error| error.to_string())?,
        SecretRef::File(path) => fs::read_to_string(path).map_err(|error| error.to_string())?,
    };
    let text = Secret::new(text);
    let plain = text.expose().strip_suffix('\n').unwrap_or(text.expose());
    Ok(Secret::from(plain.strip_suffix('\r').unwrap_or(plain)))
}

//! `hosted-deploy pxe profile`.

use super::super::file::text_of;
use super::super::{Exit, print};
use crate::nodes::Places;
use crate::told;
use clap::{Subcommand, ValueEnum};
use hosted_deploy_model::formats::read_toml;
use hosted_deploy_model::lang::Lang;
use hosted_deploy_model::problem::Problem;
use hosted_deploy_pxe::image::{Images, Kind};
use hosted_deploy_pxe::profile::{Profile, ProfileError, ProfileKind, Profiles, template};
use std::path::{Path, PathBuf};

/// The commands over profiles: how machines are installed.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum ProfileCommand {
    /// Write a commented profile to edit and then add
    New {
        /// The image it installs; decides the kind
        #[arg(long)]
        image: Option<String>,
        /// What it installs, where no image is named
        #[arg(long, default_value = "rhvh")]
        kind: KindArg,
        /// Where to write it; must not exist yet [default: standard output]
        #[arg(short, long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
    /// Judge a profile and keep it
    Add {
        /// Its name
        name: String,
        /// The file; - is standard input
        file: PathBuf,
        /// Take the place of a profile of the same name
        #[arg(long)]
        replace: bool,
    },
    /// Judge profiles: files, or the ones that are kept; tell every mistake
    Validate {
        /// Files or names; all that are kept where none is given
        #[arg(value_name = "FILE|NAME")]
        what: Vec<String>,
    },
    /// List the profiles
    List,
    /// Print a profile, its secrets left out
    Show {
        /// Which
        name: String,
    },
    /// Remove a profile
    Rm {
        /// Which
        name: String,
    },
}

/// What a profile installs.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(in crate::cli) enum KindArg {
    /// Red Hat Virtualization Host
    Rhvh,
    /// oVirt Node
    OvirtNode,
    /// Enterprise Linux
    El,
    /// VMware ESXi
    Esxi,
    /// Kernel and initrd, or a whole script, of your own
    Custom,
}

impl From<KindArg> for ProfileKind {
    fn from(kind: KindArg) -> Self {
        match kind {
            KindArg::Rhvh => Self::Rhvh,
            KindArg::OvirtNode => Self::OvirtNode,
            KindArg::El => Self::El,
            KindArg::Esxi => Self::Esxi,
            KindArg::Custom => Self::Custom,
        }
    }
}

pub(super) fn run(command: ProfileCommand, places: &Places, lang: Lang) -> anyhow::Result<Exit> {
    let (profiles, images) = (places.profiles()?, places.images()?);
    match command {
        ProfileCommand::New { image, kind, output } => {
            new(&images, image.as_deref(), kind.into(), output.as_deref(), lang)
        }
        ProfileCommand::Add { name, file, replace } => {
            let text = text_of(&file, lang)?;
            match profiles.put(&name, &text, replace) {
                Ok(()) => {
                    // What only the image can tell is no reason to refuse the file.
                    let problems = against_image(&profiles.get(&name)?, &images);
                    tell(&profiles.path(&name).display().to_string(), &problems, lang);
                    Ok(Exit::Done)
                }
                Err(ProfileError::Wrong { problems, .. }) => {
                    tell(&file.display().to_string(), &problems, lang);
                    Ok(Exit::Usage)
                }
                Err(error) => Err(error.into()),
            }
        }
        ProfileCommand::Validate { what } => validate(&profiles, &images, what, lang),
        ProfileCommand::List => list(&profiles, lang),
        ProfileCommand::Show { name } => {
            print(toml::to_string_pretty(&profiles.get(&name)?)?.trim_end())?;
            Ok(Exit::Done)
        }
        ProfileCommand::Rm { name } => {
            profiles.remove(&name)?;
            Ok(Exit::Done)
        }
    }
}

fn new(
    images: &Images,
    image: Option<&str>,
    kind: ProfileKind,
    output: Option<&Path>,
    lang: Lang,
) -> anyhow::Result<Exit> {
    let kind = match image.map(|name| images.get(name)).transpose()?.map(|image| image.kind) {
        Some(Kind::Rhvh) => ProfileKind::Rhvh,
        Some(Kind::OvirtNode) => ProfileKind::OvirtNode,
        Some(Kind::El) => ProfileKind::El,
        Some(Kind::Esxi) => ProfileKind::Esxi,
        None => kind,
    };
    let text = template(kind, image, lang);
    let Some(path) = output else {
        print(text.trim_end())?;
        return Ok(Exit::Done);
    };
    use std::os::unix::fs::OpenOptionsExt as _;
    let file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    match file.and_then(|mut file| std::io::Write::write_all(&mut file, text.as_bytes())) {
        Ok(()) => {
            let path = path.display();
            print(&match lang {
                Lang::En => format!("{path}: edit it, then  hosted-deploy pxe profile add NAME {path}"),
                Lang::Ja => format!("{path}: 編集後  hosted-deploy pxe profile add 名前 {path}"),
            })?;
            Ok(Exit::Done)
        }
        Err(error) => {
            eprintln!("{}: {error}", path.display());
            Ok(Exit::Usage)
        }
    }
}

fn against_image(profile: &Profile, images: &Images) -> Vec<Problem> {
    let image = profile.image.as_deref().and_then(|name| images.get(name).ok());
    profile.problems(image.as_ref())
}

fn tell(name: &str, problems: &[Problem], lang: Lang) {
    for problem in problems {
        let at = problem.at.map(|at| format!("{at}: ")).unwrap_or_default();
        eprintln!("{name}:{at} {}", problem.line(lang));
    }
}

fn validate(profiles: &Profiles, images: &Images, what: Vec<String>, lang: Lang) -> anyhow::Result<Exit> {
    let what = if what.is_empty() { profiles.names()? } else { what };
    let mut exit = Exit::Done;
    for name in what {
        let path = PathBuf::from(&name);
        let path = if path.is_file() || name == "-" { path } else { profiles.path(&name) };
        let problems = match read_toml::<Profile>(&text_of(&path, lang)?) {
            Err(problems) => problems,
            Ok((profile, positions)) => {
                let mut problems = against_image(&profile, images);
                positions.locate(&mut problems);
                problems
            }
        };
        if problems.is_empty() {
            print(&format!("{name}: {}", lang.pick("no mistakes", "問題ありません")))?;
        } else {
            exit = Exit::Usage;
            tell(&name, &problems, lang);
        }
    }
    Ok(exit)
}

fn list(profiles: &Profiles, lang: Lang) -> anyhow::Result<Exit> {
    let names = profiles.names()?;
    if names.is_empty() {
        print(lang.pick(
            "No profile yet: hosted-deploy pxe profile new --image NAME -o FILE",
            "プロファイルはまだありません: hosted-deploy pxe profile new --image 名前 -o FILE",
        ))?;
    }
    for name in names {
        match profiles.get(&name) {
            Ok(profile) => print(&format!(
                "{name:<24}  {:<28}  {:<28}  {}",
                profile.what().title(),
                profile.image.as_deref().unwrap_or("-"),
                profile.description.as_deref().unwrap_or_default()
            ))?,
            Err(error) => eprintln!("{name}: {}", told::of(&error).get(lang)),
        }
    }
    Ok(Exit::Done)
}

//! `hosted-deploy pxe image`.

use super::super::{Exit, date, print};
use crate::nodes::Places;
use crate::told;
use clap::Subcommand;
use hosted_deploy_model::lang::Lang;
use hosted_deploy_pxe::image::import::{ImportError, Options, Progress, import};
use hosted_deploy_pxe::image::{Image, Images};
use indicatif::{ProgressBar, ProgressStyle};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::signal::unix::{SignalKind, signal};

/// The commands over images.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum ImageCommand {
    /// Take an installation image in: RHVH, oVirt Node, Enterprise Linux or ESXi
    Import {
        /// The ISO; it stays where it is, and must stay there
        #[arg(value_name = "FILE.iso")]
        iso: PathBuf,
        /// The image's name [default: by what the ISO says, as in rhvh-4.4.10-20220308.0]
        #[arg(long)]
        name: Option<String>,
        /// Take the place of an image of the same name
        #[arg(long)]
        replace: bool,
    },
    /// List the images
    List {
        /// One JSON object a line
        #[arg(long)]
        json: bool,
    },
    /// Read an image's files again and compare their checksums
    Verify {
        /// Which; all where none is named
        name: Option<String>,
    },
    /// Remove an image; its ISO stays
    Rm {
        /// Which
        name: String,
    },
}

pub(super) async fn run(command: ImageCommand, places: &Places, lang: Lang) -> anyhow::Result<Exit> {
    let images = places.images()?;
    match command {
        ImageCommand::Import { iso, name, replace } => {
            let options = Options { name, replace, now: hosted_deploy_pxe::node::now() };
            take_in(images, iso, options, lang).await
        }
        ImageCommand::List { json } => list(&images, json, lang),
        ImageCommand::Verify { name } => tokio::task::spawn_blocking(move || verify(&images, name, lang)).await?,
        ImageCommand::Rm { name } => {
            images.remove(&name)?;
            Ok(Exit::Done)
        }
    }
}

/// Imports off the threads that answer signals, so that whoever stops it is left nothing.
async fn take_in(images: Images, iso: PathBuf, options: Options, lang: Lang) -> anyhow::Result<Exit> {
    let stop = Arc::new(AtomicBool::new(false));
    let stopped = stop.clone();
    let bar = bar(&iso);
    let shown = bar.clone();
    let mut work = tokio::task::spawn_blocking(move || {
        import(&images, &iso, &options, &stopped, &mut |progress: Progress<'_>| {
            shown.set_length(progress.total);
            shown.set_position(progress.done);
            if shown.message() != progress.file {
                shown.set_message(progress.file.to_owned());
            }
        })
    });
    let done = tokio::select! {
        done = &mut work => done?,
        Ok(()) = told_to_stop() => {
            stop.store(true, Ordering::Relaxed);
            work.await?
        }
    };
    bar.finish_and_clear();
    match done {
        Ok(image) => {
            print(&imported(&image, lang))?;
            Ok(Exit::Done)
        }
        Err(ImportError::Stopped) => {
            eprintln!(
                "{}",
                lang.pick(
                    "The import was stopped; nothing of it is kept.",
                    "取り込みを中止しました。途中のデータは残っていません。"
                )
            );
            Ok(Exit::Cancelled)
        }
        Err(error) => Err(error.into()),
    }
}

/// By Ctrl-C, by systemd, or by a line that was cut.
async fn told_to_stop() -> std::io::Result<()> {
    let (mut terminate, mut hang_up) = (signal(SignalKind::terminate())?, signal(SignalKind::hangup())?);
    tokio::select! {
        by_hand = tokio::signal::ctrl_c() => by_hand,
        _ = terminate.recv() => Ok(()),
        _ = hang_up.recv() => Ok(()),
    }
}

fn bar(iso: &Path) -> ProgressBar {
    let bar = ProgressBar::new(1);
    let template = "{prefix} {bar:30} {bytes}/{total_bytes} {bytes_per_sec} {msg}";
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar.set_prefix(iso.file_name().unwrap_or_default().to_string_lossy().into_owned());
    bar
}

/// What was imported, and what to do next.
fn imported(image: &Image, lang: Lang) -> String {
    let (name, title, version) = (&image.name, image.kind.title(), &image.version);
    let (confirmed, all) = (image.files.iter().filter(|file| file.confirmed).count(), image.files.len());
    match lang {
        Lang::En => format!(
            "{name}: {title} {version}; {all} files read, {confirmed} of them against checksums in the ISO\n\
             Next:  hosted-deploy pxe profile new --image {name}"
        ),
        Lang::Ja => format!(
            "{name}: {title} {version}。{all} ファイルを読み取り、うち {confirmed} ファイルを ISO 内のチェックサムと照合しました\n\
             次の手順:  hosted-deploy pxe profile new --image {name}"
        ),
    }
}

fn list(images: &Images, json: bool, lang: Lang) -> anyhow::Result<Exit> {
    let all = images.list()?;
    if all.is_empty() && !json {
        print(lang.pick(
            "No image yet: hosted-deploy pxe image import FILE.iso",
            "イメージはまだありません: hosted-deploy pxe image import FILE.iso",
        ))?;
    }
    for image in all {
        if json {
            print(&serde_json::to_string(&image)?)?;
            continue;
        }
        let state = match images.presence(&image) {
            Ok(()) => image.iso.display().to_string(),
            Err(trouble) => told::of(&trouble).get(lang).to_owned(),
        };
        let (name, kind, version) = (&image.name, image.kind.title(), &image.version);
        print(&format!("{name:<28}  {kind:<28}  {version:<20}  {}  {state}", date(image.imported)))?;
    }
    Ok(Exit::Done)
}

fn verify(images: &Images, name: Option<String>, lang: Lang) -> anyhow::Result<Exit> {
    let mut exit = Exit::Done;
    let all = match name {
        Some(name) => vec![images.get(&name)?],
        None => images.list()?,
    };
    for image in all {
        match images.verify(&image) {
            Ok(()) => print(&format!("{}: {}", image.name, lang.pick("unchanged", "変更なし")))?,
            Err(trouble) => {
                exit = Exit::Failed;
                eprintln!("{}: {}", image.name, told::of(&trouble).get(lang));
            }
        }
    }
    Ok(exit)
}

//! `storage discover`: what a storage is, with the verdicts over it.

use super::super::check::attention;
use super::super::deploy::{unreachable, unusable};
use super::super::file::text_of;
use super::super::input::{self, Connect, Unusable};
use super::super::usage::one_of;
use super::super::{Common, Exit, ask, print};
use super::show;
use crate::storage::{self, DiscoverError};
use crate::told::{self, Said};
use crate::{reach, ssh::Session};
use clap::{Args, Subcommand};
use hosted_deploy_model::answers::{
    Answers, FibreChannel, Gluster, Iscsi, Nfs, NfsVersion, SecretAnswer, Storage, StorageType,
};
use hosted_deploy_model::check::{self, Check, Summary};
use hosted_deploy_model::lang::Lang;
use hosted_deploy_model::secret::Secret;
use hosted_deploy_model::storage::{Discovery, NfsQuery, Query, judge};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// The kinds of storage.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Discover {
    /// Exports, versions, and a trial mount: owner, mode, space, writing as vdsm
    Nfs {
        /// SERVER for its exports, SERVER:/PATH to look inside one [default: the answer file's]
        #[arg(value_name = "SERVER[:/PATH]")]
        connection: Option<String>,
        /// NFS version to mount with
        #[arg(long, value_name = "VERSION", value_parser = version)]
        nfs_version: Option<NfsVersion>,
        /// Mount options, as mount -o takes them
        #[arg(long, value_name = "OPTIONS")]
        mount_options: Option<String>,
        #[command(flatten)]
        how: How,
    },
    /// Targets, portal groups and LUNs behind portals
    Iscsi {
        /// Portals, ADDRESS[:PORT] [default: the answer file's]
        #[arg(value_name = "PORTAL")]
        portals: Vec<String>,
        /// Look only at this target's LUNs
        #[arg(long, value_name = "IQN")]
        target: Option<String>,
        #[command(flatten)]
        chap: Chap,
        #[command(flatten)]
        how: How,
    },
    /// Fibre Channel ports and the LUNs behind them
    Fc {
        #[command(flatten)]
        how: How,
    },
    /// Volumes, their bricks and options, and a trial mount
    Gluster {
        /// The volume [default: the answer file's]
        #[arg(value_name = "SERVER:/VOLUME")]
        connection: Option<String>,
        /// Mount options, as mount -o takes them
        #[arg(long, value_name = "OPTIONS")]
        mount_options: Option<String>,
        #[command(flatten)]
        how: How,
    },
}

/// What every kind takes.
#[derive(Debug, Args)]
pub(in crate::cli) struct How {
    /// The answer file: host, storage and credentials
    #[arg(long, value_name = "FILE")]
    answers: Option<PathBuf>,
    #[command(flatten)]
    connect: Connect,
    /// Size of the engine VM's disk that must fit [default: 61]
    #[arg(long, value_name = "GIB")]
    disk_size: Option<u32>,
    /// Judge this LUN
    #[arg(long, value_name = "ID")]
    lun: Option<String>,
    /// Print everything as one JSON object
    #[arg(long)]
    json: bool,
}

/// CHAP. Passwords come from files, the answer file or the terminal, never from the command line.
#[derive(Debug, Args)]
pub(in crate::cli) struct Chap {
    /// CHAP user of the target
    #[arg(long, value_name = "USER")]
    chap_user: Option<String>,
    /// File with the target's CHAP password [default: asked for]
    #[arg(long, value_name = "FILE", requires = "chap_user")]
    chap_password_file: Option<PathBuf>,
    /// CHAP user of the discovery
    #[arg(long, value_name = "USER")]
    discovery_user: Option<String>,
    /// File with the discovery's CHAP password [default: asked for]
    #[arg(long, value_name = "FILE", requires = "discovery_user")]
    discovery_password_file: Option<PathBuf>,
}

/// What `--json` prints.
#[derive(Serialize)]
struct Report<'a> {
    host: String,
    blocked: bool,
    summary: Summary,
    found: &'a Discovery,
    checks: &'a [Check],
}

fn version(text: &str) -> Result<NfsVersion, Said> {
    use NfsVersion::{Auto, V3, V4, V4_0, V4_1, V4_2};
    let known = [Auto, V3, V4, V4_0, V4_1, V4_2];
    let found = known.into_iter().find(|version| version.name() == text || version.name().replace('_', ".") == text);
    found.ok_or_else(|| one_of(&known.map(NfsVersion::name)))
}

impl Discover {
    const fn how(&self) -> &How {
        match self {
            Self::Nfs { how, .. } | Self::Iscsi { how, .. } | Self::Fc { how } | Self::Gluster { how, .. } => how,
        }
    }

    /// Puts the options into the storage that the answer file names, or into a new one.
    fn apply(&self, storage: &mut Storage, lang: Lang) -> anyhow::Result<()> {
        let kind = match self {
            Self::Nfs { .. } => StorageType::Nfs,
            Self::Iscsi { .. } => StorageType::Iscsi,
            Self::Fc { .. } => StorageType::Fc,
            Self::Gluster { .. } => StorageType::Glusterfs,
        };
        storage.kind = Some(kind);
        storage.disk_size_gib = self.how().disk_size.or(storage.disk_size_gib);
        match self {
            Self::Nfs { connection, nfs_version, mount_options, .. } => {
                let nfs = storage.nfs.get_or_insert_with(Nfs::default);
                nfs.connection = connection.clone().or(nfs.connection.take());
                nfs.version = nfs_version.or(nfs.version);
                nfs.mount_options = mount_options.clone().or(nfs.mount_options.take());
            }
            Self::Iscsi { portals, target, chap, how } => {
                let iscsi = storage.iscsi.get_or_insert_with(Iscsi::default);
                if !portals.is_empty() {
                    iscsi.portals.clone_from(portals);
                }
                iscsi.target = target.clone().or(iscsi.target.take());
                iscsi.lun_id = how.lun.clone().or(iscsi.lun_id.take());
                chap.apply(iscsi, lang)?;
            }
            Self::Fc { how } => {
                let fc = storage.fc.get_or_insert_with(FibreChannel::default);
                fc.lun_id = how.lun.clone().or(fc.lun_id.take());
            }
            Self::Gluster { connection, mount_options, .. } => {
                let gluster = storage.glusterfs.get_or_insert_with(Gluster::default);
                gluster.connection = connection.clone().or(gluster.connection.take());
                gluster.mount_options = mount_options.clone().or(gluster.mount_options.take());
            }
        }
        Ok(())
    }

    /// What to look at. A server without a path is a question that no answer file can hold.
    fn query(&self, storage: &Storage, lang: Lang) -> anyhow::Result<Query> {
        if let Self::Nfs { .. } = self
            && let Some(server) = storage.nfs.as_ref().and_then(|nfs| nfs.connection.as_deref())
            && !server.contains(":/")
        {
            let server = server.trim_matches(['[', ']']).to_owned();
            return Ok(Query::Nfs(NfsQuery { server, ..NfsQuery::default() }));
        }
        Query::of(storage).ok_or_else(|| {
            Unusable(lang.pick(
                "No storage is named: give a server, portals (addresses, not names) or a volume, or an answer file that does.",
                "ストレージの指定がありません。サーバー、ポータル (名前ではなくアドレス)、ボリューム、または回答ファイルを指定してください。",
            ).to_owned())
            .into()
        })
    }
}

impl Chap {
    fn apply(&self, iscsi: &mut Iscsi, lang: Lang) -> anyhow::Result<()> {
        let prompts = (
            lang.pick("CHAP password of", "CHAP パスワード"),
            lang.pick("discovery CHAP password of", "検出用 CHAP パスワード"),
        );
        given(
            &self.chap_user,
            self.chap_password_file.as_deref(),
            (prompts.0, lang),
            &mut iscsi.username,
            &mut iscsi.password,
        )?;
        given(
            &self.discovery_user,
            self.discovery_password_file.as_deref(),
            (prompts.1, lang),
            &mut iscsi.discovery_username,
            &mut iscsi.discovery_password,
        )
    }
}

/// A user from the command line, with the password from a file or the terminal.
fn given(
    user: &Option<String>,
    file: Option<&Path>,
    (prompt, lang): (&str, Lang),
    answer: &mut Option<String>,
    secret: &mut SecretAnswer,
) -> anyhow::Result<()> {
    let Some(user) = user else { return Ok(()) };
    let password = match file {
        Some(file) => {
            let text = text_of(file, lang)?;
            Secret::new(text.strip_suffix('\n').unwrap_or(&text).to_owned())
        }
        None if ask::anybody() => ask::secret(&format!("{prompt} {user}"))?,
        None => {
            return Err(Unusable(format!("{prompt} {user}: --chap-password-file, --discovery-password-file")).into());
        }
    };
    *answer = Some(user.clone());
    secret.set(password);
    Ok(())
}

pub(super) async fn run(discover: &Discover, common: &Common) -> anyhow::Result<Exit> {
    let (lang, how) = (common.lang(), discover.how());
    let asked = input::host_answers(how.answers.as_deref(), &how.connect, lang).and_then(|mut answers| {
        let storage = answers.storage.get_or_insert_with(Storage::default);
        discover.apply(storage, lang)?;
        let query = discover.query(storage, lang)?;
        Ok((answers, query))
    });
    let (answers, query) = match asked {
        Ok(asked) => asked,
        Err(error) => return unusable(error),
    };
    let session = match reach::connect(&answers, &common.state()?, input::first_use(&how.connect, lang)).await {
        Ok(session) => session,
        Err(error) => return Ok(unreachable(&error, lang)),
    };
    let found = look(&session, &query, lang).await;
    session.close().await;
    let found = match found? {
        Ok(found) => found,
        Err(exit) => return Ok(exit),
    };
    report(&answers, &found, how.json, lang)
}

async fn look(session: &Session, query: &Query, lang: Lang) -> anyhow::Result<Result<Discovery, Exit>> {
    match storage::discover(session, query).await {
        Ok(found) => Ok(Ok(found)),
        Err(DiscoverError::Command(error)) => {
            eprintln!("{}\n{}", told::sentence(&error).get(lang), error.advice(lang));
            Ok(Err(Exit::Unreachable))
        }
        Err(error @ DiscoverError::NotAskable { .. }) => {
            eprintln!("{}", told::of(&error).get(lang));
            Ok(Err(Exit::Usage))
        }
        Err(error) => Err(error.into()),
    }
}

fn report(answers: &Answers, found: &Discovery, json: bool, lang: Lang) -> anyhow::Result<Exit> {
    let storage = answers.storage.clone().unwrap_or_default();
    let checks = judge(&storage, found);
    let (host, blocked) = (reach::target(answers).to_string(), check::blocked(&checks));
    if json {
        let report = Report { host, blocked, summary: Summary::of(&checks), found, checks: &checks };
        print(&serde_json::to_string_pretty(&report)?)?;
    } else {
        let text = show::found(found, storage.disk_gib(), lang);
        print(format!("{host}\n\n{text}\n{}", attention(&checks, lang)).trim_end())?;
    }
    Ok(if blocked { Exit::Blocked } else { Exit::Done })
}

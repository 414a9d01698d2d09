//! The hosts that a command about a deployed engine is for, and how to log in to them.

use super::deploy::unusable;
use super::input::{self, Connect, Login, Unusable};
use super::{Common, Exit};
use crate::reach;
use crate::runs::driver::Prepared;
use crate::runs::store::Runs;
use crate::ssh::{ConnectError, FirstUse, Session};
use clap::Args;
use hosted_deploy_model::answers::Answers;
use hosted_deploy_model::lang::Lang;
use std::path::PathBuf;

/// One host or several.
#[derive(Clone, Debug, Args)]
pub(super) struct Hosts {
    /// A host of the engine; may be given several times [default: that of the answer file, else of the newest run]
    #[arg(long = "host", value_name = "HOST[:PORT]")]
    hosts: Vec<String>,
    /// An answer file that says how to log in
    #[arg(long, value_name = "FILE")]
    answers: Option<PathBuf>,
    #[command(flatten)]
    login: Login,
}

/// A host with what is needed to reach it.
#[derive(Clone)]
pub(super) struct Reachable {
    /// As it is shown: the name that the person gave.
    pub(super) name: String,
    /// Address, port, user, secrets.
    pub(super) answers: Answers,
    /// Whether an unknown key is accepted.
    pub(super) connect: Connect,
}

impl Hosts {
    /// The hosts in the order given, with the passwords asked for; `Err` is what the person must mend.
    pub(super) fn reachable(&self, common: &Common) -> anyhow::Result<Result<Vec<Reachable>, Exit>> {
        match self.known(common) {
            Ok(hosts) => Ok(Ok(hosts)),
            Err(error) => unusable(error).map(Err),
        }
    }

    /// The only host, for what is done on one.
    pub(super) fn one(&self, common: &Common) -> anyhow::Result<Result<Reachable, Exit>> {
        if self.hosts.len() > 1 {
            eprintln!(
                "{}",
                common
                    .lang()
                    .pick("One --host only: this is done on one host.", "--host は 1 つだけ指定してください。")
            );
            return Ok(Err(Exit::Usage));
        }
        Ok(self.reachable(common)?.and_then(|hosts| hosts.into_iter().next().ok_or(Exit::Usage)))
    }

    fn known(&self, common: &Common) -> anyhow::Result<Vec<Reachable>> {
        let lang = common.lang();
        let connect = |host: Option<&String>| Connect { host: host.cloned(), login: self.login.clone() };
        let mut base = match &self.answers {
            Some(path) => input::read(path, &connect(self.hosts.first()), lang)?,
            None if self.hosts.is_empty() => newest_run(common, lang)?,
            None => Answers::default(),
        };
        connect(self.hosts.first()).apply(&mut base)?;
        // The same password for all of them is asked for once.
        connect(self.hosts.first()).ask(&mut base, lang)?;
        let others = self.hosts.iter().skip(1);
        let mut all = vec![(connect(self.hosts.first()), base.clone())];
        for host in others {
            let mut answers = base.clone();
            answers.host.port = None;
            connect(Some(host)).apply(&mut answers)?;
            all.push((connect(Some(host)), answers));
        }
        Ok(all.into_iter().map(|(connect, answers)| Reachable { name: typed(&answers), answers, connect }).collect())
    }
}

/// What `--host` takes for it.
fn typed(answers: &Answers) -> String {
    let target = reach::target(answers);
    if target.port == 22 { target.address } else { target.host_port() }
}

/// How the newest run logged in.
fn newest_run(common: &Common, lang: Lang) -> anyhow::Result<Answers> {
    let runs = Runs::open(&common.state()?)?;
    let Some(id) = runs.ids()?.pop() else {
        return Err(Unusable(
            lang.pick(
                "No host is named: give --host HOST, or an answer file by --answers.",
                "ホストの指定がありません。--host HOST または --answers で回答ファイルを指定してください。",
            )
            .to_owned(),
        )
        .into());
    };
    let folder = runs.find(&id)?;
    let mut answers: Answers = folder.load("answers.json")?;
    let prepared: Prepared = folder.load("plan.json")?;
    input::secrets_again(&mut answers, prepared.source.as_deref(), lang)?;
    Ok(answers)
}

impl Reachable {
    /// A connection as root.
    pub(super) async fn connect(&self, common: &Common) -> anyhow::Result<Result<Session, ConnectError>> {
        let policy: FirstUse = input::first_use(&self.connect, common.lang());
        Ok(reach::connect(&self.answers, &common.state()?, policy).await)
    }
}

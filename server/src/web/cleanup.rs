//! Clean-up in the pages: one clean-up a host, kept in memory with what it said, so that whoever opens the page sees it. A server
//! that was killed meanwhile finds the unit on the host and follows it again.

use super::desk::Desks;
use super::gate::cookie;
use super::live::{self, Viewer};
use super::router::Web;
use super::session::{SESSION_COOKIE, Session};
use crate::cleanup::storage::{self, Place};
use crate::cleanup::{self, CleanError, Told, Verified};
use crate::reach;
use crate::runs::store::Runs;
use crate::ssh::FirstUse;
use crate::told;
use crate::troubleshoot::record::{self, Record};
use axum::extract::{Extension, State};
use axum::http::HeaderMap;
use axum::response::Response;
use hosted_deploy_app::cleanup::api::{CleanDesk, End, Line, Seen, Shown, Storage, Wish};
use hosted_deploy_app::refused::{Answering, Refused};
use hosted_deploy_model::answers::{Answers, Host};
use hosted_deploy_model::cleanup::Leftovers;
use hosted_deploy_model::health::{ActionKind, ActionOutcome};
use hosted_deploy_model::lang::Text;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::watch;

/// More lines are no page; the host's own log has them all.
const MOST_LINES: usize = 2_000;
/// Runs that are looked through for the answers of this host.
const MOST_RUNS: usize = 50;

/// What all sessions share: by `host:port`.
pub(super) struct Cleanings {
    state: PathBuf,
    /// The wizard's answers.
    desks: Arc<Desks>,
    hosts: Mutex<HashMap<String, OneHost>>,
}

#[derive(Debug, Default)]
struct OneHost {
    shown: Shown,
    changed: watch::Sender<u64>,
}

impl Cleanings {
    pub(super) fn new(state: &Path, desks: Arc<Desks>) -> Self {
        Self { state: state.to_owned(), desks, hosts: Mutex::default() }
    }

    pub(super) fn of(self: &Arc<Self>, session: Arc<Session>) -> Desk {
        Desk { cleanings: Arc::clone(self), session }
    }

    fn host<T>(&self, at: &str, look: impl FnOnce(&mut OneHost) -> T) -> T {
        // No caller can leave the table half changed.
        let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        look(hosts.entry(at.to_owned()).or_default())
    }

    fn change(&self, at: &str, change: impl FnOnce(&mut Shown)) {
        self.host(at, |host| {
            change(&mut host.shown);
            host.changed.send_modify(|count| *count += 1);
        });
    }
}

/// Clean-up for one session.
#[derive(Clone)]
pub(super) struct Desk {
    cleanings: Arc<Cleanings>,
    session: Arc<Session>,
}

impl CleanDesk for Desk {
    fn known(&self) -> Shown {
        let shown = self.cleanings.host(&self.session.at, |host| host.shown.clone());
        Shown { host: self.session.at.clone(), ..shown }
    }

    fn act(&self, wish: Wish) -> Answering<()> {
        let desk = self.clone();
        // Beside the request: a browser that leaves must not leave it half done.
        let done = tokio::spawn(async move {
            // One thing at a time on a host.
            let mut taken = false;
            desk.change(|shown| match shown.busy {
                true => taken = true,
                false => shown.busy = true,
            });
            if taken {
                return Err(Refused::new(
                    Text::new("Something is being done on this host already.", "このホストでは別の処理が実行中です。"),
                    Text::new("Wait for its end; it is shown here.", "完了をお待ちください (ここに表示されます)。"),
                ));
            }
            match desk.begin(wish).await {
                // It goes on beside, and tells its end itself.
                Ok(true) => Ok(()),
                Ok(false) => {
                    desk.change(|shown| shown.busy = false);
                    Ok(())
                }
                Err(refused) => {
                    desk.change(|shown| shown.busy = false);
                    Err(refused)
                }
            }
        });
        Box::pin(async move {
            done.await
                .unwrap_or_else(|error| Err(failed(&CleanError::Script { act: "do it", said: error.to_string() })))
        })
    }
}

impl Desk {
    fn change(&self, change: impl FnOnce(&mut Shown)) {
        self.cleanings.change(&self.session.at, change);
    }

    /// What was answered for this host: in its newest run, else in the wizard; with what this session knows of the way there.
    fn answers(&self) -> Answers {
        let ours = |answers: &Answers| reach::target(answers).host_port() == self.session.at;
        let newest = Runs::open(&self.cleanings.state).ok().and_then(|runs| {
            let ids = runs.ids().ok()?;
            let mut found =
                ids.iter().rev().take(MOST_RUNS).filter_map(|id| runs.find(id).ok()?.load("answers.json").ok());
            found.find(ours)
        });
        let mut answers = newest.unwrap_or_else(|| {
            let desk = self.cleanings.desks.of(Arc::clone(&self.session));
            desk.typed().map(|(answers, _)| answers).unwrap_or_default()
        });
        if let Some(way) = &self.session.way {
            let Host { fqdn, name_in_engine, ip_family, .. } = answers.host;
            answers.host = Host { fqdn, name_in_engine, ip_family, ..way.host.clone() };
        }
        answers
    }

    /// Gives whether something goes on beside.
    async fn begin(&self, wish: Wish) -> Result<bool, Refused> {
        let root = self.session.way()?.root().await?;
        match wish {
            Wish::Look => {
                let found = cleanup::look(&root).await.map_err(|error| failed(&error))?;
                let name = Place::of(&self.answers(), found.storage.as_ref()).map(|place| place.name().to_owned());
                self.change(|shown| {
                    shown.found = Some(found);
                    shown.storage = name.map(|name| Storage { name, seen: None });
                });
                Ok(false)
            }
            Wish::Clean { confirm, stop_runs } => {
                // Judged by what is there now, whatever the page has shown.
                let found = cleanup::look(&root).await.map_err(|error| failed(&error))?;
                if !found.cleaning {
                    refuse(&found, &confirm, stop_runs)?;
                }
                self.clean(root, found);
                Ok(true)
            }
            Wish::LookAtStorage => {
                let place = self.place(&root).await?;
                let (contents, text) = storage::look(&root, &place).await.map_err(|error| failed(&error))?;
                let objection = match place {
                    Place::Directory { .. } => contents.objection(),
                    Place::Lun { .. } => None,
                };
                let seen = Some(Seen { text, objection });
                self.change(|shown| shown.storage = Some(Storage { name: place.name().to_owned(), seen }));
                Ok(false)
            }
            Wish::EmptyStorage { confirm } => {
                let place = self.place(&root).await?;
                if confirm != place.name() {
                    return Err(Refused::new(
                        Text::new("The storage's name was not typed.", "ストレージの名前が入力されていません。"),
                        Text::new("Everything that is shown of it will be lost.", "表示された内容はすべて失われます。"),
                    ));
                }
                let (contents, _) = storage::look(&root, &place).await.map_err(|error| failed(&error))?;
                if let (Place::Directory { .. }, Some(objection)) = (&place, contents.objection()) {
                    let kept = Text::new("Nothing was removed.", "何も削除していません。");
                    return Err(Refused::new(objection, kept));
                }
                let record = Record::of(&self.cleanings.state);
                let (what, host) = (format!("emptying {}", place.name()), self.session.address.clone());
                let begun = record.begin(ActionKind::Noted { what, host, who: self.who() });
                let mut lines = begun.map_err(|error| unwritten(&error))?;
                let emptied = storage::empty(&root, &place).await;
                let outcome = match &emptied {
                    Ok(_) => ActionOutcome::Done,
                    Err(error) => ActionOutcome::Failed { said: error.to_string() },
                };
                let _ = lines.add(ActionKind::Ended { outcome });
                let removed = emptied.map_err(|error| failed(&error))?;
                let text = Text::new(removed.clone(), removed);
                let objection = Some(Text::new("It is empty now.", "空になりました。"));
                let seen = Some(Seen { text, objection });
                self.change(|shown| shown.storage = Some(Storage { name: place.name().to_owned(), seen }));
                Ok(false)
            }
        }
    }

    async fn place(&self, root: &crate::ssh::Session) -> Result<Place, Refused> {
        let known = cleanup::look(root).await.map_err(|error| failed(&error))?;
        Place::of(&self.answers(), known.storage.as_ref()).ok_or_else(|| {
            Refused::new(
                Text::new("Which storage is meant is not known.", "対象のストレージが不明です。"),
                Text::new(
                    "Give it in the wizard, or use `hosted-deploy cleanup --storage --answers FILE`.",
                    "ウィザードで指定するか、`hosted-deploy cleanup --storage --answers FILE` を使用してください。",
                ),
            )
        })
    }

    fn who(&self) -> String {
        format!("{}@{} (browser)", self.session.user, self.session.at)
    }

    /// Begins it; the rest happens beside, for minutes.
    fn clean(&self, root: crate::ssh::Session, found: Leftovers) {
        let desk = self.clone();
        self.change(|shown| {
            shown.lines.clear();
            shown.end = None;
            shown.found = Some(found.clone());
        });
        let runtime = tokio::runtime::Handle::current();
        tokio::task::spawn_blocking(move || {
            let end = runtime.block_on(desk.to_its_end(root, found));
            desk.change(|shown| {
                shown.busy = false;
                match end {
                    Ok((end, left)) => {
                        shown.end = Some(end);
                        shown.found = Some(left);
                    }
                    Err(why) => shown.end = Some(End { good: false, lines: Vec::new(), sentence: why }),
                }
            });
        });
    }

    async fn to_its_end(&self, root: crate::ssh::Session, found: Leftovers) -> Result<(End, Leftovers), Text> {
        let (answers, state) = (self.answers(), &self.cleanings.state);
        let record = Record::of(state);
        let who = self.who();
        let begun = record.begin(record::cleanup(&self.session.address, &who));
        let mut lines = begun.map_err(|error| unwritten(&error).what)?;
        let connect = async || reach::connect(&answers, state, FirstUse::Refuse).await;
        let mut failures = Vec::new();
        let tell = |told: Told| {
            failures.extend(told.failure());
            let (sign, text) = told.words();
            self.change(|shown| {
                if shown.lines.len() < MOST_LINES {
                    shown.lines.push(Line { sign: sign.to_owned(), text });
                }
            });
        };
        let done = match cleanup::clean(root, &found.steps(), connect, tell).await {
            Ok((good, session)) => {
                let verified = cleanup::verify(&session, &answers).await;
                let left = cleanup::look(&session).await;
                session.close().await;
                verified.and_then(|verified| Ok((good, verified, left?)))
            }
            Err(error) => Err(error),
        };
        let outcome = match &done {
            Ok((good, ..)) => cleanup::outcome(*good, &failures),
            Err(error) => ActionOutcome::Failed { said: error.to_string() },
        };
        let _ = lines.add(ActionKind::Ended { outcome });
        let (good, verified, left) = done.map_err(|error| failed(&error).what)?;
        let Verified { ref sentence, blocked, .. } = verified;
        let end = End { good: good && !blocked, lines: verified.lines(), sentence: sentence.clone() };
        Ok((end, left))
    }
}

/// What speaks against it.
fn refuse(found: &Leftovers, confirm: &str, stop_runs: bool) -> Result<(), Refused> {
    if !found.running.is_empty() && !stop_runs {
        return Err(Refused::new(
            Text::new("A run goes on there.", "実行が進行中です。"),
            Text::new(
                "Cancel it on its page, or have it stopped here.",
                "実行のページで取り消すか、ここで停止してください。",
            ),
        ));
    }
    if !found.engine.is_empty() && confirm != found.engine {
        return Err(Refused::new(
            Text::new("The engine's name was not typed.", "エンジン名が入力されていません。"),
            Text::new(
                "A hosted engine is deployed here; its VM on this host is destroyed.",
                "ホステッドエンジンがデプロイされています。このホスト上の VM は破棄されます。",
            ),
        ));
    }
    Ok(())
}

fn failed(error: &CleanError) -> Refused {
    Refused::new(
        told::in_sentence(error, "It did not succeed: {}.", "失敗しました: {}。"),
        Text::new(
            "It can be run again: every step looks first for what is there.",
            "再実行できます。各手順は対象の有無を確認してから動作します。",
        ),
    )
}

fn unwritten(error: &(dyn std::error::Error + 'static)) -> Refused {
    Refused::new(
        told::in_sentence(error, "{}.", "{}。"),
        Text::new("Make room in the state folder.", "状態フォルダーの空き容量を確保してください。"),
    )
}

/// The page as it changes.
pub(super) async fn events(
    State(web): State<Web>,
    Extension(session): Extension<Arc<Session>>,
    headers: HeaderMap,
) -> Response {
    let token = cookie(&headers, SESSION_COOKIE).unwrap_or_default().to_owned();
    let changed = web.cleanings.host(&session.at, |host| host.changed.subscribe());
    let desk = web.cleanings.of(session);
    live::answer(Viewer { sessions: web.sessions, token }, changed, move || {
        serde_json::to_string(&desk.known()).unwrap_or_default()
    })
}

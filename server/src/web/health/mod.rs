//! Health in the pages: read over the connection of whoever is logged in, kept for those who look next, and given to
//! monitoring ([`open`]). Nothing is read while nobody is logged in: the server holds no credentials.

pub(super) mod open;

use super::gate;
use super::live::{self, Viewer};
use super::router::Web;
use super::session::{SESSION_COOKIE, Session};
use super::way::Way;
use crate::health;
use crate::health::history::{Change, History};
use crate::reach;
use crate::runs::journal::now;
use crate::told;
use crate::troubleshoot::record::Record;
use crate::troubleshoot::{self, Acted, Told, Wanted};
use axum::extract::{Extension, State};
use axum::http::HeaderMap;
use axum::response::Response;
use hosted_deploy_app::health::api::{Acting, HealthDesk, Shown, Span, Wish};
use hosted_deploy_app::refused::{Answering, Refused};
use hosted_deploy_model::answers::Answers;
use hosted_deploy_model::health::{Action, Health};
use hosted_deploy_model::lang::Text;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;
use tokio::sync::watch;

/// What was read so long ago is as good as new.
const FRESH_MS: u64 = 5_000;
/// Between two looks while somebody has the page open.
const WATCH: Duration = Duration::from_secs(15);
/// While somebody is logged in and looks elsewhere, every so many of them.
const SELDOM: u32 = 4;
const DAY_MS: u64 = 24 * 3_600_000;
/// What was done last is shown, so much of it.
const MOST_DEEDS: usize = 30;
/// What is kept of the words of an action that goes on.
const MOST_SAID: usize = 20_000;

/// What all sessions share.
pub(super) struct Board {
    state: PathBuf,
    history: Option<History>,
    hosts: Mutex<HashMap<String, Host>>,
}

/// One host, by its `host:port`.
#[derive(Clone, Default)]
struct Host {
    newest: Option<(u64, Health)>,
    /// Who reads it now.
    reading: Arc<tokio::sync::Mutex<()>>,
    /// The way over which it is watched, while that is open.
    watched: Weak<Way>,
    /// The action that goes on.
    acting: Option<Acting>,
    /// Why it could not be read the last time.
    trouble: Option<Refused>,
    /// Counts the changes of all this; who listens has the page open.
    changed: watch::Sender<u64>,
}

impl std::fmt::Debug for Board {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Board").field("state", &self.state).finish_non_exhaustive()
    }
}

impl Board {
    /// Of this state folder. Without a history the rest works, and it is logged.
    pub(super) fn new(state: &Path) -> Self {
        let history = History::open(state).inspect_err(|error| {
            tracing::error!(error = error as &dyn std::error::Error, "no history of the health is kept")
        });
        Self { state: state.to_owned(), history: history.ok(), hosts: Mutex::default() }
    }

    pub(super) fn of(self: &Arc<Self>, session: Arc<Session>) -> Desk {
        Desk { board: Arc::clone(self), session }
    }

    fn host<T>(&self, at: &str, look: impl FnOnce(&mut Host) -> T) -> T {
        // No caller can leave the table half changed.
        let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        look(hosts.entry(at.to_owned()).or_default())
    }

    /// The same for a change that viewers are told of.
    fn change(&self, at: &str, change: impl FnOnce(&mut Host)) {
        self.host(at, |host| {
            change(host);
            host.changed.send_modify(|count| *count += 1);
        });
    }

    /// The newest health of every host, with the time it was read.
    fn newest(&self) -> Vec<(String, u64, Health)> {
        let hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        let mut all: Vec<(String, u64, Health)> = hosts
            .iter()
            .filter_map(|(at, host)| host.newest.clone().map(|(read, health)| (at.clone(), read, health)))
            .collect();
        all.sort_by(|a, b| a.0.cmp(&b.0));
        all
    }

    /// Reads a host over a way, unless somebody has just done it.
    async fn read(&self, at: &str, way: &Way) -> Result<(), Refused> {
        let done = self.read_now(at, way).await;
        let trouble = done.as_ref().err().cloned();
        if trouble.is_some() || self.host(at, |host| host.trouble.is_some()) {
            self.change(at, |host| host.trouble = trouble);
        }
        done
    }

    async fn read_now(&self, at: &str, way: &Way) -> Result<(), Refused> {
        let reading = self.host(at, |host| Arc::clone(&host.reading));
        let _one_at_a_time = reading.lock().await;
        let fresh =
            |host: &mut Host| host.newest.as_ref().is_some_and(|(read, _)| now().saturating_sub(*read) < FRESH_MS);
        if self.host(at, fresh) {
            return Ok(());
        }
        let session = way.root().await?;
        let reading = health::read(&session, &way_name(way)).await.map_err(|error| unread(&error))?;
        let (read, health) = (now(), Health::of(&[reading], &[]));
        if let Some(history) = &self.history {
            match history.add(at, read, &health) {
                Ok(Change::New { before }) => {
                    let before = before.map_or("unknown", |verdict| verdict.name());
                    tracing::info!(
                        host = at,
                        before,
                        verdict = health.verdict.name(),
                        reason = health.sentence.en,
                        "the health has changed"
                    );
                }
                Ok(Change::Same) => {}
                Err(error) => {
                    tracing::error!(error = &error as &dyn std::error::Error, "the health was not written down")
                }
            }
        }
        self.change(at, |host| host.newest = Some((read, health)));
        Ok(())
    }

    /// Looks again and again for as long as the way is open; one watcher a host.
    fn watch(self: &Arc<Self>, at: &str, way: &Arc<Way>) {
        let watched = self.host(at, |host| {
            let already = host.watched.strong_count() > 0;
            if !already {
                host.watched = Arc::downgrade(way);
            }
            already
        });
        if watched {
            return;
        }
        let (board, at, way) = (Arc::clone(self), at.to_owned(), Arc::downgrade(way));
        tokio::spawn(async move {
            let mut left_out = 0;
            loop {
                tokio::time::sleep(WATCH).await;
                let Some(way) = way.upgrade() else { return };
                let nobody = board.host(&at, |host| host.changed.receiver_count() == 0);
                left_out += 1;
                if nobody && left_out < SELDOM {
                    continue;
                }
                left_out = 0;
                // A host that does not answer now is asked again in a minute; its age is shown meanwhile.
                let _ = board.read(&at, &way).await;
            }
        });
    }
}

fn way_name(way: &Way) -> String {
    way.host.address.clone().unwrap_or_default()
}

fn unread(error: &health::ReadError) -> Refused {
    Refused::new(
        told::in_sentence(error, "The host could not be read: {}.", "ホストを読み取れません: {}。"),
        Text::new("It is tried again in a moment.", "まもなく再試行します。"),
    )
}

/// Health for one session.
#[derive(Clone, Debug)]
pub(super) struct Desk {
    board: Arc<Board>,
    session: Arc<Session>,
}

impl Desk {
    async fn begin(self, wish: Wish) -> Result<(), Refused> {
        let Wish { action, confirm } = wish;
        let way = self.session.way()?;
        let at = self.session.at.clone();
        let engine = self.board.host(&at, |host| host.newest.as_ref().map(|(_, health)| health.engine.clone()));
        if action.is_harmful() && (confirm.is_empty() || Some(&confirm) != engine.as_ref()) {
            return Err(Refused::new(
                Text::new("The engine's name was not typed.", "エンジン名が入力されていません。"),
                action.consequences(),
            ));
        }
        let session = way.root().await?;
        let who = format!("{} (browser)", way.connection.at());
        let wanted = Wanted { action, target: None, host: way_name(&way), who };
        let (_, objections) = troubleshoot::look(&session, &wanted).await.map_err(|error| unread(&error))?;
        if let Some(why) = objections.iter().find(|objection| objection.refuses) {
            let refused = Text::new("It was not done.", "実行されませんでした。");
            return Err(Refused::new(why.text.clone(), refused));
        }
        let acting = Acting { action, who: wanted.who.clone(), begun: now(), said: String::new(), looking: false };
        // One at a time on a host: they would judge a state that another one changes.
        let mut taken = false;
        self.board.change(&at, |host| match &host.acting {
            Some(_) => taken = true,
            None => host.acting = Some(acting),
        });
        if taken {
            return Err(Refused::new(
                Text::new("Another action goes on.", "別の操作が実行中です。"),
                Text::new("Wait for its end; it is shown below.", "完了をお待ちください (下に表示されます)。"),
            ));
        }
        let board = Arc::clone(&self.board);
        // It outlives the request: an action may take minutes.
        tokio::spawn(async move {
            let tell = |told: Told| {
                board.change(&at, |host| {
                    let Some(acting) = &mut host.acting else { return };
                    match told {
                        Told::Said(text) if acting.said.len() < MOST_SAID => acting.said.push_str(&text),
                        Told::Said(_) => {}
                        Told::Looking => acting.looking = true,
                    }
                });
            };
            let done = troubleshoot::act(&session, &wanted, &Record::of(&board.state), tell).await;
            if let Err(error) = &done {
                tracing::error!(
                    action = wanted.action.name(),
                    error = error as &dyn std::error::Error,
                    "the action did not end well"
                );
            } else if let Ok(Acted::Refused(_)) = &done {
                tracing::info!(action = wanted.action.name(), "the action was refused");
            }
            board.change(&at, |host| {
                host.acting = None;
                // What was read before is no longer how it is.
                if let Some((read, _)) = &mut host.newest {
                    *read = read.saturating_sub(FRESH_MS);
                }
            });
            let _ = board.read(&at, &way).await;
        });
        Ok(())
    }
}

impl HealthDesk for Desk {
    fn known(&self) -> Shown {
        let at = &self.session.at;
        let now = now();
        let spans = self.board.history.as_ref().map(|history| history.since(at, now.saturating_sub(DAY_MS)));
        let spans = spans.and_then(Result::ok).unwrap_or_default();
        let history = spans.into_iter().map(|span| Span {
            begun: span.begun,
            seen: span.seen,
            verdict: span.verdict,
            sentence: span.sentence,
        });
        let Host { newest, acting, trouble, .. } = self.board.host(at, |host| host.clone());
        Shown {
            host: at.clone(),
            health: newest,
            history: history.collect(),
            now,
            acting,
            trouble,
            // By either name: the command line leaves the usual port out.
            deeds: Record::of(&self.board.state).deeds(&[at.as_str(), self.session.address.as_str()], MOST_DEEDS),
            nodes: crate::nodes::tally(&self.board.state)
                .inspect_err(|error| tracing::warn!(%error, "the nodes cannot be read"))
                .unwrap_or_default(),
            console: self.session.way.as_ref().map_or_else(|| Action::Console.command().to_owned(), |way| console(way)),
        }
    }

    fn read(&self) -> Answering<Shown> {
        let desk = self.clone();
        Box::pin(async move {
            let way = desk.session.way()?;
            desk.board.watch(&desk.session.at, &way);
            desk.board.read(&desk.session.at, &way).await?;
            Ok(desk.known())
        })
    }

    fn act(&self, wish: Wish) -> Answering<()> {
        Box::pin(self.clone().begin(wish))
    }
}

/// Health as it changes, for the page.
pub(super) async fn events(
    State(web): State<Web>,
    Extension(session): Extension<Arc<Session>>,
    headers: HeaderMap,
) -> Response {
    let token = gate::cookie(&headers, SESSION_COOKIE).unwrap_or_default().to_owned();
    let desk = web.board.of(session);
    let changed = desk.board.host(&desk.session.at, |host| host.changed.subscribe());
    let reader = desk.clone();
    // What is known is shown at once; what is old is read meanwhile.
    tokio::spawn(async move {
        let Ok(way) = reader.session.way() else { return };
        reader.board.watch(&reader.session.at, &way);
        let _ = reader.board.read(&reader.session.at, &way).await;
    });
    live::answer(Viewer { sessions: web.sessions, token }, changed, move || {
        serde_json::to_string(&desk.known()).unwrap_or_default()
    })
}

/// The person's own ssh: a terminal belongs to it.
fn console(way: &Way) -> String {
    let answers = Answers { host: way.host.clone(), ..Answers::default() };
    let target = reach::target(&answers);
    let port = if target.port == 22 { String::new() } else { format!(" -p {}", target.port) };
    let sudo = if target.user == "root" { "" } else { "sudo " };
    format!("ssh -t{port} {}@{} {sudo}{}", target.user, target.address, Action::Console.command())
}

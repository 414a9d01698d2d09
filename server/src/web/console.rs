//! The engine VM's serial console in the page: a WebSocket on this side, `hosted-engine --console` on a terminal on the host, over
//! the connection of whoever is logged in.
//!
//! Binary messages are what the keyboard makes and what the terminal shows. Text messages are JSON: the size of the window to
//! here, and to the page what happened ([`Told`]). One console a host at a time, as libvirt gives no more of a VM; another
//! visitor is told who has it, and may take it over.

use super::gate;
use super::preferences;
use super::router::Web;
use super::session::{SESSION_COOKIE, Session};
use crate::ssh::{Chunk, Exit, Input, Terminal};
use crate::told;
use crate::troubleshoot::record::Record;
use axum::extract::rejection::QueryRejection;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Extension, Query, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use hosted_deploy_app::refused::Refused;
use hosted_deploy_model::health::{Action, ActionKind, ActionOutcome};
use hosted_deploy_model::lang::{Lang, Text};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::Notify;
use tokio::time::{MissedTickBehavior, interval, timeout};

/// A paste at once; a key is a few bytes.
const MOST_MESSAGE_BYTES: usize = 64 << 10;
/// How often it is looked whether the session goes on, and whether the browser still answers.
const LOOK: Duration = Duration::from_secs(5);
/// A browser that says nothing for so long, not even to a ping, is gone.
const SILENCE: Duration = Duration::from_secs(30);
/// Until the host has given a terminal.
const LONGEST_START: Duration = Duration::from_secs(15);
/// For `hosted-engine --console` to end by its escape.
const LONGEST_END: Duration = Duration::from_secs(5);
/// Ctrl+], by which it ends.
const ESCAPE: u8 = 0x1d;
/// Of the output's end is told what it means.
const TAIL_BYTES: usize = 2_000;

/// Who has the console of which host.
#[derive(Debug, Default)]
pub(super) struct Consoles {
    hosts: Mutex<HashMap<String, Taken>>,
}

#[derive(Clone, Debug)]
struct Taken {
    who: String,
    /// Held by whoever has a console on the host: who takes it over waits until the other one is closed there.
    line: Arc<tokio::sync::Mutex<()>>,
    /// Told when somebody else takes it.
    away: Arc<Notify>,
}

/// The console of a host is ours until this is dropped.
struct Slot {
    consoles: Arc<Consoles>,
    at: String,
    away: Arc<Notify>,
    line: Arc<tokio::sync::Mutex<()>>,
}

impl Consoles {
    fn take(self: &Arc<Self>, at: &str, who: &str, by_force: bool) -> Result<Slot, String> {
        let away = Arc::new(Notify::new());
        let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        let line = match hosts.get(at) {
            Some(taken) if !by_force => return Err(taken.who.clone()),
            Some(taken) => {
                taken.away.notify_one();
                Arc::clone(&taken.line)
            }
            None => Arc::default(),
        };
        let taken = Taken { who: who.to_owned(), line: Arc::clone(&line), away: Arc::clone(&away) };
        hosts.insert(at.to_owned(), taken);
        Ok(Slot { consoles: Arc::clone(self), at: at.to_owned(), away, line })
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut hosts = self.consoles.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        // Whoever has taken it over keeps it.
        if hosts.get(&self.at).is_some_and(|taken| Arc::ptr_eq(&taken.away, &self.away)) {
            hosts.remove(&self.at);
        }
    }
}

/// The size of the window, and whether to take the console from whoever has it.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Asked {
    columns: u16,
    rows: u16,
    #[serde(default)]
    take: bool,
}

#[derive(Deserialize)]
struct Size {
    columns: u16,
    rows: u16,
}

/// What happened, in the visitor's language.
#[derive(Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
enum Told {
    /// The terminal is there.
    Open,
    /// Somebody else has it.
    Taken { what: String, next: String },
    /// It is over.
    Ended { what: String, next: String },
}

/// `GET /api/v1/console`, to be upgraded. Browsers let any page open a WebSocket anywhere, with the cookies: only ours may here.
pub(super) async fn open(
    State(web): State<Web>,
    Extension(session): Extension<Arc<Session>>,
    uri: Uri,
    headers: HeaderMap,
    asked: Result<Query<Asked>, QueryRejection>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    if !gate::is_ours(&uri, &headers) {
        return (StatusCode::FORBIDDEN, "this is for our own pages").into_response();
    }
    let upgrade = match upgrade {
        Ok(upgrade) => upgrade.max_message_size(MOST_MESSAGE_BYTES).max_frame_size(MOST_MESSAGE_BYTES),
        Err(rejection) => return rejection.into_response(),
    };
    let Query(asked) = match asked {
        Ok(asked) => asked,
        Err(rejection) => return rejection.into_response(),
    };
    let lang = preferences::of(&headers).lang;
    let token = gate::cookie(&headers, SESSION_COOKIE).unwrap_or_default().to_owned();
    upgrade.on_upgrade(move |socket| async move {
        let mut viewer = Viewer { web, session, token, lang, socket, heard: Instant::now() };
        let told = match viewer.talk(asked).await {
            Ok(told) => told,
            Err(refused) => Told::Ended { what: refused.what.get(lang).into(), next: refused.next.get(lang).into() },
        };
        viewer.tell(&told).await;
        // A browser that is gone needs no goodbye.
        let _ = viewer.socket.send(Message::Close(None)).await;
    })
}

/// One browser with its console.
struct Viewer {
    web: Web,
    session: Arc<Session>,
    token: String,
    lang: Lang,
    socket: WebSocket,
    heard: Instant,
}

/// What a browser wants.
enum Wanted {
    Input(Input),
    Nothing,
    End,
}

impl Viewer {
    async fn tell(&mut self, told: &Told) {
        let text = serde_json::to_string(told).unwrap_or_default();
        // A browser that is gone is noticed when it is read.
        let _ = self.socket.send(Message::Text(text.into())).await;
    }

    fn ended(&self, what: &Text, next: &Text) -> Told {
        Told::Ended { what: what.get(self.lang).to_owned(), next: next.get(self.lang).to_owned() }
    }

    /// From the first to the last word; what is told at the end.
    async fn talk(&mut self, asked: Asked) -> Result<Told, Refused> {
        let way = self.session.way()?;
        let who = format!("{} (browser)", way.connection.at());
        let slot = match self.web.consoles.take(&self.session.at, &who, asked.take) {
            Ok(slot) => slot,
            Err(who) => return Ok(taken(&who, self.lang)),
        };
        // After its time the host itself says that somebody has it.
        let _line = timeout(LONGEST_START, slot.line.lock()).await.ok();
        let root = way.root().await?;
        let record = Record::of(&self.web.state);
        let host = self.session.address.clone();
        let begun = record.begin(ActionKind::Begun { action: Action::Console, host, who, target: None });
        let mut lines = begun.map_err(|error| broken(&error))?;
        let started = timeout(LONGEST_START, root.terminal(Action::Console.command(), asked.columns, asked.rows)).await;
        let terminal = match started {
            Ok(Ok(terminal)) => Ok(terminal),
            Ok(Err(error)) => Err(broken(&error)),
            Err(_) => Err(Refused::new(
                Text::new("The host gave no terminal in time.", "ホストが時間内に端末を割り当てませんでした。"),
                Text::new(
                    "Stop following logs in other tabs, and try again.",
                    "他のタブでのログの追跡を停止して再試行してください。",
                ),
            )),
        };
        let told = match terminal {
            Ok(mut terminal) => {
                self.tell(&Told::Open).await;
                let told = self.relay(&mut terminal, &slot).await;
                close(terminal).await;
                Ok(told)
            }
            Err(refused) => Err(refused),
        };
        let outcome = match &told {
            Ok(_) => ActionOutcome::Done,
            Err(refused) => ActionOutcome::Failed { said: refused.what.en.clone() },
        };
        let _ = lines.add(ActionKind::Ended { outcome });
        told
    }

    async fn relay(&mut self, terminal: &mut Terminal, slot: &Slot) -> Told {
        let mut clock = interval(LOOK);
        clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut tail: Vec<u8> = Vec::new();
        loop {
            tokio::select! {
                chunk = terminal.next() => match chunk {
                    Ok(Some(Chunk::Stdout(bytes) | Chunk::Stderr(bytes))) => {
                        tail.extend_from_slice(&bytes);
                        tail.drain(..tail.len().saturating_sub(TAIL_BYTES));
                        if self.socket.send(Message::Binary(bytes)).await.is_err() {
                            return self.gone();
                        }
                    }
                    Ok(Some(Chunk::Exit(exit))) => {
                        let (what, next) = meaning(&String::from_utf8_lossy(&tail), &exit);
                        return self.ended(&what, &next);
                    }
                    Ok(None) => return self.gone(),
                    Err(error) => {
                        let Refused { what, next, .. } = broken(&error);
                        return self.ended(&what, &next);
                    }
                },
                message = self.socket.recv() => match self.wanted(message) {
                    Wanted::Input(input) => terminal.send(input).await,
                    Wanted::Nothing => {}
                    Wanted::End => return self.gone(),
                },
                () = slot.away.notified() => {
                    return self.ended(
                        &Text::new("Somebody else has taken the console over.", "他の人がコンソールを引き継ぎました。"),
                        &Text::new("Only one at a time can have it.", "同時に使用できるのは 1 人だけです。"),
                    );
                }
                _ = clock.tick() => {
                    if !self.web.sessions.is_open(&self.token, Instant::now()) {
                        return self.ended(
                            &Text::new("Your session has ended, and the console with it.", "セッションの終了によりコンソールを閉じました。"),
                            &Text::new("Log in again.", "再度ログインしてください。"),
                        );
                    }
                    let pinged = self.socket.send(Message::Ping(Default::default())).await;
                    if pinged.is_err() || self.heard.elapsed() > SILENCE {
                        return self.gone();
                    }
                }
            }
        }
    }

    fn wanted(&mut self, message: Option<Result<Message, axum::Error>>) -> Wanted {
        self.heard = Instant::now();
        match message {
            Some(Ok(Message::Binary(bytes))) => {
                // Somebody types: the session is used.
                self.web.sessions.get(&self.token, Instant::now());
                Wanted::Input(Input::Keys(bytes))
            }
            Some(Ok(Message::Text(text))) => match serde_json::from_str::<Size>(&text) {
                Ok(Size { columns, rows }) if columns > 0 && rows > 0 => Wanted::Input(Input::Size { columns, rows }),
                _ => Wanted::Nothing,
            },
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => Wanted::Nothing,
            Some(Ok(Message::Close(_)) | Err(_)) | None => Wanted::End,
        }
    }

    /// Nobody reads this any more.
    fn gone(&self) -> Told {
        self.ended(&Text::new("The console is closed.", "コンソールを閉じました。"), &Text::new("", ""))
    }
}

/// Ends it as a person does, and waits for that: libvirt gives the console to the next one only then.
async fn close(mut terminal: Terminal) {
    let ended = async {
        terminal.send(Input::Keys(vec![ESCAPE].into())).await;
        while let Ok(Some(chunk)) = terminal.next().await {
            if matches!(chunk, Chunk::Exit(_)) {
                break;
            }
        }
    };
    // Without an answer it is hung up.
    let _ = timeout(LONGEST_END, ended).await;
}

fn taken(who: &str, lang: Lang) -> Told {
    let what = match lang {
        Lang::En => format!("The console is open already: {who} has it."),
        Lang::Ja => format!("コンソールはすでに開かれています: {who}"),
    };
    let next = lang.pick(
        "A VM has one console, and only one at a time can have it. Take it over, and theirs is closed.",
        "VM のコンソールは 1 つで、同時に使用できるのは 1 人だけです。引き継ぐと相手のコンソールは閉じられます。",
    );
    Told::Taken { what, next: next.to_owned() }
}

/// Why a console ended, by its last words.
fn meaning(tail: &str, exit: &Exit) -> (Text, Text) {
    let again = Text::new("Open it again when you need it.", "必要なときに再度開いてください。");
    if tail.contains("not on this host") {
        return (
            Text::new("The engine VM does not run on this host.", "エンジン VM はこのホストで動作していません。"),
            Text::new(
                "The health page says where it runs: log in to that host.",
                "稼働状態のページで動作中のホストを確認し、そのホストにログインしてください。",
            ),
        );
    }
    if tail.contains("Active console session exists") {
        return (
            Text::new(
                "Somebody has the console open outside of these pages.",
                "このページ以外でコンソールが開かれています。",
            ),
            Text::new(
                "A VM has one console: close the other (`virsh console`, `hosted-engine --console`) by Ctrl+].",
                "VM のコンソールは 1 つです。もう一方 (`virsh console`、`hosted-engine --console`) を Ctrl+] で閉じてください。",
            ),
        );
    }
    if exit.status == Some(127) {
        return (
            Text::new("`hosted-engine` is not installed on this host.", "このホストに `hosted-engine` がありません。"),
            Text::new("Log in to a host of the engine.", "エンジンのホストにログインしてください。"),
        );
    }
    match exit.status {
        Some(0) => (Text::new("The console has ended.", "コンソールが終了しました。"), again),
        Some(code) => {
            let what = Text::new(
                format!("The console has ended with exit code {code}."),
                format!("コンソールが終了コード {code} で終了しました。"),
            );
            (what, again)
        }
        None => (Text::new("The console was ended on the host.", "コンソールがホスト側で終了されました。"), again),
    }
}

fn broken(error: &(dyn std::error::Error + 'static)) -> Refused {
    Refused::new(
        told::in_sentence(error, "The console cannot be had: {}.", "コンソールを開けません: {}。"),
        Text::new("Try again in a moment.", "しばらくしてから再試行してください。"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_has_the_console_until_it_is_dropped_or_taken_over() {
        let consoles = Arc::new(Consoles::default());
        let first = consoles.take("h:22", "a", false).unwrap_or_else(|who| panic!("{who} has it"));
        assert_eq!(consoles.take("h:22", "b", false).err().as_deref(), Some("a"));
        let other = consoles.take("other:22", "b", false);
        assert!(other.is_ok(), "each host has its own");
        let second = consoles.take("h:22", "b", true).unwrap_or_else(|who| panic!("{who} has it"));
        drop(first);
        assert_eq!(consoles.take("h:22", "c", false).err().as_deref(), Some("b"), "the first has nothing to give back");
        drop(second);
        assert!(consoles.take("h:22", "c", false).is_ok());
    }

    #[test]
    fn the_end_is_explained_by_the_last_words() {
        let said = |tail: &str, status| meaning(tail, &Exit { status, signal: None }).0.en;
        assert!(said("The engine VM is not on this host\r\n", Some(0)).contains("does not run on this host"));
        assert!(
            said("error: Active console session exists for this domain", Some(1)).contains("outside of these pages")
        );
        assert!(said("sh: hosted-engine: not found", Some(127)).contains("not installed"));
        assert_eq!(said("login: ", Some(0)), "The console has ended.");
        assert!(said("", Some(3)).contains("code 3"));
    }
}

//! The logs of the engine's host: read, followed, and packed, over the connection of whoever is logged in.

use super::gate::cookie;
use super::live::{Viewer, beat, events, message};
use super::preferences;
use super::router::Web;
use super::session::{SESSION_COOKIE, Session};
use crate::told;
use crate::troubleshoot::logs::{self, Following, Log, LogError, Part};
use axum::Json;
use axum::body::Bytes;
use axum::extract::{Extension, Path as Segment, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use futures_util::stream::unfold;
use hosted_deploy_app::plain;
use hosted_deploy_app::refused::Refused;
use hosted_deploy_model::answers::Answers;
use hosted_deploy_model::lang::{Lang, Text};
use serde::Deserialize;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// More lines make no page.
const MOST_LINES: u32 = 20_000;
/// A log of the engine is read by SSH from its host.
const LONGEST: Duration = Duration::from_secs(80);
const BEAT: Duration = Duration::from_secs(5);

/// Which of its lines.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    tail: Option<u32>,
    since: String,
    until: String,
    pattern: String,
    /// As a file.
    download: Option<String>,
}

impl Asked {
    fn part(&self) -> Part {
        let tail = self.tail.unwrap_or(200).clamp(1, MOST_LINES);
        let [since, until, pattern] = [&self.since, &self.until, &self.pattern].map(|text| text.trim().to_owned());
        Part { tail, since, until, pattern }
    }
}

/// `GET /api/v1/logs/NAME`: its lines as text, or the bundle of all of them.
pub(super) async fn read(
    State(web): State<Web>,
    Extension(session): Extension<Arc<Session>>,
    Segment(name): Segment<String>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Response {
    let (answers, lang) = (known(&web, &session), preferences::of(&headers).lang);
    if name == "bundle" {
        return match bundle(&session, &answers, lang).await {
            Ok(bytes) => file("hosted-engine-logs.tar.gz", "application/gzip", bytes),
            Err(refused) => refuse(&refused, &headers),
        };
    }
    let Some(log) = Log::from_name(&name) else { return StatusCode::NOT_FOUND.into_response() };
    match lines(&session, log, &asked.part(), &answers, lang).await {
        Ok(text) if asked.download.is_some() => file(&format!("{name}.log"), TEXT, text.into_bytes()),
        Ok(text) => ([(header::CONTENT_TYPE, TEXT)], text).into_response(),
        Err(refused) => refuse(&refused, &headers),
    }
}

const TEXT: &str = "text/plain; charset=utf-8";

fn file(name: &str, kind: &'static str, bytes: Vec<u8>) -> Response {
    let disposition = format!("attachment; filename=\"{name}\"");
    ([(header::CONTENT_TYPE, kind.to_owned()), (header::CONTENT_DISPOSITION, disposition)], bytes).into_response()
}

/// The page gets what it understands; a link that was followed gets a page.
fn refuse(refused: &Refused, headers: &HeaderMap) -> Response {
    let status = StatusCode::UNPROCESSABLE_ENTITY;
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if accept.contains("text/html") {
        let preferences = preferences::of(headers);
        let (what, next) = (refused.what.get(preferences.lang), refused.next.get(preferences.lang));
        return (status, Html(plain::message(preferences, what, next))).into_response();
    }
    (status, Json(refused)).into_response()
}

async fn lines(session: &Session, log: Log, part: &Part, answers: &Answers, lang: Lang) -> Result<String, Refused> {
    let root = session.way()?.root().await?;
    let read = timeout(LONGEST, logs::read(&root, log, part, answers, lang)).await;
    read.map_err(|_| slow())?.map_err(|error| unread(&error))
}

async fn bundle(session: &Session, answers: &Answers, lang: Lang) -> Result<Vec<u8>, Refused> {
    let root = session.way()?.root().await?;
    let made = timeout(LONGEST, logs::bundle_bytes(&root, &session.address, answers, lang)).await;
    made.map_err(|_| slow())?.map_err(|error| unread(&error))
}

fn slow() -> Refused {
    Refused::new(
        Text::new("The host did not give its logs in time.", "ホストのログを時間内に取得できませんでした。"),
        Text::new("Try again, with fewer lines or a shorter time.", "行数または期間を減らして再試行してください。"),
    )
}

fn unread(error: &LogError) -> Refused {
    Refused::new(told::in_sentence(error, "{}.", "{}。"), error.next())
}

/// The answers whose passwords must not be shown: those of the wizard on this host, with the login's own.
fn known(web: &Web, session: &Arc<Session>) -> Answers {
    web.desks.of(Arc::clone(session)).typed().map(|(answers, _)| answers).unwrap_or_default()
}

/// `GET /api/v1/logs/NAME/follow`: its lines as they are written; a message is a JSON string.
pub(super) async fn follow(
    State(web): State<Web>,
    Extension(session): Extension<Arc<Session>>,
    Segment(name): Segment<String>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Response {
    let Some(log) = Log::from_name(&name) else { return StatusCode::NOT_FOUND.into_response() };
    let (answers, lang) = (known(&web, &session), preferences::of(&headers).lang);
    let following = match begin(&session, log, &asked.part(), &answers, lang).await {
        Ok(following) => following,
        Err(refused) => return refuse(&refused, &headers),
    };
    let token = cookie(&headers, SESSION_COOKIE).unwrap_or_default().to_owned();
    let viewer = Viewer { sessions: web.sessions, token };
    events(unfold(Some((viewer, following)), |state| async move {
        let (viewer, mut following) = state?;
        match timeout(BEAT, following.next()).await {
            _ if !viewer.is_there() => None,
            Err(_) => Some((beat(), Some((viewer, following)))),
            Ok(Ok(Some(lines))) => Some((said(&lines), Some((viewer, following)))),
            Ok(Ok(None)) => Some((over(), None)),
            Ok(Err(error)) => Some((refused(&unread(&error)), None)),
        }
    }))
}

fn said(lines: &str) -> Bytes {
    message(&serde_json::to_string(lines).unwrap_or_default())
}

/// Nothing will come: the browser stops asking.
fn over() -> Bytes {
    Bytes::from_static(b"event: over\ndata:\n\n")
}

fn refused(why: &Refused) -> Bytes {
    format!("event: refused\ndata: {}\n\n", serde_json::to_string(why).unwrap_or_default()).into()
}

async fn begin(session: &Session, log: Log, part: &Part, answers: &Answers, lang: Lang) -> Result<Following, Refused> {
    let root = session.way()?.root().await?;
    let begun = timeout(Duration::from_secs(10), logs::follow(&root, log, part, answers, lang)).await;
    begun
        .map_err(|_| {
            Refused::new(
                Text::new(
                    "Too much is followed on this connection at once.",
                    "この接続で同時に追跡できる数を超えています。",
                ),
                Text::new("Stop following in another tab.", "別のタブでの追跡を停止してください。"),
            )
        })?
        .map_err(|error| unread(&error))
}

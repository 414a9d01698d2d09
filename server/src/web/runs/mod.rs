//! A run in the browser: the page's content, its events as they come, what a visitor does about it.
//!
//! [`access`]: which runs a session may see and act on. [`stream`]: the events. [`acts`]: continue, cancel, follow, try again.
//! [`drivers`]: the runs that this server keeps a driver on. [`history`]: runs that ended, for lists and estimates.

mod access;
mod acts;
mod drivers;
mod history;
mod stream;

pub(super) use access::Seen;
pub(super) use drivers::Drivers;
pub(super) use history::History;

use super::gate::{self, cookie};
use super::preferences;
use super::router::Web;
use super::session::{SESSION_COOKIE, Session};
use crate::reach;
use crate::runs::bundle as archive;
use crate::runs::host::Host;
use crate::runs::journal::now;
use crate::ssh::FirstUse;
use acts::{Act, act, known};
use axum::Json;
use axum::body::Bytes;
use axum::extract::{Extension, Path as Segment, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use hosted_deploy_app::run::wire::{Beat, Driver, Given, Links, Reply, RunDocument};
use hosted_deploy_model::answers::Answers;
use hosted_deploy_model::estimate::Estimate;
use hosted_deploy_model::run::Run;
use serde::Deserialize;
use std::sync::Arc;
use std::time::Duration;

/// So many earlier runs count for an estimate.
const MOST_EARLIER: usize = 20;
/// Logs come from the host only while that takes no longer; the bundle goes without them then.
const LONGEST_FETCH: Duration = Duration::from_secs(30);

/// What the page is made with; `None` when this session sees no such run.
pub(super) fn document(web: &Web, session: &Arc<Session>, id: &str) -> Option<RunDocument> {
    let Seen { folder, run, account, may_act, .. } = Seen::find(&web.state, session, id)?;
    let others = web.history.newest(&web.state, session, MOST_EARLIER);
    let retried_by =
        others.iter().find(|other| other.run.plan.retry_of.as_deref() == Some(id)).map(|other| other.run.id.clone());
    let earlier: Vec<&Run> = others.iter().map(|other| &other.run).filter(|other| other.id.as_str() < id).collect();
    let links = Links {
        deploy: gate::page(&["/deploy"]),
        health: gate::page(&["/health"]),
        clean_up: gate::page(&["/clean-up", "/cleanup"]),
    };
    Some(RunDocument {
        estimate: Estimate::new(&run.plan, earlier),
        beat: Beat { now: now(), driver: web.drivers.driver(&folder) },
        run,
        account,
        may_act,
        retried_by,
        edited: web.desks.of(Arc::clone(session)).is_edit_of(id),
        links,
    })
}

#[derive(Debug, Deserialize)]
pub(super) struct Asked {
    /// `seq` of the last event that was seen.
    after: Option<u64>,
}

pub(super) async fn events(
    State(web): State<Web>,
    Extension(session): Extension<Arc<Session>>,
    Segment(id): Segment<String>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Response {
    let Some(seen) = find(&web, session, id).await else { return unknown() };
    let Some(behind) = stream::behind(&headers, asked.after) else {
        return (StatusCode::BAD_REQUEST, "Last-Event-ID is the number of an event").into_response();
    };
    drive_on(&web, &seen);
    let token = cookie(&headers, SESSION_COOKIE).unwrap_or_default().to_owned();
    let viewer = stream::Viewer { web, seen, token };
    stream::answer(viewer, behind).await.unwrap_or_else(|error| {
        tracing::error!(%error, "a run's journal cannot be shown");
        StatusCode::INTERNAL_SERVER_ERROR.into_response()
    })
}

/// Whoever watches a run starts a driver when there is none; in silence when that needs nobody's answer.
fn drive_on(web: &Web, seen: &Seen) {
    if !seen.may_act || seen.run.outcome.is_some() || web.drivers.driver(&seen.folder) != Driver::Absent {
        return;
    }
    let (answers, lacking) = known(web, seen, &Given::default());
    if lacking.is_empty() {
        web.drivers.take_on(&seen.folder, answers);
    }
}

pub(super) async fn go_on(web: State<Web>, by: By, run: Segment<String>, headers: HeaderMap, body: Bytes) -> Response {
    answer(web, by, run, headers, body, Act::Continue).await
}

pub(super) async fn cancel(web: State<Web>, by: By, run: Segment<String>, headers: HeaderMap, body: Bytes) -> Response {
    answer(web, by, run, headers, body, Act::Cancel).await
}

pub(super) async fn follow(web: State<Web>, by: By, run: Segment<String>, headers: HeaderMap, body: Bytes) -> Response {
    answer(web, by, run, headers, body, Act::Follow).await
}

pub(super) async fn retry(web: State<Web>, by: By, run: Segment<String>, headers: HeaderMap, body: Bytes) -> Response {
    answer(web, by, run, headers, body, Act::Retry).await
}

pub(super) async fn edit(web: State<Web>, by: By, run: Segment<String>, headers: HeaderMap, body: Bytes) -> Response {
    answer(web, by, run, headers, body, Act::Edit).await
}

type By = Extension<Arc<Session>>;

/// An empty body gives nothing.
async fn answer(
    State(web): State<Web>,
    Extension(session): By,
    Segment(id): Segment<String>,
    headers: HeaderMap,
    body: Bytes,
    wanted: Act,
) -> Response {
    let Some(seen) = find(&web, session, id).await else { return unknown() };
    if !seen.may_act {
        return (StatusCode::FORBIDDEN, format!("log in as {} to act on this run", seen.account)).into_response();
    }
    let given = if body.is_empty() { Ok(Given::default()) } else { serde_json::from_slice(&body) };
    // Not the parser's words: they may quote what was typed.
    let Ok(given) = given else { return (StatusCode::BAD_REQUEST, "the body is not as it should be").into_response() };
    let reply = act(&web, seen, wanted, given, preferences::of(&headers).lang).await;
    let status = match reply {
        Reply::Done | Reply::Started { .. } | Reply::Differs { .. } => StatusCode::OK,
        Reply::Needs { .. } => StatusCode::UNPROCESSABLE_ENTITY,
        Reply::Refused { .. } => StatusCode::CONFLICT,
    };
    (status, Json(reply)).into_response()
}

/// The bundle of the run, with the host's logs where it can be reached.
pub(super) async fn bundle(State(web): State<Web>, Extension(session): By, Segment(id): Segment<String>) -> Response {
    let Some(seen) = find(&web, session, id).await else { return unknown() };
    if !seen.may_act {
        return (StatusCode::FORBIDDEN, format!("log in as {} to load this bundle", seen.account)).into_response();
    }
    let (answers, lacking) = known(&web, &seen, &Given::default());
    if !lacking.iter().any(|wanted| wanted.field.starts_with("host.")) {
        let fetched = tokio::time::timeout(LONGEST_FETCH, fetch(&web, &seen, &answers)).await;
        if !matches!(fetched, Ok(Ok(()))) {
            tracing::info!(run = seen.folder.id, "a bundle without the host's logs: the host was not reached");
        }
    }
    let name = format!("attachment; filename=\"hosted-deploy-{}.tar.gz\"", seen.folder.id);
    let packed = tokio::task::spawn_blocking(move || archive::bytes(&seen.folder, &answers)).await;
    match packed {
        Ok(Ok(bytes)) => {
            let headers = [(header::CONTENT_TYPE, "application/gzip"), (header::CONTENT_DISPOSITION, name.as_str())];
            (headers, bytes).into_response()
        }
        other => {
            let error = match other {
                Ok(Err(error)) => error.to_string(),
                Err(error) => error.to_string(),
                Ok(Ok(_)) => String::new(),
            };
            tracing::error!(error, "a bundle cannot be packed");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

async fn fetch(web: &Web, seen: &Seen, answers: &Answers) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    if let Some(way) = &seen.session.way {
        let root = way.root().await.map_err(|refused| refused.what.en)?;
        return Ok(archive::fetch_logs(&Host::new(root, &seen.folder.id), &seen.folder, answers).await?);
    }
    let line = reach::connect(answers, &web.state, FirstUse::Refuse).await?;
    let fetched = archive::fetch_logs(&Host::new(line.clone(), &seen.folder.id), &seen.folder, answers).await;
    line.close().await;
    Ok(fetched?)
}

async fn find(web: &Web, session: Arc<Session>, id: String) -> Option<Seen> {
    let state = web.state.clone();
    tokio::task::spawn_blocking(move || Seen::find(&state, &session, &id)).await.ok().flatten()
}

fn unknown() -> Response {
    (StatusCode::NOT_FOUND, "there is no such run on the host that you are logged in to").into_response()
}

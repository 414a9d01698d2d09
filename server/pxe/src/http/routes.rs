//! Addresses and what is behind them.

use super::line::{FileBody, Outgoing};
use super::ranges::{self, Wanted};
use super::{Event, Limits};
use crate::files::Files;
use crate::mac::Mac;
use crate::provisioning::{Loader, Located, Machine, Refusal, Report};
use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, DefaultBodyLimit, Path, Query, State as Extract};
use axum::http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, LAST_MODIFIED, RETRY_AFTER,
};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Router};
use serde::Deserialize;
use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;
use uuid::Uuid;

/// What an installer may say at length: host keys, the end of a log.
const LARGEST_REPORT: usize = 64 * 1024;

/// What the handlers share.
#[derive(Clone)]
pub struct State {
    files: Files,
    limits: Limits,
    wrong: Arc<Mutex<HashMap<Ipv4Addr, (u32, Instant)>>>,
    event: Arc<dyn Fn(Event) + Send + Sync>,
}

impl State {
    /// Over these files; `event` is told what happens.
    pub fn new(files: Files, limits: Limits, event: impl Fn(Event) + Send + Sync + 'static) -> Self {
        Self { files, limits, wrong: Arc::default(), event: Arc::new(event) }
    }

    fn tell(&self, event: Event) {
        (self.event)(event);
    }

    /// Whether this address tried too many wrong tokens lately.
    fn guesses(&self, client: Ipv4Addr) -> bool {
        let mut wrong = self.wrong.lock().unwrap_or_else(PoisonError::into_inner);
        wrong.retain(|_, (_, since)| since.elapsed() < self.limits.wrong_for);
        wrong.get(&client).is_some_and(|(count, _)| *count >= self.limits.wrong_tokens)
    }

    fn refused(&self, client: Ipv4Addr, why: Refusal) -> Response {
        let mut wrong = self.wrong.lock().unwrap_or_else(PoisonError::into_inner);
        wrong.entry(client).or_insert((0, Instant::now())).0 += 1;
        drop(wrong);
        self.tell(Event::Refused { client, why });
        // The same answer for all three: nobody learns which tokens there are.
        (StatusCode::FORBIDDEN, "this address is not for you, or no longer\n").into_response()
    }
}

/// The addresses. Connections must carry who is at their other end.
pub fn router(state: State) -> Router {
    Router::new()
        .route("/ipxe/{mac}", get(script))
        .route("/boot.ipxe", get(first_script))
        .route("/boot/{name}", get(program))
        .route("/files/{*name}", get(image))
        .route("/ks/{token}", get(kickstart))
        .route("/built/{token}", get(built).post(built))
        .route("/event/{token}/{kind}", get(event).post(event))
        .fallback(nothing)
        .layer(DefaultBodyLimit::max(LARGEST_REPORT))
        .with_state(state)
}

type Peer = ConnectInfo<SocketAddr>;

fn address(peer: &Peer) -> Ipv4Addr {
    match peer.0.ip() {
        IpAddr::V4(address) => address,
        IpAddr::V6(address) => address.to_ipv4_mapped().unwrap_or(Ipv4Addr::UNSPECIFIED),
    }
}

fn text(body: String) -> Response {
    ([(CONTENT_TYPE, "text/plain; charset=utf-8"), (CACHE_CONTROL, "no-store")], body).into_response()
}

#[derive(Deserialize)]
struct About {
    arch: Option<String>,
    uuid: Option<String>,
}

async fn script(
    Extract(state): Extract<State>,
    peer: Peer,
    Path(mac): Path<String>,
    Query(about): Query<About>,
    uri: Uri,
) -> Response {
    let client = address(&peer);
    let Ok(mac) = mac.parse::<Mac>() else { return not_found(&state, client, &uri) };
    let machine = Machine {
        mac,
        // iPXE writes nothing where there is none.
        uuid: about.uuid.and_then(|uuid| Uuid::try_parse(&uuid).ok()),
        arch: about.arch.and_then(|arch| arch.parse().ok()),
        address: Some(client),
    };
    state.tell(Event::Script { mac });
    text(state.files.script(Loader::Ipxe, &machine))
}

/// iPXE fills the names in itself.
async fn first_script(Extract(state): Extract<State>) -> Response {
    let http = state.files.origin.http();
    text(format!(
        "#!ipxe\nset arch 0\niseq ${{platform}} efi && set arch 7 ||\nchain --replace --autofree {http}/ipxe/${{netX/mac:hexhyp}}?arch=${{arch}}&uuid=${{uuid}}\n"
    ))
}

async fn program(
    Extract(state): Extract<State>,
    Extension(outgoing): Extension<Outgoing>,
    peer: Peer,
    Path(name): Path<String>,
    method: Method,
    headers: HeaderMap,
    uri: Uri,
) -> Response {
    match state.files.program(&name) {
        Some(located) => file(&state, outgoing, address(&peer), &name, &located, (&method, &headers)),
        None => not_found(&state, address(&peer), &uri),
    }
}

async fn image(
    Extract(state): Extract<State>,
    Extension(outgoing): Extension<Outgoing>,
    peer: Peer,
    Path(name): Path<String>,
    method: Method,
    headers: HeaderMap,
    uri: Uri,
) -> Response {
    match state.files.image(&name) {
        Some(located) => file(&state, outgoing, address(&peer), &name, &located, (&method, &headers)),
        None => not_found(&state, address(&peer), &uri),
    }
}

async fn kickstart(Extract(state): Extract<State>, peer: Peer, Path(token): Path<String>) -> Response {
    let client = address(&peer);
    if state.guesses(client) {
        return guessing(&state, client);
    }
    match state.files.nodes.kickstart(&token, &state.files.who.caller(client), &state.files.origin) {
        Ok(kickstart) => {
            state.tell(Event::Kickstart { client });
            text(kickstart)
        }
        Err(why) => state.refused(client, why),
    }
}

async fn built(state: Extract<State>, peer: Peer, Path(token): Path<String>, body: Bytes) -> Response {
    report(&state, &peer, &token, Report::Built, &body)
}

async fn event(
    Extract(state): Extract<State>,
    peer: Peer,
    Path((token, kind)): Path<(String, String)>,
    uri: Uri,
    body: Bytes,
) -> Response {
    match kind.as_str() {
        "started" => report(&state, &peer, &token, Report::Started, &body),
        "built" => report(&state, &peer, &token, Report::Built, &body),
        "failed" => report(&state, &peer, &token, Report::Failed, &body),
        _ => not_found(&state, address(&peer), &uri),
    }
}

fn report(state: &State, peer: &Peer, token: &str, report: Report, body: &[u8]) -> Response {
    let client = address(peer);
    if state.guesses(client) {
        return guessing(state, client);
    }
    match state.files.nodes.report(token, report, body, &state.files.who.caller(client)) {
        Ok(()) => {
            let report = match report {
                Report::Started => "started",
                Report::Built => "built",
                Report::Failed => "failed",
            };
            state.tell(Event::Report { client, report });
            text("ok\n".to_owned())
        }
        Err(why) => state.refused(client, why),
    }
}

fn guessing(state: &State, client: Ipv4Addr) -> Response {
    state.tell(Event::Guessing { client });
    let wait = state.limits.wrong_for.as_secs().to_string();
    (StatusCode::TOO_MANY_REQUESTS, [(RETRY_AFTER, wait)], "too many wrong tokens from here\n").into_response()
}

async fn nothing(Extract(state): Extract<State>, peer: Peer, uri: Uri) -> Response {
    not_found(&state, address(&peer), &uri)
}

fn not_found(state: &State, client: Ipv4Addr, uri: &Uri) -> Response {
    let path = uri.path().chars().take(200).collect();
    state.tell(Event::NotFound { client, path });
    (StatusCode::NOT_FOUND, "there is nothing here\n").into_response()
}

/// A file by the conditions of its request. UEFI firmware asks for the headers first and needs the length in both answers.
fn file(
    state: &State,
    outgoing: Outgoing,
    client: Ipv4Addr,
    name: &str,
    located: &Located,
    (method, headers): (&Method, &HeaderMap),
) -> Response {
    let wanted = ranges::wanted(headers, located);
    let length = located.length;
    let mut response = Response::builder()
        .header(ACCEPT_RANGES, "bytes")
        .header(ETAG, ranges::etag(located))
        .header(LAST_MODIFIED, ranges::last_modified(located))
        .header(CONTENT_TYPE, content_type(name));
    let part: Range<u64> = match wanted {
        Wanted::Whole => 0..length,
        Wanted::Part(part) => {
            let range = format!("bytes {}-{}/{length}", part.start, part.end.saturating_sub(1));
            response = response.status(StatusCode::PARTIAL_CONTENT).header(CONTENT_RANGE, range);
            part
        }
        Wanted::NotModified => return finish(response.status(StatusCode::NOT_MODIFIED).body(Body::empty())),
        Wanted::Unsatisfiable => {
            let range = format!("bytes */{length}");
            let response = response.status(StatusCode::RANGE_NOT_SATISFIABLE).header(CONTENT_RANGE, range);
            return finish(response.body(Body::empty()));
        }
    };
    let response = response.header(CONTENT_LENGTH, part.end - part.start);
    if method == Method::HEAD {
        return finish(response.body(Body::empty()));
    }
    let (event, named) = (state.event.clone(), name.to_owned());
    let ended = Box::new(move |bytes, whole| event(Event::Sent { client, name: named, bytes, whole }));
    match FileBody::open(located, part, outgoing, ended) {
        Ok(body) => finish(response.body(Body::new(body))),
        Err(error) => {
            tracing::error!(file = %located.path.display(), %error, "a file cannot be opened");
            (StatusCode::INTERNAL_SERVER_ERROR, "the file cannot be read\n").into_response()
        }
    }
}

fn finish(response: axum::http::Result<Response>) -> Response {
    response.unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
}

/// UEFI HTTP boot goes by the type, where it goes by anything (UEFI 2.10, 24.7.2).
fn content_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, end)| end.to_ascii_lowercase()).as_deref() {
        Some("efi") => "application/efi",
        Some("iso") => "application/vnd.efi-iso",
        _ => "application/octet-stream",
    }
}

//! A page that is kept up to date: server-sent events, one message with all that the page shows each time it has changed.
//! For what is small; the events of a run have a stream of their own.

use super::session::Sessions;
use axum::body::{Body, Bytes};
use axum::http::{HeaderName, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream::{Stream, unfold};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

/// How often a silent line shows that it is up; also how soon a log-out is noticed.
const BEAT: Duration = Duration::from_secs(5);
/// What changes again and again is told together.
const GATHER: Duration = Duration::from_millis(150);

/// Whose stream it is: it ends with the session, and does not keep it alive.
pub(super) struct Viewer {
    pub(super) sessions: Arc<Sessions>,
    pub(super) token: String,
}

impl Viewer {
    pub(super) fn is_there(&self) -> bool {
        self.sessions.is_open(&self.token, Instant::now())
    }
}

/// The stream: what `make` gives, JSON in one line, now and after each change.
pub(super) fn answer(
    viewer: Viewer,
    changed: watch::Receiver<u64>,
    make: impl Fn() -> String + Send + 'static,
) -> Response {
    events(unfold((viewer, changed, make, true), |(viewer, mut changed, make, first)| async move {
        if !first {
            match timeout(BEAT, changed.changed()).await {
                Ok(Ok(())) => sleep(GATHER).await,
                Ok(Err(_)) => return None,
                Err(_) => return viewer.is_there().then(|| (beat(), (viewer, changed, make, false))),
            }
        }
        if !viewer.is_there() {
            return None;
        }
        changed.mark_unchanged();
        let message = message(&make());
        Some((message, (viewer, changed, make, false)))
    }))
}

/// A message.
pub(super) fn message(json: &str) -> Bytes {
    format!("data: {json}\n\n").into()
}

/// A sign of life.
pub(super) fn beat() -> Bytes {
    Bytes::from_static(b"retry: 1000\nevent: beat\ndata:\n\n")
}

/// Any messages as an answer.
pub(super) fn events(messages: impl Stream<Item = Bytes> + Send + 'static) -> Response {
    use futures_util::StreamExt as _;
    // A proxy in between must not collect.
    let headers = [(header::CONTENT_TYPE, "text/event-stream"), (HeaderName::from_static("x-accel-buffering"), "no")];
    (headers, Body::from_stream(messages.map(Ok::<_, Infallible>))).into_response()
}

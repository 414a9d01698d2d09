//! The events of a run, as they come: server-sent events from its journal.
//!
//! A message is a JSON array of events, its `id` the `seq` of the last one, so that a browser that comes back says by
//! `Last-Event-ID` where to go on. In between, a `beat` tells that the line is up and who drives the run. The journal on the
//! disk is the only buffer: it is read when the viewer takes more, so a slow one slows nobody and gets larger pieces.

use super::access::Seen;
use super::drive_on;
use crate::runs::journal::now;
use crate::runs::tail::{Batch, Tail};
use crate::web::router::Web;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream::unfold;
use hosted_deploy_app::run::wire::{Beat, Driver};
use std::io;
use std::time::{Duration, Instant};

/// How often the journal is looked at while nothing comes. A local file: this costs a `read` that returns nothing.
const LOOK: Duration = Duration::from_millis(100);
/// How often a silent line shows that it is up; also how soon a log-out is noticed.
const BEAT: Duration = Duration::from_secs(5);
/// How often it is looked whether somebody drives the run.
const LOOK_FOR_DRIVER: Duration = Duration::from_secs(1);

/// What the stream of one viewer needs.
pub(super) struct Viewer {
    pub(super) web: Web,
    pub(super) seen: Seen,
    /// The session's: the stream ends with it, and does not keep it alive.
    pub(super) token: String,
}

/// Where a viewer goes on: what the browser says by itself when it comes back counts more than the address.
pub(super) fn behind(headers: &HeaderMap, asked: Option<u64>) -> Option<u64> {
    match headers.get("last-event-id") {
        Some(value) => value.to_str().ok()?.parse().ok(),
        None => Some(asked.unwrap_or(0)),
    }
}

/// The answer: the stream, 204 when the end was seen already (a browser then stops asking), 400 for an event that is not there.
pub(super) async fn answer(viewer: Viewer, behind: u64) -> io::Result<Response> {
    let journal = viewer.seen.folder.journal();
    let opened = tokio::task::spawn_blocking(move || {
        let Some(mut tail) = Tail::after(&journal, behind)? else { return Ok(None) };
        io::Result::Ok(Some((behind > 0 && tail.is_over()?, tail)))
    });
    let opened: Option<(bool, Tail)> = opened.await.map_err(io::Error::other).flatten()?;
    let tail = match opened {
        None => return Ok((StatusCode::BAD_REQUEST, "there is no such event").into_response()),
        Some((true, _)) => return Ok(StatusCode::NO_CONTENT.into_response()),
        Some((false, tail)) => tail,
    };
    let messages = unfold(Some(Stream { viewer, tail, beaten: None, looked: Instant::now() }), |stream| async {
        let mut stream = stream?;
        match stream.message().await {
            Ok(Some((message, false))) => Some((Ok(message), Some(stream))),
            Ok(Some((message, true))) => Some((Ok(message), None)),
            Ok(None) => None,
            Err(error) => Some((Err(error), None)),
        }
    });
    let headers = [
        (header::CONTENT_TYPE, "text/event-stream"),
        // A proxy in between must not collect.
        (HeaderName::from_static("x-accel-buffering"), "no"),
    ];
    Ok((headers, Body::from_stream(messages)).into_response())
}

struct Stream {
    viewer: Viewer,
    tail: Tail,
    beaten: Option<(Instant, Driver)>,
    looked: Instant,
}

impl Stream {
    /// The next message, and whether it is the last; `None` when the session has ended.
    async fn message(&mut self) -> io::Result<Option<(Bytes, bool)>> {
        loop {
            if let Some(beat) = self.beat() {
                let Viewer { web, token, .. } = &self.viewer;
                return Ok(web.sessions.is_open(token, Instant::now()).then_some((beat, false)));
            }
            if let Some(batch) = self.read().await? {
                return Ok(Some((event(&batch), batch.ended)));
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    async fn read(&mut self) -> io::Result<Option<Batch>> {
        // Page cache or disk: nothing that an executor thread waits for.
        tokio::task::block_in_place(|| self.tail.batch())
    }

    /// Who drives the run. One that was driven until now and has not ended gets the next driver, if that needs nobody's answer.
    fn driver(&self) -> Driver {
        let Viewer { web, seen, .. } = &self.viewer;
        let driver = web.drivers.driver(&seen.folder);
        if driver == Driver::Absent && matches!(self.beaten, Some((_, Driver::Driven))) {
            drive_on(web, seen);
            return web.drivers.driver(&seen.folder);
        }
        driver
    }

    /// When it is time for one, or the driver is another.
    fn beat(&mut self) -> Option<Bytes> {
        let driver = match self.beaten {
            Some((_, driver)) if self.looked.elapsed() < LOOK_FOR_DRIVER => driver,
            _ => {
                self.looked = Instant::now();
                self.driver()
            }
        };
        if self.beaten.is_some_and(|(at, last)| at.elapsed() < BEAT && last == driver) {
            return None;
        }
        self.beaten = Some((Instant::now(), driver));
        let beat = serde_json::to_string(&Beat { now: now(), driver }).unwrap_or_default();
        Some(format!("retry: 1000\nevent: beat\ndata: {beat}\n\n").into())
    }
}

fn event(batch: &Batch) -> Bytes {
    let mut message = Vec::with_capacity(batch.events.len() + 64);
    message.extend_from_slice(format!("id: {}\ndata: [", batch.last).as_bytes());
    message.extend_from_slice(&batch.events);
    message.extend_from_slice(b"]\n\n");
    message.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_browser_says_by_itself_counts_more_than_the_address() {
        let headers = |id: &str| {
            [("last-event-id", id)].map(|(k, v)| (k.parse().unwrap(), v.parse().unwrap())).into_iter().collect()
        };
        assert_eq!(behind(&HeaderMap::new(), None), Some(0));
        assert_eq!(behind(&HeaderMap::new(), Some(7)), Some(7));
        assert_eq!(behind(&headers("9"), Some(7)), Some(9));
        assert_eq!(behind(&headers("x"), Some(7)), None);
    }
}

//! The page's stream of server-sent events: one at a time, in the browser only.

use leptos::prelude::{IntervalHandle, set_interval_with_handle};
use std::cell::RefCell;
use std::time::Duration;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{EventSource, MessageEvent};

/// What is called with an event of the stream.
pub(crate) type Heard = Closure<dyn FnMut(MessageEvent)>;

thread_local! {
    static STREAM: RefCell<Option<Stream>> = const { RefCell::new(None) };
}

/// An open stream; what is called lives as long as it may be called.
pub(crate) struct Stream {
    source: EventSource,
    heard: Vec<Heard>,
    watch: Option<IntervalHandle>,
}

impl Stream {
    /// Begins to open a path; `None` where the browser does not take it for one.
    pub(crate) fn of(path: &str) -> Option<Self> {
        EventSource::new(path).ok().map(|source| Self { source, heard: Vec::new(), watch: None })
    }

    /// Calls `hear` with each event of that name: `open`, `message`, `error`, or one of the server's.
    pub(crate) fn on(&mut self, name: &str, hear: impl FnMut(MessageEvent) + 'static) {
        let hear = Heard::new(hear);
        // It fails only for a name that is no name.
        let _ = self.source.add_event_listener_with_callback(name, hear.as_ref().unchecked_ref());
        self.heard.push(hear);
    }

    /// Calls `look` again and again as long as it is the page's stream.
    pub(crate) fn watch(&mut self, every: Duration, look: impl Fn() + 'static) {
        self.watch = set_interval_with_handle(look, every).ok();
    }

    /// Is the page's stream from now on, instead of the one before.
    pub(crate) fn keep(self) {
        STREAM.with(|stream| drop(stream.replace(Some(self))));
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.source.close();
        if let Some(watch) = self.watch {
            watch.clear();
        }
    }
}

/// Ends the page's stream.
pub(crate) fn close() {
    STREAM.with(|stream| drop(stream.take()));
}

/// Whether the page has one, be it broken.
pub(crate) fn is_kept() -> bool {
    STREAM.with(|stream| stream.borrow().is_some())
}

/// Whether the browser will not try again by itself: it got something else than a stream.
pub(crate) fn is_given_up() -> bool {
    STREAM.with(|stream| {
        stream.borrow().as_ref().is_some_and(|stream| stream.source.ready_state() == EventSource::CLOSED)
    })
}

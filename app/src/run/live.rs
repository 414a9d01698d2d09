//! The run as its events come: one stream, folded here as it is everywhere else, and shown at most once a frame.
//!
//! The browser reconnects a broken stream by itself and says which event it saw last. What it does not notice — a line that is
//! silent, a server that answers otherwise — is noticed here: the server sends a beat every few seconds.

use super::lines::Log;
use super::wire::{Beat, RunDocument};
use crate::frame::preferences;
use crate::live::SILENCE_MS;
use crate::stream::{self, Stream};
use hosted_deploy_model::event::{Event, Kind};
use hosted_deploy_model::run::Run;
use leptos::prelude::*;
use std::time::Duration;
use web_sys::MessageEvent;

/// How the line to the server is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Link {
    /// It is being opened for the first time.
    Opening,
    /// Up.
    Up,
    /// Lost; it is tried again.
    Lost,
    /// The session has ended.
    LoggedOut,
    /// The run has ended: there is nothing more to hear.
    Over,
}

/// What is known of the run, for all parts of the page.
#[derive(Clone, Copy)]
pub(super) struct Live {
    /// The run as it is shown.
    pub(super) run: RwSignal<Run>,
    /// Who drives it.
    pub(super) beat: RwSignal<Beat>,
    /// The server's clock, to the second.
    pub(super) now: RwSignal<u64>,
    /// The line.
    pub(super) link: RwSignal<Link>,
    /// What the role said last.
    pub(super) said: RwSignal<String>,
    /// What was said last about the run itself.
    pub(super) notice: RwSignal<String>,
    /// Since when it waits for a person.
    pub(super) paused_at: RwSignal<Option<u64>>,
    /// The log's lines.
    pub(super) log: StoredValue<Log>,
    /// Counts the changes of the log.
    pub(super) grown: RwSignal<u64>,
    heard: StoredValue<Heard>,
}

/// What came, and is not shown yet.
#[derive(Debug, Default)]
struct Heard {
    run: Option<Run>,
    said: String,
    notice: String,
    paused_at: Option<u64>,
    /// A frame was asked for.
    drawing: bool,
    /// By the browser's clock.
    last_ms: f64,
    /// What the server's clock is ahead of the browser's.
    ahead_ms: f64,
}

impl Live {
    /// From what the page was made with; in the browser the stream is opened once the page is alive.
    pub(super) fn begin(document: &RunDocument) -> Self {
        let live = Self {
            run: RwSignal::new(document.run.clone()),
            beat: RwSignal::new(document.beat),
            now: RwSignal::new(document.beat.now),
            link: RwSignal::new(Link::Opening),
            said: RwSignal::default(),
            notice: RwSignal::default(),
            paused_at: RwSignal::new(None),
            log: StoredValue::default(),
            grown: RwSignal::default(),
            heard: StoredValue::default(),
        };
        Effect::new(move |_| {
            live.skew(live.beat.get_untracked());
            live.open();
            live.keep_time();
        });
        on_cleanup(stream::close);
        live
    }

    /// Opens the stream behind the last event that came.
    fn open(self) {
        let (id, seq) = (self.run.with_untracked(|run| run.id.clone()), self.seq());
        let Some(mut stream) = Stream::of(&format!("/api/v1/runs/{id}/events?after={seq}")) else { return };
        self.heard.update_value(|heard| heard.last_ms = js_sys::Date::now());
        stream.on("open", move |_| self.link.set(Link::Up));
        stream.on("message", move |event| self.hear(&event));
        stream.on("beat", move |event| self.hear_beat(&event));
        stream.on("error", move |_| self.lose());
        stream.keep();
    }

    fn seq(self) -> u64 {
        self.heard.with_value(|heard| heard.run.as_ref().map_or(0, |run| run.seq))
    }

    /// A message: an array of events.
    fn hear(self, message: &MessageEvent) {
        let Some(text) = message.data().as_string() else { return };
        let Ok(events) = serde_json::from_str::<Vec<Event>>(&text) else {
            leptos::logging::error!("a message of the run's stream holds no events");
            return;
        };
        self.alive();
        let lang = lang_of_page();
        let mut gap = false;
        self.heard.update_value(|heard| {
            for event in &events {
                let seen = heard.run.as_ref().map_or(0, |run| run.seq);
                if event.seq <= seen {
                    continue;
                }
                let folded = match &mut heard.run {
                    Some(run) => run.apply(event).is_ok(),
                    None => Run::begin(event).map(|run| heard.run = Some(run)).is_ok(),
                };
                if !folded {
                    gap = true;
                    return;
                }
                match &event.kind {
                    Kind::Message { text } => heard.said = text.trim().to_owned(),
                    Kind::Notice { text } => heard.notice = text.get(lang).to_owned(),
                    Kind::Paused { .. } => heard.paused_at = Some(event.at),
                    _ => {}
                }
                self.log.update_value(|log| log.push(event, lang));
            }
        });
        if gap {
            // Something was lost on the way: the journal has it.
            stream::close();
            return self.open();
        }
        self.draw_soon();
    }

    fn hear_beat(self, message: &MessageEvent) {
        self.alive();
        let text = message.data().as_string().unwrap_or_default();
        if let Ok(beat) = hosted_deploy_model::json::read::<Beat>(text.as_bytes()) {
            self.skew(beat);
            self.beat.set(beat);
        }
    }

    fn alive(self) {
        self.heard.update_value(|heard| heard.last_ms = js_sys::Date::now());
        if self.link.get_untracked() != Link::Up {
            self.link.set(Link::Up);
        }
    }

    fn skew(self, beat: Beat) {
        let ahead = beat.now as f64 - js_sys::Date::now();
        self.heard.update_value(|heard| heard.ahead_ms = ahead);
    }

    /// Shows what came with the next frame, however many messages there were.
    fn draw_soon(self) {
        if self.heard.try_update_value(|heard| std::mem::replace(&mut heard.drawing, true)) != Some(false) {
            return;
        }
        soon(move || self.draw());
    }

    fn draw(self) {
        let Some((run, said, notice, paused_at)) = self.heard.try_update_value(|heard| {
            heard.drawing = false;
            (heard.run.clone(), heard.said.clone(), heard.notice.clone(), heard.paused_at)
        }) else {
            return;
        };
        let Some(run) = run else { return };
        // What the page was made with is newer than what has come so far while the journal is read again.
        let newer = self.run.with_untracked(|shown| run.seq >= shown.seq);
        let over = run.outcome.is_some();
        if newer {
            self.run.set(run);
            self.paused_at.set(paused_at);
            if self.said.with_untracked(|shown| *shown != said) {
                self.said.set(said);
            }
            if self.notice.with_untracked(|shown| *shown != notice) {
                self.notice.set(notice);
            }
        }
        self.grown.update(|grown| *grown += 1);
        if over {
            stream::close();
            self.link.set(Link::Over);
        }
    }

    /// The stream broke. The browser tries again by itself unless the server said something else than a stream.
    fn lose(self) {
        if matches!(self.link.get_untracked(), Link::Over | Link::LoggedOut) {
            return;
        }
        self.link.set(Link::Lost);
        if !stream::is_kept() || stream::is_given_up() {
            self.ask_why();
        }
    }

    /// Asks for the stream's headers only: has the session ended, or is the server gone?
    fn ask_why(self) {
        let id = self.run.with_untracked(|run| run.id.clone());
        leptos::task::spawn_local(async move {
            let path = format!("/api/v1/runs/{id}/events?after={}", self.seq());
            let asked = gloo_net::http::RequestBuilder::new(&path).method(gloo_net::http::Method::HEAD).send().await;
            if self.run.is_disposed() {
                // The page was left meanwhile.
                return;
            }
            match asked.map(|answer| answer.status()) {
                Ok(401) => {
                    stream::close();
                    self.link.set(Link::LoggedOut);
                }
                Ok(200) => self.open(),
                // Seen to its end.
                Ok(204) => self.link.set(Link::Over),
                // Asked again with the clock.
                Ok(_) | Err(_) => stream::close(),
            }
        });
    }

    /// Every second: the clock goes on, and a line that has become silent is given up.
    fn keep_time(self) {
        let tick = move || {
            let Some((ahead, last)) = self.heard.try_with_value(|heard| (heard.ahead_ms, heard.last_ms)) else {
                return;
            };
            let now = js_sys::Date::now();
            self.now.set((now + ahead) as u64);
            let listening = matches!(self.link.get_untracked(), Link::Up | Link::Opening);
            let silent = now - last > SILENCE_MS;
            if listening && silent {
                stream::close();
                self.lose();
            }
            let no_line = !stream::is_kept();
            if self.link.get_untracked() == Link::Lost
                && no_line
                && window().navigator().on_line()
                && (self.now.get_untracked() / 1000).is_multiple_of(3)
            {
                self.ask_why();
            }
        };
        if let Ok(ticking) = set_interval_with_handle(tick, Duration::from_secs(1)) {
            on_cleanup(move || ticking.clear());
        }
        // The browser knows at once what a stream learns late.
        let offline = window_event_listener(leptos::ev::offline, move |_| {
            if self.link.get_untracked() != Link::Over {
                stream::close();
                self.link.set(Link::Lost);
            }
        });
        let online = window_event_listener(leptos::ev::online, move |_| {
            if self.link.get_untracked() == Link::Lost {
                self.ask_why();
            }
        });
        on_cleanup(move || {
            offline.remove();
            online.remove();
        });
    }
}

/// With the next frame. A page that is not in front has none, but its title tells how the run stands.
pub(super) fn soon(act: impl FnOnce() + 'static) {
    if document().hidden() {
        set_timeout(act, Duration::from_millis(500));
    } else {
        request_animation_frame(act);
    }
}

/// The language of the document, outside of any component.
pub(super) fn lang_of_page() -> hosted_deploy_model::lang::Lang {
    thread_local!(static LANG: hosted_deploy_model::lang::Lang = lang_of_document());
    LANG.with(|lang| *lang)
}

fn lang_of_document() -> hosted_deploy_model::lang::Lang {
    let root = document().document_element();
    let tag = root.and_then(|root| root.get_attribute("lang")).unwrap_or_default();
    crate::preferences::from_tag(&tag).unwrap_or_else(|| preferences().lang)
}

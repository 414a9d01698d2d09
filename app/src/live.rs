//! A page that the server keeps up to date: server-sent events, each with all that is shown. In the browser only.

use crate::wizard::api::Refused;
use leptos::prelude::*;
use serde::de::DeserializeOwned;
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{EventSource, MessageEvent};

/// Until a stream that the browser has given up is asked for again.
const AGAIN: Duration = Duration::from_secs(3);

/// How the line to the server is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Link {
    /// Up, or being opened.
    #[default]
    Up,
    /// Lost; it is tried again.
    Lost,
}

type Hear = Rc<dyn Fn(&str, String)>;

thread_local! {
    /// The stream of the page that is shown: one at a time.
    static LINE: RefCell<Option<Line>> = const { RefCell::new(None) };
}

struct Line {
    source: EventSource,
    _closures: Vec<Closure<dyn FnMut(MessageEvent)>>,
}

impl Drop for Line {
    fn drop(&mut self) {
        self.source.set_onopen(None);
        self.source.set_onmessage(None);
        self.source.set_onerror(None);
        self.source.close();
    }
}

/// Keeps `shown` up to date from `path` for as long as the page is open. To be called in an effect.
pub(crate) fn keep<T: DeserializeOwned + Send + Sync + 'static>(
    path: &'static str,
    shown: RwSignal<Option<T>>,
    link: RwSignal<Link>,
) {
    open(path.to_owned(), link, move |_, text| {
        if let Ok(news) = hosted_deploy_model::json::read(text.as_bytes()) {
            shown.set(Some(news));
        }
    });
    on_cleanup(close);
}

/// Opens a stream, instead of the one before. `hear` gets the name of each event (`message` where it has none) and its data.
pub(crate) fn open(path: String, link: RwSignal<Link>, hear: impl Fn(&str, String) + 'static) {
    begin(path, link, Rc::new(hear));
}

fn begin(path: String, link: RwSignal<Link>, hear: Hear) {
    let Ok(source) = EventSource::new(&path) else { return };
    let mut closures = Vec::new();
    for name in ["message", "beat", "over", "refused"] {
        let hear = Rc::clone(&hear);
        let closure = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            link.set(Link::Up);
            if matches!(name, "over" | "refused") {
                close();
            }
            if name != "beat" {
                hear(name, event.data().as_string().unwrap_or_default());
            }
        });
        // It fails only for a name that is no name.
        let _ = source.add_event_listener_with_callback(name, closure.as_ref().unchecked_ref());
        closures.push(closure);
    }
    let down = Closure::<dyn FnMut(MessageEvent)>::new(move |_| {
        // The page may be gone by now.
        let _ = link.try_set(Link::Lost);
        let given_up = LINE
            .with(|line| line.borrow().as_ref().is_some_and(|line| line.source.ready_state() == EventSource::CLOSED));
        if given_up {
            ask_why(path.clone(), link, Rc::clone(&hear));
        }
    });
    source.set_onerror(Some(down.as_ref().unchecked_ref()));
    closures.push(down);
    LINE.with(|line| drop(line.replace(Some(Line { source, _closures: closures }))));
}

/// Asks for the stream's headers only: has the session ended, or is the server gone?
fn ask_why(path: String, link: RwSignal<Link>, hear: Hear) {
    leptos::task::spawn_local(async move {
        let asked = gloo_net::http::RequestBuilder::new(&path).method(gloo_net::http::Method::HEAD).send().await;
        if asked.is_ok_and(|answer| answer.status() == 401) {
            let location = window().location();
            let here = location.pathname().unwrap_or_default();
            let _ = location.assign(&format!("/login?ended&next={}", js_sys::encode_uri_component(&here)));
            return;
        }
        set_timeout(
            move || {
                // Unless the page was left.
                if LINE.with(|line| line.borrow().is_some()) {
                    begin(path, link, hear);
                }
            },
            AGAIN,
        );
    });
}

/// What a page says while the line is down.
#[component]
pub(crate) fn LinkNotice(link: RwSignal<Link>) -> impl IntoView {
    let lang = crate::frame::preferences().lang;
    view! {
        <p role="status" class="hd-quiet">
            {move || (link.get() == Link::Lost).then(|| lang.pick("Connection lost. Reconnecting…", "接続が切れました。再接続しています…"))}
        </p>
    }
}

/// Why the server did not do something, and the way on.
#[component]
pub(crate) fn Refusal(refused: Refused) -> impl IntoView {
    let lang = crate::frame::preferences().lang;
    let here = leptos_router::hooks::use_location().pathname.get_untracked();
    let log_in = refused.log_in.then(|| {
        view! {
            <p>
                <a href=format!("/login?next={here}") rel="external">{lang.pick("Log in again", "再度ログイン")}</a>
            </p>
        }
    });
    view! {
        <div class="pf-v6-c-alert pf-m-inline pf-m-danger" role="alert">
            <p class="pf-v6-c-alert__title">{refused.what.get(lang).to_owned()}</p>
            <div class="pf-v6-c-alert__description">
                <p>{refused.next.get(lang).to_owned()}</p>
                {log_in}
            </div>
        </div>
    }
}

/// Ends the stream of the page.
pub(crate) fn close() {
    LINE.with(|line| drop(line.take()));
}

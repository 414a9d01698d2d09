//! A page that the server keeps up to date: server-sent events, each with all that is shown. In the browser only.

use crate::stream::{self, Stream};
use leptos::prelude::*;
use serde::de::DeserializeOwned;
use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

/// Until a stream that the browser has given up is asked for again.
const AGAIN: Duration = Duration::from_secs(3);
/// A line on which nothing was heard for so long is dead: more than two beats.
pub(crate) const SILENCE_MS: f64 = 12_000.0;

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
    on_cleanup(stream::close);
}

/// Opens a stream, instead of the one before. `hear` gets the name of each event (`message` where it has none) and its data.
pub(crate) fn open(path: String, link: RwSignal<Link>, hear: impl Fn(&str, String) + 'static) {
    begin(path, link, Rc::new(hear));
}

fn begin(path: String, link: RwSignal<Link>, hear: Hear) {
    let Some(mut stream) = Stream::of(&path) else { return };
    let last = Rc::new(Cell::new(js_sys::Date::now()));
    for name in ["message", "beat", "over", "refused"] {
        let (hear, last) = (Rc::clone(&hear), Rc::clone(&last));
        stream.on(name, move |event| {
            link.set(Link::Up);
            last.set(js_sys::Date::now());
            if matches!(name, "over" | "refused") {
                stream::close();
            }
            if name != "beat" {
                hear(name, event.data().as_string().unwrap_or_default());
            }
        });
    }
    let lost = {
        let hear = Rc::clone(&hear);
        move || {
            // The page may be gone by now.
            let _ = link.try_set(Link::Lost);
            ask_why(path.clone(), link, Rc::clone(&hear));
        }
    };
    // A line that is cut in silence is no error to the browser.
    stream.watch(AGAIN, {
        let lost = lost.clone();
        move || {
            let now = js_sys::Date::now();
            if now - last.get() > SILENCE_MS {
                last.set(now);
                lost();
            }
        }
    });
    stream.on("error", move |_| {
        let _ = link.try_set(Link::Lost);
        if stream::is_given_up() {
            lost();
        }
    });
    stream.keep();
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
                if stream::is_kept() {
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

//! The button that copies a text, and says whether it did.

use crate::frame::preferences;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::time::Duration;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Done {
    Nothing,
    Copied,
    /// The browser forbids it, or has no clipboard here.
    Not,
}

/// Copies what `text` gives at the press. `of` names it to those who do not see what stands beside.
#[component]
pub(crate) fn CopyButton(
    text: impl Fn() -> String + Send + Sync + 'static,
    #[prop(into, optional)] of: String,
    #[prop(default = "pf-m-link pf-m-small")] look: &'static str,
) -> impl IntoView {
    let lang = preferences().lang;
    let done = RwSignal::new(Done::Nothing);
    let press = move |_| {
        let text = text();
        spawn_local(async move {
            done.try_set(if copied(&text).await { Done::Copied } else { Done::Not });
            set_timeout(move || _ = done.try_set(Done::Nothing), Duration::from_secs(3));
        });
    };
    let words = move || match done.get() {
        Done::Nothing => lang.pick("Copy", "コピー"),
        Done::Copied => lang.pick("Copied", "コピーしました"),
        Done::Not => lang.pick("Not copied: select the text", "コピーできません: 文字列を選択してください"),
    };
    let name = move || if of.is_empty() { words().to_owned() } else { format!("{}: {of}", words()) };
    view! {
        <button class=format!("pf-v6-c-button {look}") type="button" aria-label=name aria-live="polite" on:click=press>
            <span class="pf-v6-c-button__text">{words}</span>
        </button>
    }
}

/// Puts it on the clipboard, which only a page over HTTPS has.
async fn copied(text: &str) -> bool {
    let navigator = window().navigator();
    let there = js_sys::Reflect::get(&navigator, &"clipboard".into()).is_ok_and(|clipboard| !clipboard.is_undefined());
    there && wasm_bindgen_futures::JsFuture::from(navigator.clipboard().write_text(text)).await.is_ok()
}

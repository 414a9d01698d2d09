//! Answer files in and out, the commands to read, and a fresh start.

use super::api::{self, Imported};
use super::checking::Checking;
use super::form::Form;
use super::icon::{Icon, icon};
use super::words;
use crate::boxes::Refusal;
use crate::copying::CopyButton;
use crate::refused::Refused;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// The server takes no larger request.
const LARGEST_BYTES: f64 = 48.0 * 1024.0;

/// The name in the address and what a person reads.
const FORMATS: [(&str, &str); 4] = [("toml", "TOML"), ("yaml", "YAML"), ("json", "JSON"), ("he-vars", "he_*")];

#[component]
pub(crate) fn Files(form: Form, checking: Checking) -> impl IntoView {
    let outcome = RwSignal::new(None::<Result<Imported, Refused>>);
    let take = Callback::new(move |(name, text): (String, String)| {
        spawn_local(async move {
            let read = api::import(name, text).await;
            if let Ok(imported) = &read {
                form.take(&imported.draft);
                checking.check(form);
            }
            outcome.set(Some(read));
        });
    });
    view! {
        <details class="hd-fold hd-files">
            <summary>{form.say(words::FILES)}</summary>
            <div class="hd-columns">
                <Import form take outcome />
                <Export form />
                <Commands form />
                <StartOver form />
            </div>
        </details>
        <div role="status">
            {move || outcome.get().map(|outcome| match outcome {
                Ok(imported) => view! { <Notices form imported /> }.into_any(),
                Err(refused) => view! { <Refusal refused /> }.into_any(),
            })}
        </div>
    }
}

#[component]
fn Notices(form: Form, imported: Imported) -> impl IntoView {
    let notices =
        imported.notices.iter().map(|notice| view! { <li>{form.text(notice).to_owned()}</li> }).collect_view();
    view! {
        <div class="pf-v6-c-alert pf-m-inline pf-m-success">
            <div class="pf-v6-c-alert__icon">{icon(Icon::Good)}</div>
            <p class="pf-v6-c-alert__title">{format!("{} {}", form.say(words::IMPORTED), imported.format)}</p>
            <div class="pf-v6-c-alert__description">
                <ul class="hd-list">{notices}</ul>
            </div>
        </div>
    }
}

#[component]
fn Import(
    form: Form,
    take: Callback<(String, String)>,
    outcome: RwSignal<Option<Result<Imported, Refused>>>,
) -> impl IntoView {
    let over = RwSignal::new(false);
    let read = move |file: web_sys::File| {
        if file.size() > LARGEST_BYTES {
            let (what, next) = (words::TOO_LARGE, words::IMPORT_WHY);
            let text = |words: (&str, &str)| hosted_deploy_model::lang::Text::new(words.0, words.1);
            return outcome.set(Some(Err(Refused::new(text(what), text(next)))));
        }
        spawn_local(async move {
            if let Ok(text) = wasm_bindgen_futures::JsFuture::from(file.text()).await {
                take.run((file.name(), text.as_string().unwrap_or_default()));
            }
        });
    };
    let dropped = move |event: leptos::ev::DragEvent| {
        event.prevent_default();
        over.set(false);
        if let Some(file) = event.data_transfer().and_then(|transfer| transfer.files()).and_then(|files| files.get(0)) {
            read(file);
        }
    };
    let chosen = move |event: leptos::ev::Event| {
        let input: web_sys::HtmlInputElement = event_target(&event);
        if let Some(file) = input.files().and_then(|files| files.get(0)) {
            read(file);
        }
        // The same file may be chosen again after it was mended.
        input.set_value("");
    };
    view! {
        <div>
            <h2 class="pf-v6-c-title pf-m-md">{form.say(words::IMPORT)}</h2>
            <p class="hd-quiet">{form.say(words::IMPORT_WHY)}</p>
            <div
                class=move || if over.get() { "hd-drop hd-over" } else { "hd-drop" }
                on:dragover=move |event| {
                    event.prevent_default();
                    over.set(true);
                }
                on:dragleave=move |_| over.set(false)
                on:drop=dropped
            >
                <label for="import-file">{form.say(words::DROP)}</label>
                <input id="import-file" type="file" accept=".toml,.yaml,.yml,.json,.conf,.answers,text/plain" on:change=chosen />
            </div>
        </div>
    }
}

#[component]
fn Export(form: Form) -> impl IntoView {
    let link = move |(format, name): (&'static str, &'static str)| {
        view! { <a href=format!("/api/v1/draft/export/{format}") rel="external" download>{name}</a> }
    };
    view! {
        <div>
            <h2 class="pf-v6-c-title pf-m-md">{form.say(words::EXPORT)}</h2>
            <p class="hd-quiet">{form.say(words::EXPORT_WHY)}</p>
            <p class="hd-row">{FORMATS.map(link).into_iter().collect_view()}</p>
        </div>
    }
}

#[component]
fn Commands(form: Form) -> impl IntoView {
    let (shown, copied) = (RwSignal::new(None::<Result<String, Refused>>), RwSignal::new(false));
    let ask = move |_| {
        copied.set(false);
        spawn_local(async move {
            let commands = match form.save().await {
                Ok(()) => api::commands().await,
                Err(refused) => Err(refused),
            };
            shown.set(Some(commands));
        });
    };
    view! {
        <div>
            <h2 class="pf-v6-c-title pf-m-md">{form.say(words::COMMANDS)}</h2>
            <p class="hd-quiet">{form.say(words::COMMANDS_WHY)}</p>
            <button class="pf-v6-c-button pf-m-secondary" type="button" on:click=ask>
                <span class="pf-v6-c-button__text">{form.say(words::COMMANDS)}</span>
            </button>
            {move || shown.get().map(|commands| match commands {
                Err(refused) => view! { <Refusal refused /> }.into_any(),
                Ok(text) => {
                    let copy = text.clone();
                    view! {
                        <div class="hd-row">
                            <CopyButton text=move || copy.clone() of=form.say(words::COMMANDS) />
                            <button class="pf-v6-c-button pf-m-link" type="button" on:click=move |_| shown.set(None)>
                                <span class="pf-v6-c-button__text">{form.say(words::CLOSE)}</span>
                            </button>
                        </div>
                        <pre class="hd-code" tabindex="0" aria-label=form.say(words::COMMANDS)>{text}</pre>
                    }
                    .into_any()
                }
            })}
        </div>
    }
}

#[component]
fn StartOver(form: Form) -> impl IntoView {
    let (asked, failed) = (RwSignal::new(false), RwSignal::new(None::<Refused>));
    let busy = RwSignal::new(false);
    let reset = move |_| {
        busy.set(true);
        spawn_local(async move {
            let answer = api::reset().await;
            busy.set(false);
            match answer {
                Ok(draft) => {
                    form.take(&draft);
                    form.touched.update(|touched| touched.clear());
                    form.visited.update(|visited| visited.clear());
                    asked.set(false);
                }
                Err(refused) => failed.set(Some(refused)),
            }
        });
    };
    view! {
        <div>
            <h2 class="pf-v6-c-title pf-m-md">{form.say(words::START_OVER)}</h2>
            <p class="hd-quiet">{form.say(words::START_OVER_WHY)}</p>
            {move || if asked.get() {
                view! {
                    <button class="pf-v6-c-button pf-m-danger" type="button" disabled=busy on:click=reset>
                        <span class="pf-v6-c-button__text">{form.say(words::START_OVER_SURE)}</span>
                    </button>
                }.into_any()
            } else {
                view! {
                    <button class="pf-v6-c-button pf-m-secondary" type="button" on:click=move |_| asked.set(true)>
                        <span class="pf-v6-c-button__text">{form.say(words::START_OVER)}</span>
                    </button>
                }.into_any()
            }}
            {move || failed.get().map(|refused| view! { <Refusal refused /> })}
        </div>
    }
}

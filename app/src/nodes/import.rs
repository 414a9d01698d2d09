//! A list of machines, as a file or typed in.

use super::api::{self, Imported};
use crate::boxes::Refusal;
use crate::refused::Refused;
use hosted_deploy_model::lang::{Lang, Text};
use leptos::prelude::*;
use leptos::task::spawn_local;

/// The server takes no larger request.
const LARGEST_BYTES: usize = 48 * 1024;

#[component]
pub(super) fn Import(lang: Lang) -> impl IntoView {
    let list = RwSignal::new(String::new());
    let outcome = RwSignal::new(None::<Result<Imported, Refused>>);
    let chosen = move |event: leptos::ev::Event| {
        let input: web_sys::HtmlInputElement = event_target(&event);
        if let Some(file) = input.files().and_then(|files| files.get(0)) {
            spawn_local(async move {
                if let Ok(text) = wasm_bindgen_futures::JsFuture::from(file.text()).await {
                    list.set(text.as_string().unwrap_or_default());
                }
            });
        }
        // The same file may be chosen again after it was mended.
        input.set_value("");
    };
    let busy = RwSignal::new(false);
    let send = move |_| {
        let list = list.get_untracked();
        if list.len() > LARGEST_BYTES {
            let what = Text::new("The list is too large for this page.", "リストが大きすぎます。");
            let next = Text::new(
                "Part it, or use the command line: `hosted-deploy pxe node import FILE.csv`",
                "分割するか、コマンドラインを使用してください: `hosted-deploy pxe node import FILE.csv`",
            );
            return outcome.set(Some(Err(Refused::new(what, next))));
        }
        busy.set(true);
        spawn_local(async move {
            outcome.set(Some(api::import(list).await));
            busy.set(false);
        });
    };
    view! {
        <p class="hd-quiet" id="import-help">
            {lang.pick(
                "The first line names the columns: name, mac, uuid, profile, role, address, in any order; between them commas or semicolons.",
                "1 行目は列名です: name、mac、uuid、profile、role、address (順不同、区切りはコンマまたはセミコロン)。",
            )}
        </p>
        <div class="hd-drop">
            <label for="import-list">{lang.pick("A file", "ファイル")}</label>
            <input id="import-list" type="file" accept=".csv,text/csv,text/plain" on:change=chosen />
        </div>
        <label for="import-text">{lang.pick("Or the list itself", "またはリストを入力")}</label>
        <span class="pf-v6-c-form-control pf-m-resize-vertical">
            <textarea
                id="import-text"
                rows="4"
                spellcheck="false"
                aria-describedby="import-help"
                placeholder="name,mac,profile\nnode1,52:54:00:00:00:01,rhvh"
                prop:value=list
                on:input=move |event| list.set(event_target_value(&event))
            />
        </span>
        <p>
            <button class="pf-v6-c-button pf-m-secondary" type="button" disabled=busy on:click=send>
                <span class="pf-v6-c-button__text">{lang.pick("Add these machines", "リストのマシンを追加")}</span>
            </button>
        </p>
        <div role="status">
            {move || outcome.get().map(|outcome| match outcome {
                Ok(imported) => told(imported, lang),
                Err(refused) => view! { <Refusal refused /> }.into_any(),
            })}
        </div>
    }
}

fn told(imported: Imported, lang: Lang) -> AnyView {
    let Imported { added, refused } = imported;
    let (class, head) = match (added.len(), refused.len(), lang) {
        (added, 0, Lang::En) => ("pf-m-success", format!("{added} machines added")),
        (added, 0, Lang::Ja) => ("pf-m-success", format!("{added} 台のマシンを追加しました")),
        (added, wrong, Lang::En) => ("pf-m-warning", format!("{added} machines added; {wrong} lines cannot be used")),
        (added, wrong, Lang::Ja) => {
            ("pf-m-warning", format!("{added} 台のマシンを追加しました。{wrong} 行に誤りがあります"))
        }
    };
    let lines = refused.into_iter().map(|(line, why)| {
        let text = match lang {
            Lang::En => format!("Line {line}: {}", why.en),
            Lang::Ja => format!("{line} 行目: {}", why.ja),
        };
        view! { <li>{text}</li> }
    });
    let lines = lines.collect_view();
    view! {
        <div class=format!("pf-v6-c-alert pf-m-inline {class}")>
            <p class="pf-v6-c-alert__title">{head}</p>
            <div class="pf-v6-c-alert__description">
                <p>{added.join(", ")}</p>
                <ul class="hd-list">{lines}</ul>
            </div>
        </div>
    }
    .into_any()
}

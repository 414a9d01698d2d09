//! The document around the pages: made on the server, read back in the browser.

#[cfg(feature = "ssr")]
use crate::preferences::tag;
#[cfg(feature = "hydrate")]
use crate::preferences::{Preferences, Theme, from_tag};
#[cfg(feature = "ssr")]
use hosted_deploy_model::lang::Lang;

/// Fetches the program and starts it: a function of its name.
#[cfg(feature = "ssr")]
const START: &str = include_str!("start.js");

/// The whole document of a page of this program. The visitor's [`Preferences`](crate::preferences::Preferences) must be in the
/// context.
#[cfg(feature = "ssr")]
pub fn document(program: crate::Program) -> impl leptos::prelude::IntoView {
    use leptos::prelude::*;

    let preferences = crate::frame::preferences();
    let name = program.name();
    view! {
        <!DOCTYPE html>
        <html lang=tag(preferences.lang) class=preferences.theme.class()>
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <link rel="icon" type="image/svg+xml" href="/pkg/favicon.svg" />
                <link rel="stylesheet" href=format!("/pkg/{name}.css") />
                <link rel="modulepreload" href=format!("/pkg/{name}.js") />
                <link rel="preload" href=format!("/pkg/{name}_bg.wasm") r#as="fetch" r#type="application/wasm" crossorigin="" />
                <script type="module" nonce=leptos::nonce::use_nonce()>
                    {format!("({START})({name:?});")}
                </script>
                <leptos_meta::MetaTags />
            </head>
            <body>
                <crate::App />
                <Arrival lang=preferences.lang />
            </body>
        </html>
    }
}

/// What keeps the page from answering: its program is on the way, or does not come. Behind the pages, where hydration does not
/// look; only the server knows it, so that no program has to bring it along.
#[cfg(feature = "ssr")]
#[leptos::component]
fn Arrival(lang: Lang) -> impl leptos::prelude::IntoView {
    use leptos::prelude::*;

    let reload = move || {
        let words = lang.pick("Check the connection to the server, then ", "サーバーとの接続を確認し、");
        // Not by a script: none may have come.
        view! {
            {words}
            <a href="" rel="external">{lang.pick("reload this page", "このページを再読み込みしてください")}</a>
            {lang.pick(".", "。")}
        }
    };
    view! {
        // There from the beginning, so that a screen reader tells what appears in it. It shows one line, or none (`start.js`).
        <div class="hd-arrival" id="arrival" role="status">
            <p data-when="late" hidden>
                {lang.pick(
                    "This page is still loading. Its fields and buttons can be used in a moment.",
                    "ページを読み込んでいます。まもなく入力や操作ができるようになります。",
                )}
            </p>
            <p data-when="stuck" hidden>
                {lang.pick(
                    "This page loads very slowly; its fields and buttons cannot be used yet. If it stays so: ",
                    "ページの読み込みに時間がかかっており、まだ入力や操作ができません。この状態が続く場合: ",
                )}
                {reload()}
            </p>
            <p data-when="missing" hidden>
                {lang.pick(
                    "The program of this page did not arrive or did not start, so its fields and buttons do nothing. What was saved is still there. ",
                    "このページのプログラムを取得または開始できなかったため、入力や操作ができません。保存済みの内容は残っています。",
                )}
                {reload()}
            </p>
            <noscript>
                <p>
                    {lang.pick(
                        "These pages need JavaScript and WebAssembly. Allow both for this address, then reload the page.",
                        "このページには JavaScript と WebAssembly が必要です。このアドレスで両方を許可し、再読み込みしてください。",
                    )}
                </p>
            </noscript>
        </div>
    }
}

/// What the server rendered with, from the document itself: the browser must render the same.
#[cfg(feature = "hydrate")]
pub(crate) fn read_preferences() -> Preferences {
    let root = leptos::prelude::document().document_element();
    let attribute = |name| root.as_ref().and_then(|root| root.get_attribute(name)).unwrap_or_default();
    let dark = attribute("class").split(' ').any(|class| class == Theme::Dark.class());
    Preferences {
        lang: from_tag(&attribute("lang")).unwrap_or_default(),
        theme: if dark { Theme::Dark } else { Theme::Light },
    }
}

/// From now on the page answers: tests wait for this mark before they type.
#[cfg(feature = "hydrate")]
pub(crate) fn mark_alive() {
    if let Some(root) = leptos::prelude::document().document_element() {
        // Only a malformed name is refused.
        let _ = root.set_attribute("data-alive", "");
    }
}

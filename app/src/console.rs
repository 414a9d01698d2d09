//! The console page: what is around the terminal. The terminal itself is a script of its own (`style/terminal.js`), loaded by this
//! page alone; it takes its words from here.

use crate::boxes::Refusal;
use crate::frame::{preferences, texts};
use crate::program::Program;
use crate::refused::Refused;
use crate::texts::with_code;
use hosted_deploy_model::lang::Text;
use leptos::prelude::*;
use leptos_meta::Title;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;

pub(crate) const CONSOLE: (&str, &str) = ("Console of the engine VM", "エンジン VM のコンソール");

#[component]
pub(crate) fn ConsolePage() -> impl IntoView {
    Program::Watch.page(page)
}

fn not_loaded() -> Refused {
    Refused::new(
        Text::new(
            "The terminal's program did not arrive from the server.",
            "端末のプログラムをサーバーから取得できませんでした。",
        ),
        Text::new("Check the connection, then reload this page.", "接続を確認し、このページを再読み込みしてください。"),
    )
}

fn page() -> impl IntoView {
    let lang = preferences().lang;
    let missing = RwSignal::new(false);
    // In the browser, once the page is alive: the script changes what hydration must find as it was made.
    Effect::new(move |_| {
        let document = document();
        let Ok(script) = document.create_element("script") else { return };
        // A module runs once an address: who comes back to the page wants it again.
        let address = format!("/pkg/terminal.js?{}", js_sys::Date::now());
        let attributes = script.set_attribute("type", "module").and_then(|()| script.set_attribute("src", &address));
        let failed = Closure::once_into_js(move || missing.set(true));
        let heard = script.add_event_listener_with_callback("error", failed.unchecked_ref());
        if let (Ok(()), Ok(()), Some(body)) = (attributes, heard, document.body()) {
            let _ = body.append_child(&script);
        }
    });
    view! {
        <Title text=format!("{} · {}", lang.pick(CONSOLE.0, CONSOLE.1), texts().product) />
        <section class="pf-v6-c-page__main-section">
            <div class="hd-wide">
                <h1 class="pf-v6-c-title pf-m-2xl">{lang.pick(CONSOLE.0, CONSOLE.1)}</h1>
                <p>
                    {with_code(
                        lang.pick(
                        "A serial terminal of the VM, as `hosted-engine --console` shows it on this host. A VM has one console, and only one at a time can have it.",
                        "このホストで `hosted-engine --console` が表示する VM のシリアル端末です。VM のコンソールは 1 つで、同時に使用できるのは 1 人だけです。",
                    ))}
                </p>
                <p class="hd-quiet">
                    {lang.pick(
                        "Press Enter if it stays black. Ctrl+] ends it. Shift+Tab leaves the terminal for the page. It ends with your session.",
                        "何も表示されない場合は Enter を押してください。Ctrl+] で終了、Shift+Tab で端末からページに戻ります。セッション終了時にも閉じられます。",
                    )}
                </p>
                <p class="hd-row">
                    // The script enables it: before, a click would be for nobody.
                    <button class="pf-v6-c-button pf-m-primary" type="button" id="console-open" disabled>
                        <span class="pf-v6-c-button__text">{lang.pick("Open the console", "コンソールを開く")}</span>
                    </button>
                    <button class="pf-v6-c-button pf-m-danger" type="button" id="console-take" hidden>
                        <span class="pf-v6-c-button__text">{lang.pick("Take it over", "引き継ぐ")}</span>
                    </button>
                    <button class="pf-v6-c-button pf-m-secondary" type="button" id="console-close" hidden>
                        <span class="pf-v6-c-button__text">{lang.pick("Close the console", "コンソールを閉じる")}</span>
                    </button>
                    <button class="pf-v6-c-button pf-m-secondary" type="button" id="console-escape" hidden>
                        <span class="pf-v6-c-button__text">{lang.pick("Send Ctrl+]", "Ctrl+] を送信")}</span>
                    </button>
                </p>
                {move || missing.get().then(|| view! { <Refusal refused=not_loaded() /> })}
                <div
                    id="console-told"
                    role="status"
                    data-lost=lang.pick("The connection to the server was lost, and the console with it.", "サーバーとの接続が切れ、コンソールも閉じられました。")
                ></div>
                <div id="console" data-name=lang.pick("Terminal of the engine VM", "エンジン VM の端末") hidden></div>
            </div>
        </section>
    }
}

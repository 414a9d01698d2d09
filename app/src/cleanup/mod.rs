//! The clean-up page: what a deployment left is shown, removed after a question, and looked for again.

pub mod api;

use crate::boxes::Card;
use crate::boxes::Refusal;
use crate::frame::{preferences, texts};
use crate::lean::of_this_page;
use crate::live::{self, Link, LinkNotice};
use crate::program::Program;
use crate::refused::Refused;
use api::{End, Line, Shown, Storage, Wish};
use hosted_deploy_model::cleanup::Leftovers;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_meta::Title;

pub(crate) const CLEANUP: (&str, &str) = ("Clean-up", "クリーンアップ");

/// What the parts of the page do.
#[derive(Clone, Copy)]
struct Desk {
    shown: RwSignal<Option<Shown>>,
    refused: RwSignal<Option<Refused>>,
    asking: RwSignal<bool>,
}

impl Desk {
    fn wish(self, wish: Wish) {
        self.asking.set(true);
        spawn_local(async move {
            self.refused.set(api::act(wish).await.err());
            self.asking.set(false);
        });
    }

    fn busy(self) -> bool {
        self.asking.get() || self.shown.with(|shown| shown.as_ref().is_some_and(|shown| shown.busy))
    }

    /// A part of what is shown, made anew only when it has changed: what is typed beside the rest must outlive that.
    fn part<T: PartialEq + Send + Sync + 'static>(self, part: fn(&Shown) -> T) -> Memo<Option<T>> {
        Memo::new(move |_| self.shown.with(|shown| shown.as_ref().map(part)))
    }
}

#[component]
pub(crate) fn CleanupPage() -> impl IntoView {
    Program::Watch.page(page)
}

fn page() -> impl IntoView {
    let of_page: Option<Shown> = of_this_page(api::known_of_this_page);
    let desk = Desk { shown: RwSignal::new(of_page), refused: RwSignal::new(None), asking: RwSignal::new(false) };
    let link = RwSignal::new(Link::Up);
    Effect::new(move |_| {
        live::keep("/api/v1/cleanup/events", desk.shown, link);
        // What goes on or has just ended is what is wanted; else what is there.
        let quiet =
            desk.shown.with_untracked(|shown| shown.as_ref().is_none_or(|shown| !shown.busy && shown.end.is_none()));
        if quiet {
            desk.wish(Wish::Look);
        }
    });
    let lang = preferences().lang;
    let (found, lines, end, storage) = (
        desk.part(|s| s.found.clone()),
        desk.part(|s| s.lines.clone()),
        desk.part(|s| s.end.clone()),
        desk.part(|s| s.storage.clone()),
    );
    let host = desk.part(|s| s.host.clone());
    view! {
        <Title text=format!("{} · {}", lang.pick(CLEANUP.0, CLEANUP.1), texts().product) />
        <section class="pf-v6-c-page__main-section">
            <div class="hd-stack">
                <h1 class="pf-v6-c-title pf-m-2xl">{lang.pick(CLEANUP.0, CLEANUP.1)}</h1>
                <p>
                    {lang.pick("Removes what a deployment left on ", "デプロイが残したものを削除します: ")}
                    <strong>{host}</strong>
                    {lang.pick(
                        ". Packages, the appliance and the logs of the deployment stay.",
                        "。パッケージ、アプライアンス、デプロイのログは残ります。",
                    )}
                </p>
                <LinkNotice link />
                {move || desk.refused.get().map(|refused| view! { <Refusal refused /> })}
                {move || end.get().flatten().map(|end| view! { <Ended end /> })}
                {move || lines.get().filter(|lines| !lines.is_empty()).map(|lines| view! { <Progress lines desk /> })}
                {move || match found.get().flatten() {
                    Some(found) => view! { <Found found desk /> }.into_any(),
                    None => view! { <p role="status">{lang.pick("Looking at the host…", "ホストを確認しています…")}</p> }.into_any(),
                }}
                {move || storage.get().flatten().map(|storage| view! { <SharedStorage storage desk /> })}
            </div>
        </section>
    }
}

/// A button that asks for something.
#[component]
fn Do(
    desk: Desk,
    label: &'static str,
    #[prop(optional)] danger: bool,
    #[prop(optional, into)] locked: Signal<bool>,
    wish: impl Fn() -> Wish + 'static,
) -> impl IntoView {
    let class = if danger { "pf-v6-c-button pf-m-danger" } else { "pf-v6-c-button pf-m-secondary" };
    view! {
        <button class=class type="button" disabled=move || desk.busy() || locked.get() on:click=move |_| desk.wish(wish())>
            <span class="pf-v6-c-button__text">{label}</span>
        </button>
    }
}

/// A name that must be typed.
#[component]
fn Typed(id: &'static str, name: String, typed: RwSignal<String>) -> impl IntoView {
    let label = match preferences().lang {
        hosted_deploy_model::lang::Lang::En => format!("Type {name}"),
        hosted_deploy_model::lang::Lang::Ja => format!("{name} と入力してください"),
    };
    view! {
        <label for=id>{label}</label>
        <span class="pf-v6-c-form-control">
            <input id=id type="text" autocomplete="off" prop:value=typed on:input=move |event| typed.set(event_target_value(&event)) />
        </span>
    }
}

#[component]
fn Found(found: Leftovers, desk: Desk) -> impl IntoView {
    let lang = preferences().lang;
    let (typed, stop_runs) = (RwSignal::new(String::new()), RwSignal::new(false));
    let Leftovers { list, running, cleaning, engine, .. } = found.clone();
    let again = view! { <Do desk label=lang.pick("Look again", "再確認") wish=|| Wish::Look /> };
    if found.is_empty() && !cleaning {
        return view! {
            <Card title=lang.pick("What is there", "検出されたもの").to_owned()>
                <p>{lang.pick("No deployment has left anything on this host.", "このホストにデプロイの残りはありません。")}</p>
                <p>{again}</p>
            </Card>
        }
        .into_any();
    }
    let items = list.into_iter().map(|leftover| {
        let things = leftover.found.into_iter().map(|thing| view! { <li><code>{thing}</code></li> }).collect_view();
        view! {
            <li>
                {leftover.title.get(lang).to_owned()}
                <ul>{things}</ul>
            </li>
        }
    });
    let items = items.collect_view();
    let wanted = engine.clone();
    let runs = !running.is_empty();
    let locked = Signal::derive(move || {
        !cleaning && ((!wanted.is_empty() && typed.with(|typed| typed.trim() != wanted)) || (runs && !stop_runs.get()))
    });
    let ask_name = (!engine.is_empty() && !cleaning).then(|| {
        view! {
            <p>
                {lang.pick(
                    "A hosted engine is deployed here. Its VM on this host is destroyed.",
                    "ホステッドエンジンがデプロイされています。このホスト上の VM は破棄されます。",
                )}
            </p>
            <Typed id="cleanup-engine" name=engine typed />
        }
    });
    let ask_runs = (runs && !cleaning).then(|| {
        view! {
            <label class="hd-check">
                <input type="checkbox" prop:checked=stop_runs on:change:target=move |event| stop_runs.set(event.target().checked()) />
                {lang.pick("A run goes on there: stop it", "進行中の実行を停止する")}
            </label>
        }
    });
    let label = if cleaning {
        lang.pick("Follow the clean-up that goes on", "進行中のクリーンアップを表示")
    } else {
        lang.pick("Remove all of this", "すべて削除")
    };
    view! {
        <Card title=lang.pick("What would be removed", "削除されるもの").to_owned()>
            <ul class="hd-found">{items}</ul>
            <p class="hd-quiet">
                {lang.pick(
                    "The network is guarded: the clean-up runs on the host by itself, and a timer there puts addresses and routes back unless a new connection works within 90 s of its end. An interrupted clean-up can be run again.",
                    "ネットワークは保護されます。クリーンアップはホスト上で独立して動作し、終了後 90 秒以内に再接続できなければタイマーがアドレスとルートを復元します。中断した場合は再実行できます。",
                )}
            </p>
            {ask_name}
            {ask_runs}
            <p class="hd-row">
                <Do
                    desk
                    label
                    danger=true
                    locked
                    wish=move || Wish::Clean { confirm: typed.get_untracked().trim().to_owned(), stop_runs: stop_runs.get_untracked() }
                />
                {again}
            </p>
        </Card>
    }
    .into_any()
}

#[component]
fn Progress(lines: Vec<Line>, desk: Desk) -> impl IntoView {
    let lang = preferences().lang;
    let last = lines.iter().rev().find(|line| line.sign == "▶").map(|line| line.text.get(lang).to_owned());
    let text: String = lines.iter().flat_map(|line| [line.sign.as_str(), " ", line.text.get(lang), "\n"]).collect();
    view! {
        <Card title=lang.pick("Progress", "進行状況").to_owned()>
            <p role="status">
                {move || desk.busy().then(|| format!("{} {}", lang.pick("Now:", "実行中:"), last.clone().unwrap_or_default()))}
            </p>
            <pre class="hd-said" tabindex="0">{text}</pre>
        </Card>
    }
}

#[component]
fn Ended(end: End) -> impl IntoView {
    let lang = preferences().lang;
    let End { good, lines, sentence } = end;
    let class = if good { "pf-v6-c-alert pf-m-inline pf-m-success" } else { "pf-v6-c-alert pf-m-inline pf-m-warning" };
    let lines = lines.into_iter().map(|line| view! { <li>{line.get(lang).to_owned()}</li> }).collect_view();
    let title = if good {
        lang.pick("The host is clean", "クリーンアップが完了しました")
    } else {
        lang.pick("The clean-up has ended", "クリーンアップが終了しました")
    };
    view! {
        <div class=class role="alert">
            <p class="pf-v6-c-alert__title">{title}</p>
            <div class="pf-v6-c-alert__description">
                <ul>{lines}</ul>
                <p>{sentence.get(lang).to_owned()}</p>
            </div>
        </div>
    }
}

#[component]
fn SharedStorage(storage: Storage, desk: Desk) -> impl IntoView {
    let lang = preferences().lang;
    let typed = RwSignal::new(String::new());
    let Storage { name, seen } = storage;
    let looked = seen.map(|seen| {
        let wanted = name.clone();
        let may = seen.objection.is_none().then(|| {
            let locked = Signal::derive(move || typed.with(|typed| typed.trim() != wanted));
            view! {
                <p>{lang.pick("Everything shown here will be lost.", "ここに表示された内容はすべて失われます。")}</p>
                <Typed id="cleanup-storage" name=name.clone() typed />
                <p>
                    <Do
                        desk
                        label=lang.pick("Empty the storage", "ストレージを空にする")
                        danger=true
                        locked
                        wish=move || Wish::EmptyStorage { confirm: typed.get_untracked().trim().to_owned() }
                    />
                </p>
            }
        });
        view! {
            <pre class="hd-said" tabindex="0">{seen.text.get(preferences().lang).to_owned()}</pre>
            {seen.objection.map(|objection| view! { <p>{objection.get(lang).to_owned()}</p> })}
            {may}
        }
    });
    view! {
        <Card title=lang.pick("Shared storage", "共有ストレージ").to_owned()>
            <p>
                <code>{name}</code>
            </p>
            <p class="hd-quiet">
                {lang.pick(
                    "A clean-up leaves it as it is. A directory is emptied only if it holds storage domains and nothing else, and no host uses it. Of a LUN the signatures are wiped, whatever is on it.",
                    "クリーンアップでは変更されません。ディレクトリは、ストレージドメインのみを含み、使用中のホストがない場合に限り空にできます。LUN は、内容にかかわらずシグネチャを消去します。",
                )}
            </p>
            <p>
                <Do desk label=lang.pick("Look what is on it", "内容を確認") wish=|| Wish::LookAtStorage />
            </p>
            {looked}
        </Card>
    }
}

//! Actions as buttons, and what was done.

use super::api::{self, Acting, Wish};
use super::timeline::{clock, day};
use crate::refused::Refused;
use crate::texts::with_code;
use hosted_deploy_model::health::{Action, Deed};
use hosted_deploy_model::lang::Lang;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// Every action, with what it means; a harmful one wants the engine's name.
#[component]
pub(super) fn Actions(engine: String, console: String, lang: Lang) -> impl IntoView {
    let told = RwSignal::new(None::<Result<Action, Refused>>);
    let asking = RwSignal::new(false);
    let rows = Action::ALL.into_iter().map(|action| {
        if action == Action::Console {
            return view! { <ConsoleLine command=console.clone() lang /> }.into_any();
        }
        view! { <ActionLine action engine=engine.clone() lang told asking /> }.into_any()
    });
    let rows = rows.collect_view();
    view! {
        <div class="pf-v6-c-card">
            <div class="pf-v6-c-card__title">
                <h2 class="pf-v6-c-card__title-text">{lang.pick("Actions", "操作")}</h2>
            </div>
            <div class="pf-v6-c-card__body">
                <div role="status">{move || told.get().map(|told| view! { <Told told lang /> })}</div>
                <ul class="hd-actions">{rows}</ul>
            </div>
        </div>
    }
}

#[component]
fn Told(told: Result<Action, Refused>, lang: Lang) -> impl IntoView {
    let (class, title, text) = match told {
        Ok(action) => (
            "pf-v6-c-alert pf-m-inline pf-m-info",
            action.title().get(lang).to_owned(),
            lang.pick(
                "Begun; what comes of it is shown on this page.",
                "開始しました。結果はこのページに表示されます。",
            )
            .to_owned(),
        ),
        Err(refused) => (
            "pf-v6-c-alert pf-m-inline pf-m-warning",
            refused.what.get(lang).to_owned(),
            refused.next.get(lang).to_owned(),
        ),
    };
    view! {
        <div class=class>
            <p class="pf-v6-c-alert__title">{with_code(&title)}</p>
            <div class="pf-v6-c-alert__description">{with_code(&text)}</div>
        </div>
    }
}

#[component]
fn ConsoleLine(command: String, lang: Lang) -> impl IntoView {
    let action = Action::Console;
    view! {
        <li id=format!("act-{}", action.name())>
            <h3>{action.title().get(lang).to_owned()}</h3>
            <p class="hd-quiet">{lang.pick("In this page, or by your own SSH:", "このページ、または SSH から:")}</p>
            <p>
                <code>{command}</code>
            </p>
            <p>
                <a class="pf-v6-c-button pf-m-secondary" href="/console" rel="external">
                    <span class="pf-v6-c-button__text">{lang.pick("Open the console", "コンソールを開く")}</span>
                </a>
            </p>
        </li>
    }
}

#[component]
fn ActionLine(
    action: Action,
    engine: String,
    lang: Lang,
    told: RwSignal<Option<Result<Action, Refused>>>,
    asking: RwSignal<bool>,
) -> impl IntoView {
    let confirm = RwSignal::new(String::new());
    let harmful = action.is_harmful();
    let wanted = engine.clone();
    let locked = move || asking.get() || harmful && confirm.with(|typed| typed.trim() != wanted || wanted.is_empty());
    let begin = move |_| {
        asking.set(true);
        let wish = Wish { action, confirm: confirm.get_untracked().trim().to_owned() };
        spawn_local(async move {
            told.set(Some(api::act(wish).await.map(|()| action)));
            confirm.set(String::new());
            asking.set(false);
        });
    };
    let id = format!("act-{}", action.name());
    let field = format!("{id}-confirm");
    let label = match lang {
        Lang::En => format!("It can harm: type {engine}"),
        Lang::Ja => format!("影響が大きい操作です。{engine} と入力してください"),
    };
    let question = harmful.then(|| {
        view! {
            <label for=field.clone()>{label}</label>
            <span class="pf-v6-c-form-control">
                <input id=field.clone() type="text" autocomplete="off" prop:value=confirm on:input=move |event| confirm.set(event_target_value(&event)) />
            </span>
        }
    });
    let class = if harmful { "pf-v6-c-button pf-m-danger" } else { "pf-v6-c-button pf-m-secondary" };
    view! {
        <li id=id>
            <h3>{action.title().get(lang).to_owned()}</h3>
            <p class="hd-quiet">{action.consequences().get(lang).to_owned()}</p>
            {question}
            <p>
                <button class=class type="button" disabled=locked on:click=begin>
                    <span class="pf-v6-c-button__text">{action.title().get(lang).to_owned()}</span>
                </button>
            </p>
        </li>
    }
}

/// The action that goes on, with what it says.
#[component]
pub(super) fn GoesOn(acting: Acting, lang: Lang) -> impl IntoView {
    let Acting { action, who, begun, said, looking } = acting;
    let how = if looking {
        lang.pick(
            "The command has ended; the host is read until its effect shows.",
            "コマンドは終了しました。効果を確認するまでホストを読み取ります。",
        )
    } else {
        lang.pick("The command runs.", "コマンドを実行中です。")
    };
    let said = (!said.is_empty()).then(|| view! { <pre class="hd-said">{said}</pre> });
    view! {
        <section class="pf-v6-c-alert pf-m-inline pf-m-info hd-acting">
            <h2 class="pf-v6-c-alert__title">{format!("{}…", action.title().get(lang))}</h2>
            <div class="pf-v6-c-alert__description">
                <p>{format!("{} · {who}", clock(begun))}</p>
                {said}
                <p role="status">{how}</p>
            </div>
        </section>
    }
}

/// What was done on the host, newest first: who, when, what came of it.
#[component]
pub(super) fn Done(deeds: Vec<Deed>, acting: bool, lang: Lang) -> impl IntoView {
    if deeds.is_empty() {
        return ().into_any();
    }
    let newest = deeds.len() - 1;
    let lines = deeds.into_iter().enumerate().rev().map(|(number, deed)| {
        let Deed { at, what, who, said, end, good, .. } = deed;
        let end = match end {
            Some(end) => format!("{} {}", if good { "✔" } else { "✖" }, end.get(lang)),
            None if acting && number == newest => lang.pick("▶ It goes on.", "▶ 実行中です。").to_owned(),
            None => lang
                .pick(
                    "? How it ended is not known: whoever did it was stopped.",
                    "? 実行した側が停止したため、結果は不明です。",
                )
                .to_owned(),
        };
        let said = (!said.is_empty()).then(|| view! { <pre class="hd-said">{said}</pre> });
        view! {
            <li>
                <p>
                    {day(at)}
                    " "
                    <strong>{what.get(lang).to_owned()}</strong>
                    {format!(" · {who}")}
                </p>
                <p>{end}</p>
                {said}
            </li>
        }
    });
    view! {
        <div class="pf-v6-c-card">
            <div class="pf-v6-c-card__title">
                <h2 class="pf-v6-c-card__title-text">{lang.pick("What was done (UTC)", "操作の記録 (UTC)")}</h2>
            </div>
            <div class="pf-v6-c-card__body">
                <ul class="hd-deeds">{lines.collect_view()}</ul>
            </div>
        </div>
    }
    .into_any()
}

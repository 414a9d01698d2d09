//! Actions as buttons, and what was done.

use super::api::{self, Wish};
use crate::wizard::api::Refused;
use hosted_deploy_model::health::{Action, ActionEvent, ActionKind};
use hosted_deploy_model::lang::Lang;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// Every action, with what it means; a harmful one wants the engine's name.
#[component]
pub(super) fn Actions(
    engine: String,
    console: String,
    lang: Lang,
    ask: impl Fn() + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let told = RwSignal::new(None::<Result<Action, Refused>>);
    let rows = Action::ALL.into_iter().map(|action| {
        if action == Action::Console {
            return view! { <ConsoleLine command=console.clone() lang /> }.into_any();
        }
        view! { <ActionLine action engine=engine.clone() lang told ask /> }.into_any()
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
            lang.pick("Begun; what comes of it is shown below.", "開始しました。結果は下に表示されます。").to_owned(),
        ),
        Err(refused) => (
            "pf-v6-c-alert pf-m-inline pf-m-warning",
            refused.what.get(lang).to_owned(),
            refused.next.get(lang).to_owned(),
        ),
    };
    view! {
        <div class=class>
            <p class="pf-v6-c-alert__title">{title}</p>
            <div class="pf-v6-c-alert__description">{text}</div>
        </div>
    }
}

#[component]
fn ConsoleLine(command: String, lang: Lang) -> impl IntoView {
    let action = Action::Console;
    view! {
        <li id=format!("act-{}", action.name())>
            <h3>{action.title().get(lang).to_owned()}</h3>
            <p>
                <code>{command}</code>
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
    ask: impl Fn() + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let confirm = RwSignal::new(String::new());
    let harmful = action.is_harmful();
    let wanted = engine.clone();
    let locked = move || harmful && confirm.with(|typed| typed.trim() != wanted || wanted.is_empty());
    let begin = move |_| {
        let wish = Wish { action, confirm: confirm.get_untracked().trim().to_owned() };
        spawn_local(async move {
            told.set(Some(api::act(wish).await.map(|()| action)));
            confirm.set(String::new());
            ask();
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

/// What was done, newest first.
#[component]
pub(super) fn Done(acts: Vec<ActionEvent>, lang: Lang) -> impl IntoView {
    if acts.is_empty() {
        return ().into_any();
    }
    let lines = acts.into_iter().rev().map(
        |event| view! { <li>{format!("{}  {}", super::timeline::clock(event.at), words(&event.kind, lang))}</li> },
    );
    view! {
        <div class="pf-v6-c-card">
            <div class="pf-v6-c-card__title">
                <h2 class="pf-v6-c-card__title-text">{lang.pick("What was done (UTC)", "操作の記録 (UTC)")}</h2>
            </div>
            <div class="pf-v6-c-card__body">
                <ul>{lines.collect_view()}</ul>
            </div>
        </div>
    }
    .into_any()
}

fn words(kind: &ActionKind, lang: Lang) -> String {
    match kind {
        ActionKind::Begun { action, host, who, .. } => format!("{} · {host} · {who}", action.title().get(lang)),
        ActionKind::Noted { what, host, who } => format!("{what} · {host} · {who}"),
        ActionKind::Refused { why } => {
            let why: Vec<&str> = why.iter().map(|text| text.get(lang)).collect();
            format!("{}: {}", lang.pick("Refused", "拒否"), why.join(" "))
        }
        ActionKind::Ran { said, .. } if said.is_empty() => {
            lang.pick("The command has run.", "コマンドを実行しました。").to_owned()
        }
        ActionKind::Ran { said, .. } => said.clone(),
        ActionKind::Ended { outcome } => outcome.sentence().get(lang).to_owned(),
    }
}

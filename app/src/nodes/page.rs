//! One node: how far it is and what to do next, what can be done about it, its history, and what it would get.

use super::api::{self, Act, Line, Shown, Stage};
use super::form::NodeForm;
use super::list::event_text;
use super::{Live, NODES, button, code, sentences, state_label};
use crate::boxes::{Card, Refusal};
use crate::frame::{preferences, texts};
use crate::lean::of_this_page;
use crate::program::Program;
use crate::refused::Refused;
use crate::texts::with_code;
use hosted_deploy_model::lang::{Lang, Text};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;

#[component]
pub(crate) fn NodePage() -> impl IntoView {
    Program::Watch.page(page)
}

fn page() -> impl IntoView {
    let params = use_params_map();
    let name = params.with_untracked(|params| params.get("name").unwrap_or_default());
    let live = Live::of(of_this_page(|| api::node_of_this_page(&name)));
    let Live { shown, refused } = live;
    let asked = StoredValue::new(name.clone());
    live.keep(move || {
        let seen = shown.with_untracked(|shown| shown.as_ref().map(|shown: &Shown| shown.mark.clone()));
        api::show(asked.get_value(), seen.unwrap_or_default())
    });
    let lang = preferences().lang;
    // What is typed must outlive news: the form is made once, and only profiles that are new reach it.
    let profiles =
        Memo::new(move |_| shown.with(|shown| shown.as_ref().map(|shown| shown.profiles.clone()).unwrap_or_default()));
    let there = Memo::new(move |_| shown.with(Option::is_some));
    let first = move || {
        there.get().then(|| {
            let line = shown.with_untracked(|shown| shown.as_ref().map(|shown| shown.line.clone())).unwrap_or_default();
            let title = lang.pick("Change", "変更").to_owned();
            view! { <Card title><NodeForm line profiles lang /></Card> }
        })
    };
    // The question before something happens stays open while news come.
    let acts =
        Memo::new(move |_| shown.with(|shown| shown.as_ref().map(|shown| shown.acts.clone()).unwrap_or_default()));
    let ask = {
        let name = name.clone();
        move || {
            acts.with(|acts| (!acts.is_empty()).then(|| view! { <Acts name=name.clone() acts=acts.clone() lang /> }))
        }
    };
    view! {
        <Title text=format!("{name} · {} · {}", lang.pick(NODES.0, NODES.1), texts().product) />
        <section class="pf-v6-c-page__main-section">
            <div class="hd-stack">
                <p><a href="/nodes" rel="external">{lang.pick("All nodes", "すべてのノード")}</a></p>
                <h1 class="pf-v6-c-title pf-m-2xl">{name.clone()}</h1>
                {move || refused.get().map(|refused| view! { <Refusal refused /> })}
                {move || shown.get().map(|shown| now(shown, lang))}
                {ask}
                {move || shown.get().map(|shown| history(shown, lang))}
                {first}
                {move || shown.get().map(|shown| would_get(shown, lang))}
            </div>
        </section>
    }
}

/// State, facts, what to do.
fn now(shown: Shown, lang: Lang) -> AnyView {
    let Shown { line, controller, attempts, host_keys, next, .. } = shown;
    let Line { mac, uuid, address, profile, role, state, since, failure, .. } = line;
    let facts = [
        (lang.pick("MAC address", "MAC アドレス"), mac),
        (lang.pick("UUID of the machine", "マシンの UUID"), uuid),
        (lang.pick("Address", "アドレス"), address),
        (lang.pick("Profile", "プロファイル"), profile),
        (lang.pick("Role", "役割"), role.title(lang).to_owned()),
        (lang.pick("Management controller", "管理コントローラー"), controller),
        (lang.pick("Attempts", "試行回数"), if attempts == 0 { String::new() } else { attempts.to_string() }),
        (lang.pick("Host keys", "ホストキー"), host_keys.join(" ")),
        (lang.pick("Reason", "理由"), failure),
    ];
    let facts = facts.into_iter().filter(|(_, value)| !value.is_empty());
    let facts = facts.map(|(term, value)| view! { <dt>{term}</dt> <dd class="hd-lines">{value}</dd> }).collect_view();
    let since = match lang {
        Lang::En => format!(" since {since} UTC"),
        Lang::Ja => format!(" {since} UTC から"),
    };
    view! {
        <Card title=lang.pick("State", "状態").to_owned()>
            <p role="status">{state.map(|state| state_label(state, lang))} <span class="hd-quiet">{since}</span></p>
            {sentences(&next, lang)}
            <dl class="hd-terms">{facts}</dl>
        </Card>
    }
    .into_any()
}

/// What an act is called, and what it means.
fn words(act: Act, lang: Lang) -> (&'static str, &'static str) {
    match act {
        Act::Wake { .. } => (
            lang.pick("Switch on", "電源を入れる"),
            lang.pick(
                "It starts from the network. A machine that is on is restarted.",
                "電源を入れ、ネットワークから起動します。起動中のマシンは再起動されます。",
            ),
        ),
        Act::Joined => (
            lang.pick("It has joined", "参加済みにする"),
            lang.pick("Notes that the engine has it as a host.", "エンジンのホストになったことを記録します。"),
        ),
        Act::Retry => (
            lang.pick("Install again", "再インストール"),
            lang.pick(
                "At its next start from the network it is installed anew. WHAT IS ON ITS DISKS IS LOST.",
                "次回のネットワーク起動時に再インストールします。ディスクの内容はすべて失われます。",
            ),
        ),
        Act::Remove => (
            lang.pick("Remove", "削除"),
            lang.pick(
                "Forgets the machine and its history here; the machine itself stays as it is.",
                "マシンと履歴の記録を削除します。マシン自体は変更されません。",
            ),
        ),
    }
}

#[component]
fn Acts(name: String, acts: Vec<Act>, lang: Lang) -> impl IntoView {
    let asked = RwSignal::new(None::<Act>);
    let efi = RwSignal::new(true);
    let confirm = RwSignal::new(String::new());
    let (told, asking) = (RwSignal::new(None::<Result<Act, Refused>>), RwSignal::new(false));
    let wanted = StoredValue::new(name.clone());
    let run = move |act: Act| {
        let act = if matches!(act, Act::Wake { .. }) { Act::Wake { efi: efi.get_untracked() } } else { act };
        let (name, typed) = (wanted.get_value(), confirm.get_untracked().trim().to_owned());
        asking.set(true);
        spawn_local(async move {
            let done = api::act(name, act, typed).await;
            confirm.set(String::new());
            asking.set(false);
            if act == Act::Remove && done.is_ok() {
                return crate::wizard::go("/nodes");
            }
            asked.set(None);
            told.set(Some(done.map(|()| act)));
        });
    };
    let buttons = acts.into_iter().map(move |act| {
        let (title, _) = words(act, lang);
        let class = if matches!(act, Act::Retry | Act::Remove) { "pf-m-danger" } else { "pf-m-secondary" };
        button(class, title, move || {
            told.set(None);
            asked.set(Some(act));
            crate::wizard::focus("act-question");
        })
    });
    let buttons = buttons.collect_view();
    let question = move || {
        let act = asked.get()?;
        let (title, why) = words(act, lang);
        let typed = (act == Act::Retry).then(|| {
            let label = match lang {
                Lang::En => format!("Type {name}"),
                Lang::Ja => format!("{name} と入力してください"),
            };
            view! {
                <label for="act-confirm">{label}</label>
                <span class="pf-v6-c-form-control">
                    <input id="act-confirm" type="text" autocomplete="off" prop:value=confirm on:input=move |event| confirm.set(event_target_value(&event)) />
                </span>
            }
        });
        let firmware = matches!(act, Act::Wake { .. }).then(|| {
            view! {
                <div class="pf-v6-c-check">
                    <input class="pf-v6-c-check__input" id="act-efi" type="checkbox" prop:checked=efi on:change=move |event| efi.set(event_target_checked(&event)) />
                    <label class="pf-v6-c-check__label" for="act-efi">{lang.pick("Its firmware is UEFI", "ファームウェアは UEFI")}</label>
                </div>
            }
        });
        let locked =
            move || asking.get() || act == Act::Retry && confirm.with(|typed| typed.trim() != wanted.get_value());
        Some(view! {
            <div class="hd-stack" role="group" aria-labelledby="act-question">
                <p id="act-question" tabindex="-1">{why}</p>
                {typed}
                {firmware}
                <p class="hd-row">
                    <button class="pf-v6-c-button pf-m-primary" type="button" disabled=locked on:click=move |_| run(act)>
                        <span class="pf-v6-c-button__text">{format!("{}: {title}", lang.pick("Yes", "はい"))}</span>
                    </button>
                    {button("pf-m-link", lang.pick("No", "いいえ"), move || asked.set(None))}
                </p>
            </div>
        })
    };
    let answer = move || {
        told.get().map(|told| match told {
            Ok(act) => {
                let (title, _) = words(act, lang);
                view! { <p>{format!("✔ {title}: {}", lang.pick("done", "完了"))}</p> }.into_any()
            }
            Err(refused) => view! { <Refusal refused /> }.into_any(),
        })
    };
    view! {
        <Card title=lang.pick("Actions", "操作").to_owned()>
            <p class="hd-row">{buttons}</p>
            {question}
            <div role="status">{answer}</div>
        </Card>
    }
}

/// What was seen of it.
fn history(shown: Shown, lang: Lang) -> AnyView {
    let lines = shown.events.iter().map(|event| view! { <li>{event_text(event, lang)}</li> }).collect_view();
    view! {
        <Card title=lang.pick("History, newest first (UTC)", "履歴 (新しい順、UTC)").to_owned()>
            <ul class="hd-history" tabindex="0" aria-label=lang.pick("History", "履歴")>{lines}</ul>
        </Card>
    }
    .into_any()
}

/// What it would get when it starts now.
fn would_get(shown: Shown, lang: Lang) -> AnyView {
    let Shown { stages, preview, served, .. } = shown;
    let nobody = (!served).then(|| {
        let text = Text::new(
            "No server runs: 192.0.2.1 stands where its address would be.",
            "サーバーが動作していないため、サーバーのアドレスは 192.0.2.1 と表示しています。",
        );
        view! { <p class="hd-quiet">{text.get(lang).to_owned()}</p> }
    });
    let chains = stages.into_iter().map(|chain| chain_list(chain, lang)).collect_view();
    let preview = match preview {
        Ok((script, kickstart)) => view! {
            <p class="hd-quiet">
                {lang.pick(
                    "Secrets are hidden, and TOKEN stands where the one-time token will be.",
                    "シークレットは非表示です。TOKEN はワンタイムトークンに置き換えられます。",
                )}
            </p>
            {code(lang.pick("Boot script", "ブートスクリプト").to_owned(), script)}
            {code(lang.pick("Kickstart", "キックスタート").to_owned(), kickstart)}
        }
        .into_any(),
        Err(why) => sentences(&why, lang),
    };
    view! {
        <Card title=lang.pick("What it gets when it starts from the network", "ネットワーク起動時の動作").to_owned()>
            {nobody}
            {chains}
            {preview}
        </Card>
    }
    .into_any()
}

fn chain_list(chain: Vec<Stage>, lang: Lang) -> AnyView {
    let stages = chain.into_iter().map(|Stage { client, file, why }| {
        let file = if file.is_empty() { lang.pick("nothing", "なし").to_owned() } else { file };
        view! {
            <li>
                <p>{format!("{client} → ")}<code>{file}</code></p>
                <p class="hd-quiet">{with_code(why.get(lang))}</p>
            </li>
        }
    });
    view! { <ol class="hd-numbered hd-decimal">{stages.collect_view()}</ol> }.into_any()
}

//! The overview's part of what the wizard knows: the host at a glance, its checks in numbers, and what to do next.

use super::api::{self, Judged, Opened};
use super::icon::{Icon, icon};
use super::words;
use crate::boxes::Refusal;
use crate::frame::preferences;
use crate::lean::of_this_page;
use crate::refused::Refused;
use hosted_deploy_model::check::Summary;
use hosted_deploy_model::form::Words;
use leptos::prelude::*;
use leptos::task::spawn_local;

#[component]
pub(crate) fn HostCards() -> impl IntoView {
    let lang = preferences().lang;
    let say = move |words: Words| lang.pick(words.0, words.1);
    let of_page: Option<Result<Opened, Refused>> = of_this_page(api::opened_of_this_page);
    let opened = RwSignal::new(of_page);
    let judged = RwSignal::new(None::<Judged>);
    let (under_way, failed) = (RwSignal::new(false), RwSignal::new(None::<Refused>));
    let check = move || {
        under_way.set(true);
        spawn_local(async move {
            match api::judge().await {
                Ok(now) => {
                    judged.set(Some(now));
                    failed.set(None);
                }
                Err(refused) => failed.set(Some(refused)),
            }
            under_way.set(false);
        });
    };
    Effect::new(move |_| {
        spawn_local(async move {
            let known = match opened.get_untracked() {
                Some(known) => known,
                None => api::open().await,
            };
            let unread = known.as_ref().is_ok_and(|opened| opened.judged.is_none());
            opened.set(Some(known));
            if unread {
                check();
            }
        });
    });
    let seen = move || judged.get().or_else(|| opened.get()?.ok()?.judged);
    // Where an engine is, another one is seldom what is wanted next.
    let deployed = move || seen().is_some_and(|judged| judged.facts.already_deployed);
    let go_on = move || {
        if deployed() { "pf-v6-c-button pf-m-secondary" } else { "pf-v6-c-button pf-m-primary" }
    };
    let run = move || {
        let run = opened.get()?.ok()?.run?;
        Some((if run.at_gate { words::AT_GATE } else { words::RUNNING }, run.id))
    };
    view! {
        <div class="pf-v6-c-card">
            <div class="pf-v6-c-card__title">
                <h2 class="pf-v6-c-card__title-text">{say(words::NEXT_STEP)}</h2>
            </div>
            <div class="pf-v6-c-card__body hd-stack">
                {move || run().map(|(words, run)| view! {
                    <p>
                        {say(words)} " "
                        <a href=format!("/runs/{run}") rel="external">{format!("{} {run}", say(words::TO_RUN))}</a>
                    </p>
                })}
                {move || deployed().then(|| view! {
                    <div class="hd-row">
                        <a class="pf-v6-c-button pf-m-primary" href="/health" rel="external">
                            <span class="pf-v6-c-button__text">{say(words::SEE_HEALTH)}</span>
                        </a>
                        <span class="hd-quiet">{say(words::ENGINE_THERE)}</span>
                    </div>
                })}
                <div class="hd-row">
                    <a class=go_on href="/deploy" rel="external">
                        <span class="pf-v6-c-button__text">{say(words::GO_ON)}</span>
                    </a>
                    <span class="hd-quiet">{say(words::GO_ON_WHY)}</span>
                </div>
            </div>
        </div>
        <div class="pf-v6-c-card">
            <div class="pf-v6-c-card__title hd-row">
                <h2 class="pf-v6-c-card__title-text">{say(words::HOST)}</h2>
                <button class="pf-v6-c-button pf-m-secondary" type="button" disabled=move || under_way.get() on:click=move |_| check()>
                    <span class="pf-v6-c-button__text">
                        {move || say(if under_way.get() { words::CHECKING } else { words::CHECK_AGAIN })}
                    </span>
                </button>
            </div>
            <div class="pf-v6-c-card__body">
                {move || failed.get().map(|refused| view! { <Refusal refused /> })}
                {move || match seen() {
                    Some(judged) => view! { <Facts judged /> }.into_any(),
                    None if failed.with(Option::is_none) => view! { <p role="status">{say(words::CHECKING)}</p> }.into_any(),
                    None => ().into_any(),
                }}
            </div>
        </div>
    }
}

#[component]
fn Facts(judged: Judged) -> impl IntoView {
    let lang = preferences().lang;
    let say = move |words: Words| lang.pick(words.0, words.1);
    let facts = judged.facts;
    let route = facts.default_route.as_ref();
    let addresses = facts.interfaces.iter().filter(|interface| interface.name != "lo").flat_map(|interface| {
        let routed = route.is_some_and(|route| route.interface == interface.name);
        let shown = if routed { interface.addresses.as_slice() } else { &[] };
        shown.iter().map(|(address, prefix)| format!("{address}/{prefix} ({})", interface.name))
    });
    let addresses: Vec<String> = addresses.collect();
    let engine = if facts.already_deployed { words::ENGINE_THERE } else { words::ENGINE_NOT_THERE };
    let rows: [(Words, String); 7] = [
        (
            words::SYSTEM,
            [facts.os.as_str(), &facts.kernel]
                .into_iter()
                .filter(|part| !part.is_empty())
                .collect::<Vec<_>>()
                .join(" · "),
        ),
        (words::MACHINE, facts.product.clone()),
        (words::PROCESSORS, format!("{} × {}", facts.processors, facts.processor)),
        (
            words::MEMORY,
            format!("{} MiB, {} {}", facts.memory_mib, facts.available_memory_mib, say(words::MEMORY_AVAILABLE)),
        ),
        (words::NETWORK, format!("{} {}", facts.fqdn, addresses.join(", "))),
        (words::ENGINE_STATE, say(engine).to_owned()),
        (words::CHECKS, String::new()),
    ];
    let summary = judged.summary;
    let row = move |(words, value): (Words, String)| {
        if value.trim().is_empty() && words != words::CHECKS {
            return ().into_any();
        }
        let value = if words == words::CHECKS {
            view! { <Numbers summary /> }.into_any()
        } else {
            value.trim().to_owned().into_any()
        };
        view! {
            <div class="pf-v6-c-description-list__group">
                <dt class="pf-v6-c-description-list__term">
                    <span class="pf-v6-c-description-list__text">{say(words)}</span>
                </dt>
                <dd class="pf-v6-c-description-list__description">
                    <div class="pf-v6-c-description-list__text">{value}</div>
                </dd>
            </div>
        }
        .into_any()
    };
    view! {
        <dl class="pf-v6-c-description-list pf-m-horizontal">
            {rows.map(row).into_iter().collect_view()}
        </dl>
    }
}

#[component]
fn Numbers(summary: Summary) -> impl IntoView {
    let lang = preferences().lang;
    let say = move |words: Words| lang.pick(words.0, words.1);
    let number = move |(number, words, shape, class): (usize, Words, Icon, &'static str)| {
        (number > 0).then(|| {
            view! {
                <span class=class>
                    <span class="pf-v6-c-label__content">
                        <span class="pf-v6-c-label__icon">{icon(shape)}</span>
                        <span class="pf-v6-c-label__text">{format!("{number} {}", say(words))}</span>
                    </span>
                </span>
            }
        })
    };
    let numbers = [
        (summary.blockers, words::N_BLOCKERS, Icon::Error, "pf-v6-c-label pf-m-red"),
        (summary.warnings, words::N_WARNINGS, Icon::Warning, "pf-v6-c-label pf-m-orange"),
        (summary.advice, words::N_ADVICE, Icon::Info, "pf-v6-c-label pf-m-blue"),
        (summary.could_not_run, words::N_UNKNOWN, Icon::Unknown, "pf-v6-c-label"),
        (summary.passed, words::N_PASSED, Icon::Good, "pf-v6-c-label pf-m-green"),
    ];
    view! {
        <div class="hd-row">{numbers.map(number).into_iter().collect_view()}</div>
        <p class="hd-quiet">{say(words::ANSWERED_CHECKS)}</p>
    }
}

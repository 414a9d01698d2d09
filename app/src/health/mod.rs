//! The health page: the verdict first, then what to do, then what it was read from. The server puts in what it knows; the
//! browser asks again every 15 seconds.

mod acts;
pub mod api;
mod timeline;

use crate::frame::{preferences, texts};
use crate::lean::of_this_page;
use crate::program::Program;
use crate::wizard::api::Refused;
use acts::{Actions, Done};
use api::Shown;
use hosted_deploy_model::health::{Finding, Health, HostHealth, Level, Step, Verdict};
use hosted_deploy_model::lang::Lang;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_meta::Title;
use std::time::Duration;
use timeline::TimeLine;

/// Between two questions of the browser.
const AGAIN: Duration = Duration::from_secs(15);

pub(crate) const HEALTH: (&str, &str) = ("Health", "稼働状態");

#[component]
pub(crate) fn HealthPage() -> impl IntoView {
    Program::Watch.page(page)
}

fn page() -> impl IntoView {
    let of_page: Option<Shown> = of_this_page(api::known_of_this_page);
    let shown = RwSignal::new(of_page);
    let refused = RwSignal::new(None::<Refused>);
    let busy = RwSignal::new(false);
    let ask = move || {
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        spawn_local(async move {
            match api::read().await {
                Ok(answer) => {
                    refused.set(None);
                    shown.set(Some(answer));
                }
                Err(error) => refused.set(Some(error)),
            }
            busy.set(false);
        });
    };
    // Effects run in the browser only.
    Effect::new(move |_| {
        ask();
        if let Ok(timer) = set_interval_with_handle(ask, AGAIN) {
            on_cleanup(move || timer.clear());
        }
    });
    let lang = preferences().lang;
    // Apart from the rest: what is typed there must outlive a new reading.
    let engine = Memo::new(move |_| {
        shown.with(|shown| {
            shown.as_ref().and_then(|shown| Some((shown.health.as_ref()?.1.engine.clone(), shown.console.clone())))
        })
    });
    view! {
        <Title text=format!("{} · {}", lang.pick(HEALTH.0, HEALTH.1), texts().product) />
        <section class="pf-v6-c-page__main-section">
            <div class="hd-stack">
                <h1 class="pf-v6-c-title pf-m-2xl">{lang.pick(HEALTH.0, HEALTH.1)}</h1>
                {move || refused.get().map(|refused| view! { <Refusal refused lang /> })}
                {move || shown.get().map(|shown| view! { <First shown lang /> })}
                {move || engine.get().map(|(engine, console)| view! { <Actions engine console lang ask /> })}
                {move || shown.get().map(|shown| view! { <Rest shown lang /> })}
            </div>
        </section>
    }
}

#[component]
fn Refusal(refused: Refused, lang: Lang) -> impl IntoView {
    let log_in = refused.log_in.then(|| {
        view! {
            <p>
                <a href="/login?next=/health" rel="external">{lang.pick("Log in again", "再度ログイン")}</a>
            </p>
        }
    });
    view! {
        <div class="pf-v6-c-alert pf-m-inline pf-m-danger" role="alert">
            <p class="pf-v6-c-alert__title">{refused.what.get(lang).to_owned()}</p>
            <div class="pf-v6-c-alert__description">
                <p>{refused.next.get(lang).to_owned()}</p>
                {log_in}
            </div>
        </div>
    }
}

/// The verdict, why, and what to do.
#[component]
fn First(shown: Shown, lang: Lang) -> impl IntoView {
    let Shown { host, health, now, .. } = shown;
    let Some((at, health)) = health else {
        return view! { <p role="status">{lang.pick("Reading the host…", "ホストを読み取っています…")}</p> }.into_any();
    };
    let age = now.saturating_sub(at) / 1000;
    let read = match lang {
        Lang::En => format!("{host}, read {age} s ago"),
        Lang::Ja => format!("{host} ({age} 秒前に読み取り)"),
    };
    let Health { verdict, sentence, findings, advice, .. } = health;
    view! {
        <div class="pf-v6-c-card">
            <div class="pf-v6-c-card__title">
                <h2 class="pf-v6-c-card__title-text" role="status">
                    <VerdictLabel verdict lang />
                    " "
                    {sentence.get(lang).to_owned()}
                </h2>
            </div>
            <div class="pf-v6-c-card__body">
                <p class="hd-quiet">{read}</p>
                <Findings findings lang />
            </div>
        </div>
        <Advice advice lang />
    }
    .into_any()
}

/// What it was read from, how it was before, what was done.
#[component]
fn Rest(shown: Shown, lang: Lang) -> impl IntoView {
    let Shown { health, history, now, acts, nodes, .. } = shown;
    let hosts = health.map(|(_, health)| health.hosts);
    view! {
        {hosts.map(|hosts| view! { <Hosts hosts lang /> })}
        {nodes.map(|nodes| crate::nodes::from_network_boot(nodes, lang))}
        <TimeLine history now lang />
        <Done acts lang />
    }
}

/// Colour, sign and word: none of them alone.
#[component]
pub(crate) fn VerdictLabel(verdict: Verdict, lang: Lang) -> impl IntoView {
    let (class, sign) = match verdict {
        Verdict::Healthy => ("pf-v6-c-label pf-m-green", "✔"),
        Verdict::Degraded => ("pf-v6-c-label pf-m-orange", "⚠"),
        Verdict::Down => ("pf-v6-c-label pf-m-red", "✖"),
        Verdict::Unknown => ("pf-v6-c-label", "?"),
    };
    view! {
        <span class=class>
            <span class="pf-v6-c-label__content">
                <span class="pf-v6-c-label__text">{format!("{sign} {}", verdict.title().get(lang))}</span>
            </span>
        </span>
    }
}

#[component]
fn Findings(findings: Vec<Finding>, lang: Lang) -> impl IntoView {
    let lines = findings.into_iter().map(|finding| {
        let (sign, word) = match finding.level {
            Level::Trouble => ("⚠", lang.pick("Trouble", "問題")),
            Level::Note => ("·", lang.pick("Note", "情報")),
        };
        view! { <li>{format!("{sign} {word}: {}", finding.title.get(lang))}</li> }
    });
    view! { <ul>{lines.collect_view()}</ul> }
}

#[component]
fn Advice(advice: Vec<Step>, lang: Lang) -> impl IntoView {
    if advice.is_empty() {
        return ().into_any();
    }
    let steps = advice.into_iter().map(|step| {
        let place = (!step.host.is_empty()).then(|| format!("{}: ", step.host));
        let command = (!step.command.is_empty()).then(|| view! { <p>{place}<code>{step.command.clone()}</code></p> });
        let action = step.action.map(|action| {
            view! {
                <p>
                    <a href=format!("#act-{}", action.name())>{action.title().get(lang).to_owned()}</a>
                </p>
            }
        });
        view! {
            <li>
                <p>{step.text.get(lang).to_owned()}</p>
                {command}
                {action}
            </li>
        }
    });
    view! {
        <div class="pf-v6-c-card">
            <div class="pf-v6-c-card__title">
                <h2 class="pf-v6-c-card__title-text">{lang.pick("What to do", "対処")}</h2>
            </div>
            <div class="pf-v6-c-card__body">
                <ol class="hd-advice">{steps.collect_view()}</ol>
            </div>
        </div>
    }
    .into_any()
}

#[component]
fn Hosts(hosts: Vec<HostHealth>, lang: Lang) -> impl IntoView {
    let heads = [
        ("Host", "ホスト"),
        ("Score", "スコア"),
        ("HA agent", "HA エージェント"),
        ("Engine VM", "エンジン VM"),
        ("Services", "サービス"),
    ];
    let heads = heads.map(|(en, ja)| lang.pick(en, ja));
    let rows = hosts.into_iter().map(|host| {
        let score = host.score.map_or_else(|| "–".to_owned(), |score| score.to_string());
        let penalties = host.penalties.iter().map(|penalty| format!("−{}: {}", penalty.points, penalty.why.get(lang)));
        let penalties = penalties.map(|text| view! { <p class="hd-quiet">{text}</p> }).collect_view();
        let words = host.state_words.as_ref().map(|words| format!(" ({})", words.get(lang))).unwrap_or_default();
        let stale = (host.live == Some(false)).then(|| lang.pick("Stale: this is old. ", "古い情報です。"));
        let engine = host.engine.as_ref().map_or("–", |engine| engine.get(lang)).to_owned();
        view! {
            <tr class="pf-v6-c-table__tr">
                <td class="pf-v6-c-table__td" data-label=heads[0]>{host.name}</td>
                <td class="pf-v6-c-table__td" data-label=heads[1]>{score}{penalties}</td>
                <td class="pf-v6-c-table__td" data-label=heads[2]>{stale}{host.state}{words}</td>
                <td class="pf-v6-c-table__td" data-label=heads[3]>{engine}</td>
                <td class="pf-v6-c-table__td" data-label=heads[4]>{host.services.join(" · ")}</td>
            </tr>
        }
    });
    let title = lang.pick("Hosts", "ホスト");
    view! {
        <div class="pf-v6-c-card">
            <div class="pf-v6-c-card__title">
                <h2 class="pf-v6-c-card__title-text">{title}</h2>
            </div>
            <div class="pf-v6-c-card__body">
                <table class="pf-v6-c-table pf-m-grid-md" aria-label=title>
                    <thead class="pf-v6-c-table__thead">
                        <tr class="pf-v6-c-table__tr">
                            {heads.map(|head| view! { <th class="pf-v6-c-table__th" scope="col">{head}</th> }).into_iter().collect_view()}
                        </tr>
                    </thead>
                    <tbody class="pf-v6-c-table__tbody">{rows.collect_view()}</tbody>
                </table>
            </div>
        </div>
    }
}

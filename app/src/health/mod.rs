//! The health page: the verdict first, then what to do, then what it was read from. The server puts in what it knows, and tells
//! every change as it comes.

mod acts;
pub mod api;
mod timeline;

use crate::boxes::{Card, Refusal};
use crate::cleanup::CLEANUP;
use crate::console::CONSOLE;
use crate::copying::CopyButton;
use crate::frame::{preferences, texts};
use crate::lean::of_this_page;
use crate::live::{self, Link, LinkNotice};
use crate::logs::LOGS;
use crate::program::Program;
use acts::{Actions, Done, GoesOn};
use api::Shown;
use hosted_deploy_model::health::{Figure, Finding, HostHealth, Level, Step, Verdict};
use hosted_deploy_model::lang::{Lang, Text};
use leptos::prelude::*;
use leptos_meta::Title;
use timeline::TimeLine;

pub(crate) const HEALTH: (&str, &str) = ("Health", "稼働状態");

#[component]
pub(crate) fn HealthPage() -> impl IntoView {
    Program::Watch.page(page)
}

fn page() -> impl IntoView {
    let of_page: Option<Shown> = of_this_page(api::known_of_this_page);
    let shown = RwSignal::new(of_page);
    let link = RwSignal::new(Link::Up);
    // Effects run in the browser only.
    Effect::new(move |_| live::keep("/api/v1/health/events", shown, link));
    let lang = preferences().lang;
    // Each part is made anew only when it has changed: what is typed, selected or focused in it must outlive the next reading.
    let engine = part(shown, |shown| Some((shown.health.as_ref()?.1.engine.clone(), shown.console.clone())));
    let verdict = part(shown, |shown| {
        let health = &shown.health.as_ref()?.1;
        Some((health.verdict, health.sentence.clone(), health.findings.clone(), health.advice.clone()))
    });
    let figures = part(shown, |shown| Some(shown.health.as_ref()?.1.figures.clone()));
    let hosts = part(shown, |shown| Some(shown.health.as_ref()?.1.hosts.clone()));
    let (trouble, acting) = (part(shown, |shown| shown.trouble.clone()), part(shown, |shown| shown.acting.clone()));
    let nodes = part(shown, |shown| shown.nodes.clone());
    let history = part(shown, |shown| Some((shown.history.clone(), shown.now)));
    let deeds = part(shown, |shown| Some((shown.deeds.clone(), shown.acting.is_some())));
    let age = move || {
        shown.with(|shown| {
            let shown = shown.as_ref()?;
            let secs = shown.now.saturating_sub(shown.health.as_ref()?.0) / 1000;
            Some(match lang {
                Lang::En => format!("{}, read {secs} s ago", shown.host),
                Lang::Ja => format!("{} ({secs} 秒前に読み取り)", shown.host),
            })
        })
    };
    view! {
        <Title text=format!("{} · {}", lang.pick(HEALTH.0, HEALTH.1), texts().product) />
        <section class="pf-v6-c-page__main-section">
            <div class="hd-stack">
                <h1 class="pf-v6-c-title pf-m-2xl">{lang.pick(HEALTH.0, HEALTH.1)}</h1>
                <p class="hd-links">
                    <a href="/logs" rel="external">{lang.pick(LOGS.0, LOGS.1)}</a>
                    <a href="/console" rel="external">{lang.pick(CONSOLE.0, CONSOLE.1)}</a>
                    <a href="/cleanup" rel="external">{lang.pick(CLEANUP.0, CLEANUP.1)}</a>
                </p>
                <LinkNotice link />
                {move || trouble.get().map(|refused| view! { <Refusal refused /> })}
                <p class="hd-quiet">{age}</p>
                {move || match verdict.get() {
                    Some((verdict, sentence, findings, advice)) => {
                        view! { <First verdict sentence findings advice lang /> }.into_any()
                    }
                    None => view! { <p role="status">{lang.pick("Reading the host…", "ホストを読み取っています…")}</p> }.into_any(),
                }}
                {move || acting.get().map(|acting| view! { <GoesOn acting lang /> })}
                {move || engine.get().map(|(engine, console)| view! { <Actions engine console lang /> })}
                {move || hosts.get().map(|hosts| view! { <Hosts hosts lang /> })}
                {move || figures.get().map(|figures| view! { <Figures figures lang /> })}
                {move || nodes.get().map(|nodes| crate::nodes::from_network_boot(nodes, lang))}
                {move || history.get().map(|(history, now)| view! { <TimeLine history now lang /> })}
                {move || deeds.get().map(|(deeds, acting)| view! { <Done deeds acting lang /> })}
            </div>
        </section>
    }
}

/// A part of what is shown.
fn part<T: PartialEq + Send + Sync + 'static>(
    shown: RwSignal<Option<Shown>>,
    part: fn(&Shown) -> Option<T>,
) -> Memo<Option<T>> {
    Memo::new(move |_| shown.with(|shown| part(shown.as_ref()?)))
}

/// The verdict, why, and what to do.
#[component]
fn First(verdict: Verdict, sentence: Text, findings: Vec<Finding>, advice: Vec<Step>, lang: Lang) -> impl IntoView {
    view! {
        <div class="pf-v6-c-card">
            <div class="pf-v6-c-card__title" role="status">
                <h2 class="pf-v6-c-card__title-text">
                    <VerdictLabel verdict lang />
                    " "
                    {sentence.get(lang).to_owned()}
                </h2>
            </div>
            <div class="pf-v6-c-card__body">
                <Findings findings lang />
            </div>
        </div>
        <Advice advice lang />
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
        let command = (!step.command.is_empty()).then(|| {
            let copied = step.command.clone();
            view! {
                <p>
                    {place}<code>{step.command.clone()}</code>" "
                    <CopyButton text=move || copied.clone() of=step.command.clone() />
                </p>
            }
        });
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

/// What was read, also when all is well.
#[component]
fn Figures(figures: Vec<Figure>, lang: Lang) -> impl IntoView {
    if figures.is_empty() {
        return ().into_any();
    }
    let lines = figures.into_iter().map(move |figure| {
        view! { <li>{format!("{}: {}", figure.title.get(lang), figure.value.get(lang))}</li> }
    });
    view! {
        <Card title=lang.pick("What was read", "読み取った値").to_owned()>
            <ul class="hd-figures">{lines.collect_view()}</ul>
        </Card>
    }
    .into_any()
}

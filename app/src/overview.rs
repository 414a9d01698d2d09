//! The first page: who is logged in where, and what was run there.

use crate::api::{self, Overview, RunLine, RunState};
use crate::frame::texts;
use crate::lean::of_this_page;
use crate::program::Program;
use crate::texts::{Texts, with_commands};
use crate::wizard::HostCards;
use leptos::prelude::*;
use leptos_meta::Title;

#[component]
pub(crate) fn OverviewPage() -> impl IntoView {
    Program::Wizard.page(page)
}

fn page() -> impl IntoView {
    let t = texts();
    // Made with the page and handed over in it: nothing to wait for, on either side.
    let overview: Option<Overview> = of_this_page(api::overview_of_this_page);
    view! {
        <Title text=format!("{} · {}", t.overview, t.product) />
        <section class="pf-v6-c-page__main-section">
            <div class="hd-stack">
                <h1 class="pf-v6-c-title pf-m-2xl">{t.overview}</h1>
                {match overview {
                    Some(overview) => view! { <Cards overview /> }.into_any(),
                    None => view! { <p role="alert">{t.not_loaded}</p> }.into_any(),
                }}
            </div>
        </section>
    }
}

#[component]
fn Cards(overview: Overview) -> impl IntoView {
    let t = texts();
    let Overview { host, user, host_key, version, runs } = overview;
    view! {
        <HostCards />
        <div class="pf-v6-c-card">
            <div class="pf-v6-c-card__title">
                <h2 class="pf-v6-c-card__title-text">{t.session}</h2>
            </div>
            <div class="pf-v6-c-card__body">
                <dl class="pf-v6-c-description-list pf-m-horizontal">
                    <Fact term=t.host>{host}</Fact>
                    <Fact term=t.user>{user}</Fact>
                    <Fact term=t.host_key>
                        <span class="hd-fingerprint">{host_key}</span>
                    </Fact>
                    <Fact term=t.version>{version}</Fact>
                </dl>
            </div>
        </div>
        <div class="pf-v6-c-card">
            <div class="pf-v6-c-card__title">
                <h2 class="pf-v6-c-card__title-text">{t.runs}</h2>
            </div>
            <div class="pf-v6-c-card__body">
                {if runs.is_empty() {
                    view! { <p>{with_commands(t.no_runs)}</p> }.into_any()
                } else {
                    view! { <RunTable runs /> }.into_any()
                }}
            </div>
        </div>
    }
}

#[component]
fn Fact(term: &'static str, children: Children) -> impl IntoView {
    view! {
        <div class="pf-v6-c-description-list__group">
            <dt class="pf-v6-c-description-list__term">
                <span class="pf-v6-c-description-list__text">{term}</span>
            </dt>
            <dd class="pf-v6-c-description-list__description">
                <div class="pf-v6-c-description-list__text">{children()}</div>
            </dd>
        </div>
    }
}

#[component]
fn RunTable(runs: Vec<RunLine>) -> impl IntoView {
    let t = texts();
    let heads = [t.started, t.engine, t.state, t.run];
    let rows = runs.into_iter().map(|line| {
        let RunLine { id, started, engine, state } = line;
        let (class, word) = look(state, t);
        view! {
            <tr class="pf-v6-c-table__tr">
                <td class="pf-v6-c-table__td" data-label=t.started>{started}</td>
                <td class="pf-v6-c-table__td" data-label=t.engine>{engine}</td>
                <td class="pf-v6-c-table__td" data-label=t.state>
                    <span class=class>
                        <span class="pf-v6-c-label__content">
                            <span class="pf-v6-c-label__text">{word}</span>
                        </span>
                    </span>
                </td>
                <td class="pf-v6-c-table__td" data-label=t.run>
                    // Its page is made by the server, with all it shows.
                    <a href=format!("/runs/{id}") rel="external">{id.clone()}</a>
                </td>
            </tr>
        }
    });
    view! {
        <table class="pf-v6-c-table pf-m-grid-md" aria-label=t.runs>
            <thead class="pf-v6-c-table__thead">
                <tr class="pf-v6-c-table__tr">
                    {heads.map(|head| view! { <th class="pf-v6-c-table__th" scope="col">{head}</th> }).into_iter().collect_view()}
                </tr>
            </thead>
            <tbody class="pf-v6-c-table__tbody">{rows.collect_view()}</tbody>
        </table>
    }
}

/// Colour and sign and word: none of them alone.
pub(crate) fn look(state: RunState, t: &Texts) -> (&'static str, String) {
    let (class, sign, word) = match state {
        RunState::Running => ("pf-v6-c-label pf-m-blue", "▶", t.running),
        RunState::Waiting => ("pf-v6-c-label pf-m-yellow", "⏸", t.waiting),
        RunState::Succeeded => ("pf-v6-c-label pf-m-green", "✔", t.succeeded),
        RunState::Failed => ("pf-v6-c-label pf-m-red", "✖", t.failed),
        RunState::Cancelled => ("pf-v6-c-label", "■", t.cancelled),
        RunState::Interrupted => ("pf-v6-c-label pf-m-orange", "⚠", t.interrupted),
    };
    (class, format!("{sign} {word}"))
}

//! The page of all runs, and the table that the overview shows of the newest.

use crate::api::{self, RunLine, RunList};
use crate::frame::{preferences, texts};
use crate::lean::of_this_page;
use crate::overview::{asked, look};
use crate::program::Program;
use crate::texts::with_code;
use hosted_deploy_model::duration::duration;
use leptos::prelude::*;
use leptos_meta::Title;

#[component]
pub(crate) fn RunsPage() -> impl IntoView {
    Program::Wizard.page(page)
}

fn page() -> impl IntoView {
    let t = texts();
    let of_page: Option<RunList> = of_this_page(api::runs_of_this_page);
    let list = asked(of_page.map(Ok), api::runs);
    view! {
        <Title text=format!("{} · {}", t.all_runs, t.product) />
        <section class="pf-v6-c-page__main-section">
            <div class="hd-stack">
                <h1 class="pf-v6-c-title pf-m-2xl">{t.all_runs}</h1>
                {move || match list.get() {
                    Some(Ok(list)) => view! { <List list /> }.into_any(),
                    Some(Err(_)) => view! { <p role="alert">{t.not_loaded}</p> }.into_any(),
                    None => view! { <p role="status">{t.loading}</p> }.into_any(),
                }}
            </div>
        </section>
    }
}

#[component]
fn List(list: RunList) -> impl IntoView {
    let t = texts();
    let more = list.more;
    view! {
        <p class="hd-quiet">{t.runs_of} " " <strong>{list.at.clone()}</strong></p>
        <div class="pf-v6-c-card">
            <div class="pf-v6-c-card__body">
                <RunTable runs=list />
            </div>
        </div>
        {more.then(|| view! { <p>{with_code(t.older_runs)}</p> })}
    }
}

/// Runs as they were begun, newest first; what to do when there is none.
#[component]
pub(crate) fn RunTable(runs: RunList) -> impl IntoView {
    let t = texts();
    if runs.runs.is_empty() {
        return view! { <p>{with_code(t.no_runs)}</p> }.into_any();
    }
    let heads = [t.run, t.engine, t.on_host, t.started, t.took, t.state, t.account];
    view! {
        <table class="pf-v6-c-table pf-m-grid-lg" aria-label=t.runs>
            <thead class="pf-v6-c-table__thead">
                <tr class="pf-v6-c-table__tr">
                    {heads.map(|head| view! { <th class="pf-v6-c-table__th" scope="col">{head}</th> }).into_iter().collect_view()}
                </tr>
            </thead>
            <tbody class="pf-v6-c-table__tbody">
                {runs.runs.into_iter().map(|line| view! { <Row line /> }).collect_view()}
            </tbody>
        </table>
    }
    .into_any()
}

#[component]
fn Row(line: RunLine) -> impl IntoView {
    let t = texts();
    let RunLine { id, started, engine, host, account, took_millis, state } = line;
    let (class, word) = look(state, t);
    view! {
        <tr class="pf-v6-c-table__tr">
            <td class="pf-v6-c-table__td" data-label=t.run>
                // Its page is made by the server, with all it shows.
                <a href=format!("/runs/{id}") rel="external">{id.clone()}</a>
            </td>
            <td class="pf-v6-c-table__td" data-label=t.engine>{engine}</td>
            <td class="pf-v6-c-table__td" data-label=t.on_host>{host}</td>
            <td class="pf-v6-c-table__td" data-label=t.started>{started}</td>
            <td class="pf-v6-c-table__td" data-label=t.took>{duration(took_millis, preferences().lang)}</td>
            <td class="pf-v6-c-table__td" data-label=t.state>
                <span class=class>
                    <span class="pf-v6-c-label__content">
                        <span class="pf-v6-c-label__text">{word}</span>
                    </span>
                </span>
            </td>
            <td class="pf-v6-c-table__td" data-label=t.account>{account}</td>
        </tr>
    }
}

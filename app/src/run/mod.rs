//! The page of a run: made by the server as the run stands, then folding the same events as everybody else.
//!
//! [`wire`]: what page and server tell each other. [`live`]: the stream of events and what became of it. [`lines`], [`window`]: the
//! log, for a million lines. The rest are the parts that one sees: `header`, `panels`, `timeline`, `log`, `ask`.

mod ask;
mod done;
mod header;
mod lines;
mod live;
mod log;
mod panels;
mod texts;
mod timeline;
mod window;
pub mod wire;

use crate::frame::preferences;
use crate::lean::of_this_page;
use crate::program::Program;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use live::Live;
use wire::RunDocument;

/// What the server puts into the context of a request that is logged in.
#[cfg(feature = "ssr")]
#[derive(Clone)]
pub struct RunSource(pub std::sync::Arc<FindRun>);

/// Gives the run of an id, if the session may see it.
#[cfg(feature = "ssr")]
pub type FindRun = dyn Fn(&str) -> Option<RunDocument> + Send + Sync;

/// The run while its page is made on the server; in the browser the page brings it along.
fn run_of_this_page(id: &str) -> Option<RunDocument> {
    #[cfg(feature = "ssr")]
    {
        let found = use_context::<RunSource>().and_then(|source| (source.0)(id));
        if let (None, Some(response)) = (&found, use_context::<leptos_axum::ResponseOptions>()) {
            response.set_status(leptos::server_fn::axum_export::http::StatusCode::NOT_FOUND);
        }
        found
    }
    #[cfg(not(feature = "ssr"))]
    {
        let _ = id;
        None
    }
}

/// The texts in the visitor's language.
fn texts() -> &'static texts::Texts {
    texts::of(preferences().lang)
}

#[component]
pub(crate) fn RunPage() -> impl IntoView {
    Program::Watch.page(page)
}

fn page() -> impl IntoView {
    let id = use_params_map().with_untracked(|params| params.get("id")).unwrap_or_default();
    let document: Option<RunDocument> = of_this_page(|| run_of_this_page(&id));
    match document {
        Some(document) => view! { <Shown document /> }.into_any(),
        None => view! { <Unknown /> }.into_any(),
    }
}

#[component]
fn Unknown() -> impl IntoView {
    let t = texts();
    view! {
        <Title text=t.no_run />
        <section class="pf-v6-c-page__main-section">
            <div class="hd-stack">
                <h1 class="pf-v6-c-title pf-m-2xl">{t.no_run}</h1>
                <p>{t.no_run_why}</p>
                <p>
                    <a href="/runs" rel="external">
                        {crate::frame::texts().all_runs}
                    </a>
                </p>
            </div>
        </section>
    }
}

#[component]
fn Shown(document: RunDocument) -> impl IntoView {
    let live = Live::begin(&document);
    provide_context(live);
    let acts = ask::Acts::new(document.run.id.clone(), document.may_act, document.edited);
    provide_context(acts);
    let RunDocument { estimate, links, account, may_act, retried_by, .. } = document;
    provide_context(links);
    provide_context(log::Wishes::new());
    view! {
        <section class="pf-v6-c-page__main-section">
            <div class="hd-run">
                <header::Header account may_act retried_by />
                <panels::Panels />
                <timeline::Timeline estimate />
                <log::LogCard />
            </div>
            <ask::Dialog />
        </section>
    }
}

//! The first page: who is logged in where, and what was run there.

use crate::api::{self, Overview, RunState};
use crate::frame::texts;
use crate::lean::of_this_page;
use crate::program::Program;
use crate::runs::RunTable;
use crate::texts::Texts;
use crate::wizard::HostCards;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_meta::Title;
use leptos_router::components::A;

#[component]
pub(crate) fn OverviewPage() -> impl IntoView {
    Program::Wizard.page(page)
}

fn page() -> impl IntoView {
    let t = texts();
    // Made with the page and handed over in it: nothing to wait for, on either side.
    let of_page: Option<Overview> = of_this_page(api::overview_of_this_page);
    let overview = asked(of_page.map(Ok), api::overview);
    view! {
        <Title text=format!("{} · {}", t.overview, t.product) />
        <section class="pf-v6-c-page__main-section">
            <div class="hd-stack">
                <h1 class="pf-v6-c-title pf-m-2xl">{t.overview}</h1>
                {move || match overview.get() {
                    Some(Ok(overview)) => view! { <Cards overview /> }.into_any(),
                    Some(Err(_)) => view! { <p role="alert">{t.not_loaded}</p> }.into_any(),
                    None => view! { <p role="status">{t.loading}</p> }.into_any(),
                }}
            </div>
        </section>
    }
}

/// What a page shows: what it was made with, or, where the visitor came from another page of ours, what is asked for now.
pub(crate) fn asked<T, E, F>(of_page: Option<Result<T, E>>, ask: fn() -> F) -> RwSignal<Option<Result<T, E>>>
where
    T: Send + Sync + 'static,
    E: Send + Sync + 'static,
    F: Future<Output = Result<T, E>> + 'static,
{
    let shown = RwSignal::new(of_page);
    Effect::new(move |_| {
        if shown.with_untracked(Option::is_none) {
            spawn_local(async move { shown.set(Some(ask().await)) });
        }
    });
    shown
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
                <RunTable runs />
                <p>
                    <A href="/runs">{t.all_runs}</A>
                </p>
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

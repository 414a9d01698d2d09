//! What is around every page behind the login: masthead with the switches, navigation, the page itself.

use crate::cleanup::CleanupPage;
use crate::console::ConsolePage;
use crate::health::{self, HealthPage};
use crate::logs::LogsPage;
use crate::nodes::{self, NodePage, NodesPage, StockPage};
use crate::overview::OverviewPage;
use crate::preferences::{LANG_COOKIE, Preferences, THEME_COOKIE, Theme, other, tag};
use crate::run::RunPage;
use crate::runs::RunsPage;
use crate::texts::{self, Texts};
use crate::wizard::{self, WizardPage};
use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::components::{A, FlatRoutes, Route, Router};
use leptos_router::hooks::use_location;
use leptos_router::path;

/// The visitor's choices, from the context.
pub(crate) fn preferences() -> Preferences {
    use_context().unwrap_or_default()
}

/// The texts in the visitor's language.
pub(crate) fn texts() -> &'static Texts {
    texts::of(preferences().lang)
}

/// All pages behind the login.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    let t = texts();
    // In the browser, once everything listens. Before that, a click would be for nobody, and what is typed would be lost.
    let alive = RwSignal::new(false);
    Effect::new(move |_| alive.set(true));
    view! {
        <Title text=t.product />
        <Router>
            <div class="pf-v6-c-page pf-m-no-sidebar">
                <a class="pf-v6-c-skip-to-content pf-v6-c-button pf-m-primary" href="#main" rel="external">
                    {t.skip}
                </a>
                <crate::idle::IdleWarning />
                <Masthead />
                <div class="pf-v6-c-page__main-container">
                    <main class="pf-v6-c-page__main" id="main" tabindex="-1">
                        <fieldset class="hd-page" role="presentation" disabled=move || !alive.get()>
                            <FlatRoutes fallback=NotFound>
                                <Route path=path!("/") view=OverviewPage />
                                <Route path=path!("/deploy/:step") view=WizardPage />
                                <Route path=path!("/runs") view=RunsPage />
                                <Route path=path!("/runs/:id") view=RunPage />
                                <Route path=path!("/health") view=HealthPage />
                                <Route path=path!("/logs") view=LogsPage />
                                <Route path=path!("/console") view=ConsolePage />
                                <Route path=path!("/cleanup") view=CleanupPage />
                                <Route path=path!("/nodes") view=NodesPage />
                                <Route path=path!("/nodes/:name") view=NodePage />
                                <Route path=path!("/profiles") view=StockPage />
                            </FlatRoutes>
                        </fieldset>
                    </main>
                </div>
            </div>
        </Router>
    }
}

#[component]
fn Masthead() -> impl IntoView {
    let t = texts();
    view! {
        <header class="pf-v6-c-masthead">
            <div class="pf-v6-c-masthead__main">
                <div class="pf-v6-c-masthead__brand">{t.product}</div>
            </div>
            <div class="pf-v6-c-masthead__content">
                <Navigation />
                <div class="hd-masthead-tools hd-end">
                    <Switches />
                    <form method="post" action="/logout">
                        <button class="pf-v6-c-button pf-m-secondary" type="submit">
                            <span class="pf-v6-c-button__text">{t.log_out}</span>
                        </button>
                    </form>
                </div>
            </div>
        </header>
    }
}

/// Language and look, as a plain form: it also works before the scripts are loaded. The server sets the cookie and sends back
/// to the page.
#[component]
fn Switches() -> impl IntoView {
    let t = texts();
    let Preferences { lang, theme } = preferences();
    let back = use_location().pathname;
    let look = match theme {
        Theme::Light => t.to_dark,
        Theme::Dark => t.to_light,
    };
    view! {
        <form class="hd-masthead-tools" method="post" action="/preferences">
            <input type="hidden" name="back" value=back />
            <button class="pf-v6-c-button pf-m-plain" type="submit" name=LANG_COOKIE value=tag(other(lang)) lang=t.other_language_tag>
                <span class="pf-v6-c-button__text">{t.other_language}</span>
            </button>
            <button class="pf-v6-c-button pf-m-plain" type="submit" name=THEME_COOKIE value=theme.other().name()>
                <span class="pf-v6-c-button__text">{look}</span>
            </button>
        </form>
    }
}

#[component]
fn Navigation() -> impl IntoView {
    let t = texts();
    // The router marks the current page (`aria-current`); PatternFly wants a class as well.
    let here = use_location().pathname;
    view! {
        <nav class="pf-v6-c-nav pf-m-horizontal" aria-label=t.navigation>
            <ul class="pf-v6-c-nav__list" role="list">
                <li class="pf-v6-c-nav__item">
                    <A href="/" attr:class=move || if here.get() == "/" { "pf-v6-c-nav__link pf-m-current" } else { "pf-v6-c-nav__link" }>
                        <span class="pf-v6-c-nav__link-text">{t.overview}</span>
                    </A>
                </li>
                <li class="pf-v6-c-nav__item">
                    <a
                        href="/deploy"
                        rel="external"
                        aria-current=move || here.get().starts_with("/deploy").then_some("page")
                        class=move || if here.get().starts_with("/deploy") { "pf-v6-c-nav__link pf-m-current" } else { "pf-v6-c-nav__link" }
                    >
                        <span class="pf-v6-c-nav__link-text">{preferences().lang.pick(wizard::DEPLOY.0, wizard::DEPLOY.1)}</span>
                    </a>
                </li>
                <li class="pf-v6-c-nav__item">
                    <A href="/runs" attr:class=move || if here.get().starts_with("/runs") { "pf-v6-c-nav__link pf-m-current" } else { "pf-v6-c-nav__link" }>
                        <span class="pf-v6-c-nav__link-text">{t.runs_page}</span>
                    </A>
                </li>
                <li class="pf-v6-c-nav__item">
                    <A href="/health" attr:class=move || if here.get() == "/health" { "pf-v6-c-nav__link pf-m-current" } else { "pf-v6-c-nav__link" }>
                        <span class="pf-v6-c-nav__link-text">{preferences().lang.pick(health::HEALTH.0, health::HEALTH.1)}</span>
                    </A>
                </li>
                <li class="pf-v6-c-nav__item">
                    <A href="/nodes" attr:class=move || if of_nodes(&here.get()) { "pf-v6-c-nav__link pf-m-current" } else { "pf-v6-c-nav__link" }>
                        <span class="pf-v6-c-nav__link-text">{preferences().lang.pick(nodes::NODES.0, nodes::NODES.1)}</span>
                    </A>
                </li>
            </ul>
        </nav>
    }
}

/// The pages that the entry of nodes stands for.
fn of_nodes(here: &str) -> bool {
    here.starts_with("/nodes") || here == "/profiles"
}

#[component]
fn NotFound() -> impl IntoView {
    let t = texts();
    view! {
        <Title text=t.not_found />
        <section class="pf-v6-c-page__main-section">
            <div class="hd-stack">
                <h1 class="pf-v6-c-title pf-m-2xl">{t.not_found}</h1>
                <p>{t.not_found_why}</p>
            </div>
        </section>
    }
}

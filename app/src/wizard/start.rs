//! The start of a deployment, which the steps Prepare VM and Finish share: its buttons, what is under way, what came of it.

use super::api::{self, Begin, Begun, OpenedRun};
use super::browser;
use super::checking::Checking;
use super::form::Form;
use super::icon::{Icon, icon};
use super::page::ProblemLinks;
use super::words;
use crate::boxes::Refusal;
use crate::refused::Refused;
use hosted_deploy_model::form::Step;
use hosted_deploy_model::problem::Problem;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::collections::BTreeSet;

/// What the two steps share: checks to skip, the start under way, what came of it.
#[derive(Clone, Copy)]
pub(super) struct Start {
    pub(super) form: Form,
    pub(super) checking: Checking,
    pub(super) skip: RwSignal<BTreeSet<String>>,
    take_over: RwSignal<bool>,
    under_way: RwSignal<bool>,
    refused: RwSignal<Option<Refused>>,
    /// Problems that the server found, when it did not start.
    blocked: RwSignal<Option<Vec<Problem>>>,
}

impl Start {
    pub(super) fn new(form: Form, checking: Checking) -> Self {
        Self {
            form,
            checking,
            skip: RwSignal::default(),
            take_over: RwSignal::new(false),
            under_way: RwSignal::new(false),
            refused: RwSignal::new(None),
            blocked: RwSignal::new(None),
        }
    }

    /// Everything is saved first: the server deploys its draft.
    fn act(self, act: impl AsyncFnOnce() -> Result<Begun, Refused> + 'static) {
        self.under_way.set(true);
        self.refused.set(None);
        self.blocked.set(None);
        self.form.visit(&[Step::Vm, Step::Engine]);
        spawn_local(async move {
            let begun = match self.form.save().await {
                Ok(()) => act().await,
                Err(refused) => Err(refused),
            };
            match begun {
                Ok(Begun::Run(id)) => return browser::go(&format!("/runs/{id}")),
                Ok(Begun::Blocked(judged)) => {
                    self.blocked.set(Some(judged.problems.clone()));
                    self.form.judged.set(Some(*judged));
                    self.checking.date(self.form);
                }
                Err(refused) => self.refused.set(Some(refused)),
            }
            self.under_way.set(false);
        });
    }

    pub(super) fn begin(self, whole: bool) {
        if whole {
            self.form.visit(&[Step::Storage]);
        }
        let skip = self.skip.with_untracked(|skip| skip.iter().cloned().collect());
        let begin = Begin { whole, skip, take_over: self.take_over.get_untracked() };
        self.act(async move || api::begin(begin).await);
    }

    pub(super) fn finish(self, run: String) {
        self.form.visit(&[Step::Storage]);
        self.act(async move || api::finish(run).await.map(Begun::Run));
    }
}

#[component]
pub(super) fn OpenRun(form: Form) -> impl IntoView {
    let alert = move |OpenedRun { id, at_gate }: OpenedRun| {
        let words = if at_gate { words::AT_GATE } else { words::RUNNING };
        view! {
            <div class="pf-v6-c-alert pf-m-inline pf-m-info">
                <div class="pf-v6-c-alert__icon">{icon(Icon::Info)}</div>
                <p class="pf-v6-c-alert__title">{form.say(words)}</p>
                <div class="pf-v6-c-alert__description">
                    <a href=format!("/runs/{id}") rel="external">{format!("{} {id}", form.say(words::TO_RUN))}</a>
                </div>
            </div>
        }
    };
    view! { {move || form.open_run.get().map(alert)} }
}

#[component]
pub(super) fn Outcome(start: Start) -> impl IntoView {
    let form = start.form;
    view! {
        <div role="status">
            {move || start.refused.get().map(|refused| view! { <Refusal refused /> })}
            {move || start.blocked.get().map(|problems| view! {
                <div class="pf-v6-c-alert pf-m-inline pf-m-warning">
                    <div class="pf-v6-c-alert__icon">{icon(Icon::Warning)}</div>
                    <p class="pf-v6-c-alert__title">{form.say(words::NOT_STARTED)}</p>
                    <div class="pf-v6-c-alert__description">{form.say(words::NOT_STARTED_WHY)}</div>
                </div>
                // What only the server knows, such as a password that it has forgotten.
                {
                    let known = form.told.with(|told| told.problems.clone());
                    let news: Vec<Problem> =
                        problems.into_iter().filter(|problem| known.iter().all(|known| known.field != problem.field)).collect();
                    (!news.is_empty()).then(|| view! { <ProblemLinks form heading=form.say(words::PROBLEMS) problems=news /> })
                }
            })}
        </div>
    }
}

#[component]
pub(super) fn Act(
    start: Start,
    words: (&'static str, &'static str),
    why: (&'static str, &'static str),
    main: bool,
    act: impl Fn() + Send + Sync + 'static,
) -> impl IntoView {
    let form = start.form;
    let class = if main { "pf-v6-c-button pf-m-primary" } else { "pf-v6-c-button pf-m-secondary" };
    view! {
        <div class="hd-row">
            <button class=class type="button" disabled=move || start.under_way.get() on:click=move |_| act()>
                <span class="pf-v6-c-button__text">
                    {move || form.say(if start.under_way.get() { words::STARTING } else { words })}
                </span>
            </button>
            <span class="hd-quiet">{form.say(why)}</span>
        </div>
    }
}

#[component]
pub(super) fn TakeOver(start: Start) -> impl IntoView {
    view! {
        <div class="pf-v6-c-check">
            <input
                class="pf-v6-c-check__input"
                type="checkbox"
                id="take-over"
                prop:checked=move || start.take_over.get()
                on:change=move |event| start.take_over.set(event_target_checked(&event))
            />
            <label class="pf-v6-c-check__label" for="take-over">{start.form.say(words::TAKE_OVER)}</label>
        </div>
    }
}

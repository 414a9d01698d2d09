//! What a person must know or do now: a pause, the gate, a failure, the end. At most one of them, but that nobody follows the run.

use super::ask::{Act, Acts};
use super::done::Done;
use super::live::Live;
use super::texts;
use super::wire::{Driver, Links};
use crate::frame::preferences;
use crate::texts::with_code;
use hosted_deploy_model::duration::duration;
use hosted_deploy_model::event::{Cause, Outcome};
use hosted_deploy_model::explain::explain;
use hosted_deploy_model::form::{Step, meant, step_of};
use hosted_deploy_model::lang::Text;
use hosted_deploy_model::phase::Phase;
use hosted_deploy_model::run::Waiting;
use leptos::prelude::*;

/// The role waits for a person that long.
const LONGEST_PAUSE_MS: u64 = 24 * 60 * 60 * 1000;

#[component]
pub(super) fn Panels() -> impl IntoView {
    let live = expect_context::<Live>();
    let waiting = Memo::new(move |_| live.run.with(|run| run.waiting.clone()));
    let outcome = Memo::new(move |_| live.run.with(|run| run.outcome.clone()));
    let undriven = Memo::new(move |_| match live.beat.get().driver {
        Driver::Driven | Driver::Starting => None,
        driver => {
            (outcome.get().is_none() && !matches!(waiting.get(), Some(Waiting::Storage { .. }))).then_some(driver)
        }
    });
    view! {
        {move || undriven.get().map(|driver| view! { <Undriven driver /> })}
        {move || match (waiting.get(), outcome.get()) {
            (_, Some(Outcome::Succeeded { portal, login })) => view! { <Done portal login /> }.into_any(),
            (_, Some(Outcome::Failed { phase, cause })) => view! { <Failure phase cause /> }.into_any(),
            (_, Some(Outcome::Cancelled { .. })) => view! { <Stopped reason=None /> }.into_any(),
            (_, Some(Outcome::Interrupted { reason, .. })) => view! { <Stopped reason=Some(reason) /> }.into_any(),
            (Some(Waiting::Person { .. }), None) => view! { <Pause /> }.into_any(),
            (Some(Waiting::Storage { .. }), None) => view! { <Gate /> }.into_any(),
            (None, None) => ().into_any(),
        }}
    }
}

#[component]
fn Panel(kind: &'static str, title: String, children: Children) -> impl IntoView {
    view! {
        <section class=format!("pf-v6-c-alert pf-m-inline hd-panel {kind}")>
            <h2 class="pf-v6-c-alert__title">{title}</h2>
            <div class="pf-v6-c-alert__description">{children()}</div>
        </section>
    }
}

#[component]
fn Button(act: Act, label: &'static str) -> impl IntoView {
    let acts = expect_context::<Acts>();
    acts.may_act.then(|| {
        view! {
            <button class="pf-v6-c-button pf-m-primary" type="button" disabled=move || acts.busy() on:click=move |_| acts.ask(act)>
                <span class="pf-v6-c-button__text">{label}</span>
            </button>
        }
    })
}

#[component]
fn LinkButton(href: String, label: &'static str) -> impl IntoView {
    view! {
        <a class="pf-v6-c-button pf-m-secondary" href=href rel="external">
            <span class="pf-v6-c-button__text">{label}</span>
        </a>
    }
}

#[component]
fn Undriven(driver: Driver) -> impl IntoView {
    let t = texts();
    let gave_up = driver == Driver::GaveUp;
    let title = if gave_up { t.gave_up } else { t.absent };
    let notice = expect_context::<Live>().notice;
    view! {
        <Panel kind="pf-m-warning" title=title.to_owned()>
            {gave_up.then(|| view! { <pre class="hd-said">{notice}</pre> })}
            <p>{t.absent_why}</p>
            <p class="hd-acts">
                <Button act=Act::Follow label=t.follow />
            </p>
        </Panel>
    }
}

#[component]
fn Pause() -> impl IntoView {
    let t = texts();
    let lang = preferences().lang;
    let live = expect_context::<Live>();
    let left = move || {
        let since = live.paused_at.get()?;
        let left = (since + LONGEST_PAUSE_MS).saturating_sub(live.now.get());
        Some(format!("{} {}", t.paused_left, duration(left, lang)))
    };
    view! {
        <Panel kind="pf-m-warning" title=t.paused.to_owned()>
            <p>{t.paused_why}</p>
            <pre class="hd-said">{live.said}</pre>
            <p>{t.paused_how}</p>
            <p>{left}</p>
            <p class="hd-acts">
                <Button act=Act::Continue label=t.go_on />
            </p>
        </Panel>
    }
}

#[component]
fn Gate() -> impl IntoView {
    let t = texts();
    let wizard = expect_context::<Links>().deploy;
    view! {
        <Panel kind="pf-m-info" title=t.gate.to_owned()>
            <p>{t.gate_why}</p>
            {match wizard {
                Some(wizard) => {
                    view! {
                        <p class="hd-acts">
                            <LinkButton href=format!("{wizard}/storage") label=t.to_storage />
                        </p>
                    }
                        .into_any()
                }
                None => view! { <p>{with_code(t.gate_how)}</p> }.into_any(),
            }}
        </Panel>
    }
}

/// Why it failed in plain words, what to do, and the ways on.
#[component]
fn Failure(phase: Phase, cause: Cause) -> impl IntoView {
    let t = texts();
    let lang = preferences().lang;
    let title = format!("{} {}", t.failed_in, phase.title(lang));
    let known = explain(phase, &cause);
    let why = known.map_or(t.unknown_failure, |known| known.why(lang));
    let remedy = known.map(|known| known.remedy(lang));
    let field = known.and_then(|known| known.field);
    let Cause { task, message, also } = cause;
    view! {
        <Panel kind="pf-m-danger" title>
            <p>{with_code(why)}</p>
            <dl class="hd-terms">
                {remedy.map(|remedy| view! { <dt>{t.what_to_do}</dt> <dd>{with_code(remedy)}</dd> })}
                {field.map(|field| view! { <dt>{t.answer_to_change}</dt> <dd><code>{field}</code></dd> })}
                {(!task.is_empty()).then(|| view! { <dt>{t.failed_task}</dt> <dd>{task}</dd> })}
                {(!message.is_empty()).then(|| view! { <dt>{t.said}</dt> <dd><pre class="hd-said">{message}</pre></dd> })}
            </dl>
            {(!also.is_empty())
                .then(|| {
                    view! {
                        <details>
                            <summary>{t.more_said}</summary>
                            <pre class="hd-said">{also.join("\n")}</pre>
                        </details>
                    }
                })}
            <Ways field />
        </Panel>
    }
}

/// Where the wizard asks for an answer, below its own address; the beginning for one that it does not ask.
fn place(field: &str) -> Option<String> {
    let field = meant(field)?;
    Some(format!("{}#{}", step_of(field.path)?.slug(), field.id()))
}

#[component]
fn Stopped(reason: Option<Text>) -> impl IntoView {
    let t = texts();
    let lang = preferences().lang;
    let title = if reason.is_some() { t.interrupted } else { t.cancelled };
    view! {
        <Panel kind="pf-m-warning" title=title.to_owned()>
            {reason.map(|reason| view! { <p>{reason.get(lang).to_owned()}</p> })}
            <p>{t.cancelled_why}</p>
            <Ways field=None />
        </Panel>
    }
}

/// The ways on from a run that did not succeed.
#[component]
fn Ways(field: Option<&'static str>) -> impl IntoView {
    let t = texts();
    let acts = expect_context::<Acts>();
    let id = expect_context::<Live>().run.with_untracked(|run| run.id.clone());
    let Links { deploy, clean_up, .. } = expect_context::<Links>();
    view! {
        <p class="hd-acts">
            <Button act=Act::Retry label=t.retry />
            {deploy
                .filter(|_| acts.may_act)
                .map(|deploy| {
                    let at = format!("{deploy}/{}", field.and_then(place).unwrap_or_else(|| Step::Vm.slug().to_owned()));
                    view! {
                        <button
                            class="pf-v6-c-button pf-m-secondary"
                            type="button"
                            disabled=move || acts.busy()
                            on:click=move |_| acts.edit(&at)
                        >
                            <span class="pf-v6-c-button__text">{t.edit}</span>
                        </button>
                    }
                })}
            {clean_up.map(|clean_up| view! { <LinkButton href=clean_up label=t.clean_up /> })}
            <LinkButton href=format!("/api/v1/runs/{id}/bundle") label=t.bundle />
        </p>
    }
}

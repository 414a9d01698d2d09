//! The run at a glance: what, where, how it stands, how long it will take; and whether the line to the server is up.

use super::ask::{Act, Acts};
use super::live::{Link, Live};
use super::texts;
use crate::api::RunState;
use crate::frame::{self, preferences};
use crate::overview::look;
use hosted_deploy_model::run::{PhaseStatus, Run, Waiting};
use leptos::prelude::*;
use leptos_meta::Title;

#[component]
pub(super) fn Header(account: String, may_act: bool, retried_by: Option<String>) -> impl IntoView {
    let t = texts();
    let live = expect_context::<Live>();
    let acts = expect_context::<Acts>();
    let run = live.run;
    let engine = run.with_untracked(|run| run.plan.engine.clone());
    let id = run.with_untracked(|run| run.id.clone());
    let retry_of = run.with_untracked(|run| run.plan.retry_of.clone());
    let host = run.with_untracked(|run| run.plan.host.clone());
    let started = run.with_untracked(|run| date(run.started));
    let state = Memo::new(move |_| run.with(RunState::of));
    let goes_on = move || matches!(state.get(), RunState::Running | RunState::Waiting);
    let word = move || look(state.get(), frame::texts());
    let title = {
        let engine = engine.clone();
        move || format!("{} · {} {engine}", word().1, t.deployment)
    };
    let bundle = format!("/api/v1/runs/{id}/bundle");
    view! {
        <Title text=title />
        <div class="hd-run-head">
            <div>
                <h1 class="pf-v6-c-title pf-m-2xl">{t.deployment} " " {engine}</h1>
                <p class="hd-run-facts">
                    <span class=move || word().0>
                        <span class="pf-v6-c-label__content">
                            <span class="pf-v6-c-label__text">{move || word().1}</span>
                        </span>
                    </span>
                    <span>{t.on_host} ": " {host}</span>
                    <span>{t.began} ": " {started}</span>
                    <span class="hd-id">{id}</span>
                    {retry_of.map(|id| view! { <span>{t.retry_of} " " <a href=format!("/runs/{id}") rel="external">{id.clone()}</a></span> })}
                    {retried_by.map(|id| view! { <span>{t.retried_by} " " <a href=format!("/runs/{id}") rel="external">{id.clone()}</a></span> })}
                </p>
            </div>
            <Show when=move || may_act>
                <div class="hd-run-acts">
                    <a class="pf-v6-c-button pf-m-secondary" href=bundle.clone() download="" rel="external">
                        <span class="pf-v6-c-button__text">{t.bundle}</span>
                    </a>
                    <Show when=goes_on>
                        {move || match acts.cancelled.get() {
                            true => view! { <span role="status">{t.cancelling}</span> }.into_any(),
                            false => view! { <CancelButton /> }.into_any(),
                        }}
                    </Show>
                </div>
            </Show>
        </div>
        <Show when=move || !may_act>
            <p>{t.only_looking} " " <strong>{account.clone()}</strong></p>
        </Show>
        <LineState />
        <p class="hd-only-read" role="status">{announced(live)}</p>
    }
}

#[component]
fn CancelButton() -> impl IntoView {
    let t = texts();
    let acts = expect_context::<Acts>();
    view! {
        <button class="pf-v6-c-button pf-m-secondary pf-m-danger" type="button" on:click=move |_| acts.ask(Act::Cancel)>
            <span class="pf-v6-c-button__text">{t.cancel}</span>
        </button>
    }
}

#[component]
fn LineState() -> impl IntoView {
    let t = texts();
    let live = expect_context::<Live>();
    let id = live.run.with_untracked(|run| run.id.clone());
    move || match live.link.get() {
        Link::Lost => view! {
            <div class="pf-v6-c-alert pf-m-inline pf-m-warning" role="status">
                <p class="pf-v6-c-alert__title">{t.reconnecting}</p>
                <div class="pf-v6-c-alert__description">{t.reconnecting_why}</div>
            </div>
        }
        .into_any(),
        Link::LoggedOut => view! {
            <div class="pf-v6-c-alert pf-m-inline pf-m-warning" role="alert">
                <p class="pf-v6-c-alert__title">{t.logged_out}</p>
                <div class="pf-v6-c-alert__description">{t.logged_out_why}</div>
                <div class="pf-v6-c-alert__action-group">
                    <a class="pf-v6-c-button pf-m-secondary" href=format!("/login?next=/runs/{id}") rel="external">
                        <span class="pf-v6-c-button__text">{t.log_in_again}</span>
                    </a>
                </div>
            </div>
        }
        .into_any(),
        Link::Opening | Link::Up | Link::Over => ().into_any(),
    }
}

/// What is told to those who listen: the phase, a wait, the end. Not every line.
fn announced(live: Live) -> impl Fn() -> String + Copy {
    let text = Memo::new(move |_| live.run.with(announcement));
    move || text.get()
}

fn announcement(run: &Run) -> String {
    let (t, lang) = (texts(), preferences().lang);
    if run.outcome.is_some() {
        return look(RunState::of(run), frame::texts()).1;
    }
    match &run.waiting {
        Some(Waiting::Person { .. }) => t.paused.to_owned(),
        Some(Waiting::Storage { .. }) => t.gate.to_owned(),
        None => {
            let running = run.phases.iter().find(|progress| progress.status == PhaseStatus::Running);
            running.map_or_else(String::new, |progress| format!("{}: {}", progress.phase.title(lang), t.phase_runs))
        }
    }
}

/// `2026-01-31 23:59`, UTC.
fn date(millis: u64) -> String {
    // Civil date of a day count (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms").
    let minutes = millis / 60_000;
    let (days, minutes) = (minutes / 1440 + 719_468, minutes % 1440);
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let (month, carry) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    let year = year + era * 400 + carry;
    format!("{year:04}-{month:02}-{day:02} {:02}:{:02}", minutes / 60, minutes % 60)
}

#[cfg(test)]
mod tests {
    use super::date;

    #[test]
    fn a_date_is_the_calendars() {
        for (secs, text) in [
            (0, "1970-01-01 00:00"),
            (951_782_340, "2000-02-28 23:59"),
            (951_782_400, "2000-02-29 00:00"),
            (1_735_689_599, "2024-12-31 23:59"),
            (1_795_236_000, "2026-11-21 04:40"),
            (4_107_542_400, "2100-03-01 00:00"),
        ] {
            assert_eq!(date(secs * 1000), text);
        }
    }
}

//! The phases in their order: how far each is, what it took, what it usually takes.

use super::live::Live;
use super::log::Wishes;
use super::texts;
use crate::frame::preferences;
use hosted_deploy_model::duration::duration;
use hosted_deploy_model::estimate::Estimate;
use hosted_deploy_model::phase::Phase;
use hosted_deploy_model::plan::effect;
use hosted_deploy_model::run::{PhaseProgress, PhaseStatus, Run};
use leptos::prelude::*;

#[component]
pub(super) fn Timeline(estimate: Estimate) -> impl IntoView {
    let t = texts();
    let live = expect_context::<Live>();
    let phases: Vec<Phase> = live.run.with_untracked(|run| run.phases.iter().map(|progress| progress.phase).collect());
    let estimate = StoredValue::new(estimate);
    view! {
        <div class="pf-v6-c-card">
            <div class="pf-v6-c-card__title">
                <h2 class="pf-v6-c-card__title-text">{t.phases}</h2>
            </div>
            <div class="pf-v6-c-card__body">
                <Whole estimate />
                <ol class="hd-phases">
                    {phases.into_iter().map(|phase| view! { <PhaseLine phase estimate /> }).collect_view()}
                </ol>
            </div>
        </div>
    }
}

/// The whole run's bar and times.
#[component]
fn Whole(estimate: StoredValue<Estimate>) -> impl IntoView {
    let t = texts();
    let lang = preferences().lang;
    let live = expect_context::<Live>();
    let share = Memo::new(move |_| live.run.with(percent));
    let elapsed = move || {
        let end = live.run.with(|run| run.outcome.as_ref().map(|_| run.last)).unwrap_or_else(|| live.now.get());
        duration(end.saturating_sub(live.run.with(|run| run.started)), lang)
    };
    let left = move || {
        let left = estimate.with_value(|estimate| live.run.with(|run| estimate.remaining(run, live.now.get())))?;
        let whence = if left.measured { t.by_earlier } else { t.by_plan };
        let late = if left.late { format!(", {}", t.late) } else { String::new() };
        Some(format!(" · {} {} ({whence}{late})", t.left, rounded(left.ms, lang)))
    };
    view! {
        <div class="hd-whole">
            <progress aria-label=t.progress max="100" value=move || share.get().to_string()></progress>
            <span>{move || format!("{} %", share.get())} " · " {t.elapsed} " " {elapsed} {left}</span>
        </div>
    }
}

/// Tasks done of tasks expected; 100 only for a run that has succeeded.
fn percent(run: &Run) -> u32 {
    let (done, all) = run.phases.iter().fold((0, 0), |(done, all), progress| {
        let tasks = match progress.status {
            PhaseStatus::Done => progress.expected,
            _ => progress.tasks.min(progress.expected),
        };
        (done + tasks, all + progress.expected)
    });
    match (run.outcome.is_some(), all) {
        (_, 0) => 0,
        (true, _) if done == all => 100,
        _ => (done * 100 / all).min(99),
    }
}

/// Nobody believes seconds of a guess above a minute.
fn rounded(ms: u64, lang: hosted_deploy_model::lang::Lang) -> String {
    if ms >= 60_000 {
        duration((ms + 30_000) / 60_000 * 60_000, lang).replace(" 00 s", "").replace(" 00 秒", "")
    } else {
        duration(ms, lang)
    }
}

#[component]
fn PhaseLine(phase: Phase, estimate: StoredValue<Estimate>) -> impl IntoView {
    let t = texts();
    let lang = preferences().lang;
    let live = expect_context::<Live>();
    let wishes = expect_context::<Wishes>();
    let progress = Memo::new(move |_| live.run.with(|run| run.phase(phase).cloned()));
    let status = move || progress.with(|p| p.as_ref().map_or(PhaseStatus::Pending, |p| p.status));
    let look = move || match status() {
        PhaseStatus::Pending => ("hd-phase hd-pending", "○", t.pending),
        PhaseStatus::Running => ("hd-phase hd-running", "▶", t.phase_runs),
        PhaseStatus::Done => ("hd-phase hd-done", "✔", t.phase_done),
        PhaseStatus::Failed => ("hd-phase hd-failed", "✖", t.phase_failed),
    };
    let usual = estimate.with_value(|estimate| {
        let known = estimate.phase(phase)?;
        let word = if known.runs > 0 { t.usually } else { t.about };
        Some(format!("{word} {}", rounded(known.usual_ms, lang)))
    });
    let took = move || {
        let started = progress.with(|p| p.as_ref().and_then(|p| p.started))?;
        let ended = progress
            .with(|p| p.as_ref().and_then(|p| p.ended))
            .or_else(|| live.run.with(|run| run.outcome.as_ref().map(|_| run.last)));
        Some(duration(ended.unwrap_or_else(|| live.now.get()).saturating_sub(started), lang))
    };
    let times = move || match (took(), usual.clone(), status()) {
        (Some(took), Some(usual), PhaseStatus::Running) => format!("{took} ({usual})"),
        (Some(took), ..) => took,
        (None, usual, _) => usual.unwrap_or_default(),
    };
    let has_bar = move || status() == PhaseStatus::Running;
    let counted = move || progress.with(|p| p.as_ref().map(|p| (p.tasks, p.expected.max(1)))).unwrap_or((0, 1));
    let tasks = move || {
        let (tasks, expected) = counted();
        match status() {
            _ if phase == Phase::Preflight => String::new(),
            PhaseStatus::Running => format!("{tasks} / {expected} {}", t.tasks),
            PhaseStatus::Pending => String::new(),
            _ => format!("{tasks} {}", t.tasks),
        }
    };
    let title = phase.title(lang);
    view! {
        <li class=move || look().0 aria-current=move || has_bar().then_some("step")>
            <span class="hd-sign" aria-hidden="true">{move || look().1}</span>
            <div class="hd-phase-main">
                <div class="hd-phase-head">
                    <h3 class="hd-phase-title">{title}</h3>
                    <span class="hd-only-read">{move || look().2}</span>
                    <span class="hd-phase-times">{times}</span>
                </div>
                <p class="hd-phase-effect">{effect(phase).get(lang).to_owned()}</p>
                <Show when=has_bar>
                    <progress aria-label=title max=move || counted().1.to_string() value=move || counted().0.to_string()></progress>
                    <p class="hd-phase-task">{move || progress.with(|p| p.as_ref().map(task)).unwrap_or_default()}</p>
                </Show>
                <p class="hd-phase-more">
                    {move || Some(tasks()).filter(|tasks| !tasks.is_empty()).map(|tasks| view! { <span>{tasks}</span> })}
                    <Show when=move || status() != PhaseStatus::Pending>
                        <button
                            class="pf-v6-c-button pf-m-link pf-m-inline"
                            type="button"
                            aria-label=format!("{}: {title}", t.show_in_log)
                            on:click=move |_| wishes.only(phase)
                        >
                            <span class="pf-v6-c-button__text">{t.show_in_log}</span>
                        </button>
                    </Show>
                </p>
            </div>
        </li>
    }
}

/// The task that runs, and which attempt of it.
fn task(progress: &PhaseProgress) -> String {
    let name = progress.current.clone().unwrap_or_default();
    match progress.attempt {
        Some((attempt, of)) => format!("{name} ({} {attempt}/{of})", texts().attempt),
        None => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hosted_deploy_model::lang::Lang;

    #[test]
    fn a_guess_is_told_in_minutes() {
        assert_eq!(rounded(59_000, Lang::En), "59 s");
        assert_eq!(rounded(60_000, Lang::En), "1 min");
        assert_eq!(rounded(100_000, Lang::En), "2 min");
        assert_eq!(rounded(40 * 60_000 + 29_000, Lang::Ja), "40 分");
        assert_eq!(rounded(95 * 60_000, Lang::En), "1 h 35 min");
    }
}

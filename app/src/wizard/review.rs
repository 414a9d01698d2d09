//! Prepare VM and Finish: what was answered and where it came from, what the host says, and the plan.

use super::api::{Judged, OpenedRun};
use super::beside::look;
use super::checking::Checking;
use super::form::Form;
use super::icon::{Icon, icon};
use super::page::{GoTo, ProblemLinks};
use super::start::{Act, OpenRun, Outcome, Start, TakeOver};
use super::words;
use crate::boxes::Refusal;
use crate::texts::with_code;
use hosted_deploy_model::check::{Check, Severity, Status};
use hosted_deploy_model::form::{Field, Kind, Section, Step, meant, sections, step_of};
use hosted_deploy_model::phase::Phase;
use hosted_deploy_model::plan::{Plan, effect};
use hosted_deploy_model::problem::Problem;
use leptos::prelude::*;

#[component]
pub(crate) fn PrepareStep(form: Form, checking: Checking) -> impl IntoView {
    let start = Start::new(form, checking);
    view! {
        <div class="hd-stack">
            <OpenRun form />
            <Outcome start />
            <Problems form steps=&[Step::Vm, Step::Engine] />
            <Review form steps=&[Step::Vm, Step::Engine] />
            <Checks start steps=&[Step::Vm, Step::Engine, Step::Prepare] />
            <PlanCard form />
            {move || form.open_run.get().is_none().then(|| view! {
                <div class="hd-stack">
                    <Act start words=words::PREPARE why=words::PREPARE_WHY main=true act=move || start.begin(false) />
                    <Act start words=words::WHOLE why=words::WHOLE_WHY main=false act=move || start.begin(true) />
                    <TakeOver start />
                </div>
            })}
        </div>
    }
}

#[component]
pub(crate) fn FinishStep(form: Form, checking: Checking) -> impl IntoView {
    let start = Start::new(form, checking);
    let act = move || match form.open_run.get() {
        Some(OpenedRun { id, at_gate: true }) => view! {
            <Act start words=words::FINISH why=words::FINISH_WHY main=true act=move || start.finish(id.clone()) />
        }
        .into_any(),
        Some(_) => ().into_any(),
        None => view! {
            <div class="hd-stack">
                <p>{form.say(words::NOT_PREPARED)}</p>
                <Act start words=words::WHOLE why=words::WHOLE_WHY main=true act=move || start.begin(true) />
                <TakeOver start />
            </div>
        }
        .into_any(),
    };
    view! {
        <div class="hd-stack">
            <OpenRun form />
            <Outcome start />
            <Problems form steps=&Step::ALL />
            <Review form steps=&[Step::Storage] />
            <Checks start steps=&[Step::Storage] />
            <PlanCard form />
            {act}
        </div>
    }
}

#[component]
fn Problems(form: Form, steps: &'static [Step]) -> impl IntoView {
    let problems = Memo::new(move |_| steps.iter().flat_map(|step| form.problems_of(*step)).collect::<Vec<Problem>>());
    view! {
        {move || if problems.with(Vec::is_empty) {
            view! {
                <p class="hd-row">
                    <span class="hd-good">{icon(Icon::Good)}</span>
                    {form.say(words::NO_PROBLEMS)}
                </p>
            }.into_any()
        } else {
            view! { <ProblemLinks form heading=form.say(words::PROBLEMS) problems=problems.get() /> }.into_any()
        }}
    }
}

/// A value as the review shows it, and why it is that; `None` for what nobody said anything about.
fn answer(form: Form, field: &'static Field, advanced: bool) -> Option<(String, String)> {
    if !form.shows(field) {
        return None;
    }
    let typed = form.typed(field.path).text.get();
    if field.is_secret() {
        let kept = form.kept.with(|kept| kept.iter().any(|path| path == field.path));
        let given = kept || !typed.is_empty();
        return match (given, field.required) {
            (true, _) => Some((form.say(words::SECRET_SET).to_owned(), String::new())),
            (false, true) => Some((form.say(words::SECRET_MISSING).to_owned(), String::new())),
            (false, false) => None,
        };
    }
    let unit = match field.kind {
        Kind::Number { unit, .. } if !unit.is_empty() => format!(" {unit}"),
        _ => String::new(),
    };
    let word = |value: &str| match field.kind {
        Kind::Choice(choices) => {
            let choice = choices.iter().find(|choice| choice.value == value);
            choice.map_or_else(|| value.to_owned(), |choice| form.say(choice.label).to_owned())
        }
        Kind::Switch if value == "true" => form.say(words::ON).to_owned(),
        Kind::Switch if value == "false" => form.say(words::OFF).to_owned(),
        _ => format!("{value}{unit}"),
    };
    if !typed.trim().is_empty() {
        return Some((word(typed.trim()), String::new()));
    }
    if let Some(filled) = form.filled(field.path) {
        return Some((word(&filled.value), form.text(&filled.why).to_owned()));
    }
    match (advanced, field.default) {
        (true, _) | (false, "") if !field.required => None,
        (_, "") => Some((form.say(words::SECRET_MISSING).to_owned(), String::new())),
        (_, default) => Some((word(default), form.say(words::BY_DEFAULT).to_owned())),
    }
}

#[component]
fn Review(form: Form, steps: &'static [Step]) -> impl IntoView {
    let step_card = move |step: Step| {
        let rows = move || {
            let of = |section: &'static Section| section.fields.iter().map(move |field| (field, section.advanced));
            let rows = sections().filter(|section| section.step == step).flat_map(of);
            rows.filter_map(|(field, advanced)| Some((field, answer(form, field, advanced)?)))
                .map(|(field, (value, why))| {
                    view! {
                        <div class="pf-v6-c-description-list__group">
                            <dt class="pf-v6-c-description-list__term">
                                <span class="pf-v6-c-description-list__text">{form.say(field.label)}</span>
                            </dt>
                            <dd class="pf-v6-c-description-list__description">
                                <div class="pf-v6-c-description-list__text hd-lines">
                                    {value} " " <span class="hd-quiet">{why}</span>
                                </div>
                            </dd>
                        </div>
                    }
                })
                .collect_view()
        };
        let title = step.title(form.lang);
        view! {
            <div class="pf-v6-c-card">
                <div class="pf-v6-c-card__title hd-row">
                    <h3 class="pf-v6-c-card__title-text">{format!("{}: {title}", form.say(words::REVIEW))}</h3>
                    <leptos_router::components::A href=format!("/deploy/{}", step.slug()) attr:aria-label=format!("{} ({title})", form.say(words::EDIT))>
                        {form.say(words::EDIT)}
                    </leptos_router::components::A>
                </div>
                <div class="pf-v6-c-card__body">
                    <dl class="pf-v6-c-description-list pf-m-horizontal">{rows}</dl>
                </div>
            </div>
        }
    };
    view! { {steps.iter().map(|step| step_card(*step)).collect_view()} }
}

#[component]
fn Checks(start: Start, steps: &'static [Step]) -> impl IntoView {
    let Start { form, checking, .. } = start;
    let ours = move |check: &Check| {
        let step = meant(&check.field).and_then(|field| step_of(field.path)).unwrap_or_else(|| check.step.into());
        steps.contains(&step)
    };
    let failed = move |judged: &Judged| -> Vec<Check> {
        let mut checks: Vec<Check> = judged
            .checks
            .iter()
            .filter(|check| matches!(check.status, Status::Failed | Status::CouldNotRun) && ours(check))
            .cloned()
            .collect();
        checks.sort_by_key(|check| (check.status != Status::Failed, check.severity));
        checks
    };
    let list = move || {
        form.judged.with(|judged| match judged {
            None => view! { <p>{form.say(words::NOT_CHECKED)}</p> }.into_any(),
            Some(judged) => {
                let checks = failed(judged);
                let blocked =
                    checks.iter().any(|check| check.severity == Severity::Blocker && check.status == Status::Failed);
                let all_passed = (!blocked).then(|| view! {
                    <p class="hd-row"><span class="hd-good">{icon(Icon::Good)}</span> {form.say(words::ALL_PASSED)}</p>
                });
                let items = checks.into_iter().map(|check| view! { <CheckItem start check /> }).collect_view();
                view! { {all_passed} <ul class="hd-checks">{items}</ul> }.into_any()
            }
        })
    };
    let stale = move || {
        let changed = form.saver.state.get();
        let seen = form.saver.seen.get_value();
        let _ = changed;
        form.judged.with(|judged| judged.as_ref().is_some_and(|judged| judged.revision < seen))
    };
    view! {
        <div class="pf-v6-c-card">
            <div class="pf-v6-c-card__title hd-row">
                <h3 class="pf-v6-c-card__title-text">{form.say(words::CHECKS)}</h3>
                <span class="hd-quiet" aria-live="polite">
                    {move || match (checking.under_way.get(), form.judged.with(Option::is_some)) {
                        (true, _) => form.say(words::CHECKING).to_owned(),
                        (false, true) => checking.age(form),
                        (false, false) => String::new(),
                    }}
                    {move || stale().then(|| format!(" {}", form.say(words::STALE)))}
                </span>
                <button
                    class="pf-v6-c-button pf-m-secondary"
                    type="button"
                    disabled=move || checking.under_way.get()
                    on:click=move |_| checking.check(form)
                >
                    <span class="pf-v6-c-button__text">{form.say(words::CHECK_AGAIN)}</span>
                </button>
            </div>
            <div class="pf-v6-c-card__body">
                {move || checking.failed.get().map(|refused| view! { <Refusal refused /> })}
                {list}
            </div>
        </div>
    }
}

#[component]
fn CheckItem(start: Start, check: Check) -> impl IntoView {
    let form = start.form;
    let (shape, word, class) = look(&check);
    let link = expect_context::<GoTo>().field(&check.field).map(|(href, act)| {
        let label = meant(&check.field).map_or("", |field| form.say(field.label));
        view! { <a href=href on:click=act>{format!("{}: {label}", form.say(words::TO_FIELD))}</a> }
    });
    let commands =
        check.commands.iter().map(|command| view! { <code class="hd-command">{command.clone()}</code> }).collect_view();
    let remedy = form.text(&check.remedy).to_owned();
    let remedy = (!remedy.is_empty()).then(|| view! { <p>{form.say(words::WHAT_TO_DO)} " " {with_code(&remedy)}</p> });
    let blocks = check.severity == Severity::Blocker && check.status == Status::Failed;
    let skip = blocks.then(|| {
        if check.mandatory {
            return view! { <p class="hd-quiet">{form.say(words::MANDATORY)}</p> }.into_any();
        }
        let (id, name) = (check.id.clone(), format!("skip-{}", check.id));
        let on = {
            let id = id.clone();
            move || start.skip.with(|skip| skip.contains(&id))
        };
        let change = move |event| {
            let (id, on) = (id.clone(), event_target_checked(&event));
            start.skip.update(|skip| {
                skip.retain(|known| *known != id);
                skip.extend(on.then_some(id));
            });
        };
        view! {
            <div class="pf-v6-c-check">
                <input class="pf-v6-c-check__input" type="checkbox" id=name.clone() prop:checked=on on:change=change />
                <label class="pf-v6-c-check__label" for=name>{format!("{} ({})", form.say(words::SKIP), check.id)}</label>
            </div>
        }
        .into_any()
    });
    view! {
        <li>
            <div class="pf-v6-c-helper-text">
                <div class="pf-v6-c-helper-text">
                <div class=class>
                        <span class="pf-v6-c-helper-text__item-icon">{icon(shape)}</span>
                        <span class="pf-v6-c-helper-text__item-text">
                            <strong>{format!("{}: {}", form.say(word), form.text(&check.title))}</strong>
                        </span>
                    </div>
            </div>
            </div>
            <div class="hd-check-more">
                <p>{form.text(&check.evidence).to_owned()}</p>
                {remedy} {commands} {link} {skip}
            </div>
        </li>
    }
}

#[component]
fn PlanCard(form: Form) -> impl IntoView {
    let plan = Plan::deployment("", "", Phase::Preflight);
    let phase = |planned: hosted_deploy_model::plan::PlannedPhase| {
        let (from, to) = planned.minutes;
        let time = if to <= 1 {
            form.say(words::ABOUT_A_MINUTE).to_owned()
        } else {
            format!("{from}–{to} {}", form.say(words::MINUTES))
        };
        let done = effect(planned.phase);
        view! {
            <li>
                <strong>{planned.phase.title(form.lang)}</strong>
                <span class="hd-quiet">{format!(" ({time})")}</span>
                <p>{form.text(&done).to_owned()}</p>
            </li>
        }
    };
    view! {
        <div class="pf-v6-c-card">
            <div class="pf-v6-c-card__title">
                <h3 class="pf-v6-c-card__title-text">{form.say(words::PLAN)}</h3>
            </div>
            <div class="pf-v6-c-card__body">
                <p>{form.say(words::PLAN_WHY)}</p>
                <ol class="hd-numbered">{plan.phases.into_iter().map(phase).collect_view()}</ol>
            </div>
        </div>
    }
}

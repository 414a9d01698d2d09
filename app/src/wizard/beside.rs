//! What the host says of a field: checks that hang on it, how old they are, and a way to run them again.

use super::checking::Checking;
use super::form::Form;
use super::icon::{Icon, icon};
use super::words;
use crate::texts::with_code;
use hosted_deploy_model::check::{Check, Severity, Status};
use hosted_deploy_model::form::{Field, Words, meant};
use leptos::prelude::*;

/// Icon, word and class of a check's outcome.
pub(crate) fn look(check: &Check) -> (Icon, Words, &'static str) {
    match (check.status, check.severity) {
        (Status::Passed | Status::NotApplicable, _) => {
            (Icon::Good, words::PASSED, "pf-v6-c-helper-text__item pf-m-success")
        }
        (Status::CouldNotRun, _) => {
            (Icon::Unknown, words::COULD_NOT_RUN, "pf-v6-c-helper-text__item pf-m-indeterminate")
        }
        (Status::Failed, Severity::Blocker) => (Icon::Error, words::BLOCKER, "pf-v6-c-helper-text__item pf-m-error"),
        (Status::Failed, Severity::Warning) => {
            (Icon::Warning, words::WARNING, "pf-v6-c-helper-text__item pf-m-warning")
        }
        (Status::Failed, Severity::Advice) => {
            (Icon::Info, words::ADVICE, "pf-v6-c-helper-text__item pf-m-indeterminate")
        }
    }
}

#[component]
pub(crate) fn Beside(form: Form, checking: Checking, field: &'static Field) -> impl IntoView {
    let checks = Memo::new(move |_| {
        let ours = |check: &&Check| meant(&check.field).is_some_and(|meant| meant.path == field.path);
        form.judged.with(|judged| {
            let checks = judged.iter().flat_map(|judged| &judged.checks);
            checks.filter(ours).cloned().collect::<Vec<Check>>()
        })
    });
    let lines = move || {
        let all = checks.get();
        let (good, other): (Vec<&Check>, Vec<&Check>) = all.iter().partition(|check| check.status == Status::Passed);
        let good = (!good.is_empty()).then(|| {
            let titles: Vec<&str> = good.iter().map(|check| form.text(&check.title)).collect();
            let text = titles.join(form.lang.pick(". ", "。"));
            view! {
                <div class="pf-v6-c-helper-text__item pf-m-success">
                    <span class="pf-v6-c-helper-text__item-icon">{icon(Icon::Good)}</span>
                    <span class="pf-v6-c-helper-text__item-text">{text}</span>
                </div>
            }
        });
        let other = other.into_iter().map(|check| {
            let (shape, word, class) = look(check);
            let (title, evidence) = (form.text(&check.title), form.text(&check.evidence));
            let evidence = if evidence.trim().is_empty() { String::new() } else { format!(" ({})", evidence.trim()) };
            let stop = form.lang.pick(". ", "。");
            let text = format!("{}: {title}{evidence}{stop}{}", form.say(word), form.text(&check.remedy));
            let commands =
                check.commands.iter().map(|command| view! { <code class="hd-command">{command.clone()}</code> });
            view! {
                <div class=class>
                    <span class="pf-v6-c-helper-text__item-icon">{icon(shape)}</span>
                    <span class="pf-v6-c-helper-text__item-text">{with_code(&text)} {commands.collect_view()}</span>
                </div>
            }
        });
        view! { {other.collect_view()} {good} }
    };
    view! {
        {move || (!checks.with(Vec::is_empty)).then(|| view! {
            <div class="pf-v6-c-helper-text hd-beside">
                {lines}
                <div class="hd-row">
                    <span class="hd-quiet" aria-live="polite">
                        {move || if checking.under_way.get() { form.say(words::CHECKING).to_owned() } else { checking.age(form) }}
                    </span>
                    <button
                        class="pf-v6-c-button pf-m-link pf-m-inline"
                        type="button"
                        disabled=move || checking.under_way.get()
                        aria-label=format!("{}: {}", form.say(words::CHECK_AGAIN), form.say(field.label))
                        on:click=move |_| checking.check(form)
                    >
                        <span class="pf-v6-c-button__text">{form.say(words::CHECK_AGAIN)}</span>
                    </button>
                </div>
            </div>
        })}
    }
}

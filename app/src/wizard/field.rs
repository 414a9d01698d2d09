//! One field: label, control, help, what counts when it is empty, what is wrong with it, and what the host says of it.

use super::beside::Beside;
use super::checking::Checking;
use super::control::control;
use super::form::Form;
use super::icon::{Icon, icon};
use super::words;
use crate::texts::with_code;
use hosted_deploy_model::form::{Field, Kind, Step, Strength};
use leptos::prelude::*;

/// Where parts of a field are named for screen readers.
pub(crate) struct Ids {
    pub(crate) control: String,
    pub(crate) described_by: String,
    pub(crate) error: String,
}

impl Ids {
    pub(crate) fn of(field: &Field) -> Self {
        let control = field.id();
        let error = format!("{control}-error");
        let described_by = format!("{control}-help {control}-default {error}");
        Self { control, described_by, error }
    }
}

#[component]
pub(crate) fn FieldView(form: Form, checking: Checking, field: &'static Field, step: Step) -> impl IntoView {
    let problem = Memo::new(move |_| form.shown_problem(field, step));
    let Ids { control: id, error, .. } = Ids::of(field);
    // A switch has its label beside it.
    let label = (!is_checkbox(field)).then(|| {
        let required = field.required.then(|| {
            view! {
                <span class="pf-v6-c-form__label-required" aria-hidden="true">" *"</span>
                <span class="hd-only-read">{format!(" ({})", form.say(words::REQUIRED))}</span>
            }
        });
        view! {
            <div class="pf-v6-c-form__group-label">
                <label class="pf-v6-c-form__label" for=id.clone()>
                    <span class="pf-v6-c-form__label-text">{form.say(field.label)}</span>
                    {required}
                </label>
            </div>
        }
    });
    let help = form.say(field.help);
    let help = (!help.is_empty()).then(|| line(format!("{id}-help"), with_code(help)));
    view! {
        <div class="pf-v6-c-form__group" hidden=move || !form.shows(field)>
            {label}
            <div class="pf-v6-c-form__group-control">
                {control(form, checking, field, problem)}
                <div class="pf-v6-c-form__helper-text">
                    <div class="pf-v6-c-helper-text">
                        {help} <DefaultLine form field />
                        <div id=error aria-live="polite">
                            {move || problem.get().map(|problem| {
                                let text = format!("{} {}", form.text(&problem.message), form.text(&problem.remedy));
                                view! {
                                    <div class="pf-v6-c-helper-text__item pf-m-error">
                                        <span class="pf-v6-c-helper-text__item-icon">{icon(Icon::Error)}</span>
                                        <span class="pf-v6-c-helper-text__item-text">{text}</span>
                                    </div>
                                }
                            })}
                        </div>
                    </div>
                    <Beside form checking field />
                </div>
            </div>
        </div>
    }
}

/// A switch that is on or off; without a default there is a third state, and a list to choose from.
pub(crate) fn is_checkbox(field: &Field) -> bool {
    matches!(field.kind, Kind::Switch) && !field.default.is_empty()
}

fn line(id: String, text: impl IntoView) -> impl IntoView {
    view! {
        <div class="pf-v6-c-helper-text__item" id=id>
            <span class="pf-v6-c-helper-text__item-text">{text}</span>
        </div>
    }
}

/// What counts when nothing is typed, and why; for a password, what is known of it.
#[component]
fn DefaultLine(form: Form, field: &'static Field) -> impl IntoView {
    let text = move || -> Option<String> {
        let typed = form.typed(field.path).text;
        if let Kind::Secret { .. } = field.kind {
            return secret_line(form, field);
        }
        if field.path == "engine_vm.memory_mib" {
            let most = form.judged.with(|judged| {
                let facts = judged.as_ref()?.facts.facts();
                let answers = form.told.with(|told| told.answers.clone());
                Some(hosted_deploy_model::defaults::max_memory_mib(&answers, &facts)).filter(|most| *most > 0)
            });
            let available = most.map(|most| format!("{} {most} MiB.", form.say(words::AVAILABLE)));
            let filled = typed.with(String::is_empty).then(|| filled_line(form, field)).flatten();
            return match (available, filled) {
                (None, filled) => filled,
                (available, None) => available,
                (Some(available), Some(filled)) => Some(format!("{available} {filled}")),
            };
        }
        // A list of interfaces says it itself.
        let listed = is_checkbox(field) || matches!(field.kind, Kind::Interface);
        if typed.with(String::is_empty) && !listed { filled_line(form, field) } else { None }
    };
    view! { {move || text().map(|text| line(format!("{}-default", field.id()), text))} }
}

fn filled_line(form: Form, field: &'static Field) -> Option<String> {
    let head = form.say(words::DEFAULT);
    if let Some(filled) = form.filled(field.path) {
        return Some(format!("{head} {} ({})", filled.value, form.text(&filled.why)));
    }
    let plain = !field.default.is_empty() && !matches!(field.kind, Kind::Choice(_) | Kind::Switch);
    plain.then(|| format!("{head} {}", field.default))
}

fn secret_line(form: Form, field: &'static Field) -> Option<String> {
    let has = |list: RwSignal<Vec<String>>| list.with(|paths| paths.iter().any(|path| path == field.path));
    let typed = form.typed(field.path).text;
    if typed.with(String::is_empty) {
        let words = if has(form.kept) {
            words::KEPT
        } else if has(form.forgotten) {
            words::FORGOTTEN
        } else {
            return None;
        };
        return Some(form.say(words).to_owned());
    }
    let word = typed.with(|typed| match Strength::of(typed) {
        Strength::Weak => words::WEAK,
        Strength::Fair => words::FAIR,
        Strength::Strong => words::STRONG,
    });
    Some(format!("{} {}", form.say(words::STRENGTH), form.say(word)))
}

//! The control of a field, by its kind.

use super::browser;
use super::checking::Checking;
use super::field::{Ids, is_checkbox};
use super::form::Form;
use super::icon::{Icon, icon};
use super::words;
use hosted_deploy_model::check::bridge::candidates;
use hosted_deploy_model::form::{Choice, Field, Kind};
use hosted_deploy_model::problem::Problem;
use leptos::prelude::*;

type Wrong = Memo<Option<Problem>>;

pub(crate) fn control(form: Form, checking: Checking, field: &'static Field, problem: Wrong) -> AnyView {
    let line = Line { form, checking, field, problem };
    match field.kind {
        Kind::Switch if is_checkbox(field) => line.checkbox().into_any(),
        Kind::Switch => {
            let choices = vec![
                (String::new(), form.say(words::AUTOMATIC).to_owned(), true),
                ("true".to_owned(), form.say(words::ON).to_owned(), true),
                ("false".to_owned(), form.say(words::OFF).to_owned(), true),
            ];
            line.select(move || choices.clone()).into_any()
        }
        Kind::Choice(choices) => {
            let option = move |choice: &Choice| (choice.value.to_owned(), form.say(choice.label).to_owned(), true);
            line.select(move || choices.iter().map(option).collect()).into_any()
        }
        Kind::Interface => line.interface().into_any(),
        Kind::Lines | Kind::Variables | Kind::Long => line.area().into_any(),
        Kind::Secret { twice } => line.secret(twice).into_any(),
        Kind::Number { unit, .. } => line.number(unit).into_any(),
        Kind::Text if field.path == "engine_vm.mac" => line.mac().into_any(),
        Kind::Text => line.input("text", None).into_any(),
    }
}

/// The word that counts now: what was typed, else the default.
fn counts(typed: &str, field: &Field) -> String {
    if typed.is_empty() { field.default.to_owned() } else { typed.to_owned() }
}

#[derive(Clone, Copy)]
struct Line {
    form: Form,
    checking: Checking,
    field: &'static Field,
    problem: Wrong,
}

impl Line {
    fn text(self) -> RwSignal<String> {
        self.form.typed(self.field.path).text
    }

    /// Something was typed; its problems are told when the field is left.
    fn typed(self, text: String) {
        self.text().set(text);
        self.form.changed(self.field.path);
    }

    /// Chosen, not typed: done at once.
    fn chosen(self, text: String) {
        self.typed(text);
        self.left();
    }

    fn left(self) {
        self.form.touch(self.field.path);
    }

    fn wrong(self) -> bool {
        self.problem.with(Option::is_some)
    }

    /// `aria-invalid` and the frame's colour.
    fn frame(self) -> &'static str {
        if self.wrong() { "pf-v6-c-form-control pf-m-error" } else { "pf-v6-c-form-control" }
    }

    fn placeholder(self) -> String {
        let Line { form, field, .. } = self;
        form.filled(field.path).map_or_else(|| field.default.to_owned(), |filled| filled.value)
    }

    fn input(self, kind: &'static str, mode: Option<&'static str>) -> impl IntoView {
        let (Ids { control, described_by, .. }, text) = (Ids::of(self.field), self.text());
        let before = StoredValue::new(text.get_untracked());
        let settled = move || {
            self.left();
            if before.with_value(|before| text.with_untracked(|text| before != text)) {
                before.set_value(text.get_untracked());
                self.checking.left(self.form, self.field.path);
            }
        };
        view! {
            <span class=move || self.frame()>
                <input
                    id=control
                    type=kind
                    inputmode=mode
                    value=text.get_untracked()
                    prop:value=move || text.get()
                    placeholder=move || self.placeholder()
                    autocomplete="off"
                    autocapitalize="off"
                    spellcheck="false"
                    aria-required=self.field.required.then_some("true")
                    aria-describedby=described_by
                    aria-invalid=move || if self.wrong() { "true" } else { "false" }
                    on:input=move |event| self.typed(event_target_value(&event))
                    on:blur=move |_| settled()
                />
            </span>
        }
    }

    fn number(self, unit: &'static str) -> impl IntoView {
        let unit = (!unit.is_empty()).then(|| {
            view! { <span class="pf-v6-c-input-group__item pf-m-box"><span class="pf-v6-c-input-group__text">{unit}</span></span> }
        });
        view! {
            <div class="pf-v6-c-input-group hd-number">
                <div class="pf-v6-c-input-group__item pf-m-fill">{self.input("text", Some("numeric"))}</div>
                {unit}
            </div>
        }
    }

    fn mac(self) -> impl IntoView {
        let generate = move |_| {
            let [x, y, z] = [browser::any_byte() & 0x7f, browser::any_byte(), browser::any_byte()];
            self.chosen(format!("00:16:3e:{x:02x}:{y:02x}:{z:02x}"));
            self.checking.left(self.form, self.field.path);
        };
        view! {
            <div class="pf-v6-c-input-group">
                <div class="pf-v6-c-input-group__item pf-m-fill">{self.input("text", None)}</div>
                <div class="pf-v6-c-input-group__item">
                    <button class="pf-v6-c-button pf-m-control" type="button" on:click=generate>
                        <span class="pf-v6-c-button__text">{self.form.say(words::GENERATE)}</span>
                    </button>
                </div>
            </div>
        }
    }

    fn area(self) -> impl IntoView {
        let (Ids { control, described_by, .. }, text) = (Ids::of(self.field), self.text());
        let rows = if matches!(self.field.kind, Kind::Variables) { "4" } else { "3" };
        let settled = move || {
            self.left();
            self.checking.left(self.form, self.field.path);
        };
        view! {
            <span class=move || if self.wrong() { "pf-v6-c-form-control pf-m-textarea pf-m-resize-vertical pf-m-error" } else { "pf-v6-c-form-control pf-m-textarea pf-m-resize-vertical" }>
                <textarea
                    id=control
                    rows=rows
                    prop:value=move || text.get()
                    placeholder=move || self.placeholder()
                    autocomplete="off"
                    autocapitalize="off"
                    spellcheck="false"
                    aria-required=self.field.required.then_some("true")
                    aria-describedby=described_by
                    aria-invalid=move || if self.wrong() { "true" } else { "false" }
                    on:input=move |event| self.typed(event_target_value(&event))
                    on:blur=move |_| settled()
                >
                    {text.get_untracked()}
                </textarea>
            </span>
        }
    }

    fn checkbox(self) -> impl IntoView {
        let (Ids { control, described_by, .. }, text) = (Ids::of(self.field), self.text());
        let on = move || text.with(|text| counts(text, self.field)) == "true";
        view! {
            <div class="pf-v6-c-check">
                <input
                    class="pf-v6-c-check__input"
                    type="checkbox"
                    id=control.clone()
                    checked=untrack(on)
                    prop:checked=on
                    aria-describedby=described_by
                    on:change=move |event| self.chosen(event_target_checked(&event).to_string())
                />
                <label class="pf-v6-c-check__label" for=control>
                    {self.form.say(self.field.label)}
                </label>
            </div>
        }
    }

    /// `options`: value, label, may be chosen.
    fn select(self, options: impl Fn() -> Vec<(String, String, bool)> + Send + Sync + 'static) -> impl IntoView {
        let (Ids { control, described_by, .. }, text) = (Ids::of(self.field), self.text());
        let field = self.field;
        let options = move || {
            let now = text.with(|text| counts(text, field));
            let option = |(value, label, free): (String, String, bool)| {
                let chosen = value == now;
                view! { <option value=value selected=chosen prop:selected=chosen disabled=!free>{label}</option> }
            };
            options().into_iter().map(option).collect_view()
        };
        let choose = move |event| {
            self.chosen(event_target_value(&event));
            self.checking.left(self.form, field.path);
        };
        view! {
            <span class=move || self.frame()>
                <select
                    id=control
                    aria-describedby=described_by
                    aria-invalid=move || if self.wrong() { "true" } else { "false" }
                    on:change=choose
                >
                    {options}
                </select>
                <span class="pf-v6-c-form-control__utilities">
                    <span class="pf-v6-c-form-control__toggle-icon">{icon(Icon::Caret)}</span>
                </span>
            </span>
        }
    }

    /// What the host has; what cannot be chosen says why.
    fn interface(self) -> impl IntoView {
        let Line { form, field, .. } = self;
        let bridge = field.path == "engine_vm.bridge_interface";
        let options = move || {
            let facts = form.judged.with(|judged| judged.as_ref().map(|judged| judged.facts.facts()));
            let automatic = match form.filled(field.path) {
                Some(filled) => {
                    format!("{}: {} ({})", form.say(words::AUTOMATIC), filled.value, form.text(&filled.why))
                }
                None if bridge => form.say(words::AUTOMATIC).to_owned(),
                None => form.say(words::NOT_GIVEN).to_owned(),
            };
            let mut options = vec![(String::new(), automatic, true)];
            for candidate in facts.as_ref().map(candidates).unwrap_or_default() {
                let addresses = facts.as_ref().and_then(|facts| facts.interface(&candidate.name)).map(|interface| {
                    let list = interface.addresses.iter().map(|(address, prefix)| format!("{address}/{prefix}"));
                    list.collect::<Vec<_>>().join(", ")
                });
                let addresses = addresses.filter(|list| !list.is_empty());
                let label = match (candidate.reason.filter(|_| bridge), addresses) {
                    (Some(reason), _) => (format!("{} — {}", candidate.name, form.text(&reason.text())), false),
                    (None, Some(addresses)) => (format!("{} ({addresses})", candidate.name), true),
                    (None, None) => (candidate.name.clone(), true),
                };
                if bridge || candidate.name != "lo" {
                    options.push((candidate.name, label.0, label.1));
                }
            }
            let typed = form.typed(field.path).text.get();
            if !options.iter().any(|(value, ..)| *value == typed) {
                options.push((typed.clone(), typed, true));
            }
            options
        };
        let unread = move || form.judged.with(Option::is_none).then(|| form.say(words::NOT_READ_YET));
        view! {
            {self.select(options)}
            <div class="pf-v6-c-form__helper-text">{unread}</div>
            {bridge.then(|| self.unusable())}
        }
    }

    /// Interfaces that a command would make usable, with the command.
    fn unusable(self) -> impl IntoView {
        let form = self.form;
        let list = Memo::new(move |_| {
            let facts = form.judged.with(|judged| judged.as_ref().map(|judged| judged.facts.facts()));
            let all = facts.as_ref().map(candidates).unwrap_or_default();
            let mendable = |candidate: &hosted_deploy_model::check::bridge::Candidate| {
                candidate.reason.as_ref().is_some_and(|reason| reason.mendable())
            };
            all.into_iter().filter(mendable).collect::<Vec<_>>()
        });
        view! {
            {move || (!list.with(Vec::is_empty)).then(|| view! {
                <details class="hd-fold">
                    <summary>{form.say(words::UNUSABLE)}</summary>
                    <ul class="hd-list">
                        {list.get().into_iter().map(|candidate| {
                            let reason = candidate.reason.map(|reason| form.text(&reason.text()).to_owned());
                            let commands = candidate.commands.into_iter().map(|command| view! { <code class="hd-command">{command}</code> });
                            view! { <li>{format!("{}: {}", candidate.name, reason.unwrap_or_default())} {commands.collect_view()}</li> }
                        }).collect_view()}
                    </ul>
                </details>
            })}
        }
    }

    fn secret(self, twice: bool) -> impl IntoView {
        let Ids { control, described_by, .. } = Ids::of(self.field);
        let (form, field) = (self.form, self.field);
        let typed = form.typed(field.path);
        let visible = RwSignal::new(false);
        let kind = move || if visible.get() { "text" } else { "password" };
        let kept = move || form.kept.with(|kept| kept.iter().any(|path| path == field.path));
        let placeholder = move || if kept() { "••••••••" } else { "" };
        let eye = move || form.say(if visible.get() { words::HIDE_PASSWORD } else { words::SHOW_PASSWORD });
        let second = twice.then(|| {
            let label = format!("{} ({})", form.say(field.label), form.say(words::AGAIN));
            let id = format!("{control}-again");
            view! {
                <div class="hd-again" hidden=move || kept() && typed.text.with(String::is_empty)>
                    <label class="pf-v6-c-form__label" for=id.clone()>
                        <span class="pf-v6-c-form__label-text">{label}</span>
                    </label>
                    <span class=move || self.frame()>
                        <input
                            id=id
                            type=kind
                            prop:value=move || typed.again.get()
                            autocomplete="new-password"
                            aria-describedby=format!("{control}-error")
                            aria-invalid=move || if self.wrong() { "true" } else { "false" }
                            on:input=move |event| {
                                typed.again.set(event_target_value(&event));
                                form.changed(field.path);
                            }
                            on:blur=move |_| self.left()
                        />
                    </span>
                </div>
            }
        });
        let left = move |_| {
            // The second time comes next; until then nothing differs.
            if !twice || typed.again.with_untracked(|again| !again.is_empty()) {
                self.left();
            }
        };
        view! {
            <div class="pf-v6-c-input-group">
                <div class="pf-v6-c-input-group__item pf-m-fill">
                    <span class=move || self.frame()>
                        <input
                            id=control
                            type=kind
                            prop:value=move || typed.text.get()
                            placeholder=placeholder
                            autocomplete="new-password"
                            aria-required=field.required.then_some("true")
                            aria-describedby=described_by
                            aria-invalid=move || if self.wrong() { "true" } else { "false" }
                            on:input=move |event| self.typed(event_target_value(&event))
                            on:blur=left
                        />
                    </span>
                </div>
                <div class="pf-v6-c-input-group__item">
                    <button
                        class="pf-v6-c-button pf-m-control"
                        type="button"
                        aria-pressed=move || if visible.get() { "true" } else { "false" }
                        aria-label=eye
                        title=eye
                        on:click=move |_| visible.update(|visible| *visible = !*visible)
                    >
                        <span class="pf-v6-c-button__icon">{icon(Icon::Eye)}</span>
                    </button>
                </div>
            </div>
            {second}
        }
    }
}

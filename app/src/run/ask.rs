//! Acts on the run: what they do is said before, what lacks is asked for, what was refused is shown; all in one dialog.
//!
//! Passwords go from the form into one request and are forgotten here.

use super::live::Live;
use super::texts;
use super::wire::{Given, Links, Reason, Reply, Wanted};
use crate::frame::preferences;
use gloo_net::http::Request;
use hosted_deploy_model::lang::Text;
use hosted_deploy_model::phase::Phase;
use hosted_deploy_model::plan::left_behind;
use hosted_deploy_model::run::PhaseStatus;
use leptos::ev::SubmitEvent;
use leptos::html;
use leptos::prelude::*;
use std::collections::BTreeMap;
use wasm_bindgen::JsCast;

/// What can be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Act {
    /// The pause is over.
    Continue,
    /// Stop it.
    Cancel,
    /// Drive it on.
    Follow,
    /// Start again where it failed.
    Retry,
    /// Take its answers into the wizard.
    Edit,
}

impl Act {
    /// The last part of its address.
    const fn name(self) -> &'static str {
        match self {
            Self::Continue => "continue",
            Self::Cancel => "cancel",
            Self::Follow => "follow",
            Self::Retry => "retry",
            Self::Edit => "edit",
        }
    }

    /// It is asked about before it is done.
    const fn is_grave(self) -> bool {
        matches!(self, Self::Cancel | Self::Retry)
    }
}

/// What the dialog shows.
#[derive(Clone, Copy)]
pub(super) struct Acts {
    id: StoredValue<String>,
    /// The visitor may act at all.
    pub(super) may_act: bool,
    act: RwSignal<Option<Act>>,
    wanted: RwSignal<Vec<Wanted>>,
    reasons: RwSignal<Vec<Reason>>,
    typed: RwSignal<BTreeMap<String, String>>,
    take_over: RwSignal<bool>,
    edited: RwSignal<bool>,
    /// Fields in which the wizard's draft differs from the answers to be edited.
    differ: RwSignal<Vec<Text>>,
    replace: RwSignal<Option<bool>>,
    /// Where the answers are edited.
    edit_at: StoredValue<String>,
    busy: RwSignal<bool>,
    /// The run was asked to end.
    pub(super) cancelled: RwSignal<bool>,
    dialog: NodeRef<html::Dialog>,
}

impl Acts {
    /// `edited`: the draft in the wizard is meant for another attempt.
    pub(super) fn new(id: String, may_act: bool, edited: bool) -> Self {
        Self {
            id: StoredValue::new(id),
            may_act,
            act: RwSignal::new(None),
            wanted: RwSignal::default(),
            reasons: RwSignal::default(),
            typed: RwSignal::default(),
            take_over: RwSignal::new(false),
            edited: RwSignal::new(edited),
            differ: RwSignal::default(),
            replace: RwSignal::new(None),
            edit_at: StoredValue::default(),
            busy: RwSignal::new(false),
            cancelled: RwSignal::new(false),
            dialog: NodeRef::new(),
        }
    }

    /// Something is being done.
    pub(super) fn busy(self) -> bool {
        self.busy.get()
    }

    /// A button was pressed.
    pub(super) fn ask(self, act: Act) {
        if self.busy.get_untracked() {
            return;
        }
        self.forget();
        self.act.set(Some(act));
        if act.is_grave() { self.open() } else { self.send() }
    }

    /// The answers are to be edited in the wizard, at this address.
    pub(super) fn edit(self, at: &str) {
        self.edit_at.set_value(at.to_owned());
        self.ask(Act::Edit);
    }

    /// Once what it shows is drawn, so that its first field has the focus.
    fn open(self) {
        request_animation_frame(move || {
            let Some(dialog) = self.dialog.get_untracked() else { return };
            if !dialog.open() {
                // It fails for a dialog that is gone.
                let _ = dialog.show_modal();
            }
            let first = dialog.query_selector("input[type=password]").ok().flatten();
            if let Some(field) = first.and_then(|field| field.dyn_into::<web_sys::HtmlElement>().ok()) {
                let _ = field.focus();
            }
        });
    }

    fn close(self) {
        if let Some(dialog) = self.dialog.get_untracked() {
            dialog.close();
        }
    }

    /// What was typed and shown for an act before.
    fn forget(self) {
        self.typed.set(BTreeMap::new());
        self.wanted.set(Vec::new());
        self.reasons.set(Vec::new());
        self.differ.set(Vec::new());
        self.replace.set(None);
    }

    /// Says what becomes of the wizard's draft.
    fn answer(self, replace: bool) {
        self.replace.set(Some(replace));
        self.send();
    }

    fn send(self) {
        let Some(act) = self.act.get_untracked() else { return };
        let path = self.id.with_value(|id| format!("/api/v1/runs/{id}/{}", act.name()));
        let given = Given {
            secrets: self.typed.get_untracked(),
            take_over: self.take_over.get_untracked(),
            edited: self.edited.get_untracked(),
            replace: self.replace.get_untracked(),
        };
        self.busy.set(true);
        self.reasons.set(Vec::new());
        leptos::task::spawn_local(async move {
            let reply = ask(&path, &given).await;
            drop(given);
            let _ = self.busy.try_set(false);
            match reply {
                Some(Reply::Done) if act == Act::Edit => go_to(&self.edit_at.get_value()),
                Some(Reply::Done) => {
                    self.cancelled.update(|cancelled| *cancelled |= act == Act::Cancel);
                    self.forget();
                    self.close();
                }
                Some(Reply::Started { run }) => go_to(&format!("/runs/{run}")),
                Some(Reply::Needs { secrets }) => {
                    self.wanted.set(secrets);
                    self.open();
                }
                Some(Reply::Differs { fields }) => {
                    self.differ.set(fields);
                    self.open();
                }
                Some(Reply::Refused { reasons }) => {
                    self.reasons.set(reasons);
                    self.open();
                }
                None => {
                    let what = texts_of_page().no_answer.to_owned();
                    self.reasons.set(vec![Reason { what, remedy: String::new() }]);
                    self.open();
                }
            }
        });
    }
}

/// `None` when the server did not answer as it should. Without a session, to the login.
async fn ask(path: &str, given: &Given) -> Option<Reply> {
    let answer = Request::post(path).json(given).ok()?.send().await.ok()?;
    if answer.status() == 401 {
        let here = window().location().pathname().unwrap_or_default();
        go_to(&format!("/login?next={here}"));
    }
    hosted_deploy_model::json::read(&answer.binary().await.ok()?).ok()
}

fn go_to(path: &str) {
    // It fails only for an address that is none.
    let _ = window().location().set_href(path);
}

/// Outside of any component.
fn texts_of_page() -> &'static super::texts::Texts {
    super::texts::of(super::live::lang_of_page())
}

#[component]
pub(super) fn Dialog() -> impl IntoView {
    let t = texts();
    let acts = expect_context::<Acts>();
    let has_wizard = expect_context::<Links>().deploy.is_some();
    let title = move || match acts.act.get() {
        _ if !acts.reasons.with(Vec::is_empty) => t.not_done,
        _ if !acts.wanted.with(Vec::is_empty) => t.secrets_question,
        Some(Act::Cancel) => t.cancel_question,
        Some(Act::Edit) => t.replace_question,
        _ => t.retry_question,
    };
    let label = move || match acts.act.get() {
        _ if acts.busy.get() => t.working,
        Some(Act::Cancel) => t.cancel,
        Some(Act::Continue) => t.go_on,
        Some(Act::Follow) => t.follow,
        Some(Act::Edit) => t.load_answers,
        Some(Act::Retry) | None => t.retry,
    };
    let leave = move || match acts.act.get() {
        Some(Act::Cancel) => t.keep,
        _ => t.back,
    };
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        if acts.act.get_untracked() == Some(Act::Edit) { acts.answer(true) } else { acts.send() }
    };
    let asks_about = move |act: Act| acts.act.get() == Some(act) && acts.wanted.with(Vec::is_empty);
    let button = move || {
        let danger = acts.act.get() == Some(Act::Cancel);
        if danger { "pf-v6-c-button pf-m-danger" } else { "pf-v6-c-button pf-m-primary" }
    };
    view! {
        <dialog class="hd-dialog" node_ref=acts.dialog aria-labelledby="act-title" on:close=move |_| acts.forget()>
            <form class="pf-v6-c-form" on:submit=submit>
                <h2 class="pf-v6-c-title pf-m-xl" id="act-title">
                    {title}
                </h2>
                <Reasons />
                <Show when=move || asks_about(Act::Cancel)>
                    <CancelWords />
                </Show>
                <Show when=move || asks_about(Act::Retry)>
                    <p>{t.retry_what}</p>
                    {has_wizard
                        .then(|| {
                            view! {
                                <label class="hd-check">
                                    <input
                                        type="checkbox"
                                        prop:checked=acts.edited
                                        on:change:target=move |event| acts.edited.set(event.target().checked())
                                    />
                                    {t.edited}
                                </label>
                            }
                        })}
                    <label class="hd-check">
                        <input
                            type="checkbox"
                            prop:checked=acts.take_over
                            on:change:target=move |event| acts.take_over.set(event.target().checked())
                        />
                        {t.take_over}
                    </label>
                </Show>
                <Differences />
                <Secrets />
                <div class="hd-acts">
                    <button class=button type="submit" disabled=move || acts.busy.get()>
                        <span class="pf-v6-c-button__text">{label}</span>
                    </button>
                    <Show when=move || !acts.differ.with(Vec::is_empty)>
                        <button
                            class="pf-v6-c-button pf-m-secondary"
                            type="button"
                            disabled=move || acts.busy.get()
                            on:click=move |_| acts.answer(false)
                        >
                            <span class="pf-v6-c-button__text">{t.keep_draft}</span>
                        </button>
                    </Show>
                    <button class="pf-v6-c-button pf-m-secondary" type="button" on:click=move |_| acts.close()>
                        <span class="pf-v6-c-button__text">{leave}</span>
                    </button>
                </div>
            </form>
        </dialog>
    }
}

/// What cancelling does now: it depends on what runs.
#[component]
fn CancelWords() -> impl IntoView {
    let t = texts();
    let lang = preferences().lang;
    let live = expect_context::<Live>();
    let phase = Memo::new(move |_| {
        live.run.with(|run| {
            let begun = run.phases.iter().rev().find(|progress| progress.status != PhaseStatus::Pending);
            begun.map_or(Phase::Preflight, |progress| progress.phase)
        })
    });
    view! {
        <p>{t.cancel_what}</p>
        <p>
            <strong>{move || phase.get().title(lang)}</strong>
            ": "
            {move || left_behind(phase.get()).get(lang).to_owned()}
        </p>
        <p>{t.cancel_then}</p>
    }
}

/// In what the wizard's draft differs, and what becomes of it.
#[component]
fn Differences() -> impl IntoView {
    let t = texts();
    let lang = preferences().lang;
    let acts = expect_context::<Acts>();
    move || {
        let fields = acts.differ.get();
        (!fields.is_empty()).then(|| {
            let item = |field: Text| view! { <li>{field.get(lang).to_owned()}</li> };
            view! {
                <p>{t.replace_why}</p>
                <ul class="hd-list">{fields.into_iter().map(item).collect_view()}</ul>
                <p>{t.replace_then}</p>
            }
        })
    }
}

#[component]
fn Reasons() -> impl IntoView {
    let acts = expect_context::<Acts>();
    move || {
        let reasons = acts.reasons.get();
        (!reasons.is_empty()).then(|| {
            let reason = |Reason { what, remedy }: Reason| view! { <li>{what} <p class="hd-remedy">{remedy}</p></li> };
            view! {
                <div class="pf-v6-c-alert pf-m-inline pf-m-danger" role="alert">
                    <ul class="pf-v6-c-alert__description hd-reasons">{reasons.into_iter().map(reason).collect_view()}</ul>
                </div>
            }
        })
    }
}

#[component]
fn Secrets() -> impl IntoView {
    let t = texts();
    let lang = preferences().lang;
    let acts = expect_context::<Acts>();
    let field = move |Wanted { field, label }: Wanted| {
        let id = format!("secret-{}", field.replace('.', "-"));
        let typed = move |event: String| acts.typed.update(|typed| drop(typed.insert(field.clone(), event)));
        view! {
            <div class="pf-v6-c-form__group">
                <div class="pf-v6-c-form__group-label">
                    <label class="pf-v6-c-form__label" for=id.clone()>
                        <span class="pf-v6-c-form__label-text">{label.get(lang).to_owned()}</span>
                    </label>
                </div>
                <div class="pf-v6-c-form__group-control">
                    <span class="pf-v6-c-form-control">
                        <input
                            id=id
                            type="password"
                            autocomplete="off"
                            required
                            on:input:target=move |event| typed(event.target().value())
                        />
                    </span>
                </div>
            </div>
        }
    };
    move || {
        let wanted = acts.wanted.get();
        (!wanted.is_empty()).then(|| view! { <p>{t.secrets_why}</p> {wanted.into_iter().map(field).collect_view()} })
    }
}

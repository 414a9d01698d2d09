//! The test mail: sent from the host, as the HA agents would, with the mail server's words.

use super::api::{self, MailReport};
use super::form::Form;
use super::icon::{Icon, icon};
use super::words;
use crate::boxes::Refusal;
use crate::refused::Refused;
use leptos::prelude::*;
use leptos::task::spawn_local;

#[component]
pub(crate) fn TestMail(form: Form) -> impl IntoView {
    let (under_way, outcome) = (RwSignal::new(false), RwSignal::new(None::<Result<MailReport, Refused>>));
    let send = move |_| {
        under_way.set(true);
        outcome.set(None);
        spawn_local(async move {
            let sent = match form.save().await {
                Ok(()) => api::test_mail().await,
                Err(refused) => Err(refused),
            };
            outcome.set(Some(sent));
            under_way.set(false);
        });
    };
    view! {
        <div class="pf-v6-c-form__group hd-mail">
            <div>
                <button class="pf-v6-c-button pf-m-secondary" type="button" disabled=move || under_way.get() on:click=send>
                    <span class="pf-v6-c-button__text">
                        {move || form.say(if under_way.get() { words::SENDING } else { words::TEST_MAIL })}
                    </span>
                </button>
            </div>
            <div role="status">
                {move || outcome.get().map(|outcome| match outcome {
                    Ok(report) => view! { <Report form report /> }.into_any(),
                    Err(refused) => view! { <Refusal refused /> }.into_any(),
                })}
            </div>
        </div>
    }
}

#[component]
fn Report(form: Form, report: MailReport) -> impl IntoView {
    let (class, shape) = if report.accepted {
        ("pf-v6-c-alert pf-m-inline pf-m-success", Icon::Good)
    } else {
        ("pf-v6-c-alert pf-m-inline pf-m-danger", Icon::Error)
    };
    let talk = (!report.talk.is_empty()).then(|| {
        view! { <div class="pf-v6-c-alert__description"><pre class="hd-code">{report.talk.join("\n")}</pre></div> }
    });
    view! {
        <div class=class>
            <div class="pf-v6-c-alert__icon">{icon(shape)}</div>
            <p class="pf-v6-c-alert__title">{form.text(&report.verdict).to_owned()}</p>
            {talk}
        </div>
    }
}

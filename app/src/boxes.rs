//! Boxes that many pages are made of: a card, and why the server did not do something.

use crate::refused::Refused;
use crate::texts::with_code;
use crate::wizard::icon::{Icon, icon};
use leptos::prelude::*;
use leptos_router::hooks::use_location;

/// A box with a heading.
#[component]
pub(crate) fn Card(title: String, children: Children) -> impl IntoView {
    view! {
        <div class="pf-v6-c-card">
            <div class="pf-v6-c-card__title">
                <h2 class="pf-v6-c-card__title-text">{title}</h2>
            </div>
            <div class="pf-v6-c-card__body hd-card">{children()}</div>
        </div>
    }
}

/// What the server did not do, why, and what to do; where a login helps, the way to it and back to this page.
#[component]
pub(crate) fn Refusal(refused: Refused) -> impl IntoView {
    let lang = crate::frame::preferences().lang;
    let here = use_location().pathname.get_untracked();
    let log_in = refused.log_in.then(|| {
        view! {
            <p>
                <a href=format!("/login?next={here}") rel="external">{lang.pick("Log in again", "再度ログイン")}</a>
            </p>
        }
    });
    view! {
        <div class="pf-v6-c-alert pf-m-inline pf-m-danger" role="alert">
            <div class="pf-v6-c-alert__icon">{icon(Icon::Error)}</div>
            <p class="pf-v6-c-alert__title hd-lines">{with_code(refused.what.get(lang))}</p>
            <div class="pf-v6-c-alert__description">
                <p>{with_code(refused.next.get(lang))}</p>
                {log_in}
            </div>
        </div>
    }
}

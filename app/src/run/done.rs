//! The engine runs: where it is, who to log in as, what to do next.

use super::texts;
use super::wire::Links;
use crate::copying::CopyButton;
use crate::texts::with_code;
use leptos::prelude::*;

/// As the driver says it where the engine uses Keycloak.
const KEYCLOAK_LOGIN: &str = "admin@ovirt";

#[component]
pub(super) fn Done(portal: String, login: String) -> impl IntoView {
    let t = texts();
    let health = expect_context::<Links>().health;
    // "admin (profile internal)" is for a terminal; here the profile has its own sentence.
    let name = login.split(" (").next().unwrap_or_default().to_owned();
    let how = if login == KEYCLOAK_LOGIN { t.login_keycloak } else { t.login_internal };
    view! {
        <section class="pf-v6-c-alert pf-m-inline hd-panel pf-m-success">
            <h2 class="pf-v6-c-alert__title">{t.done}</h2>
            <div class="pf-v6-c-alert__description">
                <dl class="hd-terms">
                    <dt>{t.portal}</dt>
                    <dd>
                        <a href=portal.clone() target="_blank" rel="noopener external">
                            {portal.clone()}
                        </a>
                        <CopyButton text=move || portal.clone() of=t.portal />
                    </dd>
                    <dt>{t.login_name}</dt>
                    <dd>
                        <strong class="hd-login">{name.clone()}</strong>
                        <CopyButton text=move || name.clone() of=t.login_name />
                        <p>{with_code(how)}</p>
                    </dd>
                    <dt>{t.login_password}</dt>
                    <dd>{t.login_password_why}</dd>
                </dl>
                <h3 class="hd-next">{t.next_steps}</h3>
                <ol class="hd-next-steps">
                    {[t.step_repositories, t.step_storage, t.step_hosts, t.step_backup]
                        .map(|step| view! { <li>{with_code(step)}</li> })
                        .into_iter()
                        .collect_view()}
                </ol>
                {health
                    .map(|health| {
                        view! {
                            <p class="hd-acts">
                                <a class="pf-v6-c-button pf-m-secondary" href=health rel="external">
                                    <span class="pf-v6-c-button__text">{t.to_health}</span>
                                </a>
                            </p>
                        }
                    })}
            </div>
        </section>
    }
}

//! Warns before the session ends because nobody does anything, and leads to the login when it has ended.

use crate::frame::texts;
use leptos::prelude::*;

/// Shown over the page for the last minutes; until then nothing.
#[component]
pub(crate) fn IdleWarning() -> impl IntoView {
    let t = texts();
    let left = RwSignal::new(None::<u32>);
    let stay = Action::new(|(): &()| crate::api::stay_logged_in());
    #[cfg(feature = "hydrate")]
    Effect::new(move |_| clock::start(left, stay));
    view! {
        // There from the beginning, so that a screen reader tells what appears in it.
        <div class="hd-idle" role="alert">
            <Show when=move || left.get().is_some()>
                <div class="pf-v6-c-alert pf-m-warning">
                    <p class="pf-v6-c-alert__title">{t.idle}</p>
                    <div class="pf-v6-c-alert__description">
                        // A screen reader is not told every second.
                        <p role="timer" aria-live="off">
                            {t.idle_left}
                            " "
                            {move || left.get()}
                        </p>
                    </div>
                    <div class="pf-v6-c-alert__action-group">
                        <button
                            class="pf-v6-c-button pf-m-primary"
                            type="button"
                            on:click=move |_| {
                                stay.dispatch(());
                            }
                        >
                            <span class="pf-v6-c-button__text">{t.stay}</span>
                        </button>
                    </div>
                </div>
            </Show>
        </div>
    }
}

#[cfg(feature = "hydrate")]
mod clock {
    use crate::api::{IdleLeft, idle_left};
    use leptos::prelude::*;
    use leptos::task::spawn_local;
    use std::time::Duration;

    /// While it warns, the server is asked so often: another tab may have been used.
    const ASK_MILLIS: f64 = 5_000.0;

    type Answer = Result<IdleLeft, ServerFnError>;

    /// What is known; times by the clock on the wall, which goes on while the computer sleeps.
    #[derive(Clone, Copy)]
    struct Known {
        ends: f64,
        warn: f64,
        asked: f64,
        asking: bool,
    }

    pub(super) fn start(left: RwSignal<Option<u32>>, stay: Action<(), Answer>) {
        let known = StoredValue::new(Known { ends: 0.0, warn: 0.0, asked: 0.0, asking: false });
        Effect::new(move |_| {
            if let Some(answer) = stay.value().get() {
                take(known, &answer);
                show(known, left);
            }
        });
        let ticking = set_interval_with_handle(move || tick(known, left), Duration::from_secs(1));
        on_cleanup(move || {
            if let Ok(ticking) = ticking {
                ticking.clear();
            }
        });
        tick(known, left);
    }

    fn tick(known: StoredValue<Known>, left: RwSignal<Option<u32>>) {
        let now = js_sys::Date::now();
        let Known { ends, warn, asked, asking } = known.get_value();
        if !asking && now >= ends - warn && now >= asked + ASK_MILLIS {
            known.update_value(|known| (known.asking, known.asked) = (true, now));
            spawn_local(async move {
                let answer = idle_left().await;
                take(known, &answer);
                show(known, left);
            });
        }
        show(known, left);
    }

    fn take(known: StoredValue<Known>, answer: &Answer) {
        let millis = |secs: u32| f64::from(secs) * 1000.0;
        match answer {
            Ok(IdleLeft { left_secs, warn_secs }) => known.update_value(|known| {
                known.ends = js_sys::Date::now() + millis(*left_secs);
                known.warn = millis(*warn_secs);
                known.asking = false;
            }),
            // The network is away; the session may be there still.
            Err(ServerFnError::Request(_)) => known.update_value(|known| known.asking = false),
            Err(_) => leave(),
        }
    }

    fn show(known: StoredValue<Known>, left: RwSignal<Option<u32>>) {
        let Known { ends, warn, .. } = known.get_value();
        let millis = ends - js_sys::Date::now();
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "between 0 and the seconds of a warning"
        )]
        let shown = (ends > 0.0 && millis <= warn).then_some((millis / 1000.0).clamp(0.0, 3600.0) as u32);
        if left.get_untracked() != shown {
            left.set(shown);
        }
    }

    /// To the login, which says that the session has ended and leads back here.
    fn leave() {
        let location = window().location();
        let here = location.pathname().unwrap_or_default();
        let _ = location.assign(&format!("/login?ended&next={}", js_sys::encode_uri_component(&here)));
    }
}

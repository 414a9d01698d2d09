//! [`Checking`]: has the host judge the draft, and knows how old its judgement is.

use super::api;
use super::browser;
use super::form::Form;
use super::saving::pause;
use super::words;
use crate::refused::Refused;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::time::Duration;

/// After the last change that the host is asked about.
const PAUSE: Duration = Duration::from_millis(1500);
/// How often an age is told anew.
const TICK: Duration = Duration::from_secs(10);

/// Fields whose answers only the host can judge: names, addresses, storage, files there.
const ASKED: [&str; 12] = [
    "engine_vm.fqdn",
    "engine_vm.mac",
    "engine_vm.network",
    "engine_vm.ip",
    "engine_vm.prefix",
    "engine_vm.gateway",
    "engine_vm.dns",
    "engine_vm.bridge_interface",
    "host.fqdn",
    "host.ip_family",
    "restore.file",
    "engine_vm.memory_mib",
];
/// The same, by section.
const ASKED_SECTIONS: [&str; 4] = ["storage.", "network_test.", "appliance.", "engine.smtp_"];

/// What is known of the checks besides their outcome.
#[derive(Clone, Copy)]
pub(crate) struct Checking {
    pub(crate) under_way: RwSignal<bool>,
    pub(crate) failed: RwSignal<Option<Refused>>,
    /// When the last judgement was made, in milliseconds of this browser's clock.
    made: RwSignal<f64>,
    now: RwSignal<f64>,
    timer: StoredValue<Option<TimeoutHandle>>,
}

impl Checking {
    pub(crate) fn new(form: Form) -> Self {
        let checking = Self {
            under_way: RwSignal::new(false),
            failed: RwSignal::new(None),
            made: RwSignal::new(0.0),
            now: RwSignal::new(0.0),
            timer: StoredValue::new(None),
        };
        Effect::new(move |_| {
            checking.date(form);
            let tick = set_interval_with_handle(move || checking.now.set(browser::now()), TICK);
            on_cleanup(move || {
                if let Ok(tick) = tick {
                    tick.clear();
                }
            });
        });
        checking
    }

    /// Dates the judgement that the form has.
    pub(crate) fn date(self, form: Form) {
        let age = form.judged.try_with_untracked(|judged| judged.as_ref().map(|judged| judged.age_secs));
        if let Some(age) = age.flatten() {
            #[allow(clippy::cast_precision_loss, reason = "an age in seconds")]
            self.made.set(browser::now() - age as f64 * 1000.0);
            self.now.set(browser::now());
        }
    }

    /// Judges now, unless the wizard was left.
    pub(crate) fn check(self, form: Form) {
        match self.under_way.try_get_untracked() {
            Some(false) => {}
            Some(true) => return self.check_soon(form),
            None => return,
        }
        self.under_way.set(true);
        spawn_local(async move {
            let judged = match form.save().await {
                Ok(()) => api::judge().await,
                Err(refused) => Err(refused),
            };
            match judged {
                Ok(judged) => {
                    form.judged.set(Some(judged));
                    self.date(form);
                    self.failed.set(None);
                }
                Err(refused) => self.failed.set(Some(refused)),
            }
            self.under_way.set(false);
        });
    }

    /// Judges when nothing more is typed.
    pub(crate) fn check_soon(self, form: Form) {
        if let Some(timer) = self.timer.try_update_value(Option::take).flatten() {
            timer.clear();
        }
        let timer = set_timeout_with_handle(move || self.check(form), PAUSE);
        self.timer.set_value(timer.ok());
    }

    /// A field was left after a change.
    pub(crate) fn left(self, form: Form, path: &str) {
        let asked = ASKED.contains(&path) || ASKED_SECTIONS.iter().any(|section| path.starts_with(section));
        if asked {
            self.check_soon(form);
        }
    }

    /// `checked 20 s ago`.
    pub(crate) fn age(self, form: Form) -> String {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an age in seconds, not negative")]
        let secs = ((self.now.get() - self.made.get()).max(0.0) / 1000.0) as u64;
        let (number, unit) = if secs < 90 { (secs, words::SECONDS_AGO) } else { (secs / 60, words::MINUTES_AGO) };
        format!("{} {number} {}", form.say(words::CHECKED), form.say(unit))
    }
}

/// Runs something a little later, where the page has time.
pub(crate) fn later(call: impl FnOnce() + 'static) {
    spawn_local(async move {
        pause(Duration::from_millis(200)).await;
        call();
    });
}

//! [`Saver`]: takes changes to the server soon after they were typed, and again until it has them.

use super::api::{self, Changes};
use super::browser;
use super::form::Form;
use crate::refused::Refused;
use hosted_deploy_model::form::{Kind, Step, field, fields};
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::collections::BTreeSet;
use std::time::Duration;

/// After the last key.
const PAUSE: Duration = Duration::from_millis(500);
/// After a failure.
const RETRY: Duration = Duration::from_secs(4);

/// How the draft on the server stands to the form.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Saving {
    /// The same.
    Saved,
    /// Something was typed.
    Waiting,
    /// It is under way.
    UnderWay,
    /// It did not get there; it is tried again.
    Failed(Box<Refused>),
}

/// What is not on the server yet.
#[derive(Clone, Copy)]
pub(crate) struct Saver {
    changed: StoredValue<BTreeSet<&'static str>>,
    /// Sent, not answered yet.
    sent: StoredValue<BTreeSet<&'static str>>,
    step: StoredValue<Option<Step>>,
    timer: StoredValue<Option<TimeoutHandle>>,
    /// The revision that the form knows.
    pub(crate) seen: StoredValue<u64>,
    pub(crate) state: RwSignal<Saving>,
}

impl Saver {
    pub(crate) fn new(revision: u64) -> Self {
        Self {
            changed: StoredValue::default(),
            sent: StoredValue::default(),
            step: StoredValue::new(None),
            timer: StoredValue::new(None),
            seen: StoredValue::new(revision),
            state: RwSignal::new(Saving::Saved),
        }
    }

    fn clean(&self) -> bool {
        self.changed.with_value(BTreeSet::is_empty) && self.step.with_value(Option::is_none)
    }
}

impl Form {
    /// A field was changed here.
    pub(crate) fn changed(self, path: &'static str) {
        self.saver.changed.update_value(|changed| changed.extend([path]));
        if self.saver.state.get_untracked() != Saving::UnderWay {
            self.saver.state.set(Saving::Waiting);
        }
        self.save_after(PAUSE);
    }

    /// The person went to another step.
    pub(crate) fn went_to(self, step: Step) {
        self.saver.step.set_value(Some(step));
        self.save_after(PAUSE);
    }

    fn save_after(self, pause: Duration) {
        if let Some(timer) = self.saver.timer.try_update_value(Option::take).flatten() {
            timer.clear();
        }
        let timer = set_timeout_with_handle(move || spawn_local(async move { drop(self.save().await) }), pause);
        self.saver.timer.set_value(timer.ok());
    }

    /// What is to be sent, taken off the list.
    fn changes(self) -> Changes {
        let paths = self.saver.changed.try_update_value(std::mem::take).unwrap_or_default();
        self.saver.sent.set_value(paths.clone());
        let mut changes = Changes {
            step: self.saver.step.try_update_value(Option::take).flatten(),
            seen: self.saver.seen.get_value(),
            ..Changes::default()
        };
        for path in paths {
            let typed = self.typed(path);
            let text = typed.text.get_untracked();
            match field(path).map(|field| field.kind) {
                // Half a password is none.
                Some(Kind::Secret { twice }) if text.is_empty() || twice && text != typed.again.get_untracked() => {}
                Some(Kind::Secret { .. }) => changes.secrets.push((path.to_owned(), text)),
                _ => changes.typed.push((path.to_owned(), text)),
            }
        }
        changes
    }

    /// Takes everything to the server now.
    ///
    /// # Errors
    /// When it did not get there; it is tried again by itself.
    pub(crate) async fn save(self) -> Result<(), Refused> {
        let mut waited = false;
        while self.saver.state.try_get_untracked() == Some(Saving::UnderWay) {
            waited = true;
            pause(Duration::from_millis(50)).await;
        }
        // What was waited for has failed: to try at once again would hide it.
        if let (true, Some(Saving::Failed(refused))) = (waited, self.saver.state.try_get_untracked()) {
            return Err(*refused);
        }
        if self.saver.state.is_disposed() {
            // The wizard was left meanwhile, and then everything was sent.
            return Ok(());
        }
        if self.saver.clean() {
            self.saver.state.set(Saving::Saved);
            return Ok(());
        }
        self.saver.state.set(Saving::UnderWay);
        let changes = self.changes();
        let answer = api::save(changes.clone()).await;
        let Some(sent) = self.saver.sent.try_update_value(std::mem::take) else { return answer.map(drop) };
        match answer {
            Ok(saved) => {
                self.saver.seen.set_value(saved.revision);
                let open = |path: &str| self.saver.changed.with_value(|changed| changed.contains(path));
                let news = saved.elsewhere.iter().filter(|(path, _)| !open(path));
                self.put(news.map(|(path, text)| (path.as_str(), text.as_str())));
                self.forgotten.update(|forgotten| forgotten.retain(|path| !saved.secrets.contains(path)));
                self.kept.set(saved.secrets);
                let clean = self.saver.clean();
                self.saver.state.set(if clean { Saving::Saved } else { Saving::Waiting });
                Ok(())
            }
            Err(refused) => {
                self.saver.changed.update_value(|changed| changed.extend(sent));
                if let Some(step) = changes.step {
                    self.saver.step.update_value(|newer| *newer = newer.or(Some(step)));
                }
                self.saver.state.set(Saving::Failed(Box::new(refused.clone())));
                self.save_after(RETRY);
                Err(refused)
            }
        }
    }

    /// What is still open goes out when the page goes away, and when the wizard is left for another page of the program. What is
    /// on its way goes again: a browser that leaves a page may give it up. When the server cannot be reached, it stays in the tab.
    pub(crate) fn save_at_the_end(self) {
        let save = move || {
            let sent = self.saver.sent.get_value();
            self.saver.changed.update_value(|changed| changed.extend(sent));
            if self.saver.clean() {
                return;
            }
            let changes = self.changes();
            if matches!(self.saver.state.get_untracked(), Saving::Failed(_)) {
                // Passwords do not: the tab's memory may come to a disk.
                changes.typed.iter().for_each(|(path, text)| browser::keep(&self.name_of(path), text));
            }
            if let Ok(json) = serde_json::to_string(&api::Save { changes }) {
                browser::send_at_the_end("/api/v1/draft/save", &json);
            }
        };
        browser::when_hidden(save);
        on_cleanup(save);
    }

    /// Takes up what could not be saved when this tab left the wizard.
    pub(crate) fn recover(self) {
        for field in fields() {
            if let Some(text) = browser::take(&self.name_of(field.path)) {
                self.put([(field.path, text.as_str())]);
                self.changed(field.path);
            }
        }
    }

    /// Of an answer for this host, in the tab's memory.
    fn name_of(self, path: &str) -> String {
        self.at.with_value(|at| format!("{at} {path}"))
    }
}

/// Waits.
pub(crate) async fn pause(time: Duration) {
    #[cfg(feature = "hydrate")]
    {
        let wait = js_sys::Promise::new(&mut |done, _| {
            let millis = i32::try_from(time.as_millis()).unwrap_or(i32::MAX);
            let _ = window().set_timeout_with_callback_and_timeout_and_arguments_0(&done, millis);
        });
        let _ = wasm_bindgen_futures::JsFuture::from(wait).await;
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = time;
}

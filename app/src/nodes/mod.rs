//! The pages of network boot: the list of nodes ([`list`]), one of them ([`page`]) with its [`form`], profiles and images
//! ([`stock`]). The server puts in what it knows; the browser asks again every few seconds.

pub mod api;
mod form;
mod import;
mod list;
mod page;
mod stock;

pub(crate) use list::NodesPage;
pub(crate) use page::NodePage;
pub(crate) use stock::StockPage;

use crate::boxes::Card;
use crate::copying::CopyButton;
use crate::refused::Refused;
use crate::texts::with_code;
use hosted_deploy_model::lang::{Lang, Text};
use hosted_deploy_model::node::{State, Tally};
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::time::Duration;

/// Between two questions of the browser.
const AGAIN: Duration = Duration::from_secs(3);

pub(crate) const NODES: (&str, &str) = ("Nodes", "ノード");
const STOCK: (&str, &str) = ("Profiles and images", "プロファイルとイメージ");

/// Something that a page shows and asks for again.
struct Live<T: Send + Sync + 'static> {
    shown: RwSignal<Option<T>>,
    refused: RwSignal<Option<Refused>>,
}

impl<T: Send + Sync + 'static> Clone for Live<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Send + Sync + 'static> Copy for Live<T> {}

impl<T: Clone + Send + Sync + 'static> Live<T> {
    fn of(of_page: Option<Result<T, Refused>>) -> Self {
        let (shown, refused) = match of_page {
            Some(Ok(shown)) => (Some(shown), None),
            Some(Err(refused)) => (None, Some(refused)),
            None => (None, None),
        };
        Self { shown: RwSignal::new(shown), refused: RwSignal::new(refused) }
    }

    fn take(self, answer: Result<Option<T>, Refused>) {
        match answer {
            Ok(news) => {
                if self.refused.with_untracked(Option::is_some) {
                    self.refused.set(None);
                }
                if news.is_some() {
                    self.shown.set(news);
                }
            }
            Err(refused) => {
                if self.refused.with_untracked(|known| known.as_ref() != Some(&refused)) {
                    self.refused.set(Some(refused));
                }
            }
        }
    }

    /// Asks now and again and again, as long as the page is open. Effects run in the browser only.
    fn keep<F: Future<Output = Result<Option<T>, Refused>> + 'static>(
        self,
        ask: impl Fn() -> F + Copy + Send + Sync + 'static,
    ) {
        let busy = StoredValue::new(false);
        let ask = move || {
            if busy.get_value() {
                return;
            }
            busy.set_value(true);
            spawn_local(async move {
                let answer = ask().await;
                // The page may be gone by now.
                if busy.try_set_value(false).is_none() {
                    self.take(answer);
                }
            });
        };
        Effect::new(move |_| {
            if self.shown.with_untracked(Option::is_none) {
                ask();
            }
            if let Ok(timer) = set_interval_with_handle(ask, AGAIN) {
                on_cleanup(move || timer.clear());
            }
        });
    }
}

/// A table with these heads; on narrow screens each cell names its own.
fn table(title: String, heads: Vec<&'static str>, rows: AnyView) -> AnyView {
    let heads = heads.into_iter().map(|head| view! { <th class="pf-v6-c-table__th" scope="col">{head}</th> });
    view! {
        <table class="pf-v6-c-table pf-m-grid-lg hd-wrap" aria-label=title>
            <thead class="pf-v6-c-table__thead">
                <tr class="pf-v6-c-table__tr">{heads.collect_view()}</tr>
            </thead>
            <tbody class="pf-v6-c-table__tbody">{rows}</tbody>
        </table>
    }
    .into_any()
}

fn cell(head: &'static str, content: impl IntoView) -> AnyView {
    // On narrow screens a cell is a grid of its head and one thing beside it.
    view! { <td class="pf-v6-c-table__td" data-label=head><div>{content.into_any()}</div></td> }.into_any()
}

/// Colour, sign and word: none of them alone.
fn state_label(state: State, lang: Lang) -> AnyView {
    let (class, sign) = match state {
        State::Discovered => ("pf-v6-c-label", "?"),
        State::Assigned => ("pf-v6-c-label pf-m-yellow", "…"),
        State::Booting | State::Installing => ("pf-v6-c-label pf-m-blue", "▶"),
        State::Installed | State::Joined => ("pf-v6-c-label pf-m-green", "✔"),
        State::Failed => ("pf-v6-c-label pf-m-red", "✖"),
    };
    view! {
        <span class=class>
            <span class="pf-v6-c-label__content">
                <span class="pf-v6-c-label__text">{format!("{sign} {}", state.title(lang))}</span>
            </span>
        </span>
    }
    .into_any()
}

/// Sentences below each other.
fn sentences(texts: &[Text], lang: Lang) -> AnyView {
    texts.iter().map(|text| view! { <p>{with_code(text.get(lang))}</p> }).collect_view().into_any()
}

/// A plain button.
fn button(class: &'static str, words: &'static str, act: impl Fn() + 'static) -> AnyView {
    view! {
        <button class=format!("pf-v6-c-button {class}") type="button" on:click=move |_| act()>
            <span class="pf-v6-c-button__text">{words}</span>
        </button>
    }
    .into_any()
}

/// A text to read and to copy; long lines are broken.
fn code(title: String, text: String) -> AnyView {
    let copy = text.clone();
    view! {
        <div class="hd-row">
            <h3>{title.clone()}</h3>
            <CopyButton text=move || copy.clone() of=title.clone() />
        </div>
        <pre class="hd-code" tabindex="0" aria-label=title>{text}</pre>
    }
    .into_any()
}

/// For the health page: how the nodes stand, and which failed.
pub(crate) fn from_network_boot(nodes: Tally, lang: Lang) -> AnyView {
    let failed = nodes.failed.iter().map(|failed| {
        let name = failed.name.clone();
        view! { <li>"⚠ "<a href=format!("/nodes/{name}") rel="external">{name.clone()}</a>{format!(": {}", failed.why)}</li> }
    });
    let failed = failed.collect_view();
    view! {
        <Card title=lang.pick("Nodes from network boot", "ネットワークブートのノード").to_owned()>
            <p>{nodes.sentence().get(lang).to_owned()}</p>
            <ul>{failed}</ul>
            <p><a href="/nodes" rel="external">{lang.pick("All nodes", "すべてのノード")}</a></p>
        </Card>
    }
    .into_any()
}

//! The live log: every line there is, of which only those are drawn that are seen.

use super::lines::{Filter, Found, Level, Line, Sort, clock, status_word};
use super::live::Live;
use super::texts;
use super::window::window as window_of;
use crate::copying::CopyButton;
use crate::frame::preferences;
use crate::wizard::icon::{Icon, icon};
use hosted_deploy_model::duration::duration;
use hosted_deploy_model::event::TaskStatus;
use hosted_deploy_model::lang::Lang;
use hosted_deploy_model::phase::Phase;
use leptos::html;
use leptos::prelude::*;

/// Lines looked at in a frame: some milliseconds.
const LOOKED_AT_A_FRAME: usize = 40_000;
/// Until a row was measured.
const ROW_PX: f64 = 24.0;

/// What a visitor wants to see of the log.
#[derive(Clone, Copy)]
pub(super) struct Wishes {
    words: RwSignal<String>,
    level: RwSignal<Level>,
    phase: RwSignal<Option<Phase>>,
    follow: RwSignal<bool>,
    view: NodeRef<html::Div>,
}

impl Wishes {
    pub(super) fn new() -> Self {
        Self {
            words: RwSignal::default(),
            level: RwSignal::new(Level::Skipped),
            phase: RwSignal::new(None),
            follow: RwSignal::new(true),
            view: NodeRef::new(),
        }
    }

    /// Shows one phase's lines, and goes there.
    pub(super) fn only(self, phase: Phase) {
        self.phase.set(Some(phase));
        self.follow.set(false);
        if let Some(view) = self.view.get_untracked() {
            view.scroll_into_view();
            // Only an element that is gone cannot have the focus.
            let _ = view.focus();
        }
    }
}

/// A row as it is drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Drawn {
    class: &'static str,
    time: String,
    verdict: &'static str,
    before: String,
    hit: String,
    after: String,
}

#[component]
pub(super) fn LogCard() -> impl IntoView {
    let t = texts();
    let lang = preferences().lang;
    let live = expect_context::<Live>();
    let wishes = expect_context::<Wishes>();
    let rows: RwSignal<Vec<Drawn>> = RwSignal::default();
    let count = RwSignal::new(None::<usize>);
    let (space, inner) = (NodeRef::<html::Div>::new(), NodeRef::<html::Div>::new());
    let list = List {
        live,
        wishes,
        found: StoredValue::default(),
        rows,
        count,
        space,
        inner,
        drawing: StoredValue::new(false),
        lang,
    };
    Effect::new(move |_| {
        live.grown.track();
        wishes.words.track();
        wishes.level.track();
        wishes.phase.track();
        wishes.follow.track();
        list.draw_soon();
    });
    Effect::new(move |_| {
        let resized = window_event_listener(leptos::ev::resize, move |_| list.draw_soon());
        on_cleanup(move || resized.remove());
    });
    let empty = move || count.get() == Some(0) && live.grown.get() > 0;
    view! {
        <div class="pf-v6-c-card hd-log-card">
            <div class="pf-v6-c-card__title">
                <h2 class="pf-v6-c-card__title-text">{t.log}</h2>
            </div>
            <div class="pf-v6-c-card__body">
                <Tools list />
                <div
                    class="hd-log"
                    node_ref=wishes.view
                    tabindex="0"
                    role="region"
                    aria-label=t.log_lines
                    on:scroll=move |_| list.scrolled()
                >
                    <div class="hd-log-space" node_ref=space>
                        <div class="hd-log-rows" node_ref=inner>
                            {move || rows.with(|rows| rows.iter().map(draw_row).collect_view())}
                        </div>
                    </div>
                </div>
                <Show when=empty>
                    <p class="hd-log-none">{t.no_lines}</p>
                </Show>
            </div>
        </div>
    }
}

fn draw_row(row: &Drawn) -> impl IntoView + use<> {
    let Drawn { class, time, verdict, before, hit, after } = row.clone();
    let hit = (!hit.is_empty()).then(|| view! { <mark>{hit}</mark> });
    view! {
        <div class=class>
            <span class="hd-log-time">{time}</span>
            <span class="hd-log-verdict">{verdict}</span>
            <span class="hd-log-text">{before} {hit} {after}</span>
        </div>
    }
}

#[component]
fn Tools(list: List) -> impl IntoView {
    let t = texts();
    let lang = preferences().lang;
    let List { live, wishes, count, .. } = list;
    let phases: Vec<Phase> = live.run.with_untracked(|run| run.phases.iter().map(|progress| progress.phase).collect());
    let levels = Level::ALL.into_iter().zip([t.level_all, t.level_tasks, t.level_messages, t.level_failures]);
    let found = move || count.get().map(|count| format!("{} {}", grouped(count), t.lines));
    view! {
        <div class="hd-log-tools">
            <label class="hd-log-search">
                <span class="hd-only-read">{t.search}</span>
                <span class="pf-v6-c-form-control">
                    <input
                        type="search"
                        placeholder=t.search
                        prop:value=wishes.words
                        on:input:target=move |event| wishes.words.set(event.target().value())
                    />
                </span>
            </label>
            <span class="hd-log-choice">
                <span class="pf-v6-c-form-control">
                    <select
                        aria-label=t.level
                        prop:value=move || wishes.level.get().name()
                        on:change:target=move |event| wishes.level.set(Level::from_name(&event.target().value()))
                    >
                        {levels.map(|(level, label)| view! { <option value=level.name()>{label}</option> }).collect_view()}
                    </select>
                    <Toggle />
                </span>
            </span>
            <span class="hd-log-choice">
                <span class="pf-v6-c-form-control">
                    <select
                        aria-label=t.phase
                        prop:value=move || wishes.phase.get().map_or("", Phase::tag)
                        on:change:target=move |event| wishes.phase.set(Phase::from_tag(&event.target().value()))
                    >
                        <option value="">{t.every_phase}</option>
                        {phases
                            .into_iter()
                            .map(|phase| view! { <option value=phase.tag()>{phase.title(lang)}</option> })
                            .collect_view()}
                    </select>
                    <Toggle />
                </span>
            </span>
            <label class="hd-log-follow">
                <input
                    type="checkbox"
                    prop:checked=wishes.follow
                    on:change:target=move |event| wishes.follow.set(event.target().checked())
                />
                {t.follow_log}
            </label>
            <span class="hd-log-count">
                {found}
            </span>
            <CopyButton text=move || list.text(false) look="pf-m-secondary pf-m-small" />
            <button class="pf-v6-c-button pf-m-secondary pf-m-small" type="button" on:click=move |_| list.save()>
                <span class="pf-v6-c-button__text">{t.download}</span>
            </button>
        </div>
    }
}

#[component]
fn Toggle() -> impl IntoView {
    view! {
        <span class="pf-v6-c-form-control__utilities">
            <span class="pf-v6-c-form-control__toggle-icon">{icon(Icon::Caret)}</span>
        </span>
    }
}

/// `1 234 567`.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}

#[derive(Clone, Copy)]
struct List {
    live: Live,
    wishes: Wishes,
    found: StoredValue<Found>,
    rows: RwSignal<Vec<Drawn>>,
    count: RwSignal<Option<usize>>,
    space: NodeRef<html::Div>,
    inner: NodeRef<html::Div>,
    drawing: StoredValue<bool>,
    lang: Lang,
}

impl List {
    /// With the next frame, once.
    fn draw_soon(self) {
        if self.drawing.try_update_value(|drawing| std::mem::replace(drawing, true)) == Some(false) {
            super::live::soon(move || self.draw());
        }
    }

    fn scrolled(self) {
        if let Some(view) = self.wishes.view.get_untracked() {
            let left = f64::from(view.scroll_height() - view.client_height()) - f64::from(view.scroll_top());
            // Who scrolls up wants to read; who scrolls to the end wants what comes.
            let at_end = left < ROW_PX;
            if self.wishes.follow.get_untracked() != at_end {
                self.wishes.follow.set(at_end);
            }
        }
        self.draw_soon();
    }

    fn draw(self) {
        if self.drawing.try_update_value(|drawing| *drawing = false).is_none() {
            return;
        }
        let (Some(view), Some(space), Some(inner)) =
            (self.wishes.view.get_untracked(), self.space.get_untracked(), self.inner.get_untracked())
        else {
            return;
        };
        let filter = Filter::new(
            &self.wishes.words.get_untracked(),
            self.wishes.level.get_untracked(),
            self.wishes.phase.get_untracked(),
        );
        let all = self.found.try_update_value(|found| {
            found.wants(filter);
            self.live.log.try_update_value(|log| found.look(log, LOOKED_AT_A_FRAME)).unwrap_or(true)
        });
        let count = self.found.with_value(Found::len);
        let row_px = row_height(&inner).unwrap_or(ROW_PX);
        let (view_px, follow) = (f64::from(view.client_height()), self.wishes.follow.get_untracked());
        let scroll_px = if follow { f64::MAX } else { f64::from(view.scroll_top()) };
        let window = window_of(count, row_px, view_px, scroll_px);
        // By script, not as an attribute: the page's policy refuses those.
        let style =
            |element: &web_sys::HtmlElement, name: &str, value: &str| drop(element.style().set_property(name, value));
        style(&space, "block-size", &format!("{}px", window.height_px));
        style(&inner, "transform", &format!("translateY({}px)", window.top_px));
        let drawn: Vec<Drawn> = (window.first..window.end).filter_map(|nth| self.row(nth)).collect();
        // Rows that stay the same are left alone: somebody may have selected their text.
        if self.rows.with_untracked(|rows| *rows != drawn) {
            self.rows.set(drawn);
        }
        if follow {
            view.set_scroll_top(view.scroll_height());
        }
        if self.count.get_untracked() != Some(count) {
            self.count.set(Some(count));
        }
        if all == Some(false) {
            self.draw_soon();
        }
    }

    fn row(self, nth: usize) -> Option<Drawn> {
        let offset = offset_secs();
        self.found.with_value(|found| {
            let row = found.row(nth)?;
            self.live.log.with_value(|log| log.line(row).map(|line| drawn(&line, found.filter(), offset, self.lang)))
        })
    }

    /// The lines as text: those that are shown, or all.
    fn text(self, all: bool) -> String {
        let offset = offset_secs();
        let mut text = String::new();
        let mut add = |row: usize| {
            self.live.log.with_value(|log| {
                if let Some(line) = log.line(row) {
                    text.push_str(&line.plain(offset, self.lang));
                    text.push('\n');
                }
            });
        };
        if all {
            (0..self.live.log.with_value(super::lines::Log::len)).for_each(&mut add);
        } else {
            self.found.with_value(|found| (0..found.len()).filter_map(|nth| found.row(nth)).for_each(&mut add));
        }
        text
    }

    /// As a file of the browser's.
    fn save(self) {
        let name = self.live.run.with_untracked(|run| format!("hosted-deploy-{}.log", run.id));
        crate::wizard::save_file(&name, &self.text(true));
    }
}

fn row_height(inner: &web_sys::HtmlElement) -> Option<f64> {
    let height = inner.first_element_child()?.get_bounding_client_rect().height();
    (height > 1.0).then_some(height)
}

/// What the reader's clock is ahead of UTC.
fn offset_secs() -> i64 {
    thread_local!(static OFFSET: i64 = -(js_sys::Date::new_0().get_timezone_offset() as i64) * 60);
    OFFSET.with(|offset| *offset)
}

fn drawn(line: &Line<'_>, filter: &Filter, offset_secs: i64, lang: Lang) -> Drawn {
    let mut text = line.text.to_owned();
    if line.attempt > 0 && line.sort == Sort::Running {
        text.push_str(&format!(" ({} {})", super::texts::of(lang).attempt, line.attempt));
    }
    if let Some(took) = line.took {
        text.push_str(&format!("  · {}", duration(took, lang)));
    }
    let (begin, end) = filter.find(line.text).unwrap_or((text.len(), text.len()));
    let part = |from: usize, to: usize| text.get(from..to).unwrap_or_default().to_owned();
    let (class, verdict) = match (line.sort, line.level) {
        (Sort::Running, _) => ("hd-log-row hd-log-running", "…"),
        (Sort::Task(status), Level::Failure) => ("hd-log-row hd-log-bad", status_word(status)),
        (Sort::Task(status @ TaskStatus::Changed), _) => ("hd-log-row hd-log-changed", status_word(status)),
        (Sort::Task(status @ TaskStatus::Ignored), _) => ("hd-log-row hd-log-ignored", status_word(status)),
        (Sort::Task(status @ TaskStatus::Skipped), _) => ("hd-log-row hd-log-skipped", status_word(status)),
        (Sort::Task(status), _) => ("hd-log-row", status_word(status)),
        (Sort::Begin, _) => ("hd-log-row hd-log-begin", "▶"),
        (Sort::Done, _) => ("hd-log-row hd-log-end", "✔"),
        (Sort::Bad, _) => ("hd-log-row hd-log-bad", "✖"),
        (Sort::Said, _) => ("hd-log-row hd-log-said", ""),
    };
    Drawn {
        class,
        time: clock(line.at, offset_secs),
        verdict,
        before: part(0, begin),
        hit: part(begin, end),
        after: part(end, text.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_numbers_are_grouped() {
        assert_eq!(grouped(7), "7");
        assert_eq!(grouped(1_000), "1\u{202f}000");
        assert_eq!(grouped(1_234_567), "1\u{202f}234\u{202f}567");
    }

    #[test]
    fn what_was_searched_for_is_set_apart() {
        let line = Line {
            text: "Add NFS domain",
            at: 0,
            took: Some(2_000),
            attempt: 0,
            level: Level::Task,
            sort: Sort::Task(TaskStatus::Ok),
        };
        let row = drawn(&line, &Filter::new("nfs", Level::Task, None), 0, Lang::En);
        assert_eq!((row.before.as_str(), row.hit.as_str(), row.after.as_str()), ("Add ", "NFS", " domain  · 2 s"));
        let row = drawn(&line, &Filter::default(), 0, Lang::En);
        assert_eq!((row.before.as_str(), row.hit.as_str()), ("Add NFS domain  · 2 s", ""));
    }
}

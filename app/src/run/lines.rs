//! The log of a run as lines: made from its events, kept small, for a million of them.
//!
//! A task is one line whose verdict comes later; what the role or this program says is a line for each line of its text. All
//! text stands in one string, a line is some numbers beside it.

use hosted_deploy_model::duration::duration;
use hosted_deploy_model::event::{Event, Kind, Outcome, TaskStatus};
use hosted_deploy_model::lang::Lang;
use hosted_deploy_model::phase::Phase;

/// How much a line matters; a filter shows those from one on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    /// A task that was not needed.
    Skipped,
    /// A task.
    Task,
    /// Something for people.
    Message,
    /// A failure.
    Failure,
}

impl Level {
    pub(super) const ALL: [Self; 4] = [Self::Skipped, Self::Task, Self::Message, Self::Failure];

    /// As in a form.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Skipped => "all",
            Self::Task => "tasks",
            Self::Message => "messages",
            Self::Failure => "failures",
        }
    }

    /// From a form.
    pub(super) fn from_name(name: &str) -> Self {
        Self::ALL.into_iter().find(|level| level.name() == name).unwrap_or(Self::Skipped)
    }
}

/// What a line is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sort {
    /// A task that runs.
    Running,
    /// A task with its verdict.
    Task(TaskStatus),
    /// A phase begins.
    Begin,
    /// A phase ended well.
    Done,
    /// A phase or the run ended badly, or words about a failure.
    Bad,
    /// Something that was said.
    Said,
}

/// A line, without its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Row {
    begin: usize,
    length: u32,
    at: u64,
    ms: u32,
    attempt: u32,
    level: Level,
    sort: Sort,
    phase: Option<Phase>,
}

/// A line to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line<'a> {
    /// What it says.
    pub(super) text: &'a str,
    /// Milliseconds since 1970-01-01 UTC.
    pub(super) at: u64,
    /// What a task took, if that is long enough to be told.
    pub(super) took: Option<u64>,
    /// Attempts made.
    pub(super) attempt: u32,
    /// How much it matters.
    pub(super) level: Level,
    /// What it is about.
    pub(super) sort: Sort,
}

/// All lines.
#[derive(Debug, Default)]
pub(super) struct Log {
    text: String,
    rows: Vec<Row>,
    /// The task that runs: its id, and its line.
    open: Option<(String, usize)>,
    /// The first line that changed since [`Log::changed`] was asked.
    touched: Option<usize>,
}

/// A task is told to have taken time from here on.
const WORTH_TELLING_MS: u32 = 1000;

impl Log {
    /// Adds an event's lines, or its verdict to a line.
    pub(super) fn push(&mut self, event: &Event, lang: Lang) {
        match &event.kind {
            Kind::PhaseStarted => {
                let title = event.phase.map_or("", |phase| phase.title(lang));
                self.add(event, Level::Message, Sort::Begin, title);
            }
            Kind::Task(task) => {
                self.open = Some((task.id.clone(), self.rows.len()));
                self.add(event, Level::Task, Sort::Running, &task.name);
            }
            Kind::Retry { attempt, .. } => {
                if let Some((_, row)) = &self.open {
                    let row = *row;
                    self.touch(row);
                    if let Some(row) = self.rows.get_mut(row) {
                        row.attempt = *attempt;
                    }
                }
            }
            Kind::Result(result) => {
                let row = match &self.open {
                    Some((id, row)) if *id == result.id => *row,
                    _ => {
                        self.add(event, Level::Task, Sort::Running, &result.name);
                        self.rows.len() - 1
                    }
                };
                let level = match result.status {
                    TaskStatus::Skipped => Level::Skipped,
                    TaskStatus::Failed | TaskStatus::Unreachable => Level::Failure,
                    TaskStatus::Ok | TaskStatus::Changed | TaskStatus::Ignored => Level::Task,
                };
                self.touch(row);
                if let Some(row) = self.rows.get_mut(row) {
                    row.sort = Sort::Task(result.status);
                    row.ms = u32::try_from(result.ms).unwrap_or(u32::MAX);
                    row.level = level;
                }
                let sort = if level == Level::Failure { Sort::Bad } else { Sort::Said };
                self.add_lines(event, level, sort, &result.message);
            }
            Kind::Message { text } => self.add_lines(event, Level::Message, Sort::Said, text),
            Kind::Notice { text } => self.add_lines(event, Level::Message, Sort::Said, text.get(lang)),
            Kind::Paused { lock_file } => {
                let text = lang.pick(
                    "The role waits until this file is removed:",
                    "ロールは次のファイルが削除されるまで待機します:",
                );
                self.add(event, Level::Message, Sort::Said, &format!("{text} {lock_file}"));
            }
            Kind::Continued => {
                self.add(event, Level::Message, Sort::Said, lang.pick("The role goes on.", "ロールが再開しました。"));
            }
            Kind::Gate { missing } => {
                let text = lang.pick("Waits for the storage answers:", "ストレージの回答を待っています:");
                self.add(event, Level::Message, Sort::Said, &format!("{text} {}", missing.join(", ")));
            }
            Kind::GateOpened => {
                let text = lang.pick("The storage answers are there.", "ストレージの回答が揃いました。");
                self.add(event, Level::Message, Sort::Said, text);
            }
            Kind::PhaseEnded { ok, how } => {
                let title = event.phase.map_or("", |phase| phase.title(lang));
                match ok {
                    true => self.add(event, Level::Message, Sort::Done, title),
                    false => self.add(event, Level::Failure, Sort::Bad, &format!("{title}: {how}")),
                }
            }
            Kind::Ended { outcome } => {
                let (level, sort, text) = match outcome {
                    Outcome::Succeeded { .. } => (
                        Level::Message,
                        Sort::Done,
                        lang.pick("The engine runs.", "エンジンが稼働しています。").to_owned(),
                    ),
                    Outcome::Failed { cause, .. } => (Level::Failure, Sort::Bad, cause.task.clone()),
                    Outcome::Cancelled { .. } => {
                        (Level::Message, Sort::Said, lang.pick("Cancelled.", "キャンセルしました。").to_owned())
                    }
                    Outcome::Interrupted { reason, .. } => (Level::Failure, Sort::Bad, reason.get(lang).to_owned()),
                };
                self.add(event, level, sort, &text);
            }
            Kind::Planned { .. } | Kind::HandedOver { .. } => {}
        }
    }

    fn add_lines(&mut self, event: &Event, level: Level, sort: Sort, text: &str) {
        for line in text.trim_end().lines() {
            self.add(event, level, sort, line);
        }
    }

    fn add(&mut self, event: &Event, level: Level, sort: Sort, text: &str) {
        let begin = self.text.len();
        self.text.push_str(text);
        let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
        let (at, phase) = (event.at, event.phase);
        self.rows.push(Row { begin, length, at, ms: 0, attempt: 0, level, sort, phase });
    }

    fn touch(&mut self, row: usize) {
        self.touched = Some(self.touched.map_or(row, |first| first.min(row)));
    }

    /// How many lines there are.
    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// A line.
    pub(super) fn line(&self, row: usize) -> Option<Line<'_>> {
        let Row { begin, length, at, ms, attempt, level, sort, .. } = *self.rows.get(row)?;
        let text = self.text.get(begin..begin + length as usize)?;
        let took = (ms >= WORTH_TELLING_MS).then_some(u64::from(ms));
        Some(Line { text, at, took, attempt, level, sort })
    }

    fn matches(&self, row: &Row, filter: &Filter) -> bool {
        if row.level < filter.level || filter.phase.is_some_and(|phase| row.phase != Some(phase)) {
            return false;
        }
        let bytes = self.text.as_bytes().get(row.begin..row.begin + row.length as usize).unwrap_or_default();
        find(bytes, &filter.needle).is_some()
    }
}

/// Which lines are wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Filter {
    needle: Vec<u8>,
    level: Level,
    phase: Option<Phase>,
}

impl Filter {
    /// Lines that hold `words`, whatever their case, matter so much, and are of that phase.
    pub(super) fn new(words: &str, level: Level, phase: Option<Phase>) -> Self {
        Self { needle: words.trim().to_ascii_lowercase().into_bytes(), level, phase }
    }

    /// Where the words stand in a text, in bytes.
    pub(super) fn find(&self, text: &str) -> Option<(usize, usize)> {
        let at = find(text.as_bytes(), &self.needle).filter(|_| !self.needle.is_empty())?;
        Some((at, at + self.needle.len()))
    }
}

impl Default for Filter {
    fn default() -> Self {
        Self::new("", Level::Skipped, None)
    }
}

/// The first place of a needle in lower case; ASCII letters match in either case.
fn find(text: &[u8], needle: &[u8]) -> Option<usize> {
    let Some((first, rest)) = needle.split_first() else { return Some(0) };
    let upper = first.to_ascii_uppercase();
    let last = text.len().checked_sub(needle.len())?;
    let begins = |(_, byte): &(usize, &u8)| *byte == first || **byte == upper;
    let candidates = text.iter().enumerate().take(last + 1).filter(begins).map(|(at, _)| at);
    let mut found =
        candidates.filter(|at| text.get(at + 1..at + needle.len()).is_some_and(|tail| tail.eq_ignore_ascii_case(rest)));
    found.next()
}

/// The lines that a filter lets through, found bit by bit so that the page never stands still.
#[derive(Debug, Default)]
pub(super) struct Found {
    filter: Filter,
    rows: Vec<u32>,
    looked: usize,
}

impl Found {
    /// Looks for something else.
    pub(super) fn wants(&mut self, filter: Filter) {
        if filter != self.filter {
            *self = Self { filter, ..Self::default() };
        }
    }

    /// Looks at up to `most` further lines, and again at those that changed; `true` when none are left.
    pub(super) fn look(&mut self, log: &mut Log, most: usize) -> bool {
        if let Some(row) = log.touched.take().filter(|row| *row < self.looked) {
            self.looked = row;
            let before = self.rows.partition_point(|known| (*known as usize) < row);
            self.rows.truncate(before);
        }
        let end = log.rows.len().min(self.looked + most);
        for (row, line) in log.rows.iter().enumerate().take(end).skip(self.looked) {
            if log.matches(line, &self.filter) {
                self.rows.extend(u32::try_from(row));
            }
        }
        self.looked = end;
        end == log.rows.len()
    }

    /// The filter.
    pub(super) const fn filter(&self) -> &Filter {
        &self.filter
    }

    /// How many were found.
    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// The line that is the nth found.
    pub(super) fn row(&self, nth: usize) -> Option<usize> {
        self.rows.get(nth).map(|row| *row as usize)
    }
}

impl Line<'_> {
    /// As in a file: time, verdict, text. `offset_secs` is what the reader's clock is ahead of UTC.
    pub(super) fn plain(&self, offset_secs: i64, lang: Lang) -> String {
        let verdict = match self.sort {
            Sort::Running => "…",
            Sort::Task(status) => status_word(status),
            Sort::Begin => "==>",
            Sort::Done => "ok",
            Sort::Bad => "!!",
            Sort::Said => "",
        };
        let mut text = format!("{}  {verdict:<11}  {}", clock(self.at, offset_secs), self.text);
        if let Some(took) = self.took {
            text.push_str(&format!("  ({})", duration(took, lang)));
        }
        text
    }
}

/// Ansible's word for a verdict: the same in every language, for those who look it up.
pub(super) const fn status_word(status: TaskStatus) -> &'static str {
    match status {
        TaskStatus::Ok => "ok",
        TaskStatus::Changed => "changed",
        TaskStatus::Skipped => "skipped",
        TaskStatus::Ignored => "ignored",
        TaskStatus::Failed => "failed",
        TaskStatus::Unreachable => "unreachable",
    }
}

/// `23:59:59`.
pub(super) fn clock(at: u64, offset_secs: i64) -> String {
    let secs = i64::try_from(at / 1000).unwrap_or_default() + offset_secs;
    let secs = secs.rem_euclid(24 * 60 * 60);
    format!("{:02}:{:02}:{:02}", secs / 3600, secs / 60 % 60, secs % 60)
}

#[cfg(test)]
#[path = "lines_tests.rs"]
mod tests;

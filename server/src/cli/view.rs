//! How a run is shown: as bars on a terminal, as lines in a pipe, as events for programs.
//!
//! A view folds the run's events itself, so it can begin anywhere and shows the same from a journal of yesterday
//! as from a run that is going on.

use super::duration;
use hosted_deploy_model::event::{Event, Kind, Outcome};
use hosted_deploy_model::explain::explain;
use hosted_deploy_model::lang::Lang;
use hosted_deploy_model::run::{PhaseProgress, Run};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{IsTerminal, Write};
use std::time::Duration;

/// What a view looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// Bars for a person at a terminal.
    Terminal,
    /// A line for each task.
    Plain,
    /// The events, as JSON lines.
    Json,
}

impl Form {
    /// What suits the standard output.
    pub(super) fn fitting(json: bool) -> Self {
        match (json, std::io::stdout().is_terminal()) {
            (true, _) => Self::Json,
            (false, true) => Self::Terminal,
            (false, false) => Self::Plain,
        }
    }
}

/// Shows one run.
pub(super) struct View<W: Write> {
    form: Form,
    lang: Lang,
    out: W,
    run: Option<Run>,
    bar: Option<ProgressBar>,
}

impl<W: Write> View<W> {
    /// A view that writes to `out`; bars are drawn on the terminal's error output, as usual.
    pub(super) fn new(form: Form, lang: Lang, out: W) -> Self {
        Self { form, lang, out, run: None, bar: None }
    }

    /// The run as shown so far.
    pub(super) const fn run(&self) -> Option<&Run> {
        self.run.as_ref()
    }

    /// Takes the bar away, so that something else can be asked or printed.
    pub(super) fn pause(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }

    /// Shows the next event.
    ///
    /// # Errors
    /// When the output is closed, or the event is not the run's next.
    pub(super) fn show(&mut self, event: &Event) -> anyhow::Result<()> {
        match &mut self.run {
            Some(run) => run.apply(event)?,
            None => self.run = Some(Run::begin(event)?),
        }
        if self.form == Form::Json {
            serde_json::to_writer(&mut self.out, event)?;
            self.out.write_all(b"\n")?;
            self.out.flush()?;
            return Ok(());
        }
        for line in self.lines(event) {
            self.line(&line)?;
        }
        if self.form == Form::Terminal {
            self.draw();
        }
        Ok(())
    }

    fn line(&mut self, line: &str) -> std::io::Result<()> {
        match &self.bar {
            Some(bar) => bar.suspend(|| writeln!(self.out, "{line}")),
            None => writeln!(self.out, "{line}"),
        }
    }

    fn draw(&mut self) {
        let Some(progress) = self.run.as_ref().and_then(Run::current).filter(|progress| progress.started.is_some())
        else {
            return self.pause();
        };
        let (tasks, expected) = (u64::from(progress.tasks), u64::from(progress.expected));
        let elapsed = Duration::from_millis(super::now().saturating_sub(progress.started.unwrap_or_default()));
        let text = current(progress);
        let title = progress.phase.title(self.lang);
        let bar = self.bar.get_or_insert_with(|| {
            let bar = ProgressBar::with_draw_target(Some(expected), ProgressDrawTarget::stderr());
            let style =
                ProgressStyle::with_template("{prefix:.bold} {bar:24.cyan/dim} {pos}/{len} {elapsed} {wide_msg:.dim}");
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("━━─"));
            bar.enable_steady_tick(Duration::from_millis(500));
            bar.with_elapsed(elapsed)
        });
        if bar.prefix() != title {
            bar.set_prefix(title);
            bar.reset_elapsed();
        }
        bar.set_length(expected);
        bar.set_position(tasks);
        bar.set_message(text);
    }

    fn lines(&self, event: &Event) -> Vec<String> {
        let Some(run) = &self.run else { return Vec::new() };
        let progress = event.phase.and_then(|phase| run.phase(phase));
        let plain = self.form == Form::Plain;
        match (&event.kind, progress) {
            (Kind::Planned { .. }, _) => {
                vec![self.say(
                    &format!("Run {} on {}", run.id, run.plan.host),
                    &format!("実行 {} (ホスト {})", run.id, run.plan.host),
                )]
            }
            (Kind::PhaseStarted, Some(progress)) if plain => {
                vec![format!("{} {}", self.time(event), progress.phase.title(self.lang))]
            }
            (Kind::Task(task), Some(progress)) if plain => {
                vec![format!("{}   {}/{} {}", self.time(event), progress.tasks, progress.expected, task.name)]
            }
            (Kind::Retry { attempt, of, .. }, _) if plain && (attempt % 10 == 0) => {
                vec![format!(
                    "{}     {}",
                    self.time(event),
                    self.say(&format!("attempt {attempt} of {of}"), &format!("{of} 回中 {attempt} 回目"))
                )]
            }
            (Kind::Message { text }, _) => text.trim().lines().map(|line| format!("    {line}")).collect(),
            (Kind::Notice { text }, _) => vec![format!("  ! {}", text.get(self.lang))],
            (Kind::Paused { lock_file }, _) => self.paused(run, lock_file),
            (Kind::Continued, _) => vec![self.say("  The role goes on.", "  ロールが再開しました。")],
            (Kind::Gate { missing }, _) => self.gate(run, missing),
            (Kind::PhaseEnded { ok, how }, Some(progress)) => vec![self.phase_ended(progress, *ok, how)],
            (Kind::Ended { outcome }, _) => self.ended(run, outcome),
            _ => Vec::new(),
        }
    }

    fn phase_ended(&self, progress: &PhaseProgress, ok: bool, how: &str) -> String {
        let took = duration(
            progress.ended.unwrap_or_default().saturating_sub(progress.started.unwrap_or_default()),
            self.lang,
        );
        let title = progress.phase.title(self.lang);
        let tasks = progress.tasks;
        if ok {
            match (tasks, self.lang) {
                (0, _) => format!("✔ {title}  {took}"),
                (_, Lang::En) => format!("✔ {title}  {tasks} tasks  {took}"),
                (_, Lang::Ja) => format!("✔ {title}  {tasks} タスク  {took}"),
            }
        } else {
            format!("✘ {title}  {took}  ({how})")
        }
    }

    fn paused(&self, run: &Run, lock_file: &str) -> Vec<String> {
        let id = &run.id;
        let (en, ja) = (
            format!(
                "  ⏸ The role waits for you, for 24 hours at most. Do what the lines above ask for; then run\n      hosted-deploy runs continue {id}\n    (it removes {lock_file} on the host)"
            ),
            format!(
                "  ⏸ ロールが待機しています (最長 24 時間)。上に表示された作業を行ってから、次を実行してください。\n      hosted-deploy runs continue {id}\n    (ホスト上の {lock_file} を削除します)"
            ),
        );
        vec![self.say(&en, &ja)]
    }

    fn gate(&self, run: &Run, missing: &[String]) -> Vec<String> {
        let (id, missing) = (&run.id, missing.join(", "));
        let (en, ja) = (
            format!(
                "  ⏸ The engine is prepared; the run waits for the storage: {missing}. Add it to an answer file and run\n      hosted-deploy runs continue {id} --answers FILE"
            ),
            format!(
                "  ⏸ エンジンの準備ができました。ストレージの回答を待っています: {missing}。回答ファイルに追加して、次を実行してください。\n      hosted-deploy runs continue {id} --answers FILE"
            ),
        );
        vec![self.say(&en, &ja)]
    }

    fn ended(&self, run: &Run, outcome: &Outcome) -> Vec<String> {
        let took = duration(run.last.saturating_sub(run.started), self.lang);
        let id = &run.id;
        let mut lines = vec![String::new()];
        match outcome {
            Outcome::Succeeded { portal, login } => {
                lines.push(
                    self.say(&format!("The engine runs. ({took})"), &format!("エンジンが稼働しています。({took})")),
                );
                lines.push(self.say(&format!("  Portal:    {portal}"), &format!("  ポータル:   {portal}")));
                lines.push(self.say(&format!("  Log in as: {login}"), &format!("  ログイン名: {login}")));
            }
            Outcome::Failed { phase, cause } => {
                let title = phase.title(self.lang);
                lines.push(
                    self.say(
                        &format!("The deployment failed in \"{title}\"."),
                        &format!("「{title}」で失敗しました。"),
                    ),
                );
                if let Some(known) = explain(*phase, cause) {
                    lines.push(format!("  {}", known.why(self.lang)));
                    lines.push(self.say(
                        &format!("  What to do: {}", known.remedy(self.lang)),
                        &format!("  対処: {}", known.remedy(self.lang)),
                    ));
                    if let Some(field) = known.field {
                        lines.push(self.say(&format!("  Answer:     {field}"), &format!("  回答: {field}")));
                    }
                }
                lines.push(self.say(&format!("  Task:       {}", cause.task), &format!("  タスク: {}", cause.task)));
                for text in std::iter::once(&cause.message).chain(&cause.also).filter(|text| !text.is_empty()) {
                    lines.extend(text.trim().lines().map(|line| format!("    | {line}")));
                }
                lines.push(self.say(
                    &format!("  Go on:      hosted-deploy runs retry {id} [--answers FILE]\n  Logs:       hosted-deploy runs logs {id};  hosted-deploy runs bundle {id}"),
                    &format!("  続行:   hosted-deploy runs retry {id} [--answers FILE]\n  ログ:   hosted-deploy runs logs {id};  hosted-deploy runs bundle {id}"),
                ));
            }
            Outcome::Cancelled { phase } => {
                let title = phase.map_or("", |phase| phase.title(self.lang));
                lines.push(self.say(
                    &format!("Cancelled{}. What the phases so far made is still on the host; `hosted-deploy runs retry {id}` cleans it up and starts over.", if title.is_empty() { String::new() } else { format!(" in \"{title}\"") }),
                    &format!("{}キャンセルしました。これまでに作成されたものはホストに残っています。`hosted-deploy runs retry {id}` で後片付けをして最初からやり直せます。", if title.is_empty() { String::new() } else { format!("「{title}」の途中で") }),
                ));
            }
            Outcome::Interrupted { phase, reason } => {
                let title = phase.title(self.lang);
                lines.push(self.say(
                    &format!("Interrupted in \"{title}\": {} `hosted-deploy runs retry {id}` goes on.", reason.en),
                    &format!(
                        "「{title}」の途中で中断しました。{} `hosted-deploy runs retry {id}` で続行できます。",
                        reason.ja
                    ),
                ));
            }
        }
        lines
    }

    fn say(&self, en: &str, ja: &str) -> String {
        self.lang.pick(en, ja).to_owned()
    }

    fn time(&self, event: &Event) -> String {
        super::clock(event.at)
    }
}

impl<W: Write> Drop for View<W> {
    fn drop(&mut self) {
        self.pause();
    }
}

fn current(progress: &PhaseProgress) -> String {
    let task = progress.current.as_deref().unwrap_or_default();
    match progress.attempt {
        Some((attempt, of)) => format!("{task} ({attempt}/{of})"),
        None => task.to_owned(),
    }
}

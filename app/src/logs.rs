//! The logs page: one log of the engine's host, its last lines or those of a time, searched, followed, kept as a file.

use crate::boxes::Refusal;
use crate::frame::{preferences, texts};
use crate::live::{self, Link, LinkNotice};
use crate::program::Program;
use crate::refused::Refused;
use crate::stream;
use hosted_deploy_model::health::Log;
use hosted_deploy_model::json;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_meta::Title;

pub(crate) const LOGS: (&str, &str) = ("Logs", "ログ");

/// What a followed log may grow to on the page; older lines go.
const MOST_SHOWN: usize = 400_000;

/// What the form says.
#[derive(Clone, Copy)]
struct Form {
    log: RwSignal<Log>,
    tail: RwSignal<String>,
    since: RwSignal<String>,
    until: RwSignal<String>,
    pattern: RwSignal<String>,
}

impl Form {
    fn new() -> Self {
        Self {
            log: RwSignal::new(Log::Agent),
            tail: RwSignal::new("200".to_owned()),
            since: RwSignal::default(),
            until: RwSignal::default(),
            pattern: RwSignal::default(),
        }
    }

    /// The address of these lines; tracks the form.
    fn path(self, follow: &str) -> String {
        let plain = |text: RwSignal<String>| text.with(|text| escaped(text.trim()));
        let tail = self.tail.with(|tail| tail.trim().parse::<u32>().unwrap_or(200));
        let (since, until, pattern) = (plain(self.since), plain(self.until), plain(self.pattern));
        format!(
            "/api/v1/logs/{}{follow}?tail={tail}&since={since}&until={until}&pattern={pattern}",
            self.log.get().name()
        )
    }
}

/// For a query; the server makes the page's first links with it, so it is not the browser's.
fn escaped(text: &str) -> String {
    let byte = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    text.bytes().map(byte).collect()
}

#[component]
pub(crate) fn LogsPage() -> impl IntoView {
    Program::Watch.page(page)
}

fn page() -> impl IntoView {
    let lang = preferences().lang;
    let form = Form::new();
    let (lines, refused) = (RwSignal::new(None::<String>), RwSignal::new(None::<Refused>));
    let (busy, follow, link) = (RwSignal::new(false), RwSignal::new(false), RwSignal::new(Link::Up));
    // Of several questions the last one counts, whichever is answered first.
    let asked = StoredValue::new(0_u32);
    let show = move || {
        stream::close();
        follow.set(false);
        busy.set(true);
        let path = untrack(|| form.path(""));
        let this = asked.try_update_value(|asked| {
            *asked += 1;
            *asked
        });
        spawn_local(async move {
            let answer = fetch(&path).await;
            if asked.try_get_value() != this {
                return;
            }
            match answer {
                Ok(text) => {
                    refused.set(None);
                    lines.set(Some(text));
                }
                Err(why) => refused.set(Some(why)),
            }
            busy.set(false);
        });
    };
    let toggle = move |on: bool| {
        follow.set(on);
        if !on {
            return stream::close();
        }
        asked.update_value(|asked| *asked += 1);
        busy.set(false);
        refused.set(None);
        lines.set(Some(String::new()));
        live::open(untrack(|| form.path("/follow")), link, move |name, data| match name {
            "message" => {
                let Ok(news) = json::read::<String>(data.as_bytes()) else { return };
                lines.update(|lines| add(lines.get_or_insert_default(), &news));
            }
            name => {
                follow.set(false);
                refused.set(if name == "refused" { json::read(data.as_bytes()).ok() } else { None });
            }
        });
    };
    Effect::new(move |_| {
        show();
        on_cleanup(stream::close);
    });
    let options = Log::ALL.map(|log| view! { <option value=log.name()>{log.title().get(lang).to_owned()}</option> });
    view! {
        <Title text=format!("{} · {}", lang.pick(LOGS.0, LOGS.1), texts().product) />
        <section class="pf-v6-c-page__main-section">
            <div class="hd-wide">
                <h1 class="pf-v6-c-title pf-m-2xl">{lang.pick(LOGS.0, LOGS.1)}</h1>
                <form
                    class="hd-logs"
                    on:submit=move |event| {
                        event.prevent_default();
                        show();
                    }
                >
                    <label>
                        {lang.pick("Log", "ログの種類")}
                        <span class="pf-v6-c-form-control">
                            <select
                                on:change:target=move |event| {
                                    form.log.set(Log::from_name(&event.target().value()).unwrap_or(Log::Agent));
                                    show();
                                }
                            >
                                {options.into_iter().collect_view()}
                            </select>
                        </span>
                    </label>
                    <Field label=lang.pick("Last lines", "末尾の行数") kind="number" hint="" text=form.tail />
                    <Field label=lang.pick("From", "開始") kind="text" hint="1 hour ago" text=form.since />
                    <Field label=lang.pick("To", "終了") kind="text" hint="2026-11-21 10:00" text=form.until />
                    <Field label=lang.pick("Search (regular expression)", "検索 (正規表現)") kind="search" hint="ERROR|WARN" text=form.pattern />
                    <p class="hd-row">
                        <button class="pf-v6-c-button pf-m-primary" type="submit" disabled=busy>
                            <span class="pf-v6-c-button__text">{lang.pick("Show", "表示")}</span>
                        </button>
                        <label class="hd-check">
                            <input type="checkbox" prop:checked=follow on:change:target=move |event| toggle(event.target().checked()) />
                            {lang.pick("Follow", "追跡")}
                        </label>
                        <a class="pf-v6-c-button pf-m-secondary" rel="external" href=move || format!("{}&download=1", form.path(""))>
                            <span class="pf-v6-c-button__text">{lang.pick("Download", "ダウンロード")}</span>
                        </a>
                        <a class="pf-v6-c-button pf-m-secondary" rel="external" href="/api/v1/logs/bundle">
                            <span class="pf-v6-c-button__text">{lang.pick("All logs as one archive", "全ログをアーカイブで取得")}</span>
                        </a>
                    </p>
                </form>
                <p class="hd-quiet">
                    {lang.pick(
                        "Times are the host's. Passwords are hidden here and in what is downloaded.",
                        "時刻はホストのものです。パスワードは表示およびダウンロードのいずれでも伏せられます。",
                    )}
                </p>
                <LinkNotice link />
                {move || refused.get().map(|refused| view! { <Refusal refused /> })}
                <Lines lines follow />
            </div>
        </section>
    }
}

#[component]
fn Field(label: &'static str, kind: &'static str, hint: &'static str, text: RwSignal<String>) -> impl IntoView {
    view! {
        <label>
            {label}
            <span class="pf-v6-c-form-control">
                <input type=kind placeholder=hint prop:value=text on:input:target=move |event| text.set(event.target().value()) />
            </span>
        </label>
    }
}

/// The lines; while they are followed, the newest stays in sight.
#[component]
fn Lines(lines: RwSignal<Option<String>>, follow: RwSignal<bool>) -> impl IntoView {
    let lang = preferences().lang;
    let place = NodeRef::<leptos::html::Pre>::new();
    Effect::new(move |_| {
        lines.track();
        if let Some(place) = place.get() {
            // After the text is there.
            request_animation_frame(move || place.set_scroll_top(place.scroll_height()));
        }
    });
    let text = move || match lines.get() {
        None => lang.pick("Reading the log…", "ログを読み取っています…").to_owned(),
        Some(text) if text.lines().all(|line| line.starts_with('#')) && !follow.get() => {
            format!("{text}{}", lang.pick("No line fits.", "該当する行がありません。"))
        }
        Some(text) => text,
    };
    view! {
        <pre class="hd-lines hd-log-lines" tabindex="0" role="region" aria-label=lang.pick("Lines of the log", "ログの行") node_ref=place>
            {text}
        </pre>
    }
}

fn add(lines: &mut String, news: &str) {
    lines.push_str(news);
    if lines.len() > MOST_SHOWN {
        let from = lines.char_indices().map(|(at, _)| at).find(|at| *at >= lines.len() - MOST_SHOWN / 2).unwrap_or(0);
        let from = lines.get(from..).and_then(|rest| rest.find('\n')).map_or(from, |end| from + end + 1);
        lines.drain(..from);
    }
}

async fn fetch(path: &str) -> Result<String, Refused> {
    let Ok(answer) = gloo_net::http::Request::get(path).send().await else {
        return Err(Refused::unreachable());
    };
    if answer.ok() {
        return answer.text().await.map_err(|_| Refused::unreachable());
    }
    Err(answer.json::<Refused>().await.unwrap_or_else(|_| Refused::strange()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_special_in_an_address_is_escaped() {
        assert_eq!(escaped("a b&c=d+e|é"), "a%20b%26c%3Dd%2Be%7C%C3%A9");
        assert_eq!(escaped("2026-11-21_10.00"), "2026-11-21_10.00");
    }

    #[test]
    fn old_lines_go_whole_and_the_newest_stays() {
        let mut lines = String::new();
        for number in 0..40_000 {
            add(&mut lines, &format!("日本語 line {number}\n"));
        }
        assert!(lines.len() <= MOST_SHOWN + 100);
        assert!(lines.starts_with("日本語 line ") && lines.ends_with("line 39999\n"));
    }
}

//! The last 24 hours as a bar, and as a list for whoever cannot see it.

use super::api::Span;
use hosted_deploy_model::health::Verdict;
use hosted_deploy_model::lang::Lang;
use leptos::prelude::*;

const MINUTE_MS: u64 = 60_000;
const DAY_MINUTES: u64 = 24 * 60;

/// `10:15:02` of a time in milliseconds of the epoch, UTC.
pub(super) fn clock(at: u64) -> String {
    let secs = at / 1000;
    format!("{:02}:{:02}:{:02}", secs / 3600 % 24, secs / 60 % 60, secs % 60)
}

/// `11-21 10:15:02`.
pub(super) fn day(at: u64) -> String {
    // Days since 0000-03-01, so that a leap day comes last (Howard Hinnant's civil_from_days).
    let days = at / 86_400_000 + 719_468;
    let of_era = days % 146_097;
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    format!("{:02}-{day:02} {}", if month < 10 { month + 3 } else { month - 9 }, clock(at))
}

/// Where a span begins and how wide it is, in minutes of the last day; at least one, so that it can be seen.
fn place(span: &Span, now: u64) -> (u64, u64) {
    let start = now.saturating_sub(DAY_MINUTES * MINUTE_MS);
    let begun = span.begun.max(start).saturating_sub(start) / MINUTE_MS;
    let ended = span.seen.max(start).saturating_sub(start) / MINUTE_MS;
    (begun.min(DAY_MINUTES - 1), ended.saturating_sub(begun).max(1))
}

#[component]
pub(super) fn TimeLine(history: Vec<Span>, now: u64, lang: Lang) -> impl IntoView {
    if history.is_empty() {
        return ().into_any();
    }
    let bars = history.iter().map(|span| {
        let class = match span.verdict {
            Verdict::Healthy => "hd-bar hd-bar-healthy",
            Verdict::Degraded => "hd-bar hd-bar-degraded",
            Verdict::Down => "hd-bar hd-bar-down",
            Verdict::Unknown => "hd-bar",
        };
        let (x, width) = place(span, now);
        view! { <rect class=class x=x.to_string() y="0" width=width.to_string() height="24" /> }
    });
    let bars = bars.collect_view();
    let lines = history.iter().rev().take(20).map(|span| {
        let (begun, seen) = (clock(span.begun), clock(span.seen));
        let when = if begun == seen { begun } else { format!("{begun}–{seen}") };
        view! { <li>{format!("{when}  {}: {}", span.verdict.title().get(lang), span.sentence.get(lang))}</li> }
    });
    let lines = lines.collect_view();
    view! {
        <div class="pf-v6-c-card">
            <div class="pf-v6-c-card__title">
                <h2 class="pf-v6-c-card__title-text">{lang.pick("The last 24 hours (UTC)", "過去 24 時間 (UTC)")}</h2>
            </div>
            <div class="pf-v6-c-card__body">
                <svg class="hd-timeline" viewBox="0 0 1440 24" preserveAspectRatio="none" aria-hidden="true">{bars}</svg>
                <p class="hd-quiet">
                    {lang.pick("Gaps: nobody was logged in, so nothing was read.", "空白: ログイン中の人がおらず、読み取りが行われていません。")}
                </p>
                <ul>{lines}</ul>
            </div>
        </div>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;
    use hosted_deploy_model::lang::Text;

    #[test]
    fn a_span_lies_in_the_last_day_and_can_be_seen() {
        let now = 10 * DAY_MINUTES * MINUTE_MS;
        let span = |begun: u64, seen: u64| Span { begun, seen, verdict: Verdict::Down, sentence: Text::new("", "") };
        assert_eq!(place(&span(now - 60 * MINUTE_MS, now), now), (DAY_MINUTES - 60, 60));
        assert_eq!(place(&span(now, now), now), (DAY_MINUTES - 1, 1));
        assert_eq!(place(&span(0, now - 23 * 60 * MINUTE_MS), now), (0, 60));
        assert_eq!(clock(36_902_000), "10:15:02");
        // 2026-11-21, 2028-02-29, 1970-01-01.
        let days =
            [(1_795_256_102_000, "11-21 10:15:02"), (1_835_395_200_000, "02-29 00:00:00"), (0, "01-01 00:00:00")];
        for (at, shown) in days {
            assert_eq!(day(at), shown);
        }
    }
}

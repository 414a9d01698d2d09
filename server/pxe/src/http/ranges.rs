//! What a request for a file wants: all of it, a part, or only news (RFC 9110 13 and 14).

use crate::provisioning::Located;
use axum::http::HeaderMap;
use axum::http::header::{IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE, RANGE};
use std::ops::Range;
use std::time::{Duration, UNIX_EPOCH};

/// The verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// Everything.
    Whole,
    /// These bytes.
    Part(Range<u64>),
    /// The client has it already.
    NotModified,
    /// Bytes that the file does not have.
    Unsatisfiable,
}

/// An identity of the bytes: when they changed, how many, and where they are.
pub(super) fn etag(located: &Located) -> String {
    let changed = located.modified.duration_since(UNIX_EPOCH).unwrap_or_default();
    format!("\"{:x}-{:x}-{:x}\"", changed.as_nanos(), located.length, located.offset)
}

/// Judges the conditions and the range. Several ranges at once are answered by the whole, which the RFC allows.
pub fn wanted(headers: &HeaderMap, located: &Located) -> Wanted {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let tag = etag(located);
    // To the second, as the header has it.
    let changed = located.modified.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let since =
        |text: &str| httpdate::parse_http_date(text).ok()?.duration_since(UNIX_EPOCH).ok().map(|at| at.as_secs());
    match text(IF_NONE_MATCH) {
        Some(tags) => {
            let same =
                tags.split(',').map(|one| one.trim().trim_start_matches("W/")).any(|one| one == tag || one == "*");
            if same {
                return Wanted::NotModified;
            }
        }
        None if text(IF_MODIFIED_SINCE).and_then(since).is_some_and(|at| changed <= at) => return Wanted::NotModified,
        None => {}
    }
    let sound = text(IF_RANGE).is_none_or(|value| value == tag || since(value) == Some(changed));
    match text(RANGE).filter(|_| sound) {
        Some(range) => part(range, located.length),
        None => Wanted::Whole,
    }
}

/// When the file changed, as a header has it.
pub(super) fn last_modified(located: &Located) -> String {
    let secs = located.modified.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(secs))
}

fn part(range: &str, length: u64) -> Wanted {
    let Some(spec) = range.trim().strip_prefix("bytes=") else { return Wanted::Whole };
    let Some((first, last)) = spec.split_once('-').filter(|_| !spec.contains(',')) else { return Wanted::Whole };
    let number = |text: &str| match text.bytes().all(|byte| byte.is_ascii_digit()) {
        true => Some(text.parse::<u64>().unwrap_or(u64::MAX)),
        false => None,
    };
    match (first.trim(), last.trim()) {
        ("", "") => Wanted::Whole,
        ("", count) => match number(count) {
            Some(0) => Wanted::Unsatisfiable,
            Some(_) if length == 0 => Wanted::Unsatisfiable,
            Some(count) => Wanted::Part(length.saturating_sub(count)..length),
            None => Wanted::Whole,
        },
        (first, last) => match (number(first), number(last)) {
            (Some(first), _) if first >= length => Wanted::Unsatisfiable,
            (Some(first), _) if last.is_empty() => Wanted::Part(first..length),
            (Some(first), Some(last)) if last >= first => Wanted::Part(first..length.min(last.saturating_add(1))),
            _ => Wanted::Whole,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;
    use proptest::prelude::*;
    use std::path::PathBuf;

    fn located() -> Located {
        let modified = UNIX_EPOCH + Duration::new(1_700_000_000, 5);
        Located { path: PathBuf::from("/x"), offset: 2048, length: 1000, modified }
    }

    fn asked(pairs: &[(axum::http::HeaderName, &str)]) -> Wanted {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.insert(name, HeaderValue::from_str(value).unwrap());
        }
        wanted(&headers, &located())
    }

    #[test]
    fn ranges_are_read_as_the_rfc_has_them() {
        for (range, expected) in [
            ("bytes=0-0", Wanted::Part(0..1)),
            ("bytes=0-99999", Wanted::Part(0..1000)),
            ("bytes=500-", Wanted::Part(500..1000)),
            ("bytes=-100", Wanted::Part(900..1000)),
            ("bytes=-5000", Wanted::Part(0..1000)),
            ("bytes=1000-", Wanted::Unsatisfiable),
            ("bytes=-0", Wanted::Unsatisfiable),
            ("bytes=5-4", Wanted::Whole),
            ("bytes=0-1,5-6", Wanted::Whole),
            ("bytes=x-", Wanted::Whole),
            ("items=0-1", Wanted::Whole),
            ("bytes=0-18446744073709551615", Wanted::Part(0..1000)),
        ] {
            assert_eq!(asked(&[(RANGE, range)]), expected, "{range}");
        }
    }

    #[test]
    fn who_has_it_gets_it_not_again() {
        let tag = etag(&located());
        let date = last_modified(&located());
        assert_eq!(asked(&[(IF_NONE_MATCH, &tag)]), Wanted::NotModified);
        assert_eq!(asked(&[(IF_NONE_MATCH, &format!("\"x\", W/{tag}"))]), Wanted::NotModified);
        assert_eq!(asked(&[(IF_NONE_MATCH, "\"x\""), (IF_MODIFIED_SINCE, &date)]), Wanted::Whole);
        assert_eq!(asked(&[(IF_MODIFIED_SINCE, &date)]), Wanted::NotModified);
        assert_eq!(asked(&[(IF_MODIFIED_SINCE, "Thu, 01 Jan 1970 00:00:00 GMT")]), Wanted::Whole);
    }

    #[test]
    fn a_part_of_what_changed_meanwhile_is_the_whole() {
        assert_eq!(asked(&[(RANGE, "bytes=5-"), (IF_RANGE, "\"other\"")]), Wanted::Whole);
        assert_eq!(asked(&[(RANGE, "bytes=5-"), (IF_RANGE, &etag(&located()))]), Wanted::Part(5..1000));
    }

    proptest! {
        #[test]
        fn no_range_leaves_the_file(range in "bytes=[0-9-,]{0,30}", length in 0_u64..5000) {
            if let Wanted::Part(part) = part(&range, length) {
                prop_assert!(part.start < part.end && part.end <= length);
            }
        }
    }
}

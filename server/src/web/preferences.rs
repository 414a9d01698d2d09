//! The visitor's language and look: read from the request, changed by a form.

use super::gate::{cookie, see_other};
use axum::Form;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use hosted_deploy_app::preferences::{LANG_COOKIE, Preferences, THEME_COOKIE, Theme, from_tag, tag};
use serde::Deserialize;

/// A year.
const LIFE_SECS: u32 = 365 * 24 * 60 * 60;

/// Of a request.
pub(super) fn of(headers: &HeaderMap) -> Preferences {
    let accept = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    Preferences::of(cookie(headers, LANG_COOKIE), cookie(headers, THEME_COOKIE), accept)
}

/// The form of the switches: one of the two, and where to go back to.
#[derive(Debug, Deserialize)]
pub(super) struct Change {
    #[serde(rename = "__Host-lang")]
    lang: Option<String>,
    #[serde(rename = "__Host-theme")]
    theme: Option<String>,
    #[serde(default)]
    back: String,
}

pub(super) async fn change(Form(change): Form<Change>) -> Response {
    let mut response = see_other(local_path(&change.back));
    let lang = change.lang.as_deref().and_then(from_tag).map(|lang| (LANG_COOKIE, tag(lang)));
    let theme = change.theme.as_deref().and_then(Theme::from_name).map(|theme| (THEME_COOKIE, theme.name()));
    for (name, value) in [lang, theme].into_iter().flatten() {
        let cookie = format!("{name}={value}; Path=/; Max-Age={LIFE_SECS}; Secure; HttpOnly; SameSite=Lax");
        if let Ok(cookie) = HeaderValue::try_from(cookie) {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
    }
    response
}

/// A path on this site, else `/`: an address from a form must not lead elsewhere.
pub(super) fn local_path(text: &str) -> &str {
    let elsewhere = |rest: &str| rest.starts_with(['/', '\\']);
    let plain = |c: char| c.is_ascii_graphic() && c != '\\';
    match text.strip_prefix('/') {
        Some(rest) if !elsewhere(rest) && text.chars().all(plain) => text,
        _ => "/",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_back_stays_on_this_site() {
        for path in ["/", "/runs/1?a=b"] {
            assert_eq!(local_path(path), path);
        }
        for path in [
            "",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "javascript:alert(1)",
            "/a\r\nSet-Cookie: x",
            "/\t/evil.example",
        ] {
            assert_eq!(local_path(path), "/", "{path}");
        }
    }
}

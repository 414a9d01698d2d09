//! The files that the browser loads, drawn into the binary by the build script.

use axum::body::Body;
use axum::http::{HeaderMap, Response, StatusCode, header};
use std::collections::HashMap;
use std::sync::OnceLock;

/// Name and bytes. A name with `.br` at its end is the Brotli copy of the one without.
type Embedded = &'static [(&'static str, &'static [u8])];

const EMBEDDED: Embedded = include!(concat!(env!("OUT_DIR"), "/site.rs"));

struct File {
    kind: &'static str,
    plain: &'static [u8],
    brotli: Option<&'static [u8]>,
    /// See [`File::tag`].
    tag: OnceLock<String>,
}

impl File {
    /// A quoted entity tag, by the content. Not reckoned before somebody asks: it reads the whole file, and what nobody has read of
    /// the binary takes no memory. The compressed copy, which is sent anyway, tells as much as the plain one.
    fn tag(&self) -> &str {
        self.tag.get_or_init(|| {
            let digest = ring::digest::digest(&ring::digest::SHA256, self.brotli.unwrap_or(self.plain));
            let half: String = digest.as_ref().iter().take(16).map(|byte| format!("{byte:02x}")).collect();
            format!("\"{half}\"")
        })
    }
}

/// All files.
pub struct Site {
    files: HashMap<&'static str, File>,
}

impl Site {
    /// What the build has drawn in; `None` when it was built without pages.
    pub fn embedded() -> Option<Self> {
        let site = Self::of(EMBEDDED);
        ["wizard.js", "wizard_bg.wasm", "wizard.css", "watch.js", "watch_bg.wasm", "watch.css", "plain.css"]
            .iter()
            .all(|name| site.files.contains_key(name))
            .then_some(site)
    }

    /// Of any files.
    pub fn of(files: Embedded) -> Self {
        let brotli = |name: &str| {
            files.iter().find(|(other, _)| other.strip_suffix(".br") == Some(name)).map(|(_, bytes)| *bytes)
        };
        let made = files.iter().filter(|(name, _)| !name.ends_with(".br")).map(|(name, bytes)| {
            (*name, File { kind: kind(name), plain: bytes, brotli: brotli(name), tag: OnceLock::new() })
        });
        Self { files: made.collect() }
    }

    /// The answer to a request for a file. The names stay the same over versions (the pages' script asks for them by name), so
    /// the browser keeps a copy and asks each time whether it is still the same.
    pub(super) fn answer(&self, name: &str, request: &HeaderMap) -> Option<Response<Body>> {
        let file = self.files.get(name)?;
        let wants = |header, value: &str| {
            request
                .get_all(header)
                .iter()
                .filter_map(|line| line.to_str().ok())
                .any(|line| line.split(',').any(|part| part.trim() == value))
        };
        let answer = Response::builder()
            .header(header::ETAG, file.tag())
            .header(header::CACHE_CONTROL, "no-cache")
            .header(header::VARY, "Accept-Encoding");
        let answer = if wants(header::IF_NONE_MATCH, file.tag()) {
            answer.status(StatusCode::NOT_MODIFIED).body(Body::empty())
        } else {
            let answer = answer.header(header::CONTENT_TYPE, file.kind);
            match file.brotli.filter(|_| wants(header::ACCEPT_ENCODING, "br")) {
                Some(small) => answer.header(header::CONTENT_ENCODING, "br").body(Body::from(small)),
                None => answer.body(Body::from(file.plain)),
            }
        };
        answer.ok()
    }
}

fn kind(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, ending)| ending) {
        Some("css") => "text/css; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("wasm") => "application/wasm",
        Some("woff2") => "font/woff2",
        Some("svg") => "image/svg+xml",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILES: Embedded = &[("a.css", b"plain text"), ("a.css.br", b"small"), ("b.wasm", b"\0asm")];

    fn asked(name: &str, headers: &[(header::HeaderName, &str)]) -> Option<(u16, Option<String>, Option<String>)> {
        let headers = headers.iter().map(|(name, value)| (name.clone(), value.parse().unwrap())).collect();
        let answer = Site::of(FILES).answer(name, &headers)?;
        let header = |name| answer.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
        Some((answer.status().as_u16(), header(header::CONTENT_TYPE), header(header::CONTENT_ENCODING)))
    }

    #[test]
    fn the_small_copy_goes_to_those_who_can_read_it() {
        let css = Some("text/css; charset=utf-8".to_owned());
        assert_eq!(asked("a.css", &[]), Some((200, css.clone(), None)));
        assert_eq!(
            asked("a.css", &[(header::ACCEPT_ENCODING, "gzip, br")]),
            Some((200, css.clone(), Some("br".to_owned())))
        );
        assert_eq!(asked("a.css", &[(header::ACCEPT_ENCODING, "gzip, brx")]), Some((200, css, None)));
        assert_eq!(
            asked("b.wasm", &[(header::ACCEPT_ENCODING, "br")]),
            Some((200, Some("application/wasm".to_owned()), None))
        );
    }

    #[test]
    fn a_copy_that_is_still_the_same_is_not_sent_again() {
        let tag = Site::of(FILES).answer("a.css", &HeaderMap::new()).unwrap().headers()[header::ETAG]
            .to_str()
            .unwrap()
            .to_owned();
        assert_eq!(asked("a.css", &[(header::IF_NONE_MATCH, &tag)]).map(|answer| answer.0), Some(304));
        assert_eq!(asked("a.css", &[(header::IF_NONE_MATCH, "\"other\"")]).map(|answer| answer.0), Some(200));
    }

    #[test]
    fn names_that_are_not_in_the_table_do_not_exist() {
        for name in ["", "c.css", "a.css.br", "../a.css", "/etc/passwd"] {
            assert_eq!(asked(name, &[]), None, "{name}");
        }
    }
}

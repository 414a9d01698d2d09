//! The gate: one table of all addresses, what each needs, and the questions before a handler runs.

use super::preferences;
use super::router::Web;
use super::session::{SESSION_COOKIE, Use};
use axum::Json;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use hosted_deploy_app::api::IdleLeft;
use hosted_deploy_app::refused::Refused;
use hosted_deploy_app::{plain, texts};
use std::time::Instant;

/// What a request needs to get through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Nothing.
    Nothing,
    /// A session.
    Login,
    /// A session, which is not used by this: the page asks by itself.
    Silent,
    /// Nothing; it is there only when it was switched on, which its handler knows.
    Monitoring,
}

/// One address.
#[derive(Clone, Debug)]
pub struct Route {
    /// `GET` also lets `HEAD` through.
    pub method: Method,
    /// As the router writes it.
    pub path: &'static str,
    /// What it needs.
    pub need: Need,
}

const fn route(method: Method, path: &'static str, need: Need) -> Route {
    Route { method, path, need }
}

/// All addresses. What is not here does not exist, even if a handler was put up for it.
pub const ROUTES: &[Route] = &[
    route(Method::GET, "/", Need::Login),
    route(Method::POST, "/api/v1/cleanup/act", Need::Login),
    route(Method::GET, "/api/v1/cleanup/events", Need::Silent),
    route(Method::GET, "/api/v1/console", Need::Login),
    route(Method::GET, "/api/v1/draft", Need::Login),
    route(Method::POST, "/api/v1/draft/begin", Need::Login),
    route(Method::POST, "/api/v1/draft/check", Need::Login),
    route(Method::GET, "/api/v1/draft/commands", Need::Login),
    route(Method::POST, "/api/v1/draft/discover", Need::Login),
    route(Method::GET, "/api/v1/draft/export/{format}", Need::Login),
    route(Method::POST, "/api/v1/draft/finish", Need::Login),
    route(Method::POST, "/api/v1/draft/import", Need::Login),
    route(Method::POST, "/api/v1/draft/reset", Need::Login),
    route(Method::POST, "/api/v1/draft/save", Need::Login),
    route(Method::POST, "/api/v1/draft/test-mail", Need::Login),
    route(Method::GET, "/api/v1/health", Need::Silent),
    route(Method::POST, "/api/v1/health/act", Need::Login),
    route(Method::GET, "/api/v1/health/events", Need::Silent),
    route(Method::GET, "/api/v1/logs/{name}", Need::Login),
    route(Method::GET, "/api/v1/logs/{name}/follow", Need::Silent),
    route(Method::GET, "/api/v1/nodes", Need::Silent),
    route(Method::POST, "/api/v1/nodes/act", Need::Login),
    route(Method::POST, "/api/v1/nodes/import", Need::Login),
    route(Method::POST, "/api/v1/nodes/render", Need::Login),
    route(Method::POST, "/api/v1/nodes/save", Need::Login),
    route(Method::GET, "/api/v1/nodes/show", Need::Silent),
    route(Method::GET, "/api/v1/nodes/stock", Need::Login),
    route(Method::GET, "/api/v1/overview", Need::Login),
    route(Method::GET, "/api/v1/runs", Need::Login),
    route(Method::GET, "/api/v1/runs/{id}/bundle", Need::Login),
    route(Method::POST, "/api/v1/runs/{id}/cancel", Need::Login),
    route(Method::POST, "/api/v1/runs/{id}/continue", Need::Login),
    route(Method::POST, "/api/v1/runs/{id}/edit", Need::Login),
    route(Method::GET, "/api/v1/runs/{id}/events", Need::Silent),
    route(Method::POST, "/api/v1/runs/{id}/follow", Need::Login),
    route(Method::POST, "/api/v1/runs/{id}/retry", Need::Login),
    route(Method::GET, "/api/v1/session", Need::Silent),
    route(Method::POST, "/api/v1/session/stay", Need::Login),
    route(Method::GET, "/cleanup", Need::Login),
    route(Method::GET, "/console", Need::Login),
    route(Method::GET, "/deploy", Need::Login),
    route(Method::GET, "/deploy/{step}", Need::Login),
    route(Method::GET, "/health", Need::Login),
    route(Method::GET, "/health/bare", Need::Monitoring),
    route(Method::GET, "/login", Need::Nothing),
    route(Method::POST, "/login", Need::Nothing),
    route(Method::POST, "/logout", Need::Login),
    route(Method::GET, "/logs", Need::Login),
    route(Method::GET, "/metrics", Need::Monitoring),
    route(Method::GET, "/nodes", Need::Login),
    route(Method::GET, "/nodes/{name}", Need::Login),
    route(Method::GET, "/pkg/{file}", Need::Nothing),
    route(Method::POST, "/preferences", Need::Nothing),
    route(Method::GET, "/profiles", Need::Login),
    route(Method::GET, "/runs", Need::Login),
    route(Method::GET, "/runs/{id}", Need::Login),
];

/// The first of these pages that there is.
pub(super) fn page(paths: &[&'static str]) -> Option<String> {
    let known = |path: &&&str| ROUTES.iter().any(|route| route.method == Method::GET && route.path == **path);
    paths.iter().find(known).map(|path| (*path).to_owned())
}

/// The layer. A session goes on to the handler as a request extension.
pub(super) async fn pass(State(web): State<Web>, mut request: Request, next: Next) -> Response {
    let method = if request.method() == Method::HEAD { Method::GET } else { request.method().clone() };
    if method != Method::GET && !is_ours(request.uri(), request.headers()) {
        return refused(request.headers());
    }
    let Some(path) = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned()) else {
        // The fallback: a page that says so, for everybody.
        return next.run(request).await;
    };
    let Some(route) = ROUTES.iter().find(|route| route.method == method && route.path == path) else {
        return not_found(request.headers());
    };
    let token = cookie(request.headers(), SESSION_COOKIE).map(str::to_owned);
    let r#use = if route.need == Need::Silent { Use::Silent } else { Use::Counts };
    match token.as_deref().and_then(|token| web.sessions.find(token, Instant::now(), r#use)) {
        Some((session, left)) => {
            request.extensions_mut().insert(session);
            request.extensions_mut().insert(IdleLeft::of(left, web.sessions.idle()));
        }
        None if !matches!(route.need, Need::Nothing | Need::Monitoring) => {
            return log_in_first(request.uri(), token.is_some());
        }
        None => {}
    }
    next.run(request).await
}

/// Programs get a status, people a form. Who brings a token had a session and is told that it ended.
fn log_in_first(uri: &Uri, ended: bool) -> Response {
    if uri.path().starts_with("/api/") {
        return (StatusCode::UNAUTHORIZED, Json(Refused::no_session())).into_response();
    }
    let (next, ended) = (uri.path(), if ended { "&ended" } else { "" });
    // A path without a query needs no escaping here: what is special in a query cannot stand raw in a path, except these.
    let next = next.replace('&', "%26").replace('+', "%2B");
    see_other(&format!("/login?next={next}{ended}"))
}

/// 303, so that whatever the method was, GET follows.
pub(super) fn see_other(to: &str) -> Response {
    let to = HeaderValue::try_from(to).unwrap_or(HeaderValue::from_static("/"));
    (StatusCode::SEE_OTHER, [(header::LOCATION, to)]).into_response()
}

pub(super) fn not_found(headers: &HeaderMap) -> Response {
    let preferences = preferences::of(headers);
    let t = texts::of(preferences.lang);
    (StatusCode::NOT_FOUND, Html(plain::message(preferences, t.not_found, t.not_found_why))).into_response()
}

fn refused(headers: &HeaderMap) -> Response {
    let preferences = preferences::of(headers);
    let t = texts::of(preferences.lang);
    (StatusCode::FORBIDDEN, Html(plain::message(preferences, t.foreign, t.foreign_why))).into_response()
}

/// Does a request that changes something come from our own pages? Every browser sends `Origin` with those; what sends none is no browser of
/// somebody logged in.
pub(super) fn is_ours(uri: &Uri, headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    // HTTP/2 has the host in the address, HTTP/1.1 in a header.
    let host = uri.authority().map(|authority| authority.as_str()).or_else(|| text(header::HOST));
    let origin = text(header::ORIGIN).and_then(|origin| origin.strip_prefix("https://"));
    matches!((origin, host), (Some(origin), Some(host)) if origin.eq_ignore_ascii_case(host))
}

/// A cookie's value.
pub(super) fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(';')).find_map(|pair| pair.trim().strip_prefix(name)?.strip_prefix('='))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(header::HeaderName, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.clone(), value.parse().unwrap())).collect()
    }

    #[test]
    fn only_our_own_origin_is_ours() {
        let ours = |origin: Option<&str>, host: &str| {
            let mut pairs = vec![(header::HOST, host)];
            pairs.extend(origin.map(|origin| (header::ORIGIN, origin)));
            is_ours(&Uri::from_static("/login"), &headers(&pairs))
        };
        assert!(ours(Some("https://a.example:9090"), "a.example:9090"));
        assert!(ours(Some("https://a.example"), "A.example"));
        for origin in [
            "https://b.example:9090",
            "https://a.example",
            "http://a.example:9090",
            "null",
            "",
            "https://a.example:9090.b",
        ] {
            assert!(!ours(Some(origin), "a.example:9090"), "{origin}");
        }
        assert!(!ours(None, "a.example:9090"));
        let http2 = Uri::from_static("https://a.example:9090/login");
        assert!(is_ours(&http2, &headers(&[(header::ORIGIN, "https://a.example:9090")])));
    }

    #[test]
    fn a_cookie_is_found_among_others_by_its_whole_name() {
        let headers = headers(&[(header::COOKIE, "a=1; session=no; __Host-session=yes; x__Host-session=no")]);
        assert_eq!(cookie(&headers, SESSION_COOKIE), Some("yes"));
        assert_eq!(cookie(&headers, "session"), Some("no"));
        assert_eq!(cookie(&headers, "b"), None);
    }
}

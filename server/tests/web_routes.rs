//! The pages through the router, without a network: who gets where, and what every answer carries.

#![allow(clippy::unwrap_used, reason = "a test may assert the short way, in its helpers too")]

use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Method, Request, Response, StatusCode, header};
use hosted_deploy::runs::store::Runs;
use hosted_deploy::ssh::Target;
use hosted_deploy::web::{Attempt, Entered, Login, Need, Proof, ROUTES, Refusal, SESSION_COOKIE, Site, Web, router};
use hosted_deploy_app::App;
use hosted_deploy_model::answers::Answers;
use hosted_deploy_model::phase::Phase;
use hosted_deploy_model::plan::Plan;
use std::future::{Future, ready};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tower::ServiceExt;

const HOST: &str = "pages.example:9090";
const ORIGIN: &str = "https://pages.example:9090";
const PASSWORD: &str = "right-canary-7";
const FINGERPRINT: &str = "SHA256:known";
/// A run on the host that everybody here logs in to.
const RUN: &str = "20261121-060000-aa11";
const FILES: &[(&str, &[u8])] = &[("app.css", b"css")];

/// Stands where SSH stands: what is under test is the way to it and from it.
struct OnePassword;

impl Login for OnePassword {
    fn log_in(&self, attempt: Attempt) -> Pin<Box<dyn Future<Output = Result<Entered, Refusal>> + Send + '_>> {
        let stranger = attempt.target.user == "stranger" && attempt.trusted.as_deref() != Some(FINGERPRINT);
        Box::pin(ready(if stranger {
            Err(Refusal::Stranger { algorithm: "ssh-ed25519".into(), fingerprint: FINGERPRINT.into() })
        } else if matches!(&attempt.proof, Proof::Password(password) if password.expose() == PASSWORD) {
            Ok(Entered { host_key: format!("ssh-ed25519 {FINGERPRINT}"), way: None })
        } else {
            Err(Refusal::Failed { what: "the login was <refused>".into(), remedy: "type better".into() })
        }))
    }
}

struct Browser {
    router: axum::Router,
    cookie: Option<String>,
    address: SocketAddr,
    _state: tempfile::TempDir,
}

impl Browser {
    fn new() -> Self {
        Self::of(None)
    }

    fn of(fixed_host: Option<Target>) -> Self {
        let state = tempfile::tempdir().unwrap();
        let plan = Plan::deployment("host1", "engine.example", Phase::InitialClean);
        let (run, _journal) = Runs::open(state.path()).unwrap().create(RUN, &plan).unwrap();
        let mut answers = Answers::default();
        answers.host.address = Some("host1".into());
        run.write("answers.json", &answers).unwrap();
        let web =
            Web::new(Site::of(FILES), state.path().into(), Arc::new(OnePassword), fixed_host, Duration::from_secs(900));
        Self { router: router(web), cookie: None, address: "192.0.2.7:50000".parse().unwrap(), _state: state }
    }

    async fn send(&self, method: Method, path: &str, origin: Option<&str>, form: &str) -> Response<Body> {
        let mut request = Request::builder().method(method).uri(path).header(header::HOST, HOST);
        if let Some(origin) = origin {
            request = request.header(header::ORIGIN, origin);
        }
        if let Some(cookie) = &self.cookie {
            request = request.header(header::COOKIE, cookie);
        }
        request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        let mut request = request.body(Body::from(form.to_owned())).unwrap();
        request.extensions_mut().insert(ConnectInfo(self.address));
        self.router.clone().oneshot(request).await.unwrap()
    }

    async fn get(&self, path: &str) -> Response<Body> {
        self.send(Method::GET, path, None, "").await
    }

    async fn post(&self, path: &str, form: &str) -> Response<Body> {
        self.send(Method::POST, path, Some(ORIGIN), form).await
    }

    async fn log_in(&mut self) {
        let answer = self.post("/login", &format!("host=host1&user=root&password={PASSWORD}")).await;
        assert_eq!(answer.status(), StatusCode::SEE_OTHER);
        let set = text(answer.headers(), header::SET_COOKIE);
        self.cookie = Some(set.split(';').next().unwrap().to_owned());
    }
}

fn text(headers: &HeaderMap, name: header::HeaderName) -> String {
    headers.get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default()
}

async fn body(answer: Response<Body>) -> String {
    String::from_utf8(to_bytes(answer.into_body(), 1 << 20).await.unwrap().to_vec()).unwrap()
}

fn real(path: &str) -> String {
    let name = if path.starts_with("/api/v1/logs") { "agent" } else { "node1" };
    let path = path.replace("{name}", name).replace("{file}", "app.css").replace("{id}", RUN);
    // What a function is asked by its address.
    let path = match path.as_str() {
        "/api/v1/nodes" => "/api/v1/nodes?seen=".to_owned(),
        "/api/v1/nodes/show" => "/api/v1/nodes/show?name=node1&seen=".to_owned(),
        _ => path,
    };
    path.replace("{step}", "vm").replace("{format}", "toml")
}

/// What a function of the wizard or of the nodes takes; the others take what a form sends.
fn asked(path: &str) -> &'static str {
    match path.strip_prefix("/api/v1/nodes/") {
        Some("act") => return r#"{"name":"node1","act":"Joined","confirm":""}"#,
        Some("import") => return r#"{"list":"name,mac\nnode1,525400000001"}"#,
        Some("render") => {
            return r#"{"wanted":{"target":"kea","profile":"p","subnet":"","range":"","router":"","dns":"","domain":"","interface":"","server":"","http":"","proxy":false}}"#;
        }
        Some("save") => {
            return r#"{"typed":{"old":"","name":"node1","mac":"","uuid":"","address":"","profile":"","role":"host"}}"#;
        }
        _ => {}
    }
    match path.strip_prefix("/api/v1/draft/") {
        None => "user=root&password=x&host=h",
        Some("save") => r#"{"changes":{"typed":[],"secrets":[],"step":null,"seen":0}}"#,
        Some("begin") => r#"{"begin":{"whole":false,"skip":[],"take_over":false}}"#,
        Some("finish") => r#"{"run":"last"}"#,
        Some("import") => r#"{"name":"a.toml","text":""}"#,
        Some(_) => "{}",
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_address_that_needs_a_login_is_closed_without_one() {
    let browser = Browser::new();
    for route in ROUTES {
        let answer =
            browser.send(route.method.clone(), &real(route.path), Some(ORIGIN), "host=h&user=u&password=wrong").await;
        let (status, location) = (answer.status(), text(answer.headers(), header::LOCATION));
        let closed = status == StatusCode::UNAUTHORIZED && route.path.starts_with("/api/")
            || status == StatusCode::SEE_OTHER && location.starts_with("/login?next=");
        match route.need {
            Need::Login | Need::Silent => {
                assert!(closed, "{} {} answered {status} {location}", route.method, route.path)
            }
            Need::Nothing => {
                assert!(!location.starts_with("/login"), "{} {}", route.method, route.path);
                assert_ne!(status, StatusCode::NOT_FOUND, "{} {}", route.method, route.path);
            }
            Need::Monitoring => assert_eq!(status, StatusCode::NOT_FOUND, "{} {}", route.method, route.path),
        }
    }
    assert!(ROUTES.iter().any(|route| route.need == Need::Login));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_address_of_the_table_exists_with_a_login() {
    for route in ROUTES.iter().filter(|route| route.need != Need::Monitoring) {
        let mut browser = Browser::new();
        browser.log_in().await;
        let answer = browser.send(route.method.clone(), &real(route.path), Some(ORIGIN), asked(route.path)).await;
        let status = answer.status();
        // Without a host behind the login some functions refuse, in words and with the next step.
        let in_words = ["/api/v1/draft/", "/api/v1/health", "/api/v1/cleanup", "/api/v1/logs", "/api/v1/nodes"];
        let in_words = in_words.iter().any(|start| route.path.starts_with(start));
        if [StatusCode::INTERNAL_SERVER_ERROR, StatusCode::UNPROCESSABLE_ENTITY].contains(&status) && in_words {
            let refused = body(answer).await;
            assert!(refused.contains("\"what\"") && refused.contains("\"next\""), "{} answered {refused}", route.path);
            continue;
        }
        assert!(
            status.as_u16() < 400
                || (route.path == "/login" && status == StatusCode::UNAUTHORIZED)
                // It is to be upgraded to a WebSocket.
                || (route.path == "/api/v1/console" && status == StatusCode::BAD_REQUEST)
                // What is done about a run wants JSON and gets a form here.
                || (route.path.contains("/runs/{id}/") && status == StatusCode::BAD_REQUEST),
            "{} {} answered {status}",
            route.method,
            route.path
        );
    }
}

#[test]
fn every_page_and_function_is_in_the_table() {
    let known = |path: &str| ROUTES.iter().any(|route| route.path == path && route.need != Need::Nothing);
    for page in leptos_axum::generate_route_list(App) {
        assert!(known(page.path()), "page {}", page.path());
    }
    let functions: Vec<_> = leptos::server_fn::axum::server_fn_paths().collect();
    assert!(!functions.is_empty());
    for (path, method) in functions {
        assert!(known(path), "{method} {path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_changed_for_another_site() {
    let mut browser = Browser::new();
    browser.log_in().await;
    for route in ROUTES.iter().filter(|route| route.method != Method::GET) {
        for origin in [None, Some("https://evil.example"), Some("null"), Some("http://pages.example:9090")] {
            let answer = browser.send(route.method.clone(), &real(route.path), origin, "user=root&password=x").await;
            assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{} from {origin:?}", route.path);
        }
    }
    assert_eq!(browser.get("/").await.status(), StatusCode::OK, "the session is still there");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_console_is_opened_by_our_own_pages_only() {
    let mut browser = Browser::new();
    browser.log_in().await;
    for origin in [None, Some("https://evil.example"), Some("null"), Some("http://pages.example:9090")] {
        let answer = browser.send(Method::GET, "/api/v1/console?columns=80&rows=24", origin, "").await;
        assert_eq!(answer.status(), StatusCode::FORBIDDEN, "from {origin:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_terminals_page_may_make_style_sheets_and_only_with_its_nonce() {
    let mut browser = Browser::new();
    browser.log_in().await;
    let policy = async |path: &'static str| text(browser.get(path).await.headers(), header::CONTENT_SECURITY_POLICY);
    assert!(policy("/health").await.contains("style-src 'self';"));
    assert!(policy("/console").await.contains("style-src 'self' 'nonce-"));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_carries_the_security_headers() {
    let mut browser = Browser::new();
    browser.log_in().await;
    for path in ["/", "/login", "/pkg/app.css", "/api/v1/overview", "/no-such-page"] {
        let answer = browser.get(path).await;
        let headers = answer.headers();
        let policy = text(headers, header::CONTENT_SECURITY_POLICY);
        assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{path}: {policy}");
        assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"), "{path}: {policy}");
        assert_eq!(text(headers, header::X_CONTENT_TYPE_OPTIONS), "nosniff", "{path}");
        assert!(text(headers, header::STRICT_TRANSPORT_SECURITY).starts_with("max-age="), "{path}");
        assert_eq!(text(headers, header::REFERRER_POLICY), "same-origin", "{path}");
        let cache = if path == "/pkg/app.css" { "no-cache" } else { "no-store" };
        assert_eq!(text(headers, header::CACHE_CONTROL), cache, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pages_scripts_run_by_a_nonce_that_is_new_each_time() {
    let mut browser = Browser::new();
    browser.log_in().await;
    let mut nonces = Vec::new();
    for _ in 0..2 {
        let answer = browser.get("/").await;
        let policy = text(answer.headers(), header::CONTENT_SECURITY_POLICY);
        let nonce = policy.split("'nonce-").nth(1).unwrap().split('\'').next().unwrap().to_owned();
        let html = body(answer).await;
        let scripts = html.matches("<script").count();
        assert!(scripts > 0);
        assert_eq!(html.matches(&format!("nonce=\"{nonce}\"")).count(), scripts, "{html}");
        assert!(html.contains("root") && html.contains("host1:22"), "{html}");
        nonces.push(nonce);
    }
    assert_ne!(nonces[0], nonces[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_session_cookie_is_for_this_site_and_no_script() {
    let mut browser = Browser::new();
    let answer =
        browser.post("/login", &format!("host=host1&user=root&password={PASSWORD}&next=%2F%2Fevil.example")).await;
    assert_eq!(text(answer.headers(), header::LOCATION), "/");
    let cookie = text(answer.headers(), header::SET_COOKIE);
    assert!(cookie.starts_with(&format!("{SESSION_COOKIE}=")), "{cookie}");
    for part in ["Path=/", "Secure", "HttpOnly", "SameSite=Strict"] {
        assert!(cookie.split("; ").any(|has| has == part), "{part} in {cookie}");
    }
    browser.cookie = Some(cookie.split(';').next().unwrap().to_owned());
    let api = browser.get("/api/v1/overview").await;
    assert_eq!(api.status(), StatusCode::OK);
    assert!(body(api).await.contains("\"host\":\"host1:22\""));
    assert_eq!(text(browser.post("/logout", "").await.headers(), header::LOCATION), "/login");
    let after = browser.get("/").await;
    assert_eq!(text(after.headers(), header::LOCATION), "/login?next=/&ended");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_login_says_why_and_keeps_no_password() {
    let browser = Browser::new();
    let answer = browser.post("/login", "host=host1&user=root&password=wrong-canary-9").await;
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    assert!(answer.headers().get(header::SET_COOKIE).is_none());
    let html = body(answer).await;
    assert!(html.contains("the login was &lt;refused&gt;") && html.contains("type better"), "{html}");
    assert!(html.contains("value=\"host1\"") && !html.contains("canary"), "{html}");
}

#[tokio::test(flavor = "multi_thread")]
async fn many_refused_logins_have_to_wait_and_others_have_not() {
    let mut browser = Browser::new();
    let wrong = "host=host1&user=root&password=wrong";
    for _ in 0..3 {
        assert_eq!(browser.post("/login", wrong).await.status(), StatusCode::UNAUTHORIZED);
    }
    let right = format!("host=host1&user=root&password={PASSWORD}");
    let slowed = browser.post("/login", &right).await;
    assert_eq!(slowed.status(), StatusCode::TOO_MANY_REQUESTS);
    assert!(text(slowed.headers(), header::RETRY_AFTER).parse::<u32>().unwrap() >= 1);
    browser.address = "192.0.2.8:50000".parse().unwrap();
    assert_eq!(browser.post("/login", &right).await.status(), StatusCode::SEE_OTHER);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_strangers_key_is_compared_before_the_password_goes_there() {
    let browser = Browser::new();
    let form = format!("host=host1&user=stranger&password={PASSWORD}");
    let answer = browser.post("/login", &form).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let html = body(answer).await;
    assert!(html.contains("ssh-ed25519 SHA256:known") && !html.contains(PASSWORD), "{html}");
    assert_eq!(browser.post("/login", &format!("{form}&trusted=SHA256%3Aother")).await.status(), StatusCode::OK);
    assert_eq!(browser.post("/login", &format!("{form}&trusted=SHA256%3Aknown")).await.status(), StatusCode::SEE_OTHER);
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_fixed_host_no_other_can_be_named() {
    let mut browser = Browser::of(Some(Target::new("fixed.example", 2222, "")));
    let answer = browser.post("/login", &format!("host=other.example&user=root&password={PASSWORD}")).await;
    browser.cookie = Some(text(answer.headers(), header::SET_COOKIE).split(';').next().unwrap().to_owned());
    assert!(body(browser.get("/api/v1/overview").await).await.contains("fixed.example:2222"));
}

#[tokio::test(flavor = "multi_thread")]
async fn language_and_look_are_chosen_by_form_and_kept() {
    let mut browser = Browser::new();
    let answer = browser.post("/preferences", "__Host-lang=ja&back=%2Flogin").await;
    assert_eq!(text(answer.headers(), header::LOCATION), "/login");
    let lang = text(answer.headers(), header::SET_COOKIE).split(';').next().unwrap().to_owned();
    let answer = browser.post("/preferences", "__Host-theme=dark&back=https%3A%2F%2Fevil.example").await;
    assert_eq!(text(answer.headers(), header::LOCATION), "/");
    let look = text(answer.headers(), header::SET_COOKIE).split(';').next().unwrap().to_owned();
    browser.log_in().await;
    let session = browser.cookie.take().unwrap();
    browser.cookie = Some(format!("{session}; {lang}; {look}"));
    for path in ["/", "/login", "/no-such-page"] {
        let html = body(browser.get(path).await).await;
        assert!(html.contains("lang=\"ja\"") && html.contains("pf-v6-theme-dark"), "{path}: {html}");
    }
    assert!(browser.post("/preferences", "__Host-lang=xx").await.headers().get(header::SET_COOKIE).is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_login_page_is_small_and_has_no_script() {
    let html = body(Browser::new().get("/login").await).await;
    assert!(html.len() < 8 * 1024, "{} bytes", html.len());
    assert!(!html.contains("<script") && !html.contains(".wasm") && !html.contains("app.css"), "{html}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_exist_says_so_to_everybody() {
    for path in ["/no-such-page", "/pkg/none.js", "/api/v1/none", "/pkg/../login/x"] {
        let answer = Browser::new().get(path).await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{path}");
        assert!(body(answer).await.contains("Page not found"), "{path}");
    }
}

//! What monitoring sees without a login, and what the health page asks for one.

#![allow(clippy::unwrap_used, reason = "a test may assert the short way, in its helpers too")]

use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::{Method, Request, StatusCode, header};
use hosted_deploy::nodes::Places;
use hosted_deploy::web::{Attempt, Entered, Login, Monitoring, Refusal, Site, Web, router};
use hosted_deploy_pxe::node::{NewNode, now};
use std::future::{Future, ready};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tower::ServiceExt;

const TOKEN: &str = "metrics-canary-0123456789";

struct Nobody;

impl Login for Nobody {
    fn log_in(&self, _: Attempt) -> Pin<Box<dyn Future<Output = Result<Entered, Refusal>> + Send + '_>> {
        Box::pin(ready(Err(Refusal::Failed { what: "no".into(), remedy: "no".into() })))
    }
}

struct Server {
    router: axum::Router,
    state: tempfile::TempDir,
}

impl Server {
    fn new(monitoring: Monitoring) -> Self {
        let state = tempfile::tempdir().unwrap();
        let web = Web::new(Site::of(&[]), state.path().into(), Arc::new(Nobody), None, Duration::from_secs(900));
        Self { router: router(web.monitored(monitoring)), state }
    }

    async fn ask(&self, method: Method, path: &str, token: Option<&str>) -> (StatusCode, String) {
        let mut request = Request::builder().method(method).uri(path).header(header::HOST, "pages.example");
        request = request.header(header::ORIGIN, "https://pages.example");
        if let Some(token) = token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        let mut request = request.body(Body::empty()).unwrap();
        request.extensions_mut().insert(ConnectInfo("192.0.2.7:50000".parse::<SocketAddr>().unwrap()));
        let response = self.router.clone().oneshot(request).await.unwrap();
        let status = response.status();
        let body = to_bytes(response.into_body(), 1 << 20).await.unwrap();
        (status, String::from_utf8_lossy(&body).into_owned())
    }
}

#[tokio::test]
async fn monitoring_sees_nothing_unless_it_is_switched_on() {
    let server = Server::new(Monitoring::default());
    for path in ["/health/bare", "/metrics"] {
        assert_eq!(server.ask(Method::GET, path, Some(TOKEN)).await.0, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn the_bare_word_says_that_nothing_is_known_before_anybody_has_looked() {
    let server = Server::new(Monitoring { bare: true, token: None });
    assert_eq!(
        server.ask(Method::GET, "/health/bare", None).await,
        (StatusCode::SERVICE_UNAVAILABLE, "unknown\n".into())
    );
}

#[tokio::test]
async fn metrics_want_the_token() {
    let server = Server::new(Monitoring { bare: false, token: Some(TOKEN.to_owned().into()) });
    for wrong in [None, Some(""), Some("metrics-canary-012345678"), Some("metrics-canary-01234567890")] {
        assert_eq!(server.ask(Method::GET, "/metrics", wrong).await.0, StatusCode::UNAUTHORIZED, "{wrong:?}");
    }
    let (status, text) = server.ask(Method::GET, "/metrics", Some(TOKEN)).await;
    assert_eq!(status, StatusCode::OK);
    assert!(text.contains("# TYPE hosted_engine_verdict gauge") && !text.contains(TOKEN), "{text}");
}

#[tokio::test]
async fn metrics_tell_how_many_nodes_are_in_which_state() {
    let server = Server::new(Monitoring { bare: false, token: Some(TOKEN.to_owned().into()) });
    let (_, text) = server.ask(Method::GET, "/metrics", Some(TOKEN)).await;
    assert!(!text.contains("hosted_deploy_nodes"), "network boot was never used: {text}");
    let nodes = Places::of(server.state.path()).unwrap().nodes().unwrap();
    for (name, mac) in [("node1", "525400000001"), ("node2", "525400000002")] {
        nodes.add(NewNode { name: name.into(), mac: mac.parse().ok(), ..NewNode::default() }, now()).unwrap();
    }
    let (_, text) = server.ask(Method::GET, "/metrics", Some(TOKEN)).await;
    assert!(text.contains("hosted_deploy_nodes{state=\"discovered\"} 2\n"), "{text}");
    assert!(text.contains("hosted_deploy_nodes{state=\"failed\"} 0\n"), "{text}");
    let age = text.lines().find_map(|line| line.strip_prefix("hosted_deploy_nodes_last_event_age_seconds "));
    assert!(age.and_then(|age| age.parse::<u64>().ok()).is_some_and(|age| age < 60), "{text}");
}

#[tokio::test]
async fn the_page_and_its_actions_want_a_login() {
    let server = Server::new(Monitoring::default());
    assert_eq!(server.ask(Method::GET, "/health", None).await.0, StatusCode::SEE_OTHER);
    assert_eq!(server.ask(Method::GET, "/api/v1/health", None).await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(server.ask(Method::POST, "/api/v1/health/act", None).await.0, StatusCode::UNAUTHORIZED);
}

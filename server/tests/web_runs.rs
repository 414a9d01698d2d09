//! A run through the router, without a network: its events while they are written, who may see them, and what is done about it.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may assert the short way, in its helpers too"
)]

use axum::body::{Body, BodyDataStream, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::{Method, Request, Response, StatusCode, header};
use futures_util::StreamExt;
use hosted_deploy::runs::journal::Journal;
use hosted_deploy::runs::store::{RunFolder, Runs};
use hosted_deploy::web::{Attempt, Entered, Login, Refusal, Site, Web, router};
use hosted_deploy_model::answers::Answers;
use hosted_deploy_model::event::{Event, Kind, Outcome};
use hosted_deploy_model::phase::Phase;
use hosted_deploy_model::plan::Plan;
use hosted_deploy_model::run::Run;
use std::future::{Future, ready};
use std::net::SocketAddr;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tower::ServiceExt;

const RUN: &str = "20261121-060000-aa11";
const PATIENCE: Duration = Duration::from_secs(20);
const IDLE: Duration = Duration::from_secs(900);

/// Stands where SSH stands: who gets in is tested elsewhere.
struct Anybody;

impl Login for Anybody {
    fn log_in(&self, _: Attempt) -> Pin<Box<dyn Future<Output = Result<Entered, Refusal>> + Send + '_>> {
        Box::pin(ready(Ok(Entered { host_key: "ssh-ed25519 SHA256:known".into(), way: None })))
    }
}

struct Server {
    router: axum::Router,
    state: tempfile::TempDir,
}

impl Server {
    fn new() -> Self {
        let state = tempfile::tempdir().unwrap();
        let web = Web::new(Site::of(&[]), state.path().into(), Arc::new(Anybody), None, IDLE);
        Self { router: router(web), state }
    }

    /// The same folder served by a new process: sessions are gone.
    fn restart(self) -> Self {
        let web = Web::new(Site::of(&[]), self.state.path().into(), Arc::new(Anybody), None, IDLE);
        Self { router: router(web), state: self.state }
    }

    async fn log_in(&self, user: &str, host: &str) -> Browser {
        let browser = Browser { router: self.router.clone(), cookie: None };
        let form = format!("host={host}&user={user}&password=x");
        let answer = browser.send(Method::POST, "/login", &[], form).await;
        let cookie = answer.headers()[header::SET_COOKIE].to_str().unwrap().split(';').next().unwrap().to_owned();
        Browser { cookie: Some(cookie), ..browser }
    }
}

struct Browser {
    router: axum::Router,
    cookie: Option<String>,
}

impl Browser {
    async fn send(&self, method: Method, path: &str, headers: &[(&str, &str)], body: String) -> Response<Body> {
        let kind = if path == "/login" { "application/x-www-form-urlencoded" } else { "application/json" };
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, "pages.example")
            .header(header::ORIGIN, "https://pages.example")
            .header(header::CONTENT_TYPE, kind);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(cookie) = &self.cookie {
            request = request.header(header::COOKIE, cookie);
        }
        let mut request = request.body(Body::from(body)).unwrap();
        let peer: SocketAddr = "192.0.2.7:50000".parse().unwrap();
        request.extensions_mut().insert(ConnectInfo(peer));
        self.router.clone().oneshot(request).await.unwrap()
    }

    async fn events(&self, headers: &[(&str, &str)], query: &str) -> Response<Body> {
        self.send(Method::GET, &format!("/api/v1/runs/{RUN}/events{query}"), headers, String::new()).await
    }

    async fn listen(&self, behind: u64) -> Listener {
        let answer = self.events(&[("last-event-id", &behind.to_string())], "").await;
        assert_eq!(answer.status(), StatusCode::OK);
        assert_eq!(answer.headers()[header::CONTENT_TYPE], "text/event-stream");
        Listener { stream: answer.into_body().into_data_stream(), text: String::new(), beats: 0 }
    }

    async fn act(&self, act: &str, body: &str) -> (StatusCode, String) {
        let answer = self.send(Method::POST, &format!("/api/v1/runs/{RUN}/{act}"), &[], body.to_owned()).await;
        let status = answer.status();
        (status, String::from_utf8(to_bytes(answer.into_body(), 1 << 20).await.unwrap().to_vec()).unwrap())
    }
}

/// Reads server-sent events as a browser does.
struct Listener {
    stream: BodyDataStream,
    text: String,
    beats: usize,
}

impl Listener {
    /// The next message's events; `None` at the end of the stream. The message's id must be its last event's.
    async fn next(&mut self) -> Option<Vec<Event>> {
        loop {
            while let Some((message, rest)) = self.text.split_once("\n\n") {
                let field = |name: &str| message.lines().find_map(|line| line.strip_prefix(name)).map(str::to_owned);
                let (kind, id, data) = (field("event: "), field("id: "), field("data: "));
                self.text = rest.to_owned();
                match kind.as_deref() {
                    Some("beat") => self.beats += 1,
                    Some(other) => panic!("an event {other}"),
                    None => {
                        let events: Vec<Event> = serde_json::from_str(&data.unwrap()).unwrap();
                        assert_eq!(id.unwrap(), events.last().unwrap().seq.to_string());
                        return Some(events);
                    }
                }
            }
            let bytes = tokio::time::timeout(PATIENCE, self.stream.next()).await.expect("the stream is silent")?;
            self.text.push_str(std::str::from_utf8(&bytes.unwrap()).unwrap());
        }
    }

    /// Until there are so many events, or to the end.
    async fn take(&mut self, most: usize) -> Vec<Event> {
        let mut events = Vec::new();
        while events.len() < most {
            match self.next().await {
                Some(more) => events.extend(more),
                None => break,
            }
        }
        events
    }
}

fn seqs(events: &[Event]) -> Vec<u64> {
    events.iter().map(|event| event.seq).collect()
}

/// A run on host1 as root.
fn run(state: &Path) -> (RunFolder, Journal) {
    let plan = Plan::deployment("host1.example", "engine.example", Phase::InitialClean);
    let (folder, journal) = Runs::open(state).unwrap().create(RUN, &plan).unwrap();
    let mut answers = Answers::default();
    answers.host.address = Some("host1".into());
    folder.write("answers.json", &answers).unwrap();
    (folder, journal)
}

fn said(text: &str) -> Kind {
    Kind::Message { text: text.into() }
}

fn end() -> Kind {
    Kind::Ended { outcome: Outcome::Cancelled { phase: None } }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_viewer_gets_every_event_once_while_the_run_goes_on_and_the_stream_ends_with_it() {
    let server = Server::new();
    let (_, mut journal) = run(server.state.path());
    let mut listener = server.log_in("root", "host1").await.listen(0).await;
    assert_eq!(seqs(&listener.take(1).await), [1]);
    let writer = std::thread::spawn(move || {
        for round in 0..300 {
            journal.append(None, None, said(&"日本\n".repeat(round % 7 * 500))).unwrap();
            if round % 50 == 0 {
                std::thread::sleep(Duration::from_millis(130));
            }
        }
        journal.append(None, None, end()).unwrap();
    });
    let events = listener.take(usize::MAX).await;
    writer.join().unwrap();
    assert_eq!(seqs(&events), (2..=302).collect::<Vec<_>>());
    assert!(listener.beats > 0, "a beat tells who drives the run");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_comes_back_gets_what_follows_wherever_the_line_was_cut() {
    let server = Server::new();
    let (_, mut journal) = run(server.state.path());
    for n in 0..60 {
        journal.append(None, None, said(&"x".repeat(n * 400))).unwrap();
    }
    journal.append(None, None, end()).unwrap();
    let browser = server.log_in("root", "host1").await;
    for behind in 0..62 {
        let events = browser.listen(behind).await.take(usize::MAX).await;
        assert_eq!(seqs(&events), (behind + 1..=62).collect::<Vec<_>>(), "behind {behind}");
        assert!(events.iter().all(|event| event.run == RUN));
    }
    let by_address = browser.events(&[], "?after=61").await.into_body();
    let text = String::from_utf8(to_bytes(by_address, 1 << 20).await.unwrap().to_vec()).unwrap();
    assert_eq!(text.lines().filter(|line| line.starts_with("id: ")).collect::<Vec<_>>(), ["id: 62"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_that_has_seen_the_end_is_told_not_to_come_back() {
    let server = Server::new();
    let (_, mut journal) = run(server.state.path());
    journal.append(None, None, end()).unwrap();
    let browser = server.log_in("root", "host1").await;
    assert_eq!(browser.events(&[("last-event-id", "2")], "").await.status(), StatusCode::NO_CONTENT);
    assert_eq!(browser.events(&[("last-event-id", "3")], "").await.status(), StatusCode::BAD_REQUEST);
    assert_eq!(browser.events(&[("last-event-id", "two")], "").await.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_viewer_holds_nobody_up_and_misses_nothing() {
    let server = Server::new();
    let (_, mut journal) = run(server.state.path());
    let browser = server.log_in("root", "host1").await;
    let mut slow = browser.listen(0).await;
    assert_eq!(seqs(&slow.take(1).await), [1]);
    // Nobody reads while these are written, 20 MB of them; the writer needs no reader.
    let text = "y".repeat(10_000);
    for _ in 0..2_000 {
        journal.append(None, None, said(&text)).unwrap();
    }
    let mut quick = browser.listen(0).await;
    assert_eq!(quick.take(2_001).await.len(), 2_001, "another viewer does not wait for the slow one");
    journal.append(None, None, end()).unwrap();
    assert_eq!(seqs(&slow.take(usize::MAX).await), (2..=2_002).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_comes_back_goes_on_where_the_last_one_was_killed() {
    let server = Server::new();
    let (_, mut journal) = run(server.state.path());
    journal.append(None, None, said("before")).unwrap();
    let seen = server.log_in("root", "host1").await.listen(0).await.take(2).await;
    let server = server.restart();
    journal.append(None, None, said("after")).unwrap();
    journal.append(None, None, end()).unwrap();
    let rest = server.log_in("root", "host1").await.listen(2).await.take(usize::MAX).await;
    let run = Run::fold(seen.iter().chain(&rest)).unwrap().unwrap();
    assert_eq!((run.seq, run.outcome), (4, Some(Outcome::Cancelled { phase: None })));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_is_there_only_for_those_who_are_on_its_host() {
    let server = Server::new();
    let (_, mut journal) = run(server.state.path());
    journal.append(None, None, end()).unwrap();
    let other = server.log_in("root", "host2").await;
    assert_eq!(other.events(&[], "").await.status(), StatusCode::NOT_FOUND);
    assert_eq!(
        other.send(Method::GET, &format!("/runs/{RUN}"), &[], String::new()).await.status(),
        StatusCode::NOT_FOUND
    );
    for act in ["continue", "cancel", "follow", "retry"] {
        assert_eq!(other.act(act, "{}").await.0, StatusCode::NOT_FOUND, "{act}");
    }
    let bundle = format!("/api/v1/runs/{RUN}/bundle");
    assert_eq!(other.send(Method::GET, &bundle, &[], String::new()).await.status(), StatusCode::NOT_FOUND);
    let root = server.log_in("root", "host1").await;
    for id in ["20261121-060000-zz99", "last", "aa11", "..", "%2e%2e%2fruns"] {
        let answer = root.send(Method::GET, &format!("/api/v1/runs/{id}/events"), &[], String::new()).await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{id}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_account_of_the_host_looks_and_does_nothing() {
    let server = Server::new();
    let (folder, journal) = run(server.state.path());
    drop(journal);
    let guest = server.log_in("guest", "host1").await;
    assert_eq!(guest.events(&[], "").await.status(), StatusCode::OK);
    for act in ["continue", "cancel", "follow", "retry"] {
        let (status, body) = guest.act(act, "{}").await;
        assert_eq!((status, body.contains("log in as root")), (StatusCode::FORBIDDEN, true), "{act}");
    }
    let bundle = guest.send(Method::GET, &format!("/api/v1/runs/{RUN}/bundle"), &[], String::new()).await;
    assert_eq!(bundle.status(), StatusCode::FORBIDDEN);
    assert!(!folder.path().join("cancel.json").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_login_nothing_is_told_and_nothing_done() {
    let server = Server::new();
    let (folder, _journal) = run(server.state.path());
    let nobody = Browser { router: server.router.clone(), cookie: None };
    assert_eq!(nobody.events(&[], "").await.status(), StatusCode::UNAUTHORIZED);
    for act in ["continue", "cancel", "follow", "retry"] {
        assert_eq!(nobody.act(act, "{}").await.0, StatusCode::UNAUTHORIZED, "{act}");
    }
    assert!(!folder.path().join("cancel.json").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_stream_of_a_session_that_ended_ends() {
    let server = Server::new();
    let (_, _journal) = run(server.state.path());
    let browser = server.log_in("root", "host1").await;
    let mut listener = browser.listen(0).await;
    assert_eq!(seqs(&listener.take(1).await), [1]);
    browser.send(Method::POST, "/logout", &[], String::new()).await;
    assert_eq!(listener.next().await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_shows_the_run_as_it_stands() {
    let server = Server::new();
    let (_, mut journal) = run(server.state.path());
    journal.append(Some(Phase::InitialClean), None, Kind::PhaseStarted).unwrap();
    let browser = server.log_in("root", "host1").await;
    let page = async |path: &str| {
        let answer = browser.send(Method::GET, path, &[], String::new()).await;
        let status = answer.status();
        (status, String::from_utf8(to_bytes(answer.into_body(), 1 << 20).await.unwrap().to_vec()).unwrap())
    };
    let (status, html) = page(&format!("/runs/{RUN}")).await;
    assert_eq!(status, StatusCode::OK);
    for text in ["engine.example", "Clean up earlier attempts", "Cancel the deployment", RUN] {
        assert!(html.contains(text), "{text} is not in {html}");
    }
    // The page's policy refuses styles in attributes.
    assert!(!html.contains(" style="), "{html}");
    assert_eq!(page("/runs/20261121-060000-zz99").await.0, StatusCode::NOT_FOUND);
    let (_, html) = page("/").await;
    assert!(html.contains(&format!("href=\"/runs/{RUN}\"")), "the overview leads there");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_done_now_says_why() {
    let server = Server::new();
    let (_, mut journal) = run(server.state.path());
    let browser = server.log_in("root", "host1").await;
    let (status, body) = browser.act("continue", "").await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert!(body.contains("does not wait"), "{body}");
    assert_eq!(browser.act("retry", "").await.0, StatusCode::CONFLICT);
    assert_eq!(browser.act("cancel", "{\"secrets\":{\"canary").await.0, StatusCode::BAD_REQUEST);
    journal.append(None, None, end()).unwrap();
    for act in ["cancel", "follow"] {
        let (status, body) = browser.act(act, "").await;
        assert_eq!((status, body.contains("has ended")), (StatusCode::CONFLICT, true), "{act}: {body}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_that_lack_are_asked_for_by_name() {
    let server = Server::new();
    let (folder, journal) = run(server.state.path());
    drop(journal);
    let mut answers: Answers = folder.load("answers.json").unwrap();
    // A key that is not there: the usual ones of this machine do not count.
    answers.host.key_file = Some(server.state.path().join("no-key").display().to_string());
    folder.write("answers.json", &answers).unwrap();
    let browser = server.log_in("root", "host1").await;
    let (status, body) = browser.act("follow", "").await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(body.contains("engine_vm.root_password") && body.contains("engine.admin_password"), "{body}");
    let given = r#"{"secrets":{"engine_vm.root_password":"canary-1"}}"#;
    let (status, body) = browser.act("cancel", given).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!body.contains("engine_vm.root_password") && body.contains("engine.admin_password"), "{body}");
    assert!(!body.contains("canary"), "{body}");
    assert!(!folder.path().join("cancel.json").exists(), "nothing is begun that cannot be done");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_somebody_drives_is_cancelled_through_its_driver() {
    let server = Server::new();
    let (folder, journal) = run(server.state.path());
    drop(journal);
    let lock = folder.drive().unwrap();
    let (status, body) = server.log_in("root", "host1").await.act("cancel", "").await;
    assert_eq!((status, body.as_str()), (StatusCode::OK, r#"{"reply":"done"}"#));
    assert!(folder.path().join("cancel.json").exists());
    drop(lock);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bundle_is_a_file_without_what_is_secret() {
    let server = Server::new();
    let (folder, journal) = run(server.state.path());
    drop(journal);
    let mut answers: Answers = folder.load("answers.json").unwrap();
    answers.host.key_file = Some(server.state.path().join("no-key").display().to_string());
    folder.write("answers.json", &answers).unwrap();
    let browser = server.log_in("root", "host1").await;
    let answer = browser.send(Method::GET, &format!("/api/v1/runs/{RUN}/bundle"), &[], String::new()).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let name = answer.headers()[header::CONTENT_DISPOSITION].to_str().unwrap().to_owned();
    assert_eq!(name, format!("attachment; filename=\"hosted-deploy-{RUN}.tar.gz\""));
    let bytes = to_bytes(answer.into_body(), 1 << 20).await.unwrap();
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(bytes.as_ref()));
    let names: Vec<String> =
        archive.entries().unwrap().map(|entry| entry.unwrap().path().unwrap().display().to_string()).collect();
    assert!(names.contains(&format!("hosted-deploy-{RUN}/events.jsonl")), "{names:?}");
}

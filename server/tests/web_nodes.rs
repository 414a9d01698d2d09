//! What the pages of nodes ask: over the router, as a browser does, on a real folder of nodes, profiles and images.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may assert the short way, in its helpers too")]

use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::{Method, Request, StatusCode, header};
use hosted_deploy::nodes::Places;
use hosted_deploy::nodes::serving::{Heartbeat, Serving};
use hosted_deploy::web::{Attempt, Entered, Login, Refusal, Site, Web, router};
use hosted_deploy_model::node::{Bmc, Happening, Protocol};
use hosted_deploy_pxe::node::{Change, Nodes};
use serde_json::{Value, json};
use std::future::{Future, ready};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tower::ServiceExt;

const ORIGIN: &str = "https://pages.example";
/// Planted: no answer may hold it.
const HASH: &str = "$6$canary$qFmFH.bQmmtXzyBY0s9v7Oicd2z4XSIecDzlB5KiA2/jctKu9YterLp8wwnSq.qc.eoxqOmSuNp2xS0ktL3nh/";

struct Anybody;

impl Login for Anybody {
    fn log_in(&self, _: Attempt) -> Pin<Box<dyn Future<Output = Result<Entered, Refusal>> + Send + '_>> {
        Box::pin(ready(Ok(Entered { host_key: "ssh-ed25519 SHA256:known".into(), way: None })))
    }
}

struct Browser {
    router: axum::Router,
    cookie: String,
    places: Places,
    nodes: Nodes,
    _state: tempfile::TempDir,
}

impl Browser {
    async fn new() -> Self {
        let state = tempfile::tempdir().unwrap();
        let web = Web::new(Site::of(&[]), state.path().into(), Arc::new(Anybody), None, Duration::from_secs(900));
        let places = Places::of(state.path()).unwrap();
        let el = format!("version = 1\nkind = \"el\"\nimage = \"el9\"\n[system]\nroot_password = \"{HASH}\"\n");
        // As `pxe profile add` keeps it.
        places.profiles().unwrap().put("el9", &el, false).unwrap();
        let mut browser =
            Self { router: router(web), cookie: String::new(), nodes: places.nodes().unwrap(), places, _state: state };
        let (_, _, cookie) = browser.send(Method::POST, "/login", "host=h&user=root&password=x").await;
        browser.cookie = cookie.split(';').next().unwrap().to_owned();
        browser
    }

    async fn send(&self, method: Method, path: &str, body: &str) -> (StatusCode, String, String) {
        let kind = if body.starts_with('{') { "application/json" } else { "application/x-www-form-urlencoded" };
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, "pages.example")
            .header(header::ORIGIN, ORIGIN)
            .header(header::CONTENT_TYPE, kind)
            .header(header::COOKIE, &self.cookie);
        let mut request = request.body(Body::from(body.to_owned())).unwrap();
        request.extensions_mut().insert(ConnectInfo("192.0.2.7:50000".parse::<SocketAddr>().unwrap()));
        let answer = self.router.clone().oneshot(request).await.unwrap();
        let cookie = answer.headers().get(header::SET_COOKIE).map(|value| value.to_str().unwrap().to_owned());
        let status = answer.status();
        let body = to_bytes(answer.into_body(), 4 << 20).await.unwrap();
        let body = String::from_utf8(body.to_vec()).unwrap();
        assert!(!body.contains("canary"), "a secret is shown at {path}: {body}");
        (status, body, cookie.unwrap_or_default())
    }

    async fn get(&self, path: &str) -> (StatusCode, Value) {
        let (status, body, _) = self.send(Method::GET, path, "").await;
        (status, serde_json::from_str(&body).unwrap_or(Value::String(body)))
    }

    async fn post(&self, path: &str, body: Value) -> (StatusCode, Value) {
        let (status, body, _) = self.send(Method::POST, path, &body.to_string()).await;
        (status, serde_json::from_str(&body).unwrap_or(Value::String(body)))
    }

    async fn save(&self, typed: Value) -> Value {
        let mut whole =
            json!({"old": "", "name": "", "mac": "", "uuid": "", "address": "", "profile": "", "role": "host"});
        for (key, value) in typed.as_object().unwrap() {
            whole[key] = value.clone();
        }
        let (status, answer) = self.post("/api/v1/nodes/save", json!({ "typed": whole })).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        answer
    }

    async fn act(&self, name: &str, act: Value, confirm: &str) -> (StatusCode, Value) {
        self.post("/api/v1/nodes/act", json!({ "name": name, "act": act, "confirm": confirm })).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_is_added_changed_installed_again_and_removed() {
    let browser = Browser::new().await;
    let wrong = browser.save(json!({"name": "node1", "mac": "52:54", "profile": "none"})).await;
    let fields: Vec<&str> = wrong["Err"].as_array().unwrap().iter().map(|one| one["field"].as_str().unwrap()).collect();
    assert_eq!(fields, ["mac", "profile"]);

    let first = json!({"name": "node1", "mac": "52-54-00-00-00-01", "address": "192.0.2.51"});
    assert_eq!(browser.save(first).await["Ok"], "node1");
    let (_, listed) = browser.get("/api/v1/nodes?seen=").await;
    assert_eq!(listed["nodes"][0]["mac"], "52:54:00:00:00:01");
    assert_eq!(listed["nodes"][0]["state"], "discovered");
    let mark = listed["mark"].as_str().unwrap();
    assert_eq!(browser.get(&format!("/api/v1/nodes?seen={mark}")).await.1, Value::Null, "nothing new");
    let changed = json!({"old": "node1", "name": "node1", "mac": "525400000001", "profile": "el9"});
    assert_eq!(browser.save(changed).await["Ok"], "node1");
    assert_ne!(browser.get(&format!("/api/v1/nodes?seen={mark}")).await.1, Value::Null);

    for happening in [Happening::ScriptServed, Happening::InstallerRuns, Happening::Built] {
        browser.nodes.happen("node1", happening, "script", "", 5).unwrap();
    }
    let (status, refused) = browser.act("node1", json!("Retry"), "").await;
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(refused["what"]["en"].as_str().unwrap().contains("was not typed"), "{refused}");
    assert_eq!(browser.nodes.get("node1").unwrap().state.word(), "installed");
    assert_eq!(browser.act("node1", json!("Joined"), "").await.0, StatusCode::OK);
    assert_eq!(browser.act("node1", json!("Retry"), "node1").await.0, StatusCode::OK);
    assert_eq!(browser.nodes.get("node1").unwrap().state.word(), "assigned");
    assert_eq!(browser.act("node1", json!("Remove"), "").await.0, StatusCode::OK);
    assert!(browser.nodes.list().unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_node_says_why_and_what_to_do_and_what_it_would_get() {
    let browser = Browser::new().await;
    browser.save(json!({"name": "node1", "mac": "525400000001", "profile": "el9"})).await;
    browser.nodes.happen("node1", Happening::ScriptServed, "script", "Ipxe for el9", 5).unwrap();
    let why = "the kickstart was not fetched within 15 minutes";
    browser.nodes.happen("node1", Happening::TimedOut, "timeout", why, 6).unwrap();
    let (_, shown) = browser.get("/api/v1/nodes/show?name=node1&seen=").await;
    assert_eq!(shown["line"]["failure"], why);
    assert!(shown["next"][1]["en"].as_str().unwrap().contains("Look at the machine's console"), "{shown}");
    assert_eq!(shown["events"][0]["what"]["ja"], "時間切れ");
    assert_eq!(shown["acts"], json!(["Retry", "Remove"]));
    // Three kinds of firmware, each to its end.
    let stages = shown["stages"].as_array().unwrap();
    assert_eq!(stages.len(), 3);
    let last = stages[0].as_array().unwrap().last().unwrap();
    assert!(last["why"]["en"].as_str().unwrap().contains("starts the local disk"), "{last}");
    assert!(shown["preview"]["Err"][0]["en"].as_str().unwrap().contains("no image \"el9\""), "{shown}");
    let (_, health) = browser.get("/health").await;
    assert!(health.as_str().unwrap().contains("Nodes from network boot"), "{health}");
    assert!(health.as_str().unwrap().contains(why), "{health}");
    let (status, none) = browser.get("/api/v1/nodes/show?name=other&seen=").await;
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(none["what"]["en"].as_str().unwrap().contains("there is no node \"other\""), "{none}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_is_read_and_its_mistakes_are_told_by_line() {
    let browser = Browser::new().await;
    let list = "name;mac;profile\nnode1;525400000001;el9\nnode1;525400000002;\nnode3;525400000003;none\n";
    let (_, outcome) = browser.post("/api/v1/nodes/import", json!({ "list": list })).await;
    assert_eq!(outcome["added"], json!(["node1"]));
    let lines: Vec<u64> = outcome["refused"].as_array().unwrap().iter().map(|one| one[0].as_u64().unwrap()).collect();
    assert_eq!(lines, [3, 4]);
    let (_, outcome) = browser.post("/api/v1/nodes/import", json!({ "list": "name,colour\n" })).await;
    assert_eq!(outcome["refused"][0][0], 1);
    assert!(outcome["refused"][0][1]["ja"].as_str().unwrap().contains("\"colour\""), "{outcome}");
}

/// Otherwise a page could have any file of the server sent to any address, as a password.
#[tokio::test(flavor = "multi_thread")]
async fn a_management_controller_is_never_set_by_a_page() {
    let browser = Browser::new().await;
    let list = "name,mac,bmc_address,bmc_user,bmc_password_file\nnode1,525400000001,198.51.100.9,a,/etc/shadow\n";
    let (_, outcome) = browser.post("/api/v1/nodes/import", json!({ "list": list })).await;
    assert_eq!(outcome["added"], json!([]));
    assert!(outcome["refused"][0][1]["en"].as_str().unwrap().contains("on the server"), "{outcome}");

    browser.save(json!({"name": "node1", "mac": "525400000001"})).await;
    assert_eq!(browser.act("node1", json!({"Wake": {"efi": true}}), "").await.0, StatusCode::INTERNAL_SERVER_ERROR);
    let bmc = Some(Bmc {
        protocol: Protocol::Redfish,
        address: "192.0.2.9".into(),
        user: "admin".into(),
        password_file: "/nowhere".into(),
        certificate: None,
    });
    browser.nodes.set("node1", Change { bmc: bmc.clone(), ..Change::default() }, 2).unwrap();
    let (_, shown) = browser.get("/api/v1/nodes/show?name=node1&seen=").await;
    assert_eq!(
        (&shown["controller"], &shown["acts"][0]),
        (&json!("redfish admin@192.0.2.9"), &json!({"Wake": {"efi": true}}))
    );
    let (status, refused) = browser.act("node1", json!({"Wake": {"efi": true}}), "").await;
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(refused["what"]["en"].as_str().unwrap().contains("/nowhere"), "{refused}");
    browser.save(json!({"old": "node1", "name": "node1", "mac": "525400000001", "role": "host"})).await;
    assert_eq!(browser.nodes.get("node1").unwrap().bmc, bmc, "a change keeps it");
}

#[tokio::test(flavor = "multi_thread")]
async fn profiles_say_what_is_missing_and_files_for_other_servers_hold_no_secret() {
    let browser = Browser::new().await;
    let (_, stock) = browser.get("/api/v1/nodes/stock").await;
    let missing = stock["profiles"][0]["missing"][0]["en"].as_str().unwrap();
    assert!(missing.contains("`hosted-deploy pxe image import FILE.iso --name el9`"), "{missing}");

    let own = "version = 1\nkind = \"custom\"\n[custom]\nkernel = \"http://192.0.2.1/vmlinuz\"\n";
    browser.places.profiles().unwrap().put("own", own, false).unwrap();
    browser.save(json!({"name": "node1", "mac": "525400000001", "profile": "own"})).await;
    let wanted = |subnet: &str, target: &str| {
        json!({"wanted": {"target": target, "profile": "own", "subnet": subnet, "range": "", "router": "", "dns": "192.0.2.3 192.0.2.4",
            "domain": "example.com", "interface": "eth1", "server": "192.0.2.1", "http": "", "proxy": false}})
    };
    let (_, wrong) = browser.post("/api/v1/nodes/render", wanted("192.0.2.1/24", "kea")).await;
    assert_eq!(wrong["Err"][0]["field"], "subnet");
    for target in ["dhcpd", "dnsmasq", "kea", "kubevirt"] {
        let (_, rendered) = browser.post("/api/v1/nodes/render", wanted("192.0.2.0/24", target)).await;
        let text = rendered["Ok"]["files"][0][1].as_str().unwrap();
        assert!(text.contains("52:54:00:00:00:01"), "{target}: {text}");
        let command = rendered["Ok"]["command"].as_str().unwrap();
        assert!(command.contains(&format!("pxe render {target} --profile own --subnet 192.0.2.0/24")), "{command}");
        assert!(command.contains("--dns 192.0.2.3 --dns 192.0.2.4"), "{command}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_runs_is_shown_and_scripts_name_its_address() {
    let browser = Browser::new().await;
    let (_, listed) = browser.get("/api/v1/nodes?seen=").await;
    assert_eq!(listed["servers"], json!([]));
    let serving = Serving {
        interface: "eth1".into(),
        address: [198, 51, 100, 1].into(),
        http_port: 8080,
        proxy: false,
        since: 0,
        others: Vec::new(),
        warnings: Vec::new(),
    };
    let _heartbeat = Heartbeat::begin(&browser.places, serving).unwrap();
    let (_, listed) = browser.get("/api/v1/nodes?seen=").await;
    assert_eq!(listed["servers"][0]["http"], "http://198.51.100.1:8080");
    browser.save(json!({"name": "node1", "mac": "525400000001"})).await;
    let (_, shown) = browser.get("/api/v1/nodes/show?name=node1&seen=").await;
    assert!(shown["stages"].to_string().contains("http://198.51.100.1:8080/ipxe/"), "{shown}");
}

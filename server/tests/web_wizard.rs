//! The wizard through the router: the draft, answer files in and out, and the host's judgement over a real SSH server.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test may assert the short way, in its helpers too"
)]

#[path = "ssh/sshd.rs"]
#[allow(dead_code, reason = "shared with the tests of SSH itself, which use all of it")]
mod sshd;

use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::{Method, Request, StatusCode, header};
use hosted_deploy::runs::store::Runs;
use hosted_deploy::web::{Attempt, Entered, Login, Refusal, Site, SshLogin, Web, router};
use hosted_deploy_model::answers::Answers;
use hosted_deploy_model::event::{Kind, Outcome};
use hosted_deploy_model::facts::Facts;
use hosted_deploy_model::form;
use hosted_deploy_model::phase::Phase;
use hosted_deploy_model::plan::Plan;
use serde_json::{Value, json};
use sshd::{PASSWORD, Setup, Sshd};
use std::future::{Future, ready};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tower::ServiceExt;

const ORIGIN: &str = "https://pages.example:9090";
const CANARY: &str = "canary-31 of the wizard";

/// Stands where SSH stands, for what needs no host.
struct Anybody;

impl Login for Anybody {
    fn log_in(&self, _: Attempt) -> Pin<Box<dyn Future<Output = Result<Entered, Refusal>> + Send + '_>> {
        Box::pin(ready(Ok(Entered { host_key: String::new(), way: None })))
    }
}

/// A server, and a browser that is logged in.
struct Wizard {
    router: axum::Router,
    cookie: String,
    state: PathBuf,
}

impl Wizard {
    async fn open(state: &Path, login: Arc<dyn Login>, form: &str) -> Self {
        let web = Web::new(Site::of(&[]), state.into(), login, None, Duration::from_secs(900));
        let mut wizard = Self { router: router(web), cookie: String::new(), state: state.into() };
        let request = wizard.request(Method::POST, "/login", "application/x-www-form-urlencoded", form);
        let answer = wizard.router.clone().oneshot(request).await.unwrap();
        assert_eq!(answer.status(), StatusCode::SEE_OTHER);
        let set = answer.headers()[header::SET_COOKIE].to_str().unwrap();
        wizard.cookie = set.split(';').next().unwrap().to_owned();
        wizard
    }

    async fn without_a_host(state: &Path) -> Self {
        Self::open(state, Arc::new(Anybody), "host=host1&user=root&password=x").await
    }

    fn request(&self, method: Method, path: &str, kind: &str, text: &str) -> Request<Body> {
        let request = Request::builder().method(method).uri(path).header(header::HOST, "pages.example:9090");
        let request = request.header(header::ORIGIN, ORIGIN).header(header::COOKIE, &self.cookie);
        let mut request = request.header(header::CONTENT_TYPE, kind).body(Body::from(text.to_owned())).unwrap();
        request.extensions_mut().insert(ConnectInfo("192.0.2.7:50000".parse::<SocketAddr>().unwrap()));
        request
    }

    async fn ask(&self, method: Method, path: &str, text: &str) -> (StatusCode, String) {
        let request = self.request(method, path, "application/json", text);
        let answer = self.router.clone().oneshot(request).await.unwrap();
        let status = answer.status();
        (status, String::from_utf8(to_bytes(answer.into_body(), 4 << 20).await.unwrap().to_vec()).unwrap())
    }

    async fn get(&self, path: &str) -> String {
        let (status, text) = self.ask(Method::GET, path, "").await;
        assert_eq!(status, StatusCode::OK, "{path}: {text}");
        text
    }

    async fn post(&self, function: &str, asked: Value) -> Value {
        let (status, text) = self.ask(Method::POST, &format!("/api/v1/draft/{function}"), &asked.to_string()).await;
        assert_eq!(status, StatusCode::OK, "{function}: {text}");
        serde_json::from_str(&text).unwrap()
    }

    async fn refused(&self, function: &str, asked: Value) -> Value {
        let (status, text) = self.ask(Method::POST, &format!("/api/v1/draft/{function}"), &asked.to_string()).await;
        assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR, "{function}: {text}");
        serde_json::from_str(&text).unwrap()
    }

    async fn save(&self, typed: &[(&str, &str)], secrets: &[(&str, &str)], seen: u64) -> Value {
        let changes = json!({ "typed": typed, "secrets": secrets, "step": null, "seen": seen });
        self.post("save", json!({ "changes": changes })).await
    }

    async fn draft(&self) -> Value {
        serde_json::from_str::<Value>(&self.get("/api/v1/draft").await).unwrap()["draft"].take()
    }
}

/// Every file below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn another_browser_and_a_restarted_server_go_on_with_the_draft() {
    let state = tempfile::tempdir().unwrap();
    let first = Wizard::without_a_host(state.path()).await;
    let mac = first.draft().await["values"]["engine_vm.mac"].as_str().unwrap().to_owned();
    assert!(mac.starts_with("00:16:3e:"), "{mac}");
    let seen = first.draft().await["revision"].as_u64().unwrap();
    first.save(&[("engine_vm.fqdn", "engine.example.com"), ("engine_vm.vcpus", "four")], &[], seen).await;
    first.post("save", json!({ "changes": { "typed": [], "secrets": [["engine.admin_password", CANARY]], "step": "engine", "seen": 0 } })).await;

    // What the other browser has not seen comes back with its own change.
    let news = first.save(&[("engine_vm.memory_mib", "8192")], &[], seen).await;
    let elsewhere: Vec<&str> =
        news["elsewhere"].as_array().unwrap().iter().map(|pair| pair[0].as_str().unwrap()).collect();
    assert_eq!(elsewhere, ["engine_vm.fqdn", "engine_vm.vcpus"]);

    let again = Wizard::without_a_host(state.path()).await;
    let draft = again.draft().await;
    assert_eq!(draft["values"]["engine_vm.vcpus"], "four");
    assert_eq!(draft["values"]["engine_vm.mac"], mac.as_str());
    assert_eq!((&draft["step"], &draft["secrets"]), (&json!("engine"), &json!([])));
    assert_eq!(draft["forgotten"], json!(["engine.admin_password"]));
    let (status, _) = again.ask(Method::GET, "/deploy", "").await;
    assert_eq!(status, StatusCode::SEE_OTHER);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pages_are_made_with_what_was_typed() {
    let state = tempfile::tempdir().unwrap();
    let wizard = Wizard::without_a_host(state.path()).await;
    wizard.save(&[("engine_vm.fqdn", "engine.<b>example</b>.com")], &[("engine_vm.root_password", CANARY)], 0).await;
    let html = wizard.get("/deploy/vm").await;
    assert!(html.contains("value=\"engine.&lt;b&gt;example&lt;/b&gt;.com\""), "{html}");
    assert!(!html.contains("<b>example") && !html.contains(CANARY), "{html}");
    for step in form::Step::ALL {
        let html = wizard.get(&format!("/deploy/{}", step.slug())).await;
        assert!(html.contains("id=\"step-heading\"") && html.contains("</html>"), "{step:?}: {html}");
        let asked = form::sections().filter(|section| section.step == step).flat_map(|section| section.fields);
        for field in asked {
            assert!(html.contains(&format!("id=\"{}\"", field.id())), "{}", field.path);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_password_is_in_an_export_a_page_or_a_file() {
    let state = tempfile::tempdir().unwrap();
    let wizard = Wizard::without_a_host(state.path()).await;
    let secrets: Vec<(&str, &str)> =
        form::fields().filter(|field| field.is_secret()).map(|field| (field.path, CANARY)).collect();
    wizard.save(&[("engine_vm.fqdn", "engine.example.com"), ("storage.type", "iscsi")], &secrets, 0).await;
    for format in ["toml", "yaml", "json", "he-vars"] {
        let text = wizard.get(&format!("/api/v1/draft/export/{format}")).await;
        assert!(text.contains("engine.example.com") && !text.contains("canary"), "{text}");
    }
    let commands = wizard.get("/api/v1/draft/commands").await;
    assert!(commands.contains("he_fqdn") && commands.contains("he_admin_password"), "{commands}");
    assert!(!commands.contains("canary"), "{commands}");
    assert!(!wizard.get("/api/v1/draft").await.contains("canary"));
    assert!(!wizard.get("/deploy/engine").await.contains("canary"));
    for file in files(&wizard.state) {
        let text = String::from_utf8_lossy(&std::fs::read(&file).unwrap()).into_owned();
        assert!(!text.contains("canary"), "{}", file.display());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_file_of_any_format_becomes_the_draft() {
    let state = tempfile::tempdir().unwrap();
    let wizard = Wizard::without_a_host(state.path()).await;
    let otopi = format!(
        "[environment:default]\nOVEHOSTED_NETWORK/fqdn=str:engine.example.com\nOVEHOSTED_VM/vmVCpus=str:4\n\
         OVEHOSTED_ENGINE/adminPassword=str:{CANARY}\nOVEHOSTED_STORAGE/domainType=str:nfs\n\
         OVEHOSTED_STORAGE/storageDomainConnection=str:nas.example.com:/exports/he\n"
    );
    let imported = wizard.post("import", json!({ "name": "answers.conf", "text": otopi })).await;
    assert_eq!(imported["format"], "otopi answer file");
    let draft = &imported["draft"];
    assert_eq!(draft["values"]["engine_vm.vcpus"], "4");
    assert_eq!(draft["values"]["storage.nfs.connection"], "nas.example.com:/exports/he");
    assert_eq!(draft["secrets"], json!(["engine.admin_password"]));
    assert!(!imported.to_string().contains("canary"), "{imported}");

    // What was exported comes back the same.
    let toml = wizard.get("/api/v1/draft/export/toml").await;
    let again = wizard.post("import", json!({ "name": "a.toml", "text": toml })).await;
    assert_eq!(again["draft"]["values"], draft["values"]);

    let bad = wizard.refused("import", json!({ "name": "a.toml", "text": "[engine_vm]\nfqnd = \"x\"\n" })).await;
    assert!(bad["what"]["en"].as_str().unwrap().contains("2:1"), "{bad}");
    assert_eq!(wizard.draft().await["values"], draft["values"], "nothing was changed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_runs_answers_become_the_draft_without_its_passwords_and_never_in_place_of_another_unasked() {
    let state = tempfile::tempdir().unwrap();
    let plan = Plan::deployment("host1.example", "engine.example", Phase::InitialClean);
    let (folder, mut journal) = Runs::open(state.path()).unwrap().create("20261121-060000-aa11", &plan).unwrap();
    let facts = Facts { processors: 8, ..Facts::default() };
    let mut answers = Answers::default();
    answers.host.address = Some("host1".into());
    answers.engine_vm.fqdn = Some("engine.example".into());
    answers.engine_vm.mac = Some("00:16:3e:11:22:33".into());
    answers.engine_vm.vcpus = Some(4);
    answers.set_secret("engine.admin_password", CANARY.into());
    folder.write("answers.json", &answers).unwrap();
    folder.write("facts.json", &facts).unwrap();
    journal.append(None, None, Kind::Ended { outcome: Outcome::Cancelled { phase: None } }).unwrap();
    let edit = async |wizard: &Wizard, body: &str| {
        let (status, text) = wizard.ask(Method::POST, "/api/v1/runs/20261121-060000-aa11/edit", body).await;
        assert_eq!(status, StatusCode::OK, "{text}");
        serde_json::from_str::<Value>(&text).unwrap()
    };
    let wizard = Wizard::without_a_host(state.path()).await;

    // Nothing was typed: nothing is lost.
    assert_eq!(edit(&wizard, "").await["reply"], "done");
    let draft = wizard.draft().await;
    assert_eq!(draft["values"], json!({ "engine_vm.fqdn": "engine.example", "engine_vm.mac": "00:16:3e:11:22:33" }));
    assert_eq!((&draft["of_run"], &draft["secrets"]), (&json!("20261121-060000-aa11"), &json!([])));
    assert!(wizard.get("/deploy/vm").await.contains("Edited for another attempt of run 20261121-060000-aa11"));

    // What was typed since is another draft.
    let typed = [("engine_vm.fqdn", "other.example"), ("engine_vm.vcpus", "a few")];
    wizard.save(&typed, &[("engine.admin_password", CANARY)], 9).await;
    let asked = edit(&wizard, "").await;
    assert_eq!(asked["reply"], "differs");
    assert_eq!(asked["fields"].as_array().unwrap().len(), 2, "{asked}");
    assert_eq!(wizard.draft().await["values"]["engine_vm.fqdn"], "other.example");
    assert_eq!(edit(&wizard, r#"{"replace":false}"#).await["reply"], "done");
    assert_eq!(wizard.draft().await["values"]["engine_vm.vcpus"], "a few");
    assert_eq!(edit(&wizard, r#"{"replace":true}"#).await["reply"], "done");
    let draft = wizard.draft().await;
    assert_eq!(draft["values"]["engine_vm.fqdn"], "engine.example");
    assert_eq!((&draft["secrets"], &draft["values"]["engine_vm.vcpus"]), (&json!([]), &Value::Null));

    // And a fresh start is for no run.
    assert_eq!(wizard.post("reset", json!({})).await["of_run"], Value::Null);
    for file in files(state.path()) {
        assert!(!String::from_utf8_lossy(&std::fs::read(&file).unwrap()).contains(CANARY), "{}", file.display());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_uploaded_file_cannot_make_the_server_read_its_own() {
    let state = tempfile::tempdir().unwrap();
    let wizard = Wizard::without_a_host(state.path()).await;
    let text = "[engine]\nadmin_password = { file = \"/etc/hostname\" }\n";
    let imported = wizard.post("import", json!({ "name": "a.toml", "text": text })).await;
    assert_eq!(imported["draft"]["secrets"], json!([]));
    assert!(imported["notices"][0]["en"].as_str().unwrap().contains("is not read here"), "{imported}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_field_takes_is_refused_in_words() {
    let state = tempfile::tempdir().unwrap();
    let wizard = Wizard::without_a_host(state.path()).await;
    for (typed, secrets) in [
        (json!([["host.password", CANARY]]), json!([])),
        (json!([["engine.admin_password", CANARY]]), json!([])),
        (json!([]), json!([["engine_vm.fqdn", CANARY]])),
    ] {
        let changes = json!({ "typed": typed, "secrets": secrets, "step": null, "seen": 0 });
        let refused = wizard.refused("save", json!({ "changes": changes })).await;
        assert!(
            !refused["next"]["en"].as_str().unwrap().is_empty() && !refused.to_string().contains("canary"),
            "{refused}"
        );
    }
    assert_eq!(wizard.refused("check", json!({})).await["log_in"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_host_judges_the_draft_and_keeps_a_deployment_from_starting() {
    let Some(server) = Sshd::with_accounts("the wizard's checks", Setup::default()) else { return };
    let state = tempfile::tempdir().unwrap();
    let trusted = server.fingerprint("ed25519");
    let encoded = |text: &str| text.bytes().map(|byte| format!("%{byte:02x}")).collect::<String>();
    let form = format!(
        "host=127.0.0.1%3A{}&user=deployer&password={}&trusted={}",
        server.port,
        encoded(PASSWORD),
        encoded(&trusted)
    );
    let wizard = Wizard::open(state.path(), Arc::new(SshLogin::new(state.path())), &form).await;
    wizard.save(&[("engine_vm.fqdn", "engine.invalid")], &[("engine.admin_password", CANARY)], 0).await;
    let judged = wizard.post("check", json!({})).await;
    let checks = judged["checks"].as_array().unwrap();
    assert!(checks.len() > 20, "{}", checks.len());
    assert!(checks.iter().any(|check| check["field"] == "engine_vm.fqdn" && check["status"] == "failed"), "{judged}");
    // It was root who read it, through sudo.
    let root = checks.iter().find(|check| check["id"] == "access-root").unwrap();
    assert_eq!(root["status"], "passed");
    assert!(judged["facts"]["processors"].as_u64().unwrap() > 0, "{judged}");
    assert_eq!(judged["revision"], wizard.draft().await["revision"]);

    let begun = wizard.post("begin", json!({ "begin": { "whole": false, "skip": [], "take_over": false } })).await;
    let problems = begun["Blocked"]["problems"].as_array().unwrap();
    assert!(problems.iter().any(|problem| problem["field"] == "engine_vm.root_password"), "{begun}");
    assert!(!state.path().join("runs").exists() || files(&state.path().join("runs")).is_empty());
    assert!(!begun.to_string().contains("canary") && !begun.to_string().contains(PASSWORD));

    let unknown =
        wizard.refused("begin", json!({ "begin": { "whole": false, "skip": ["no-such"], "take_over": false } })).await;
    assert!(unknown["what"]["en"].as_str().unwrap().contains("no-such"), "{unknown}");
    let mail = wizard
        .save(&[("engine.smtp_server", "127.0.0.1"), ("engine.smtp_port", &server.port.to_string())], &[], 0)
        .await;
    assert!(mail["revision"].as_u64().unwrap() > 0);
    // An SSH server is no mail server, and it is told so in its own words.
    let sent = wizard.post("test-mail", json!({})).await;
    assert_eq!(sent["accepted"], false);
    assert!(sent["talk"][0].as_str().unwrap().starts_with("< SSH-2.0-"), "{sent}");
}

//! Puts the rooms together: handlers behind the gate, headers around all.

use super::cleanup::Cleanings;
use super::console::Consoles;
use super::desk::Desks;
use super::health::Board;
use super::health::open::{self, Monitoring};
use super::runs::{Drivers, History};
use super::session::{Session, Sessions};
use super::{
    Login, Site, Throttle, cleanup, console, desk, entry, gate, headers, health, logs, nodes, overview, preferences,
    runs,
};
use crate::ssh::Target;
use axum::Router;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, FromRef, Path as Segment, State};
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap, StatusCode, Version, header};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::Response;
use axum::routing::{get, post};
use hosted_deploy_app::api::{IdleLeft, RunsSource, Source};
use hosted_deploy_app::cleanup::api::AtCleanup;
use hosted_deploy_app::health::api::AtHealth;
use hosted_deploy_app::nodes::api::AtNodes;
use hosted_deploy_app::run::RunSource;
use hosted_deploy_app::wizard::api::AtDesk;
use hosted_deploy_app::{App, Program, document};
use hosted_deploy_model::secret::Secret;
use leptos::config::LeptosOptions;
use leptos::nonce::use_nonce;
use leptos::prelude::{provide_context, use_context};
use leptos_axum::{LeptosRoutes, ResponseOptions, generate_route_list};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tower_http::compression::CompressionLayer;
use tower_http::timeout::TimeoutLayer;

/// Forms are small.
const MOST_BODY_BYTES: usize = 64 * 1024;
/// Longer than an SSH login with a broken resolver takes.
const LONGEST_ANSWER: Duration = Duration::from_secs(100);
/// Each is a connection to the host.
const MOST_LOGINS: usize = 4;

/// What all requests share.
#[derive(Clone)]
pub struct Web {
    pub(super) sessions: Arc<Sessions>,
    pub(super) throttle: Arc<Throttle>,
    pub(super) logins: Arc<Semaphore>,
    pub(super) login: Arc<dyn Login>,
    pub(super) fixed_host: Option<Target>,
    pub(super) state: PathBuf,
    pub(super) drivers: Arc<Drivers>,
    pub(super) history: Arc<History>,
    /// Who brings this may use the agent of whoever started the server.
    pub(super) agent: Option<Secret>,
    site: Arc<Site>,
    pub(super) desks: Arc<Desks>,
    pub(super) board: Arc<Board>,
    pub(super) cleanings: Arc<Cleanings>,
    pub(super) consoles: Arc<Consoles>,
    pub(super) nodes: Arc<nodes::Board>,
    pub(super) monitoring: Monitoring,
    options: LeptosOptions,
}

impl Web {
    /// `state` is the state folder; with `fixed_host`, no other host can be typed.
    pub fn new(site: Site, state: PathBuf, login: Arc<dyn Login>, fixed_host: Option<Target>, idle: Duration) -> Self {
        let drivers = Arc::new(Drivers::new(state.clone()));
        let desks = Arc::new(Desks::new(&state, Arc::clone(&drivers)));
        Self {
            sessions: Arc::new(Sessions::new(idle)),
            throttle: Arc::default(),
            logins: Arc::new(Semaphore::new(MOST_LOGINS)),
            login,
            fixed_host,
            history: Arc::default(),
            agent: None,
            site: Arc::new(site),
            board: Arc::new(Board::new(&state)),
            cleanings: Arc::new(Cleanings::new(&state, Arc::clone(&desks))),
            consoles: Arc::default(),
            nodes: Arc::new(nodes::Board::new(&state)),
            monitoring: Monitoring::default(),
            desks,
            drivers,
            state,
            options: LeptosOptions::builder().output_name("app").site_pkg_dir("pkg").build(),
        }
    }

    /// Lets whoever brings the token log in by the SSH agent of this process.
    pub fn with_agent(self, token: Option<Secret>) -> Self {
        Self { agent: token, ..self }
    }

    /// With what monitoring may see.
    pub fn monitored(self, monitoring: Monitoring) -> Self {
        Self { monitoring, ..self }
    }

    /// What pages and functions find in their context.
    fn provide(&self) {
        let Some(parts) = use_context::<Parts>() else { return };
        provide_context(preferences::of(&parts.headers));
        if let Some(left) = parts.extensions.get::<IdleLeft>() {
            provide_context(*left);
        }
        if let Some(session) = parts.extensions.get::<Arc<Session>>().cloned() {
            provide_context(AtDesk(Arc::new(self.desks.of(Arc::clone(&session)))));
            provide_context(AtCleanup(Arc::new(self.cleanings.of(Arc::clone(&session)))));
            provide_context(AtHealth(Arc::new(self.board.of(Arc::clone(&session)))));
            provide_context(AtNodes(Arc::new(nodes::Desk(Arc::clone(&self.nodes)))));
            let (web, visitor) = (self.clone(), Arc::clone(&session));
            provide_context(RunSource(Arc::new(move |id| runs::document(&web, &visitor, id))));
            let (web, visitor) = (self.clone(), Arc::clone(&session));
            provide_context(RunsSource(Arc::new(move || overview::runs(&visitor, &web.state, &web.history))));
            let web = self.clone();
            provide_context(Source(Arc::new(move || overview::overview(&session, &web.state, &web.history))));
        }
    }
}

impl FromRef<Web> for LeptosOptions {
    fn from_ref(web: &Web) -> Self {
        web.options.clone()
    }
}

/// All of it. Requests must bring their peer's address (`into_make_service_with_connect_info`).
pub fn router(web: Web) -> Router {
    let context = web.clone();
    let render = move || {
        // Each answer has a nonce of its own, and only its own scripts run.
        // The terminal makes its style sheets itself.
        let terminal = use_context::<Parts>().is_some_and(|parts| parts.uri.path() == "/console");
        let policy = use_nonce().and_then(|nonce| headers::page_policy(&nonce, terminal));
        if let (Some(response), Some(policy)) = (use_context::<ResponseOptions>(), policy) {
            response.insert_header(header::CONTENT_SECURITY_POLICY, policy);
        }
        let path = use_context::<Parts>().map(|parts| parts.uri.path().to_owned());
        document(Program::at(&path.unwrap_or_default()))
    };
    Router::new()
        // Pages and the functions that they ask, at the addresses that the functions name themselves.
        .leptos_routes_with_context(&web, generate_route_list(App), move || context.provide(), render)
        .route("/login", get(entry::form).post(entry::log_in))
        .route("/logout", post(entry::log_out))
        .route("/api/v1/cleanup/events", get(cleanup::events))
        .route("/api/v1/console", get(console::open))
        .route("/api/v1/health/events", get(health::events))
        .route("/api/v1/logs/{name}", get(logs::read))
        .route("/api/v1/logs/{name}/follow", get(logs::follow))
        .route("/api/v1/runs/{id}/events", get(runs::events))
        .route("/api/v1/runs/{id}/bundle", get(runs::bundle))
        .route("/api/v1/runs/{id}/continue", post(runs::go_on))
        .route("/api/v1/runs/{id}/cancel", post(runs::cancel))
        .route("/api/v1/runs/{id}/edit", post(runs::edit))
        .route("/api/v1/runs/{id}/follow", post(runs::follow))
        .route("/api/v1/runs/{id}/retry", post(runs::retry))
        .route("/api/v1/draft/export/{format}", get(desk::export))
        .route("/deploy", get(desk::go_on))
        .route("/health/bare", get(open::bare))
        .route("/metrics", get(open::metrics))
        .route("/preferences", post(preferences::change))
        .route("/pkg/{file}", get(file))
        .fallback(async |headers: HeaderMap| gate::not_found(&headers))
        .layer(from_fn_with_state(web.clone(), gate::pass))
        .layer(DefaultBodyLimit::max(MOST_BODY_BYTES))
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, LONGEST_ANSWER))
        .layer(CompressionLayer::new().compress_when(worth_it))
        .layer(from_fn(headers::add))
        .with_state(web)
}

/// Pages and answers of functions. Files have their small copies, events must not wait for a block to fill. No answer mixes a
/// secret with what a stranger sent, so its length tells nothing.
fn worth_it(_: StatusCode, _: Version, headers: &HeaderMap, _: &Extensions) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    kind.starts_with("text/html") || kind.starts_with("application/json")
}

async fn file(State(web): State<Web>, Segment(name): Segment<String>, headers: HeaderMap) -> Response<Body> {
    web.site.answer(&name, &headers).unwrap_or_else(|| gate::not_found(&headers))
}

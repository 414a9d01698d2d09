//! Listens, until it is told to end.

use super::plain_http::PlainHttp;
use super::router::{Web, router};
use super::session::token;
use super::tls::{TlsError, TlsFiles};
use super::{Monitoring, Site, SshLogin};
use crate::ssh::Target;
use axum_server::Handle;
use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};
use hosted_deploy_model::secret::Secret;
use std::io;
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::signal::unix::{SignalKind, signal};

/// How often a certificate is looked at.
const LOOK: Duration = Duration::from_secs(12 * 60 * 60);
/// How long open answers may take to end when the server ends.
const FAREWELL: Duration = Duration::from_secs(5);

/// Where to listen.
#[derive(Debug)]
pub enum Listen {
    /// At an address and port.
    At(SocketAddr),
    /// On a socket that was given, as by systemd.
    On(TcpListener),
}

/// What to serve, and where.
#[derive(Debug)]
pub struct Serve {
    /// Address and port.
    pub listen: Listen,
    /// The deployment host; `None` lets the visitor type one.
    pub host: Option<Target>,
    /// Names of the certificate, besides this machine's and loopback's.
    pub names: Vec<String>,
    /// A certificate that was given; `None` makes one.
    pub tls: Option<TlsFiles>,
    /// The state folder.
    pub state: PathBuf,
    /// Idle time after which a session ends.
    pub idle: Duration,
    /// Lets the person at the terminal log in by the SSH agent of this process. Only on loopback.
    pub agent: bool,
    /// Looks at the certificate on SIGHUP too; else that ends the process, as closing a terminal should.
    pub reload: bool,
    /// What monitoring may see without a login.
    pub monitoring: Monitoring,
}

/// Why nothing is served.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Built by cargo alone.
    #[error("this binary was built without its pages; build it by `cargo xtask build`")]
    NoPages,
    /// Anybody could make the server connect anywhere.
    #[error(
        "listening on {listen}, where others can reach it, wants one deployment host: give it by --host, or listen on 127.0.0.1"
    )]
    OpenToAll {
        /// The address.
        listen: SocketAddr,
    },
    /// The certificate.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The port.
    #[error("cannot listen on {listen}; if another program does (`ss -ltnp`), choose another port by --listen")]
    Listen {
        /// The address.
        listen: SocketAddr,
        /// The system's answer.
        source: io::Error,
    },
    /// While serving.
    #[error("serving ended")]
    Ended(#[source] io::Error),
}

/// What a person is told at the start.
#[derive(Clone, Debug)]
pub struct Served {
    /// Where it listens; the port is known even when 0 was asked for.
    pub address: SocketAddr,
    /// SHA-256 of the certificate.
    pub fingerprint: String,
    /// What stands behind the address for whoever may use the agent.
    pub agent: Option<String>,
}

/// Serves until `end` is done; `tell` hears where, once.
///
/// # Errors
/// See [`ServeError`].
pub async fn serve(
    wanted: Serve,
    site: Site,
    tell: impl FnOnce(Served),
    end: impl Future<Output = ()> + Send + 'static,
) -> Result<(), ServeError> {
    let Serve { listen, host, names, tls, state, idle, agent, reload, monitoring } = wanted;
    let (listen, given) = match listen {
        Listen::At(address) => (address, None),
        Listen::On(socket) => {
            let unspecified = SocketAddr::from((std::net::Ipv6Addr::UNSPECIFIED, 0));
            let known = socket.local_addr().map_err(|source| ServeError::Listen { listen: unspecified, source })?;
            (known, Some(socket))
        }
    };
    if host.is_none() && !listen.ip().is_loopback() {
        return Err(ServeError::OpenToAll { listen });
    }
    // A second call finds it installed, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let (files, renewal) = match tls {
        Some(given) => (given, None),
        None => {
            let names = all_names(names, listen.ip());
            let ours = TlsFiles::ours(&state);
            ours.renew(&names, now())?;
            (ours, Some(names))
        }
    };
    let (fingerprint, _) = files.fingerprint()?;
    let unusable = |source| TlsError::Unusable { cert: files.cert.clone(), key: files.key.clone(), source };
    let config = RustlsConfig::from_pem_file(&files.cert, &files.key).await.map_err(unusable)?;
    let listener = given
        .map_or_else(|| TcpListener::bind(listen), Ok)
        .and_then(|listener| listener.set_nonblocking(true).map(|()| listener));
    let listener = listener.map_err(|source| ServeError::Listen { listen, source })?;
    let address = listener.local_addr().map_err(|source| ServeError::Listen { listen, source })?;

    // Whoever reaches the port could use the agent otherwise, also another user of this machine.
    let agent = if agent && listen.ip().is_loopback() { token() } else { None };
    let web = Web::new(site, state.clone(), Arc::new(SshLogin::new(state)), host, idle);
    let web = web.with_agent(agent.as_deref().map(Secret::from)).monitored(monitoring);
    let handle = Handle::new();
    let watching = tokio::spawn(watch(files.clone(), renewal, config.clone(), reload));
    let ending = tokio::spawn({
        let handle = handle.clone();
        async move {
            end.await;
            handle.graceful_shutdown(Some(FAREWELL));
        }
    });
    let server = axum_server::from_tcp(listener).map_err(|source| ServeError::Listen { listen, source })?;
    let agent = agent.map(|token| format!("/login?agent={token}"));
    tell(Served { address, fingerprint, agent });
    let served = server
        .acceptor(RustlsAcceptor::new(config).acceptor(PlainHttp))
        .handle(handle)
        .serve(router(web).into_make_service_with_connect_info::<SocketAddr>())
        .await;
    watching.abort();
    ending.abort();
    served.map_err(ServeError::Ended)
}

/// Makes ours anew in time, and takes a given one up when it was replaced. No connection is cut.
async fn watch(files: TlsFiles, renewal: Option<Vec<String>>, config: RustlsConfig, reload: bool) {
    let mut hangup = reload.then(|| signal(SignalKind::hangup()).ok()).flatten();
    let mut known = files.fingerprint().ok();
    loop {
        match &mut hangup {
            Some(hangup) => {
                let _ = tokio::time::timeout(LOOK, hangup.recv()).await;
            }
            None => tokio::time::sleep(LOOK).await,
        }
        let look =
            renewal.as_ref().map_or(Ok(false), |names| files.renew(names, now())).and_then(|_| files.fingerprint());
        match look {
            Ok(seen) if known.as_ref() != Some(&seen) => {
                match config.reload_from_pem_file(&files.cert, &files.key).await {
                    Ok(()) => {
                        tracing::info!(sha256 = %seen.0, "a new certificate is used");
                        known = Some(seen);
                    }
                    Err(error) => {
                        tracing::error!(%error, cert = %files.cert.display(), "the new certificate cannot be used")
                    }
                }
            }
            Ok(_) => {}
            Err(error) => tracing::error!(%error, "the certificate cannot be looked at"),
        }
    }
}

fn all_names(mut names: Vec<String>, listen: IpAddr) -> Vec<String> {
    let machine = rustix::system::uname().nodename().to_string_lossy().into_owned();
    names.extend(
        [machine, "localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()]
            .into_iter()
            .filter(|name| !name.is_empty()),
    );
    if !listen.is_unspecified() {
        names.push(listen.to_string());
    }
    names.sort();
    names.dedup();
    names
}

fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

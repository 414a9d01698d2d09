//! `serve`: the pages in the browser, until Ctrl-C or SIGTERM.

use super::{Common, Exit};
use crate::web::{self, Monitoring, Serve, ServeError, Site, TlsFiles};
use clap::Args;
use hosted_deploy_model::secret::Secret;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};

#[derive(Debug, Args)]
pub(super) struct ServeArgs {
    /// Address and port; anything but loopback wants --host
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:9090", env = "HOSTED_DEPLOY_LISTEN")]
    listen: SocketAddr,
    /// The deployment host, with its SSH port after a colon if that is not 22 [default: typed at the login]
    #[arg(long, value_name = "HOST[:PORT]", env = "HOSTED_DEPLOY_HOST")]
    host: Option<String>,
    /// A further name or address of this machine in the certificate; may be repeated
    #[arg(long = "name", value_name = "NAME")]
    names: Vec<String>,
    /// A certificate chain in PEM, instead of one made at the first start
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// Its key in PEM
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// Minutes without a request after which a session ends
    #[arg(long, value_name = "MINUTES", default_value_t = 15, value_parser = clap::value_parser!(u64).range(1..=720))]
    idle: u64,
    /// Answer /health/bare with up, down or unknown to anybody, without a login
    #[arg(long)]
    bare_health: bool,
    /// A file with the token that /metrics wants as `Authorization: Bearer`; without it there are no metrics
    #[arg(long, value_name = "FILE")]
    metrics_token: Option<PathBuf>,
}

pub(super) async fn run(args: ServeArgs, common: &Common) -> anyhow::Result<Exit> {
    let lang = common.lang();
    let host = match args.host.as_deref().map(|text| (text, web::parse_host(text))) {
        Some((text, None)) => {
            eprintln!(
                "--host {text}: {}",
                lang.pick("this is no host name or address", "ホスト名またはアドレスではありません")
            );
            return Ok(Exit::Usage);
        }
        other => other.and_then(|(_, host)| host),
    };
    let tls = args.tls_cert.zip(args.tls_key).map(|(cert, key)| TlsFiles { cert, key });
    let (listen, names, idle) = (args.listen, args.names, Duration::from_secs(args.idle * 60));
    let token = match &args.metrics_token {
        None => None,
        Some(path) => match token(path) {
            Ok(token) => Some(token),
            Err(why) => {
                eprintln!("--metrics-token {}: {why}", path.display());
                return Ok(Exit::Usage);
            }
        },
    };
    let monitoring = Monitoring { bare: args.bare_health, token };
    let wanted = Serve { listen, host, names, tls, state: common.state()?, idle, monitoring };
    let mut terminate = signal(SignalKind::terminate())?;
    let end = async move {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminate.recv() => {}
        }
    };
    let tell = |served: web::Served| {
        eprintln!("{} https://{}", lang.pick("Open", "開くアドレス:"), served.address);
        eprintln!("{} {}", lang.pick("Its certificate's SHA-256:", "証明書の SHA-256:"), served.fingerprint);
    };
    let site = Site::embedded().ok_or(ServeError::NoPages)?;
    match web::serve(wanted, site, tell, end).await {
        Ok(()) => Ok(Exit::Done),
        Err(error @ ServeError::OpenToAll { .. }) => {
            eprintln!("hosted-deploy serve: {error}");
            Ok(Exit::Usage)
        }
        Err(error) => Err(error.into()),
    }
}

/// The token in a file, without the line's end. Short ones are guessed.
fn token(path: &std::path::Path) -> Result<Secret, String> {
    let text = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
    let text = text.trim();
    if text.len() < 16 {
        return Err("the token must have 16 characters or more: openssl rand -hex 32".to_owned());
    }
    Ok(Secret::new(text.to_owned()))
}

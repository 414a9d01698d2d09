//! `serve`: the pages in the browser, until Ctrl-C or SIGTERM.

use super::file::{configuration, text_of};
use super::{Common, Exit};
use crate::told;
use crate::web::{self, Listen, Monitoring, Serve, ServeError, Site, TlsFiles};
use clap::Args;
use hosted_deploy_model::lang::Lang;
use hosted_deploy_model::secret::Secret;
use serde::Deserialize;
use std::io::IsTerminal;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};

const LISTEN: &str = "127.0.0.1:9090";
const IDLE_MINUTES: u64 = 15;

#[derive(Debug, Args)]
pub(super) struct ServeArgs {
    /// A file with these options as keys; an option on the command line counts more [the service: /etc/hosted-deploy/config.toml]
    #[arg(long, value_name = "FILE", env = "HOSTED_DEPLOY_CONFIG")]
    config: Option<PathBuf>,
    #[command(flatten)]
    options: Options,
}

/// Each is a flag and a key of the configuration file.
#[derive(Debug, Default, PartialEq, Args, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
struct Options {
    /// Address and port; anything but loopback wants --host [default: 127.0.0.1:9090]
    #[arg(long, value_name = "ADDRESS:PORT", env = "HOSTED_DEPLOY_LISTEN")]
    listen: Option<SocketAddr>,
    /// The deployment host, with its SSH port after a colon if that is not 22 [default: typed at the login]
    #[arg(long, value_name = "HOST[:PORT]", env = "HOSTED_DEPLOY_HOST")]
    host: Option<String>,
    /// A further name or address of this machine in the certificate; may be repeated
    #[arg(long, value_name = "NAME")]
    name: Vec<String>,
    /// A certificate chain in PEM, instead of one made at the first start
    #[arg(long, value_name = "FILE", env = "HOSTED_DEPLOY_TLS_CERT")]
    tls_cert: Option<PathBuf>,
    /// Its key in PEM
    #[arg(long, value_name = "FILE", env = "HOSTED_DEPLOY_TLS_KEY")]
    tls_key: Option<PathBuf>,
    /// Minutes without a request after which a session ends, 1 to 720 [default: 15]
    #[arg(long, value_name = "MINUTES")]
    idle: Option<u64>,
    /// Answer /health/bare with up, down or unknown to anybody, without a login
    #[arg(long)]
    bare_health: bool,
    /// A file with the token that /metrics wants as `Authorization: Bearer`; without it there are no metrics
    #[arg(long, value_name = "FILE")]
    metrics_token: Option<PathBuf>,
}

impl Options {
    /// What is not given here is taken from there.
    fn or(self, other: Self) -> Self {
        Self {
            listen: self.listen.or(other.listen),
            host: self.host.or(other.host),
            name: if self.name.is_empty() { other.name } else { self.name },
            tls_cert: self.tls_cert.or(other.tls_cert),
            tls_key: self.tls_key.or(other.tls_key),
            idle: self.idle.or(other.idle),
            bare_health: self.bare_health || other.bare_health,
            metrics_token: self.metrics_token.or(other.metrics_token),
        }
    }
}

/// Options that cannot be used; the message names the option.
fn unusable(lang: Lang, option: &str, en: &str, ja: &str) -> anyhow::Result<Exit> {
    eprintln!("{option}: {}", lang.pick(en, ja));
    Ok(Exit::Usage)
}

pub(super) async fn run(args: ServeArgs, common: &Common) -> anyhow::Result<Exit> {
    let lang = common.lang();
    let from_file = match args.config.as_deref().map(|file| configuration::<Options>(file, lang)).transpose() {
        Ok(options) => options.unwrap_or_default(),
        Err(why) => {
            eprintln!("{why}");
            return Ok(Exit::Usage);
        }
    };
    let options = args.options.or(from_file);
    let host = match options.host.as_deref().map(|text| (text, web::parse_host(text))) {
        Some((text, None)) => {
            let option = format!("--host {text}");
            return unusable(lang, &option, "this is no host name or address", "ホスト名またはアドレスではありません");
        }
        other => other.and_then(|(_, host)| host),
    };
    let tls = match (options.tls_cert, options.tls_key) {
        (Some(cert), Some(key)) => Some(TlsFiles { cert, key }),
        (None, None) => None,
        _ => {
            let (en, ja) = ("give both, or neither", "両方を指定するか、両方とも省略してください");
            return unusable(lang, "--tls-cert, --tls-key", en, ja);
        }
    };
    let idle = options.idle.unwrap_or(IDLE_MINUTES);
    if !(1..=720).contains(&idle) {
        return unusable(
            lang,
            &format!("--idle {idle}"),
            "1 to 720 minutes are possible",
            "1 ～ 720 分を指定してください",
        );
    }
    let token = match options.metrics_token.as_deref().map(|path| token(path, lang)).transpose() {
        Ok(token) => token,
        Err(why) => return unusable(lang, "--metrics-token", &why, &why),
    };
    let socket = match web::socket() {
        Ok(socket) => socket,
        Err(why) => return unusable(lang, "LISTEN_FDS", &why.to_string(), &why.to_string()),
    };
    let at_terminal = std::io::stderr().is_terminal();
    let wanted = Serve {
        agent: socket.is_none() && at_terminal && std::env::var_os("SSH_AUTH_SOCK").is_some(),
        reload: !at_terminal,
        listen: match socket {
            Some(socket) => Listen::On(socket),
            None => Listen::At(options.listen.map_or_else(|| LISTEN.parse(), Ok)?),
        },
        host,
        names: options.name,
        tls,
        state: common.state()?,
        idle: Duration::from_secs(idle * 60),
        monitoring: Monitoring { bare: options.bare_health, token },
    };
    let mut terminate = signal(SignalKind::terminate())?;
    let end = async move {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminate.recv() => {}
        }
    };
    let site = Site::embedded().ok_or(ServeError::NoPages)?;
    match web::serve(wanted, site, |served| tell(&served, lang), end).await {
        Ok(()) => Ok(Exit::Done),
        Err(error @ ServeError::OpenToAll { .. }) => {
            eprintln!("hosted-deploy serve: {}", told::of(&error).get(lang));
            Ok(Exit::Usage)
        }
        Err(error) => Err(error.into()),
    }
}

fn tell(served: &web::Served, lang: Lang) {
    let address = if served.address.ip().is_unspecified() {
        let machine = rustix::system::uname();
        format!("{}:{}", machine.nodename().to_string_lossy(), served.address.port())
    } else {
        served.address.to_string()
    };
    let path = served.agent.as_deref().unwrap_or_default();
    eprintln!("{} https://{address}{path}", lang.pick("Open", "開くアドレス:"));
    if served.agent.is_some() {
        eprintln!(
            "{}",
            lang.pick(
                "Whoever has this address may log in by your SSH agent.",
                "このアドレスを知っている人は、あなたの SSH エージェントでログインできます。"
            )
        );
    }
    eprintln!("{} {}", lang.pick("Its certificate's SHA-256:", "証明書の SHA-256:"), served.fingerprint);
    if let Err(error) = web::ready() {
        tracing::warn!(%error, "systemd does not hear that the service is ready");
    }
}

/// The token in a file, without the line's end. Short ones are guessed.
fn token(path: &Path, lang: Lang) -> Result<Secret, String> {
    let text = text_of(path, lang).map_err(|error| error.to_string())?;
    let text = text.trim();
    if text.len() < 16 {
        let name = path.display();
        return Err(match lang {
            Lang::En => {
                format!("the token in {name} must have 16 characters or more; `openssl rand -hex 32` makes one")
            }
            Lang::Ja => format!("{name} のトークンは 16 文字以上必要です。`openssl rand -hex 32` で作成できます"),
        });
    }
    Ok(Secret::new(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::{Args, Command};

    #[test]
    fn every_key_is_a_flag_and_every_flag_a_key() {
        let flags = Options::augment_args(Command::new("serve"));
        let every = "listen = '[::]:9090'\nhost = 'h'\nname = ['a', 'b']\ntls-cert = '/c'\ntls-key = '/k'\nidle = 30\nbare-health = true\nmetrics-token = '/t'\n";
        let keys: Vec<&str> = every.lines().filter_map(|line| line.split(' ').next()).collect();
        let flags: Vec<&str> = flags.get_arguments().filter_map(|flag| flag.get_long()).collect();
        assert_eq!(flags, keys);
        let read: Options = toml::from_str(every).unwrap();
        assert_eq!((read.name.len(), read.idle), (2, Some(30)));
    }

    #[test]
    fn the_command_line_counts_more_than_the_file() {
        let given = Options { idle: Some(5), ..Options::default() };
        let file = Options { idle: Some(30), host: Some("h".into()), ..Options::default() };
        assert_eq!(given.or(file), Options { idle: Some(5), host: Some("h".into()), ..Options::default() });
    }

    #[test]
    fn a_mistake_in_the_file_is_shown_with_its_line() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("config.toml");
        std::fs::write(&file, "idle = 5\nhots = 'x'\n").unwrap();
        let why = configuration::<Options>(&file, Lang::En).unwrap_err().to_string();
        assert!(why.contains("line 2") && why.contains("hots") && why.contains("host"), "{why}");
    }
}

//! [`Config`]: what is wanted; [`ServeError`]: why it cannot be had.

use crate::lease::{Pool, StoreError};
use crate::mac::Mac;
use crate::net::{Interface, SocketError};
use hosted_deploy_model::lang::Text;
use std::net::Ipv4Addr;
use std::path::PathBuf;

/// Whose the addresses are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// Ours.
    #[default]
    Dhcp,
    /// Another server's; we add what to boot.
    Proxy,
}

/// What is wanted.
#[derive(Clone, Debug)]
pub struct Config {
    /// The interface to serve; no other hears or gets anything.
    pub interface: Interface,
    /// Whose the addresses are.
    pub mode: Mode,
    /// Addresses to hand out; none with [`Mode::Proxy`].
    pub pools: Vec<Pool>,
    /// How long a lease is.
    pub lease_secs: u32,
    /// Option 6.
    pub dns: Vec<Ipv4Addr>,
    /// Option 15.
    pub domain: Option<String>,
    /// Option 42.
    pub ntp: Vec<Ipv4Addr>,
    /// Port of the HTTP server.
    pub http_port: u16,
    /// The leases' file.
    pub leases: PathBuf,
    /// A folder of boot programs that come before the packages'.
    pub programs: Option<PathBuf>,
    /// Say by IPv6 that there is nothing to wait for, which spares iPXE many seconds.
    pub advertise: bool,
    /// Start although another DHCP server gives addresses here.
    pub beside_other: bool,
}

/// Why nothing was started.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// A socket.
    #[error(transparent)]
    Socket(#[from] SocketError),
    /// The leases.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// No pool.
    #[error("with --mode dhcp at least one --pool is needed, as in --pool 192.0.2.100-192.0.2.200")]
    NoPool,
    /// None of the pools is in the interface's network.
    #[error("no pool lies in the network of {interface} ({address}/{prefix}): machines on it would get no address")]
    PoolElsewhere {
        /// The interface.
        interface: String,
        /// Its address.
        address: Ipv4Addr,
        /// Its network.
        prefix: u8,
    },
    /// Our own address would be handed out.
    #[error("the pool holds {0}, which is this machine's own address: leave it out")]
    PoolHoldsUs(Ipv4Addr),
    /// Somebody else gives addresses already.
    #[error(
        "another DHCP server gives addresses on {interface}: {server} ({card}). Two of them on one network take machines from each other: use --mode proxy beside it, or stop it, or say --beside-other-dhcp when their pools differ and you mean it"
    )]
    OtherServer {
        /// The interface.
        interface: String,
        /// By its own word.
        server: Ipv4Addr,
        /// Where it came from.
        card: Mac,
    },
    /// A thread, memory.
    #[error("the servers cannot be started")]
    System(#[source] std::io::Error),
}

impl ServeError {
    /// In both languages.
    pub fn text(&self) -> Text {
        let ja = match self {
            Self::Socket(error) => return error.text(),
            Self::Store(error) => {
                let why = std::error::Error::source(error).map(|source| format!(": {source}")).unwrap_or_default();
                return Text::new(format!("{error}{why}"), format!("リースファイルを使用できません{why} ({error})"));
            }
            Self::NoPool => {
                "--mode dhcp では --pool が 1 つ以上必要です (例: --pool 192.0.2.100-192.0.2.200)".to_owned()
            }
            Self::PoolElsewhere { interface, address, prefix } => format!(
                "{interface} のネットワーク ({address}/{prefix}) に含まれるプールがないため、マシンにアドレスを割り当てられません"
            ),
            Self::PoolHoldsUs(address) => {
                format!("プールにこのマシン自身のアドレス {address} が含まれています。除外してください")
            }
            Self::OtherServer { interface, server, card } => format!(
                "{interface} では別の DHCP サーバー {server} ({card}) がアドレスを割り当てています。併用する場合は --mode proxy を使用するか、そのサーバーを停止してください。プールが重複しないことを確認済みの場合は --beside-other-dhcp を指定してください"
            ),
            Self::System(error) => format!("サーバーを開始できません: {error}"),
        };
        Text::new(self.to_string(), ja)
    }
}

/// Whether the addresses can be given here at all.
pub(super) fn check_pools(config: &Config) -> Result<(), ServeError> {
    let Interface { name, address, prefix, .. } = &config.interface;
    if config.mode == Mode::Proxy {
        return Ok(());
    }
    if config.pools.is_empty() {
        return Err(ServeError::NoPool);
    }
    if config.pools.iter().any(|pool| pool.offers(*address)) {
        return Err(ServeError::PoolHoldsUs(*address));
    }
    match config.pools.iter().any(|pool| pool.holds(*address)) {
        true => Ok(()),
        false => Err(ServeError::PoolElsewhere { interface: name.clone(), address: *address, prefix: *prefix }),
    }
}

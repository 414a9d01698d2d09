//! The servers together: [`Config`] says what is wanted, [`start`] opens everything or says why not, [`Running`] ends it.

mod config;
mod dhcp;
mod ears;
mod event;
mod limit;
pub mod watch;

pub use config::{Config, Mode, ServeError};
pub use event::{Event, Weight, loader_words};

use crate::boot::Programs;
use crate::dhcp::Policy;
use crate::files::{Files, Who};
use crate::lease::{Store, Table};
use crate::mac::Mac;
use crate::net::{self, ArpSocket, FrameSocket, Interface, RouterSocket, SocketError, sniff};
use crate::provisioning::{Machine, Origin, Provisioning, Seen};
use crate::{http, tftp};
use hosted_deploy_model::lang::Text;
use std::collections::HashMap;
use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};
use tokio::sync::watch as watch_channel;

/// How often other DHCP servers are looked for, and how long one that was named is not named again.
const WATCH_EVERY: Duration = Duration::from_secs(600);

/// Threads for HTTP. More than one always: a slow disk holds up whoever is on the same thread.
const HTTP_THREADS: std::ops::RangeInclusive<usize> = 2..=4;

/// What all threads share.
struct Shared {
    mode: Mode,
    files: Files,
    interface: Interface,
    end: Arc<AtomicBool>,
    event: Box<dyn Fn(Event) + Send + Sync>,
    others: Mutex<HashMap<Ipv4Addr, Instant>>,
}

impl Shared {
    fn ended(&self) -> bool {
        self.end.load(Ordering::Relaxed)
    }

    fn tell(&self, event: Event) {
        (self.event)(event);
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.files.who.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Names another server, once in a while.
    fn other_server(&self, server: Ipv4Addr, card: Option<Mac>) {
        if server == self.interface.address {
            return;
        }
        let mut others = self.others.lock().unwrap_or_else(PoisonError::into_inner);
        if others.get(&server).is_some_and(|named| named.elapsed() < WATCH_EVERY) {
            return;
        }
        others.insert(server, Instant::now());
        drop(others);
        self.tell(Event::OtherServer { server, card, rival: self.mode == Mode::Dhcp });
    }

    /// Tells the nodes that a file went out.
    fn sent(&self, client: Ipv4Addr, name: &str, bytes: u64) {
        if let Some(mac) = self.files.who.mac(client) {
            let machine = Machine { mac, uuid: None, arch: None, address: Some(client) };
            self.files.nodes.seen(&machine, Seen::File { name: name.to_owned(), bytes });
        }
    }
}

/// The servers, while they run. Dropping it lets them run on; [`Running::stop`] ends them.
#[must_use = "the servers end with `stop`"]
pub struct Running {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
    http_end: watch_channel::Sender<()>,
    /// How machines reach us.
    pub origin: Origin,
}

impl Running {
    /// Ends all servers. Leases that were promised are on the disk then.
    pub async fn stop(self) {
        self.shared.end.store(true, Ordering::Relaxed);
        drop(self.http_end);
        drop(
            tokio::task::spawn_blocking(move || self.threads.into_iter().for_each(|thread| drop(thread.join()))).await,
        );
    }
}

/// Opens every socket, then starts. `event` is called from many threads and must return at once.
///
/// # Errors
/// [`ServeError`] says what to do; then nothing runs.
pub async fn start(
    config: Config,
    nodes: Arc<dyn Provisioning>,
    event: impl Fn(Event) + Send + Sync + 'static,
) -> Result<Running, ServeError> {
    let interface = config.interface.clone();
    config::check_pools(&config)?;
    let origin = Origin { address: interface.address, http_port: config.http_port };
    let programs = Arc::new(Programs::find(config.programs.as_deref()));
    let (store, table) = match config.mode {
        Mode::Dhcp => {
            let store = Store::open(&config.leases)?;
            let table = Table::new(config.pools.clone(), store.leases()?, store.quarantine()?);
            (Some(store), table)
        }
        Mode::Proxy => (None, Table::default()),
    };
    let who = Who { table: Arc::new(Mutex::new(table)), interface: interface.name.clone() };
    let files = Files { nodes, programs: programs.clone(), origin: origin.clone(), who };

    let any = Ipv4Addr::UNSPECIFIED;
    let asked = Arc::new(net::udp(&interface, any, 67)?);
    let boot_server = Arc::new(net::udp(&interface, any, 4011)?);
    let tftp = net::udp(&interface, any, 69)?;
    let http = net::tcp(&interface, config.http_port)?;
    let frames = FrameSocket::open(&interface).map(Arc::new);
    let ears = sniff::Ears::open(&interface);
    let arp = ArpSocket::open(&interface);

    if config.mode == Mode::Dhcp && !config.beside_other {
        let looked = {
            let interface = interface.clone();
            tokio::task::spawn_blocking(move || watch::look(&interface, watch::PATIENCE)).await
        };
        // Whoever cannot listen cannot refuse either; `without` says so below.
        if let Ok(Ok(heard)) = looked
            && let Some(other) = heard.iter().find(|one| one.addresses)
        {
            let watch::Heard { server, card, .. } = *other;
            return Err(ServeError::OtherServer { interface: interface.name, server, card });
        }
    }

    let shared = Arc::new(Shared {
        mode: config.mode,
        files: files.clone(),
        interface: interface.clone(),
        end: Arc::default(),
        event: Box::new(event),
        others: Mutex::default(),
    });
    for missing in programs.missing() {
        shared.tell(Event::Without { what: missing.text() });
    }
    let mut threads = Threads { shared: shared.clone(), all: Vec::new() };
    let frames = threads.without(
        frames,
        "clients without an address are answered by broadcast",
        "アドレス未取得のクライアントにはブロードキャストで応答します",
    );
    let policy = Arc::new(Policy {
        origin: origin.clone(),
        lease_secs: config.lease_secs,
        dns: config.dns,
        domain: config.domain,
        ntp: config.ntp,
        programs: programs.as_ref().clone(),
    });
    let (promises, promised) = sync_channel(dhcp::WAITING);
    let limit = Arc::default();
    let outbox = |socket| {
        Arc::new(dhcp::Outbox { socket, frames: frames.clone(), card: interface.mac, address: interface.address })
    };
    let main = outbox(asked);
    let desk = |outbox| dhcp::Desk {
        shared: shared.clone(),
        policy: policy.clone(),
        outbox,
        promises: promises.clone(),
        limit: Arc::clone(&limit),
        frames: frames.clone(),
    };
    let (dhcp_desk, boot_desk) = (desk(main.clone()), desk(outbox(boot_server)));
    threads.spawn("dhcp", move || dhcp_desk.listen(false))?;
    threads.spawn("boot-server", move || boot_desk.listen(true))?;
    if let Some(store) = store {
        let shared = shared.clone();
        threads.spawn("leases", move || dhcp::keep(store, &promised, &main, &shared))?;
    }
    if let Some(arp) = threads.without(arp, "address conflicts go unseen", "アドレスの競合を検出できません")
    {
        let (shared, promises) = (shared.clone(), promises.clone());
        threads.spawn("arp", move || ears::sightings(&arp, &shared, &promises))?;
    }
    drop(promises);
    if let Some(ears) = threads.without(ears, "other DHCP servers go unseen", "他の DHCP サーバーを検出できません")
    {
        let (shared, frames) = (shared.clone(), frames.clone());
        threads.spawn("watch", move || ears::other_servers(&ears, frames.as_deref(), &shared))?;
    }
    if config.advertise {
        let socket = RouterSocket::open(&interface);
        if let Some(socket) = threads.without(socket, "no router advertisements are sent", "ルーター広告を送信しません")
        {
            let shared = shared.clone();
            threads.spawn("router", move || ears::advertise(&socket, &shared))?;
        }
    }
    {
        let (end, files, interface) = (shared.end.clone(), files.clone(), interface.clone());
        let shared = shared.clone();
        threads.spawn("tftp", move || {
            tftp::serve(&tftp, &interface, files, tftp::Limits::default(), &end, move |event| {
                if let tftp::Event::Ended { client, name, bytes, outcome: tftp::Outcome::Whole, .. } = &event {
                    shared.sent(*client, name, *bytes);
                }
                shared.tell(Event::Tftp(event));
            });
        })?;
    }
    let (http_end, ends) = watch_channel::channel(());
    let state = {
        let shared = shared.clone();
        http::State::new(files, http::Limits::default(), move |event| {
            if let http::Event::Sent { client, name, bytes, whole: true } = &event {
                shared.sent(*client, name, *bytes);
            }
            shared.tell(Event::Http(event));
        })
    };
    // A connection stays on its thread: handed from one to the next, as a runtime of many threads does, a quick line waits for every piece.
    let many = thread::available_parallelism().map_or(1, usize::from).clamp(*HTTP_THREADS.start(), *HTTP_THREADS.end());
    let limits = http::Limits { connections: http::Limits::default().connections / many, ..http::Limits::default() };
    for _ in 0..many {
        let listener = http.try_clone().map_err(ServeError::System)?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(ServeError::System)?;
        let (state, mut ends) = (state.clone(), ends.clone());
        threads.spawn("http", move || {
            let end = async move { drop(ends.changed().await) };
            if let Err(error) = runtime.block_on(http::serve(listener, state, limits, end)) {
                tracing::error!(%error, "the HTTP server ended");
            }
        })?;
    }
    Ok(Running { shared, threads: threads.all, http_end, origin })
}

struct Threads {
    shared: Arc<Shared>,
    all: Vec<JoinHandle<()>>,
}

impl Threads {
    fn spawn(&mut self, name: &str, work: impl FnOnce() + Send + 'static) -> Result<(), ServeError> {
        match thread::Builder::new().name(name.to_owned()).spawn(work) {
            Ok(thread) => self.all.push(thread),
            Err(error) => {
                self.shared.end.store(true, Ordering::Relaxed);
                return Err(ServeError::System(error));
            }
        }
        Ok(())
    }

    /// What was opened, or `None` and a word about what will be missing.
    fn without<T>(&self, opened: Result<T, SocketError>, en: &str, ja: &str) -> Option<T> {
        match opened {
            Ok(opened) => Some(opened),
            Err(error) => {
                let why = error.text();
                self.shared
                    .tell(Event::Without { what: Text::new(format!("{en}: {}", why.en), format!("{ja}: {}", why.ja)) });
                None
            }
        }
    }
}

//! Connections: accepted on the interface, bounded in number, ended when the server ends.

use super::line::Line;
use super::routes::{State, router};
use axum::extract::ConnectInfo;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::future::Future;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tower::ServiceExt as _;

/// How long a client may take to send its request.
const PATIENCE: Duration = Duration::from_secs(30);
/// Bytes kept per connection for what is to be sent.
const BUFFER: usize = 64 * 1024;

/// How much is allowed.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections at once.
    pub connections: usize,
    /// Wrong tokens from one address before it has to wait.
    pub wrong_tokens: u32,
    /// How long it has to wait then.
    pub wrong_for: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { connections: 2048, wrong_tokens: 20, wrong_for: Duration::from_secs(60) }
    }
}

/// Serves until `end` is done; transfers under way are cut then.
///
/// # Errors
/// The listener fails for good.
pub async fn serve(
    listener: std::net::TcpListener,
    state: State,
    limits: Limits,
    end: impl Future<Output = ()> + Send,
) -> io::Result<()> {
    let listener = TcpListener::from_std(listener)?;
    let router = router(state);
    let places = Arc::new(Semaphore::new(limits.connections));
    let (closing, closed) = watch::channel(());
    let mut connections = JoinSet::new();
    tokio::pin!(end);
    loop {
        let accepted = tokio::select! {
            () = &mut end => break,
            accepted = accept(&listener, &places) => accepted,
            Some(_) = connections.join_next() => continue,
        };
        let Ok((stream, peer, place)) = accepted else {
            // Out of file handles, or a connection that went before it was taken: the next may succeed.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        if std::env::var_os("HD_DELAY").is_none() {
            drop(stream.set_nodelay(true));
        }
        let router = router.clone();
        let line = Line::new(stream);
        let outgoing = line.outgoing();
        let service = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(ConnectInfo(peer));
            request.extensions_mut().insert(outgoing.clone());
            router.clone().oneshot(request.map(axum::body::Body::new))
        });
        let mut closed = closed.clone();
        connections.spawn(async move {
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(PATIENCE)
                .max_buf_size(BUFFER)
                .half_close(true)
                // A line wants what it is given as it was given.
                .writev(true)
                .serve_connection(TokioIo::new(line), service);
            tokio::select! {
                // iPXE resets its connection when it boots, firmware breaks off: that is how they say goodbye.
                served = connection => if let Err(error) = served { tracing::debug!(%peer, %error, "a connection ended early") },
                _ = closed.changed() => {}
            }
            drop(place);
        });
    }
    drop(closing);
    connections.shutdown().await;
    Ok(())
}

type Accepted = (tokio::net::TcpStream, std::net::SocketAddr, tokio::sync::OwnedSemaphorePermit);

async fn accept(listener: &TcpListener, places: &Arc<Semaphore>) -> io::Result<Accepted> {
    let place = places.clone().acquire_owned().await.map_err(io::Error::other)?;
    let (stream, peer) = listener.accept().await?;
    Ok((stream, peer, place))
}

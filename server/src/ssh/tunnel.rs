//! TCP connections that the host opens for us (direct-tcpip): to what only it can reach.

use super::{error::CommandError, session::Session};
use bytes::Bytes;
use russh::ChannelMsg;
use std::{
    fmt, io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll, ready},
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    sync::mpsc,
};

/// Bytes from the far side that may wait here for a slow reader.
const HELD_LIMIT_BYTES: usize = 64 << 20;

/// A TCP connection through the host. Dropping it closes the connection.
pub struct Tunnel {
    to: String,
    received: mpsc::UnboundedReceiver<io::Result<Bytes>>,
    rest: Bytes,
    ended: bool,
    held: Arc<AtomicUsize>,
    writer: Pin<Box<dyn AsyncWrite + Send>>,
}

impl Session {
    /// Has the host open a TCP connection; `host` is resolved there. Not subject to [`Session::root`].
    ///
    /// # Errors
    /// [`CommandError::Forward`] when the host can't reach it or may not, else the connection was lost.
    pub async fn forward(&self, host: &str, port: u16) -> Result<Tunnel, CommandError> {
        let place = self.tunnel_place().await;
        let (mut read, write) = self.tcp_channel(host, port).await?.split();
        let writer = Box::pin(write.make_writer());
        let (tx, received) = mpsc::unbounded_channel();
        let held = Arc::new(AtomicUsize::new(0));
        let counted = held.clone();
        let session = self.clone();
        // As with commands: the channel is read without pause, whatever its reader does.
        tokio::spawn(async move {
            loop {
                let message = tokio::select! {
                    message = read.wait() => message,
                    () = tx.closed() => break,
                };
                match message {
                    // Empty is how the end is told.
                    Some(ChannelMsg::Data { data }) if data.is_empty() => {}
                    Some(ChannelMsg::Data { data }) => {
                        let size = data.len();
                        if counted.fetch_add(size, Ordering::Relaxed) + size > HELD_LIMIT_BYTES {
                            let e = format!("more than {HELD_LIMIT_BYTES} bytes were not read");
                            let _ = tx.send(Err(io::Error::other(e)));
                            break;
                        }
                        let _ = tx.send(Ok(data));
                    }
                    Some(ChannelMsg::Eof | ChannelMsg::Close) => break,
                    Some(_) => {}
                    None => {
                        let e = io::Error::new(io::ErrorKind::ConnectionReset, session.cause());
                        let _ = tx.send(Err(e));
                        break;
                    }
                }
            }
            // Nothing more to read. What we send may still be wanted: the channel ends when the tunnel is dropped.
            let _ = tx.send(Ok(Bytes::new()));
            tx.closed().await;
            let _ = write.close().await;
            drop(place);
        });
        Ok(Tunnel { to: format!("{host}:{port}"), received, rest: Bytes::new(), ended: false, held, writer })
    }
}

impl AsyncRead for Tunnel {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.rest.is_empty() && !self.ended {
            match ready!(self.received.poll_recv(cx)) {
                Some(Ok(bytes)) => {
                    self.held.fetch_sub(bytes.len(), Ordering::Relaxed);
                    self.ended = bytes.is_empty();
                    self.rest = bytes;
                }
                Some(Err(e)) => return Poll::Ready(Err(e)),
                None => self.ended = true,
            }
        }
        let size = self.rest.len().min(buf.remaining());
        buf.put_slice(&self.rest.split_to(size));
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Tunnel {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.writer.as_mut().poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.writer.as_mut().poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.writer.as_mut().poll_shutdown(cx)
    }
}

impl fmt::Debug for Tunnel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tunnel({})", self.to)
    }
}

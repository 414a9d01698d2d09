//! The first words of a server, kept to tell whoever typed the wrong port what is there.

use std::{
    io,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};

/// An SSH identification line has at most 255 bytes (RFC 4253 section 4.2).
const KEPT_BYTES: usize = 255;

/// What was heard so far.
#[derive(Clone, Default)]
pub(super) struct FirstWords(Arc<Mutex<Vec<u8>>>);

impl FirstWords {
    /// The words, if there are some and no line of them greets in SSH 2.
    pub(super) fn foreign(&self) -> Option<String> {
        let heard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let greets = |line: &[u8]| line.starts_with(b"SSH-2.0-") || line.starts_with(b"SSH-1.99-");
        if heard.is_empty() || heard.split(|&b| b == b'\n').any(greets) {
            return None;
        }
        Some(String::from_utf8_lossy(&heard).into_owned())
    }

    fn hear(&self, bytes: &[u8]) {
        let mut heard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let room = KEPT_BYTES.saturating_sub(heard.len());
        heard.extend(bytes.iter().take(room));
    }
}

/// A TCP stream that keeps what it reads first.
pub(super) struct Overheard {
    pub(super) stream: TcpStream,
    pub(super) words: FirstWords,
}

impl AsyncRead for Overheard {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(cx, buf);
        self.words.hear(buf.filled().get(before..).unwrap_or_default());
        polled
    }
}

impl AsyncWrite for Overheard {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

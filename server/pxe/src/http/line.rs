//! [`Line`]: a connection on which files go out by sendfile(2), from the system's cache to the socket and not through us.
//!
//! hyper writes heads and texts. For a file it gets a [`FileBody`] of the right length that is made of [`BLANK`] memory, which it hands on as
//! it is (`writev`). Where the line is to write some of that memory, it sends as many bytes of the file instead.

use crate::provisioning::Located;
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, IoSlice};
use std::ops::Range;
use std::pin::Pin;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, Interest, ReadBuf};
use tokio::net::TcpStream;

/// Bytes of a file that are sent before other connections have their turn.
static PIECE_: LazyLock<usize> =
    LazyLock::new(|| std::env::var("HD_PIECE").map_or(1 << 20, |v| v.parse().unwrap_or(1 << 20)));

/// Stands for bytes of files. Nobody reads or writes it, so that the system never has to find memory for it.
static BLANK: LazyLock<Bytes> = LazyLock::new(|| Bytes::from(vec![0; *PIECE_]));

fn is_blank(bytes: &[u8]) -> bool {
    BLANK.as_ptr_range().contains(&bytes.as_ptr())
}

/// Told when a file is over: how many bytes went out, and whether that is all.
type Ended = Box<dyn FnOnce(u64, bool) + Send>;

/// A part of a file on its way.
struct Stretch {
    file: File,
    at: u64,
    left: u64,
    begun: u64,
    ended: Option<Ended>,
}

impl Drop for Stretch {
    fn drop(&mut self) {
        if let Some(ended) = self.ended.take() {
            ended(self.at - self.begun, self.left == 0);
        }
    }
}

/// The parts of files that one connection is to send, in this order.
#[derive(Clone, Default)]
pub(super) struct Outgoing(Arc<Mutex<VecDeque<Stretch>>>);

impl Outgoing {
    fn stretches(&self) -> MutexGuard<'_, VecDeque<Stretch>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Bytes of a file as the body of an answer; only for the line that `outgoing` belongs to.
pub(super) struct FileBody {
    left: u64,
    stretch: Option<Stretch>,
    outgoing: Outgoing,
}

impl FileBody {
    /// The bytes `part` of the extent.
    pub(super) fn open(located: &Located, part: Range<u64>, outgoing: Outgoing, ended: Ended) -> io::Result<Self> {
        let at = located.offset + part.start;
        let left = part.end - part.start;
        let stretch = Stretch { file: File::open(&located.path)?, at, left, begun: at, ended: Some(ended) };
        Ok(Self { left, stretch: Some(stretch), outgoing })
    }
}

impl Body for FileBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if let Some(stretch) = self.stretch.take() {
            self.outgoing.stretches().push_back(stretch);
        }
        let length = usize::try_from(self.left).map_or(*PIECE_, |left| left.min(*PIECE_));
        self.left -= length as u64;
        Poll::Ready((length > 0).then(|| Ok(Frame::data(BLANK.slice(..length)))))
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

/// A connection.
pub(super) struct Line {
    stream: TcpStream,
    outgoing: Outgoing,
}

impl Line {
    pub(super) fn new(stream: TcpStream) -> Self {
        Self { stream, outgoing: Outgoing::default() }
    }

    /// For the answers on this connection.
    pub(super) fn outgoing(&self) -> Outgoing {
        self.outgoing.clone()
    }

    /// At most `most` bytes of the file whose turn it is.
    fn poll_send(&self, context: &mut Context<'_>, most: usize) -> Poll<io::Result<usize>> {
        let mut stretches = self.outgoing.stretches();
        let Some(stretch) = stretches.front_mut() else {
            return Poll::Ready(Err(io::Error::other("an answer is longer than its file")));
        };
        let most = usize::try_from(stretch.left).map_or(most, |left| left.min(most));
        let mut at = stretch.at;
        let sent = loop {
            ready!(self.stream.poll_write_ready(context))?;
            let send =
                || rustix::fs::sendfile(&self.stream, &stretch.file, Some(&mut at), most).map_err(io::Error::from);
            match self.stream.try_io(Interest::WRITABLE, send) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                sent => break sent?,
            }
        };
        if sent == 0 {
            return Poll::Ready(Err(io::Error::new(io::ErrorKind::UnexpectedEof, "a file became shorter")));
        }
        stretch.at = at;
        stretch.left -= sent as u64;
        if stretch.left == 0 {
            let whole = stretches.pop_front();
            // Whoever hears of it may ask for more.
            drop(stretches);
            drop(whole);
        }
        Poll::Ready(Ok(sent))
    }
}

impl AsyncRead for Line {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Line {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(context, &[IoSlice::new(buffer)])
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffers: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        // hyper fills its list up with empty ones.
        let mut filled = buffers.iter().skip_while(|buffer| buffer.is_empty());
        if let Some(first) = filled.clone().next().filter(|first| is_blank(first)) {
            return self.poll_send(context, first.len());
        }
        let texts: Vec<IoSlice<'_>> = filled.by_ref().take_while(|buffer| !is_blank(buffer)).copied().collect();
        Pin::new(&mut self.stream).poll_write_vectored(context, &texts)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

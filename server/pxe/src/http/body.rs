//! [`FileBody`]: an extent of a file as the body of an answer, in large pieces whose memory is used again.

use crate::provisioning::Located;
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use tokio::task::JoinHandle;

/// Bytes of a piece: as large as a processor's second cache takes, so that the copy to the socket finds it there.
const PIECE: usize = 512 * 1024;
/// Pieces kept for the next reader.
const SPARE: usize = 32;

/// Memory that was sent and may be filled again. New memory costs more than the copy itself.
#[derive(Clone, Debug, Default)]
pub(super) struct Pieces(Arc<Mutex<Vec<Vec<u8>>>>);

struct Piece {
    bytes: Vec<u8>,
    home: Pieces,
}

impl AsRef<[u8]> for Piece {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Piece {
    fn drop(&mut self) {
        let mut spare = self.home.0.lock().unwrap_or_else(PoisonError::into_inner);
        if spare.len() < SPARE {
            spare.push(std::mem::take(&mut self.bytes));
        }
    }
}

impl Pieces {
    fn take(&self) -> Vec<u8> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default()
    }
}

/// Told when the body ends: how many bytes went out, and whether that is all.
type Ended = Box<dyn FnOnce(u64, bool) + Send>;

/// Bytes of a file.
pub(super) struct FileBody {
    file: Arc<File>,
    at: u64,
    end: u64,
    begun: u64,
    pieces: Pieces,
    reading: Option<JoinHandle<io::Result<Bytes>>>,
    ended: Option<Ended>,
}

impl FileBody {
    /// The bytes `part` of the extent.
    pub(super) fn open(located: &Located, part: Range<u64>, pieces: Pieces, ended: Ended) -> io::Result<Self> {
        let file = Arc::new(File::open(&located.path)?);
        let (at, end) = (located.offset + part.start, located.offset + part.end);
        Ok(Self { file, at, end, begun: at, pieces, reading: None, ended: Some(ended) })
    }

    fn read(&mut self) -> JoinHandle<io::Result<Bytes>> {
        let (file, at, pieces) = (self.file.clone(), self.at, self.pieces.clone());
        let length = usize::try_from(self.end - self.at).map_or(PIECE, |left| left.min(PIECE));
        tokio::task::spawn_blocking(move || {
            let mut bytes = pieces.take();
            bytes.resize(length, 0);
            file.read_exact_at(&mut bytes, at)?;
            Ok(Bytes::from_owner(Piece { bytes, home: pieces }))
        })
    }
}

impl Body for FileBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if self.at >= self.end && self.reading.is_none() {
            return Poll::Ready(None);
        }
        let mut reading = match self.reading.take() {
            Some(reading) => reading,
            None => self.read(),
        };
        let read = match Pin::new(&mut reading).poll(context) {
            Poll::Pending => {
                self.reading = Some(reading);
                return Poll::Pending;
            }
            ready => ready!(ready),
        };
        let bytes = read.map_err(io::Error::other).flatten()?;
        self.at += bytes.len() as u64;
        // The next piece is read while this one is sent.
        if self.at < self.end {
            self.reading = Some(self.read());
        }
        Poll::Ready(Some(Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.at >= self.end && self.reading.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.end - self.at)
    }
}

impl Drop for FileBody {
    fn drop(&mut self) {
        if let Some(ended) = self.ended.take() {
            ended(self.at - self.begun, self.at == self.end);
        }
    }
}

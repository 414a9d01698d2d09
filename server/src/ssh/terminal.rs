//! A command with a terminal around it (RFC 4254 section 6.2): what a person types goes in as it comes, and the window has a size.

use super::{
    error::CommandError,
    exec::{Chunk, Exec, Running},
    session::Session,
};
use bytes::Bytes;
use tokio::sync::mpsc;

/// Keys that wait for a far side that takes none.
const HELD_KEYS: usize = 256;
/// Output that may wait for a slow viewer.
const HELD_LIMIT_BYTES: usize = 8 << 20;

/// What goes to a terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// Bytes, as a keyboard makes them.
    Keys(Bytes),
    /// The window has another size.
    Size {
        /// Characters a line.
        columns: u16,
        /// Lines.
        rows: u16,
    },
}

/// What the running command gets.
pub(super) struct Screen {
    pub(super) columns: u16,
    pub(super) rows: u16,
    pub(super) typed: Option<mpsc::Receiver<Input>>,
}

/// A command on a terminal. Dropping it hangs up, and what runs there gets SIGHUP.
#[derive(Debug)]
pub struct Terminal {
    running: Running,
    typing: mpsc::Sender<Input>,
}

impl Session {
    /// Starts a command on a terminal of this size, as root by sudo where the session is so.
    ///
    /// # Errors
    /// It could not be started, or the host gives no terminals (`PermitTTY no`).
    pub async fn terminal(&self, command: &str, columns: u16, rows: u16) -> Result<Terminal, CommandError> {
        let (typing, typed) = mpsc::channel(HELD_KEYS);
        let exec = Exec::new(command).limit_bytes(HELD_LIMIT_BYTES).named(command);
        let running = self.begin(exec, true, Some(Screen { columns, rows, typed: Some(typed) })).await?;
        Ok(Terminal { running, typing })
    }
}

impl Terminal {
    /// The next piece of output, or its end; standard error is part of the output. Cancel-safe.
    ///
    /// # Errors
    /// The connection was lost, or the viewer is too slow.
    pub async fn next(&mut self) -> Result<Option<Chunk>, CommandError> {
        self.running.next().await
    }

    /// Gives it something. Waits when the far side takes nothing; what comes after its end is dropped.
    pub async fn send(&self, input: Input) {
        let _ = self.typing.send(input).await;
    }
}

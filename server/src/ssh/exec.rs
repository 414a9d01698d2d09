//! Running commands: what to run, its output as it comes, its end.

use super::{
    error::{CommandError, printable},
    session::{Places, Session},
    terminal::{Input, Screen},
};
use bytes::Bytes;
use russh::{ChannelMsg, ChannelReadHalf, ChannelWriteHalf, Sig, client::Msg};
use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::{
    sync::{mpsc, oneshot},
    time::timeout,
};
use zeroize::Zeroizing;

/// Output that may pile up when nothing else is said.
const DEFAULT_LIMIT_BYTES: usize = 64 << 20;

/// A command for the login shell, and what goes with it.
#[derive(Clone)]
pub struct Exec {
    command: String,
    stdin: Option<Bytes>,
    limit_bytes: usize,
    name: Option<String>,
}

impl Exec {
    /// `command` is text for a POSIX shell; put values into it with [`quote`](super::quote()) only.
    /// Its standard input is empty, and its output limited to 64 MiB.
    pub fn new(command: impl Into<String>) -> Self {
        Self { command: command.into(), stdin: None, limit_bytes: DEFAULT_LIMIT_BYTES, name: None }
    }

    /// These bytes on standard input, then its end. They may be secret: the copy kept here is wiped after use.
    pub fn stdin(mut self, bytes: impl AsRef<[u8]>) -> Self {
        self.stdin = Some(Bytes::from_owner(Zeroizing::new(bytes.as_ref().to_vec())));
        self
    }

    /// How much output may be held here, stdout and stderr together: all of it for [`Session::exec`],
    /// what has not been taken yet for [`Session::start`]. More is [`CommandError::TooMuchOutput`].
    pub fn limit_bytes(mut self, limit: usize) -> Self {
        self.limit_bytes = limit;
        self
    }

    /// How errors name it; without a name they show the start of the command.
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    fn act(&self) -> String {
        match &self.name {
            Some(name) => name.clone(),
            None => {
                let line = printable(&self.command);
                let short: String = line.chars().take(60).collect();
                let dots = if short.len() < line.len() { "…" } else { "" };
                format!("`{short}{dots}`")
            }
        }
    }
}

impl From<&str> for Exec {
    fn from(command: &str) -> Self {
        Self::new(command)
    }
}

impl From<&String> for Exec {
    fn from(command: &String) -> Self {
        Self::new(command)
    }
}

impl From<String> for Exec {
    fn from(command: String) -> Self {
        Self::new(command)
    }
}

impl fmt::Debug for Exec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exec")
            .field("act", &self.act())
            .field("stdin_bytes", &self.stdin.as_ref().map(Bytes::len))
            .field("limit_bytes", &self.limit_bytes)
            .finish()
    }
}

/// A command's whole result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// Exit status; `None` when a signal ended it.
    pub status: Option<u32>,
    /// The signal's name without `SIG`.
    pub signal: Option<String>,
    /// Standard output.
    pub stdout: Vec<u8>,
    /// Standard error.
    pub stderr: Vec<u8>,
}

impl Output {
    /// Exit status 0.
    pub fn success(&self) -> bool {
        self.status == Some(0)
    }
}

/// How a command ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exit {
    /// Exit status; `None` when a signal ended it.
    pub status: Option<u32>,
    /// The signal's name without `SIG`.
    pub signal: Option<String>,
}

/// A piece of a running command's output, cut anywhere, or its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Chunk {
    /// Bytes of standard output.
    Stdout(Bytes),
    /// Bytes of standard error.
    Stderr(Bytes),
    /// The command ended; nothing follows.
    Exit(Exit),
}

/// A running command. Dropping it closes its channel, after SIGTERM where sshd passes signals on: for accounts other
/// than root, and not to what `sudo` runs. Commands as root only find their output closed, which ends `tail -F` at
/// once and others when they write.
#[derive(Debug)]
pub struct Running {
    chunks: mpsc::UnboundedReceiver<Result<Chunk, CommandError>>,
    held: Arc<AtomicUsize>,
}

impl Running {
    /// The next piece; `None` after [`Chunk::Exit`]. Cancel-safe.
    ///
    /// # Errors
    /// The connection was lost, or more output piled up than [`Exec::limit_bytes`] allows; nothing follows.
    pub async fn next(&mut self) -> Result<Option<Chunk>, CommandError> {
        let chunk = self.chunks.recv().await.transpose()?;
        if let Some(Chunk::Stdout(bytes) | Chunk::Stderr(bytes)) = &chunk {
            self.held.fetch_sub(bytes.len(), Ordering::Relaxed);
        }
        Ok(chunk)
    }
}

impl Session {
    /// Runs a command to its end. Dropping the future drops the command as [`Running`] says, so a time-out around
    /// it is safe.
    ///
    /// As with ssh(1), a child left in the background with our output open keeps the call waiting.
    ///
    /// # Errors
    /// It could not be started or followed to its end; a command that fails is no error but an [`Output`].
    pub async fn exec(&self, exec: impl Into<Exec>) -> Result<Output, CommandError> {
        let exec = exec.into();
        let (act, limit_bytes) = (exec.act(), exec.limit_bytes);
        let mut running = self.begin(exec, false, None).await?;
        let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
        while let Some(chunk) = running.next().await? {
            let (whole, bytes) = match chunk {
                Chunk::Stdout(bytes) => (&mut stdout, bytes),
                Chunk::Stderr(bytes) => (&mut stderr, bytes),
                Chunk::Exit(Exit { status, signal }) => {
                    return Ok(Output { status, signal, stdout, stderr });
                }
            };
            whole.extend_from_slice(&bytes);
            if stdout.len() + stderr.len() > limit_bytes {
                return Err(CommandError::TooMuchOutput { at: self.at().to_owned(), act, limit_bytes });
            }
        }
        Err(self.lost(&act))
    }

    /// Starts a command and gives its output as it comes: for what is followed for long.
    /// At most three of them run at a time on one connection, so that short commands find a place.
    ///
    /// # Errors
    /// It could not be started; see [`CommandError`].
    pub async fn start(&self, exec: impl Into<Exec>) -> Result<Running, CommandError> {
        self.begin(exec.into(), true, None).await
    }

    pub(super) async fn begin(
        &self,
        exec: Exec,
        followed: bool,
        screen: Option<Screen>,
    ) -> Result<Running, CommandError> {
        let act = exec.act();
        if exec.command.contains('\0') {
            return Err(CommandError::NulByte { at: self.at().to_owned(), act });
        }
        let places = self.place(followed).await;
        let (chunk_tx, chunks) = mpsc::unbounded_channel();
        let (started_tx, started) = oneshot::channel();
        let held = Arc::new(AtomicUsize::new(0));
        // A task of its own: it alone reads the channel, without pause. russh hands on data of all channels
        // in one loop, so a channel that nobody reads would stop the whole connection, keep-alive included.
        tokio::spawn(
            Drive { session: self.clone(), act: act.clone(), exec, screen, chunks: chunk_tx, held: held.clone() }
                .run(places, started_tx),
        );
        match started.await {
            Ok(started) => started.map(|()| Running { chunks, held }),
            Err(_) => Err(self.lost(&act)),
        }
    }
}

/// One command from its channel's opening to its closing.
pub(super) struct Drive {
    pub(super) session: Session,
    pub(super) act: String,
    exec: Exec,
    /// A terminal around it, with what a person types there.
    pub(super) screen: Option<Screen>,
    chunks: mpsc::UnboundedSender<Result<Chunk, CommandError>>,
    held: Arc<AtomicUsize>,
}

pub(super) type Reader = ChannelReadHalf;
pub(super) type Writer = ChannelWriteHalf<Msg>;

impl Drive {
    async fn run(mut self, places: Places, started: oneshot::Sender<Result<(), CommandError>>) {
        // Not given up half-way: the server would keep the place of a channel that nobody closes.
        let channel = match self.session.channel(&self.act).await {
            Ok(channel) => channel,
            Err(e) => {
                // Nobody waits any more when it fails.
                let _ = started.send(Err(e));
                return;
            }
        };
        let (mut read, write) = channel.split();
        let mut started = Some(started);
        let typed = self.screen.as_mut().and_then(|screen| screen.typed.take());
        let ended = tokio::select! {
            ended = self.converse(&mut read, &write, &mut started, typed) => Some(ended),
            () = self.chunks.closed() => None,
        };
        match ended {
            Some(Ok(exit)) => {
                let _ = self.chunks.send(Ok(Chunk::Exit(exit)));
            }
            Some(Err(e)) => {
                // The caller hears of it before the goodbye, which may take a while.
                match started.take() {
                    Some(started) => drop(started.send(Err(e))),
                    None => drop(self.chunks.send(Err(e))),
                }
                hang_up(&mut read, &write).await;
            }
            None => hang_up(&mut read, &write).await,
        }
        drop(places);
    }

    async fn converse(
        &self,
        read: &mut Reader,
        write: &Writer,
        started: &mut Option<oneshot::Sender<Result<(), CommandError>>>,
        typed: Option<mpsc::Receiver<Input>>,
    ) -> Result<Exit, CommandError> {
        if let Some(screen) = &self.screen {
            let Screen { columns, rows, .. } = *screen;
            let asked = write.request_pty(true, "xterm-256color", columns.into(), rows.into(), 0, 0, &[]).await;
            self.granted(read, asked.is_ok()).await?;
        }
        match self.session.sudo() {
            None => self.request(read, write, &self.exec.command).await?,
            Some(sudo) => {
                let dialogue = sudo.dialogue(&self.exec.command, self.screen.is_some());
                self.request(read, write, dialogue.command()).await?;
                dialogue.hold(self, read, write).await?;
            }
        }
        if let Some(started) = started.take() {
            let _ = started.send(Ok(()));
        }
        self.follow(read, write, typed).await
    }

    async fn request(&self, read: &mut Reader, write: &Writer, command: &str) -> Result<(), CommandError> {
        let asked = write.exec(true, command).await;
        self.granted(read, asked.is_ok()).await
    }

    /// The server's answer to a request that was sent, if it was.
    async fn granted(&self, read: &mut Reader, sent: bool) -> Result<(), CommandError> {
        if !sent {
            return Err(self.lost());
        }
        loop {
            match read.wait().await {
                Some(ChannelMsg::Success) => return Ok(()),
                Some(ChannelMsg::Failure | ChannelMsg::Close) => {
                    return Err(CommandError::Declined { at: self.session.at().to_owned(), act: self.act.clone() });
                }
                Some(_) => {}
                None => return Err(self.lost()),
            }
        }
    }

    async fn follow(
        &self,
        read: &mut Reader,
        write: &Writer,
        typed: Option<mpsc::Receiver<Input>>,
    ) -> Result<Exit, CommandError> {
        let feed = async {
            if let Some(mut typed) = typed {
                // What fails here is a channel that has ended, which the reading side tells.
                while let Some(input) = typed.recv().await {
                    let _ = match input {
                        Input::Keys(bytes) => write.data_bytes(bytes).await,
                        Input::Size { columns, rows } => write.window_change(columns.into(), rows.into(), 0, 0).await,
                    };
                }
                return;
            }
            // A command may end without reading its input: nothing to complain about.
            if let Some(stdin) = &self.exec.stdin {
                let _ = write.data_bytes(stdin.clone()).await;
            }
            let _ = write.eof().await;
        };
        tokio::pin!(feed);
        let mut fed = false;
        let (mut exit, mut closed) = (None, false);
        while !closed {
            let message = tokio::select! {
                () = &mut feed, if !fed => {
                    fed = true;
                    continue;
                }
                message = read.wait() => message,
            };
            match message {
                Some(ChannelMsg::Data { data }) => self.give(Chunk::Stdout(data))?,
                Some(ChannelMsg::ExtendedData { data, ext: 1 }) => {
                    self.give(Chunk::Stderr(data))?;
                }
                Some(ChannelMsg::ExitStatus { exit_status }) => {
                    exit = Some(Exit { status: Some(exit_status), signal: None });
                }
                Some(ChannelMsg::ExitSignal { signal_name, .. }) => {
                    exit = Some(Exit { status: None, signal: Some(signal(&signal_name)) });
                }
                Some(ChannelMsg::Close) | None => closed = true,
                Some(_) => {}
            }
        }
        exit.ok_or_else(|| self.lost())
    }

    /// Hands a piece on, unless too much lies there already.
    pub(super) fn give(&self, chunk: Chunk) -> Result<(), CommandError> {
        let (Chunk::Stdout(bytes) | Chunk::Stderr(bytes)) = &chunk else {
            return Ok(());
        };
        let size = bytes.len();
        let held = self.held.fetch_add(size, Ordering::Relaxed) + size;
        if held > self.exec.limit_bytes {
            return Err(CommandError::TooMuchOutput {
                at: self.session.at().to_owned(),
                act: self.act.clone(),
                limit_bytes: self.exec.limit_bytes,
            });
        }
        // It fails when the receiver is gone, and then `run` is about to hang up.
        let _ = self.chunks.send(Ok(chunk));
        Ok(())
    }

    pub(super) fn lost(&self) -> CommandError {
        self.session.lost(&self.act)
    }
}

/// Ends the command and gives the channel back, as far as the server still listens.
async fn hang_up(read: &mut Reader, write: &Writer) {
    let goodbye = async {
        let _ = write.signal(Sig::TERM).await;
        let _ = write.close().await;
        while !matches!(read.wait().await, Some(ChannelMsg::Close) | None) {}
    };
    let _ = timeout(Duration::from_secs(2), goodbye).await;
}

fn signal(sig: &Sig) -> String {
    match sig {
        Sig::Custom(name) => printable(name),
        other => format!("{other:?}"),
    }
}

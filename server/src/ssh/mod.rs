//! SSH: the only way from here to a deployment host.
//!
//! [`connect`] opens the connection: name → TCP → host key → login, and gives a [`Session`]. A session runs
//! commands ([`Session::exec`], [`Session::start`]), puts files in place ([`Session::upload`]) and reaches networks
//! that only the host can route to ([`Session::forward`]); [`Session::root`] gives the same session as root.
//! [`Connection`] keeps one alive across cut lines.
//!
//! Rules of the room:
//! * a host key is trusted because a known-hosts file names it, or because a person or a policy said so once
//!   ([`FirstUse`]); a key that differs from the recorded one is never accepted;
//! * a password goes to the server's login, or to the standard input of `sudo` when `sudo` asks for it, and nowhere
//!   else: no argument, no environment, no log, no error text;
//! * what a server says is shown only after control characters are taken out;
//! * commands are text for the login shell of the account, which must be a POSIX shell; values go into them by
//!   [`quote()`] only.

mod advice;
mod connect;
mod error;
mod exec;
mod host_keys;
mod keep;
mod key_file;
mod known_hosts;
mod login;
mod overheard;
mod quote;
mod session;
mod sudo;
mod target;
mod terminal;
mod tunnel;
mod upload;

pub use connect::{connect, connect_with};
pub use error::{Attempt, CommandError, ConnectError, KeyChange, KeyError, Outcome, Stage, SudoError};
pub use exec::{Chunk, Exec, Exit, Output, Running};
pub use host_keys::{FirstUse, HostKey, HostKeys, Place, UnknownHost};
pub use keep::{Connection, Link};
pub use key_file::needs_passphrase;
pub use quote::quote;
pub use session::Session;
pub use sudo::Become;
pub use target::{Credential, Credentials, Options, Target};
pub use terminal::{Input, Terminal};
pub use tunnel::Tunnel;

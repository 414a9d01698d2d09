//! The pages: HTTPS, login, sessions, and what the browser loads.
//!
//! A request goes through these rooms in this order: [`plain_http`] (is it TLS at all) → [`tls`] → [`headers`] (what every
//! answer carries) → [`gate`] (is the address known, does it need a login, does the request come from our own pages) →
//! the handler in [`router`]. [`entry`] is the way in: a login is an SSH login on the deployment host ([`ssh_login`]), slowed
//! by [`throttle`], remembered by [`session`] with the connection that it opened ([`way`]). [`desk`] is the wizard's side here. [`site`] are the files drawn into the binary.
//! [`health`], [`logs`], [`console`] and [`cleanup`] look after a deployed engine; [`live`] keeps their pages up to date.
//! [`runs`] is the live page of a run: its events, and what a visitor does about it.
//!
//! Rules: secrets of a login and of a draft are in memory only, as long as the session or the server lasts; nothing that changes anything is a GET; every address is in the
//! gate's table or does not exist.

mod cleanup;
mod console;
mod desk;
mod entry;
mod gate;
mod headers;
mod health;
mod live;
mod logs;
mod nodes;
mod overview;
mod plain_http;
mod preferences;
mod proof;
mod router;
mod runs;
mod serve;
mod session;
mod site;
mod ssh_login;
mod systemd;
mod throttle;
mod tls;
mod way;

pub use entry::{Attempt, Entered, Login, Refusal, parse_host};
pub use gate::{Need, ROUTES, Route};
pub use health::open::Monitoring;
pub use proof::Proof;
pub use router::{Web, router};
pub use serve::{Listen, Serve, ServeError, Served, serve};
pub use session::{SESSION_COOKIE, Session, Sessions, Use};
pub use site::Site;
pub use ssh_login::SshLogin;
pub use systemd::{ready, socket};
pub use throttle::Throttle;
pub use tls::{TlsError, TlsFiles};
pub use way::Way;

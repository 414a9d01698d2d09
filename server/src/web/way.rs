//! The way to the deployment host that a login has opened: one kept SSH connection as root, and what a run's own driver
//! needs to open another. It ends with the session; nothing of it is ever written down.

use crate::ssh::{Connection, Session};
use crate::told;
use hosted_deploy_app::refused::Refused;
use hosted_deploy_model::answers::Host;
use hosted_deploy_model::lang::{Lang, Text};
use std::time::Duration;

/// How long a person waits for a line that was cut to come back.
const PATIENCE: Duration = Duration::from_secs(12);

/// The way to the host.
#[derive(Clone, Debug)]
pub struct Way {
    /// Kept, and opened again when it is cut.
    pub connection: Connection,
    /// Address, account and credentials, as answers have them.
    pub host: Host,
}

impl Way {
    /// The session as root, as soon as the line is up.
    ///
    /// # Errors
    /// When it does not come back; whether logging in again would help is said.
    pub async fn root(&self) -> Result<Session, Refused> {
        self.connection.session(PATIENCE).await.map_err(|error| Refused {
            what: told::in_sentence(
                &*error,
                "The deployment host cannot be reached: {}.",
                "デプロイ先のホストに接続できません: {}。",
            ),
            next: Text::new(error.advice(Lang::En), error.advice(Lang::Ja)),
            // What passes by itself is tried again and again; the rest has been given up.
            log_in: !error.is_passing(),
        })
    }
}

//! [`Log`]: the logs that tell what happened to an engine.

use crate::lang::Text;
use serde::{Deserialize, Serialize};

/// Which log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Log {
    /// The HA agent's.
    Agent,
    /// The HA broker's.
    Broker,
    /// VDSM's.
    Vdsm,
    /// The engine's own.
    Engine,
    /// The engine's application server's.
    Server,
    /// The newest of a deployment.
    Setup,
    /// What the engine VM printed on its console.
    Console,
}

impl Log {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Agent, Self::Broker, Self::Vdsm, Self::Engine, Self::Server, Self::Setup, Self::Console];

    /// Its name on the command line and in the bundle.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Agent => "agent",
            Self::Broker => "broker",
            Self::Vdsm => "vdsm",
            Self::Engine => "engine",
            Self::Server => "server",
            Self::Setup => "setup",
            Self::Console => "console",
        }
    }

    /// The log of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|log| log.name() == name)
    }

    /// What a person calls it.
    pub fn title(self) -> Text {
        let (en, ja) = match self {
            Self::Agent => ("HA agent", "HA エージェント"),
            Self::Broker => ("HA broker", "HA ブローカー"),
            Self::Vdsm => ("VDSM", "VDSM のログ"),
            Self::Engine => ("Engine", "エンジン"),
            Self::Server => ("Engine's application server", "エンジンのアプリケーションサーバー"),
            Self::Setup => ("Newest deployment", "最新のデプロイ"),
            Self::Console => ("Engine VM's console", "エンジン VM のコンソール"),
        };
        Text::new(en, ja)
    }
}

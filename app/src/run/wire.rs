//! What the page of a run and the server tell each other, as JSON.

use hosted_deploy_model::estimate::Estimate;
use hosted_deploy_model::lang::Text;
use hosted_deploy_model::run::Run;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What the page is made with. The rest comes as events.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunDocument {
    /// As it stood when the page was made.
    pub run: Run,
    /// How long it will probably take.
    pub estimate: Estimate,
    /// Who drives it, and the server's clock.
    pub beat: Beat,
    /// The account on the host that the run works as.
    pub account: String,
    /// The visitor is logged in as that account: others look only.
    pub may_act: bool,
    /// The run that tries this one again.
    pub retried_by: Option<String>,
    /// The wizard's draft is meant for another attempt of this run.
    pub edited: bool,
    /// Pages that there are.
    pub links: Links,
}

/// Addresses of pages that a run leads to, where this server has them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Links {
    /// The wizard.
    pub deploy: Option<String>,
    /// The engine's health.
    pub health: Option<String>,
    /// Cleaning the host.
    pub clean_up: Option<String>,
}

/// Between the events, every few seconds: the line is up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Beat {
    /// The server's clock, in milliseconds since 1970-01-01 UTC.
    pub now: u64,
    /// Who takes the run on.
    pub driver: Driver,
}

/// Whether a run is taken on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Driver {
    /// Somebody drives it.
    Driven,
    /// The server has started a driver.
    Starting,
    /// Nobody, and the server lacks the secrets to start a driver.
    Absent,
    /// Drivers end at once; why is in the events.
    GaveUp,
}

/// With what something is to be done. Nothing of it is kept but in memory.
#[derive(Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Given {
    /// Secrets by the path of their answer.
    pub secrets: BTreeMap<String, String>,
    /// Take the host from a run of which nothing runs.
    pub take_over: bool,
    /// With the answers as they stand in the wizard, not with those of the run.
    pub edited: bool,
    /// To edit: whether the run's answers take the place of a draft that says something else. Left out: ask.
    pub replace: Option<bool>,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "reply", rename_all = "kebab-case")]
pub enum Reply {
    /// It is done, or will be seen in the events.
    Done,
    /// Another run goes on.
    Started {
        /// Its id.
        run: String,
    },
    /// Secrets lack: ask, and send again.
    Needs {
        /// Which.
        secrets: Vec<Wanted>,
    },
    /// The wizard holds another draft: ask, and send again.
    Differs {
        /// The fields in which it differs.
        fields: Vec<Text>,
    },
    /// It was not done.
    Refused {
        /// Why, and what to do.
        reasons: Vec<Reason>,
    },
}

/// A secret to ask for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wanted {
    /// The path of its answer.
    pub field: String,
    /// What to call it.
    pub label: Text,
}

/// Why something was not done, in the visitor's language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// What happened.
    pub what: String,
    /// What to do.
    pub remedy: String,
}

//! The functions of the deployment: one for each step, and those around the flows.

use serde::Serialize;

use crate::{FetchFile, RewriteTags, SaveMetadata, slack_access::Method};

/// One Lambda function: all that its deployment needs to know.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Function {
    /// Its name.
    pub name: &'static str,
    /// The step that it runs; none for ingest, the notifier and the redriver.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<&'static str>,
    /// What it does, for people.
    pub comment: &'static str,
    /// Seconds that one run may take.
    pub timeout_seconds: u64,
    /// Its memory.
    pub memory_mib: u32,
    /// The environment variables that it reads.
    pub environment: &'static [EnvironmentVariable],
    /// What it is allowed to touch.
    pub grants: &'static [Grant],
    /// The Slack Web API methods that it calls.
    pub slack_methods: &'static [Method],
}

/// An environment variable of a function.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct EnvironmentVariable {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub holds: &'static str,
}

impl EnvironmentVariable {
    pub(crate) const BUCKET: Self = Self { name: "BUCKET", holds: "the name of the bucket" };
    pub(crate) const LEDGER_TABLE: Self =
        Self { name: "LEDGER_TABLE", holds: "the name of the ledger's table" };
    pub(crate) const BOT_TOKEN: Self =
        Self { name: "SLACK_BOT_TOKEN_SECRET", holds: "the ARN of the secret with the bot token" };
    pub(crate) const SIGNING_SECRET: Self =
        Self { name: "SLACK_SIGNING_SECRET_SECRET", holds: "the ARN of the secret with the signing secrets" };
    pub(crate) const NOTICES_TOPIC: Self =
        Self { name: "NOTICES_TOPIC", holds: "the ARN of the notices' topic" };
    pub(crate) const STATE_MACHINES: Self =
        Self { name: "STATE_MACHINES", holds: "JSON: the ARN of each flow's state machine by its name" };
}

/// What a function is allowed to touch, and how.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Grant {
    /// What.
    pub resource: Resource,
    /// `read` or `write`, or `start` or `publish` where that is all there is.
    pub access: &'static str,
}

impl Grant {
    pub(crate) const fn read(resource: Resource) -> Self {
        Self { resource, access: "read" }
    }

    pub(crate) const fn write(resource: Resource) -> Self {
        Self { resource, access: "write" }
    }
}

/// Something that a function may touch.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Resource {
    /// The objects of the bucket whose key begins so.
    Objects(&'static str),
    /// The ledger's table.
    Ledger,
    /// The state machines of all flows.
    StateMachines,
    /// The topic of the notices.
    NoticesTopic,
    /// The queue that the notices reach the notifier by.
    NoticesQueue,
    /// The secret with the bot token.
    BotToken,
    /// The secret with the signing secrets.
    SigningSecret,
}

const INGEST: Function = Function {
    name: "slack-event-handler",
    step: None,
    comment: "Acknowledges Slack's events and starts their flows.",
    timeout_seconds: 3,
    memory_mib: 256,
    environment: &[
        EnvironmentVariable::LEDGER_TABLE,
        EnvironmentVariable::STATE_MACHINES,
        EnvironmentVariable::NOTICES_TOPIC,
        EnvironmentVariable::SIGNING_SECRET,
    ],
    grants: &[
        Grant::write(Resource::Ledger),
        Grant { resource: Resource::StateMachines, access: "start" },
        Grant { resource: Resource::NoticesTopic, access: "publish" },
        Grant::read(Resource::SigningSecret),
    ],
    slack_methods: &[],
};

const NOTIFIER: Function = Function {
    name: "slack-notifier",
    step: None,
    comment: "Tells Slack what the flows have to say. The only function that posts messages.",
    timeout_seconds: 60,
    memory_mib: 256,
    environment: &[EnvironmentVariable::LEDGER_TABLE, EnvironmentVariable::BOT_TOKEN],
    grants: &[
        Grant::read(Resource::NoticesQueue),
        Grant::write(Resource::Ledger),
        Grant::read(Resource::BotToken),
    ],
    slack_methods: &[Method::ChatPostMessage, Method::ConversationsReplies],
};

const REDRIVER: Function = Function {
    name: "slack-redriver",
    step: None,
    comment: "Starts the flows of events that were acknowledged while the engine was down.",
    timeout_seconds: 60,
    memory_mib: 256,
    environment: &[EnvironmentVariable::LEDGER_TABLE, EnvironmentVariable::STATE_MACHINES],
    grants: &[
        Grant::read(Resource::Ledger),
        Grant::write(Resource::Ledger),
        Grant { resource: Resource::StateMachines, access: "start" },
    ],
    slack_methods: &[],
};

/// Every function.
pub fn functions() -> [Function; 6] {
    [INGEST, FetchFile::FUNCTION, SaveMetadata::FUNCTION, RewriteTags::FUNCTION, NOTIFIER, REDRIVER]
}

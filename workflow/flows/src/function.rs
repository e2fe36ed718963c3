//! The functions of the deployment: one for each step, and those around the flows.

use std::collections::BTreeSet;

use serde::{Serialize, Serializer};

use crate::{
    AnswerCommand, AwaitDecision, CheckDeploy, CountReactions, DecideApproval, DeleteMessage, EndTurn,
    FetchFile, InviteNewcomer, RewriteTags, SaveMetadata, StartDeploy, TakeTurn, route, slack_access::Method,
};

/// One Lambda function: all that its deployment needs to know.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Function {
    /// Its name.
    pub name: &'static str,
    /// What runs it.
    pub trigger: Trigger,
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

impl Function {
    /// The step that it runs, if it runs one.
    pub fn step(&self) -> Option<&'static str> {
        match self.trigger {
            Trigger::Step(step) => Some(step),
            _ => None,
        }
    }
}

/// What runs a function.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Trigger {
    /// A request to one of these paths.
    HttpPost(&'static [&'static str]),
    /// A Task state whose resource is this step.
    Step(&'static str),
    /// A message in the queue behind the notices' topic.
    NoticesQueue,
    /// Time: each time so many minutes have passed.
    EveryMinutes(u32),
}

/// An environment variable of a function.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct EnvironmentVariable {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub holds: &'static str,
    /// Whether the function runs without it. The operator sets it; what is not optional follows from the
    /// deployment itself.
    pub optional: bool,
    /// What the operator may set it to, as a regular expression: the deployment refuses any other value. The function
    /// has the same rule, in `ackflow-handlers`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pattern: Option<&'static str>,
}

impl EnvironmentVariable {
    pub(crate) const BUCKET: Self = Self::required("BUCKET", "the name of the bucket");
    pub(crate) const LEDGER_TABLE: Self = Self::required("LEDGER_TABLE", "the name of the ledger's table");
    pub(crate) const BOT_TOKEN: Self =
        Self::required("SLACK_BOT_TOKEN_SECRET", "the ARN of the secret with the bot token");
    pub(crate) const SIGNING_SECRET: Self =
        Self::required("SLACK_SIGNING_SECRET_SECRET", "the ARN of the secret with the signing secrets");
    pub(crate) const NOTICES_TOPIC: Self = Self::required("NOTICES_TOPIC", "the ARN of the notices' topic");
    pub(crate) const STATE_MACHINES: Self =
        Self::required("STATE_MACHINES", "JSON: the ARN of each flow's state machine by its name");
    pub(crate) const USER_TOKEN: Self =
        Self::required("SLACK_USER_TOKEN_SECRET", "the ARN of the secret with an admin's user token");
    pub(crate) const WEBHOOK_SECRET: Self =
        Self::required("DEPLOY_WEBHOOK_SECRET_SECRET", "the ARN of the secret that webhooks are signed with");
    /// The token goes there, so nobody else may be able to read it: https, or http of this machine.
    pub(crate) const SLACK_API_URL: Self = Self::optional(
        "SLACK_API_URL",
        "the URL of Slack's Web API, such as https://slack.com/api/",
        r"^(https://[A-Za-z0-9.-]+|http://(localhost|127\.[0-9.]+|\[::1\]))(:[0-9]{1,5})?(/[^ ?#]*)?$",
    );
    const TEAM_IDS: Self = Self::optional(
        "SLACK_TEAM_IDS",
        "the ids of the workspaces whose events are wanted, separated by commas, such as T0123ABCD,T0456EFGH",
        "^[TE][A-Z0-9]+( *, *[TE][A-Z0-9]+)*$",
    );
    const NOTICES_QUEUE: Self = Self::required("NOTICES_QUEUE", "the URL of the notices' queue");
    const OPERATORS_CHANNEL: Self = Self::optional(
        "SLACK_OPERATORS_CHANNEL",
        "the id of the channel for notices to the operators, such as C0123ABCD",
        "^[CGD][A-Z0-9]+$",
    );

    const fn required(name: &'static str, holds: &'static str) -> Self {
        Self { name, holds, optional: false, pattern: None }
    }

    const fn optional(name: &'static str, holds: &'static str, pattern: &'static str) -> Self {
        Self { name, holds, optional: true, pattern: Some(pattern) }
    }
}

/// What a function is allowed to do: what its adapters call, no more and no less.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Grant {
    /// To what.
    pub resource: Resource,
    /// The IAM actions.
    pub actions: &'static [&'static str],
}

impl Grant {
    pub(crate) const BOT_TOKEN: Self = Self::read_secret(Resource::BotToken);
    pub(crate) const METADATA: Self = Self::documents("metadata/");
    pub(crate) const USER_TOKEN: Self = Self::read_secret(Resource::UserToken);
    pub(crate) const WEBHOOK_SECRET: Self = Self::read_secret(Resource::WebhookSecret);
    /// The deployments that have not ended.
    pub(crate) const BOARD: Self = Self::documents("board/");
    pub(crate) const READ_BOARD: Self =
        Self { resource: Resource::Objects("board/"), actions: &["s3:GetObject", "s3:ListBucket"] };
    /// The deployments that wait for a decision.
    pub(crate) const APPROVALS: Self = Self::documents("approvals/");
    /// The counted reactions.
    pub(crate) const TALLIES: Self = Self::documents("tallies/");
    /// Events are claimed and effects begun by conditional updates alone.
    pub(crate) const LEDGER: Self = Self { resource: Resource::Ledger, actions: &["dynamodb:UpdateItem"] };
    const PUBLISH: Self = Self { resource: Resource::NoticesTopic, actions: &["sns:Publish"] };
    const SIGNING_SECRET: Self = Self::read_secret(Resource::SigningSecret);

    const fn start(flows: fn() -> BTreeSet<&'static str>) -> Self {
        Self { resource: Resource::StateMachines(flows), actions: &["states:StartExecution"] }
    }

    /// Documents that are read, changed and written. Without `s3:ListBucket`, S3 says that reading an absent object is
    /// forbidden, not that it is absent.
    const fn documents(prefix: &'static str) -> Self {
        let actions = &["s3:GetObject", "s3:ListBucket", "s3:PutObject"];
        Self { resource: Resource::Objects(prefix), actions }
    }

    const fn read_secret(resource: Resource) -> Self {
        Self { resource, actions: &["secretsmanager:GetSecretValue"] }
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
    /// The index of what is pending in the ledger.
    PendingIndex,
    /// The state machines of these flows.
    StateMachines(#[serde(serialize_with = "serialize_names")] fn() -> BTreeSet<&'static str>),
    /// The topic of the notices.
    NoticesTopic,
    /// The queue that the notices reach the notifier by.
    NoticesQueue,
    /// The secret with the bot token.
    BotToken,
    /// The secret with the signing secrets.
    SigningSecret,
    /// The secret with an admin's user token.
    UserToken,
    /// The secret that webhooks are signed with.
    WebhookSecret,
    /// The tokens of tasks that wait for an answer.
    TaskTokens,
    /// The `CodeBuild` projects that services are deployed by.
    BuildProjects,
    /// The state machines that services are deployed by, and their executions.
    TargetStateMachines,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "it is what serde calls")]
fn serialize_names<S: Serializer>(
    names: &fn() -> BTreeSet<&'static str>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(names())
}

const INGEST: Function = Function {
    name: "slack-event-handler",
    trigger: Trigger::HttpPost(&["/slack/events"]),
    comment: "Acknowledges Slack's events and starts their flows.",
    timeout_seconds: 3,
    memory_mib: 256,
    environment: &[
        EnvironmentVariable::LEDGER_TABLE,
        EnvironmentVariable::STATE_MACHINES,
        EnvironmentVariable::NOTICES_TOPIC,
        EnvironmentVariable::SIGNING_SECRET,
        EnvironmentVariable::TEAM_IDS,
    ],
    grants: &[Grant::LEDGER, Grant::start(route::flows_of_events), Grant::PUBLISH, Grant::SIGNING_SECRET],
    slack_methods: &[],
};

const INTERACTIVITY: Function = Function {
    name: "slack-interactivity",
    trigger: Trigger::HttpPost(&["/slack/interactivity", "/slack/commands"]),
    comment: "Acknowledges presses on buttons and slash commands, and starts their flows.",
    grants: &[
        Grant::LEDGER,
        Grant::start(route::flows_of_interactivity),
        Grant::PUBLISH,
        Grant::SIGNING_SECRET,
    ],
    ..INGEST
};

const NOTIFIER: Function = Function {
    name: "slack-notifier",
    trigger: Trigger::NoticesQueue,
    comment: "Tells Slack what the flows have to say. The only function that posts messages.",
    timeout_seconds: 60,
    memory_mib: 256,
    environment: &[
        EnvironmentVariable::LEDGER_TABLE,
        EnvironmentVariable::BOT_TOKEN,
        EnvironmentVariable::NOTICES_QUEUE,
        EnvironmentVariable::OPERATORS_CHANNEL,
        EnvironmentVariable::SLACK_API_URL,
    ],
    grants: &[
        // All but the last are what Lambda itself needs to read the queue; the last waits as long as Slack asks.
        Grant {
            resource: Resource::NoticesQueue,
            actions: &[
                "sqs:ReceiveMessage",
                "sqs:DeleteMessage",
                "sqs:GetQueueAttributes",
                "sqs:ChangeMessageVisibility",
            ],
        },
        Grant { resource: Resource::Ledger, actions: &["dynamodb:GetItem", "dynamodb:UpdateItem"] },
        Grant::BOT_TOKEN,
    ],
    slack_methods: &[
        Method::ChatPostMessage,
        Method::ChatPostEphemeral,
        Method::ChatUpdate,
        Method::ConversationsHistory,
        Method::ConversationsOpen,
        Method::ConversationsReplies,
    ],
};

const REDRIVER: Function = Function {
    name: "slack-redriver",
    trigger: Trigger::EveryMinutes(1),
    comment: "Starts the flows of events that were acknowledged while the engine was down.",
    timeout_seconds: 60,
    memory_mib: 256,
    environment: &[EnvironmentVariable::LEDGER_TABLE, EnvironmentVariable::STATE_MACHINES],
    grants: &[
        Grant { resource: Resource::PendingIndex, actions: &["dynamodb:Query"] },
        Grant::LEDGER,
        Grant::start(flows_that_wait),
    ],
    slack_methods: &[],
};

/// The flows that may be pending: whatever a door starts, it may have been unable to.
fn flows_that_wait() -> BTreeSet<&'static str> {
    &route::flows_of_events() | &route::flows_of_interactivity()
}

/// Every function.
pub fn functions() -> Vec<Function> {
    vec![
        INGEST,
        INTERACTIVITY,
        FetchFile::FUNCTION,
        SaveMetadata::FUNCTION,
        RewriteTags::FUNCTION,
        AnswerCommand::FUNCTION,
        AwaitDecision::FUNCTION,
        DecideApproval::FUNCTION,
        TakeTurn::FUNCTION,
        StartDeploy::FUNCTION,
        CheckDeploy::FUNCTION,
        EndTurn::FUNCTION,
        DeleteMessage::FUNCTION,
        InviteNewcomer::FUNCTION,
        CountReactions::FUNCTION,
        NOTIFIER,
        REDRIVER,
    ]
}

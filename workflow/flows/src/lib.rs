//! This system's flows: what happens, in which order, and what if it fails. Knows no AWS client and no database.
//!
//! A flow is made of steps, whose contracts stand here ([`FetchFile`] …) and whose work is done in
//! `ackflow-handlers`. [`route()`] says which event starts which flow, and [`synth()`] describes all of it for the
//! deployment.

mod answer_command;
mod approvals;
mod await_decision;
mod backoff;
mod channel_guides;
mod check_deploy;
mod commands;
mod comment_edits;
mod configuration;
mod count_reactions;
mod decide_approval;
mod delete_message;
mod deployments;
mod document_pipeline;
mod end_turn;
mod fetch_file;
mod file_facts;
mod function;
mod invite_newcomer;
mod ledger_table;
mod moderation;
mod notices;
mod onboarding;
mod rewrite_tags;
mod route;
mod save_metadata;
mod slack_access;
mod start_deploy;
mod synth;
mod take_turn;
mod votes;

pub use answer_command::{AnswerCommand, AnswerCommandError};
pub use approvals::approvals;
pub use await_decision::{AwaitDecision, AwaitDecisionError};
pub use channel_guides::channel_guides;
pub use check_deploy::{CheckDeploy, CheckDeployError};
pub use commands::commands;
pub use comment_edits::comment_edits;
pub use configuration::{
    CodebuildTarget, CommandTarget, Configuration, ConfigurationError, Deploy, Documents, Environment, Guide,
    Moderation, Onboarding, Pattern, Problem, Rule, Service, StateMachineTarget, Target, Votes,
    WebhookTarget, is_private, template,
};
pub use count_reactions::{CountReactions, CountReactionsError};
pub use decide_approval::{DecideApproval, DecideApprovalError};
pub use delete_message::{DeleteMessage, DeleteMessageError};
pub use deployments::deployments;
pub use document_pipeline::document_pipeline;
pub use end_turn::{EndTurn, EndTurnError};
pub use fetch_file::{FetchFile, FetchFileError};
pub use file_facts::file_facts;
pub use function::{EnvironmentVariable, Function, Grant, Resource, Trigger, functions};
pub use invite_newcomer::{InviteNewcomer, InviteNewcomerError};
pub use ledger_table::{Index, LEDGER_TABLE, LedgerTable};
pub use moderation::moderation;
pub use notices::NOTICES;
pub use onboarding::onboarding;
pub use rewrite_tags::{RewriteTags, RewriteTagsError};
pub use route::{
    APPROVAL_ACTIONS, Ignored, RouteError, Routed, Routing, StartRequest, route, route_press,
    route_slash_command, routes,
};
pub use save_metadata::{SaveMetadata, SaveMetadataError};
pub use slack_access::{Method, SlackAccess, scopes_of_event, slack_access};
pub use start_deploy::{StartDeploy, StartDeployError};
pub use synth::synth;
pub use take_turn::{TakeTurn, TakeTurnError};
pub use votes::votes;

use ackflow_asl::{StateMachine, builder::Flow};

/// Every flow: its name and its definition.
pub fn flows() -> Vec<(&'static str, StateMachine)> {
    fn named<I>(flow: Flow<I>) -> (&'static str, StateMachine) {
        (flow.name, flow.machine)
    }
    vec![
        named(document_pipeline()),
        named(comment_edits()),
        named(commands()),
        named(deployments()),
        named(approvals()),
        named(moderation()),
        named(onboarding()),
        named(channel_guides()),
        named(votes()),
    ]
}

/// Declares the names of the errors that a step may raise.
macro_rules! step_errors {
    ($(#[$doc:meta])* $name:ident {
        transient { $($(#[$transient_doc:meta])* $transient:ident,)* }
        permanent { $($(#[$permanent_doc:meta])* $permanent:ident,)* }
    }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name {
            $($(#[$transient_doc])* $transient,)*
            $($(#[$permanent_doc])* $permanent,)*
        }

        impl ackflow_asl::StepError for $name {
            const ALL: &'static [Self] = &[$(Self::$transient,)* $(Self::$permanent,)*];

            fn name(self) -> &'static str {
                match self {
                    $(Self::$transient => stringify!($transient),)*
                    $(Self::$permanent => stringify!($permanent),)*
                }
            }

            fn is_transient(self) -> bool {
                match self {
                    $(Self::$transient => true,)*
                    $(Self::$permanent => false,)*
                }
            }
        }
    };
}
use step_errors;

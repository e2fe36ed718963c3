//! This system's flows: what happens, in which order, and what if it fails. Knows no AWS client and no database.
//!
//! A flow is made of steps, whose contracts stand here ([`FetchFile`] …) and whose work is done in
//! `ackflow-handlers`. [`route()`] says which event starts which flow, and [`synth()`] describes all of it for the
//! deployment.

mod comment_edits;
mod document_pipeline;
mod fetch_file;
mod file_facts;
mod function;
mod ledger_table;
mod notices;
mod rewrite_tags;
mod route;
mod save_metadata;
mod slack_access;
mod synth;

pub use comment_edits::comment_edits;
pub use document_pipeline::document_pipeline;
pub use fetch_file::{FetchFile, FetchFileError};
pub use file_facts::file_facts;
pub use function::{EnvironmentVariable, Function, Grant, Resource, Trigger, functions};
pub use ledger_table::{Index, LEDGER_TABLE, LedgerTable};
pub use notices::{DocumentsSaved, MetadataDelayed, NOTICES};
pub use rewrite_tags::{RewriteTags, RewriteTagsError};
pub use route::{Ignored, RouteError, Routed, Routing, StartRequest, route, routes};
pub use save_metadata::{SaveMetadata, SaveMetadataError};
pub use slack_access::{Method, SlackAccess, slack_access};
pub use synth::synth;

use ackflow_asl::StateMachine;

/// Every flow: its name and its definition.
pub fn flows() -> Vec<(&'static str, StateMachine)> {
    let documents = document_pipeline();
    let edits = comment_edits();
    vec![(documents.name, documents.machine), (edits.name, edits.machine)]
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

//! The contracts: what Slack sends, and what the stages of a flow hand to each other.
//!
//! The models are generated from the JSON Schemas in `schemas/slack` and `schemas/document`. They are lenient on purpose:
//! an unknown field is passed over, and nearly every field of Slack's may be missing. What a flow needs, the flow asks
//! for. Written by hand is only what a schema can't say: which model a payload is, see [`slack::OuterEvent`],
//! [`slack::Event`] and [`slack::Interaction`], and how a form is read.

mod absent;
mod event;
mod interaction;
mod outer_event;
mod payload;
mod payload_error;
mod raw_event;
mod slash_command;

// Laid out by prettyplease.
#[rustfmt::skip]
mod generated {
    pub(crate) mod devops;
    pub(crate) mod document;
    pub(crate) mod notice;
    pub(crate) mod slack;
}

/// What Slack sends: the Events API's deliveries, interactions, slash commands, and the Web API's answers.
pub mod slack {
    pub use crate::event::Event;
    pub use crate::generated::slack::*;
    pub use crate::interaction::Interaction;
    pub use crate::outer_event::OuterEvent;
    pub use crate::payload::parse;
    pub use crate::payload_error::PayloadError;
    pub use crate::raw_event::RawEvent;
}

/// What the stages of the document flows hand to each other.
pub mod document {
    pub use crate::generated::document::*;
}

/// What the stages of the DevOps flows hand to each other.
pub mod devops {
    pub use crate::generated::devops::*;
}

/// What the notifier is told to say.
pub mod notice {
    pub use crate::generated::notice::*;
}

//! How it is done: ingest, every step, the notifier, and the ports that they need.

mod fetch_file;
mod hashtags;
pub mod http;
mod in_time;
mod ingest;
mod ledger_intake;
mod metadata_store;
mod notice_text;
mod notifier;
pub mod object_key;
pub mod ports;
mod redriver;
mod rewrite_tags;
mod save_metadata;
pub mod signature;
mod slack_client;
mod steps;

pub use fetch_file::FetchFileHandler;
pub use hashtags::hashtags;
pub use ingest::{Ingest, IngestSettings, MAX_BODY_BYTES, Tally, router};
pub use ledger_intake::LedgerIntake;
pub use notice_text::notice_text;
pub use notifier::{Notifier, NotifyError, Operators, notice_id};
pub use redriver::redrive_pending;
pub use rewrite_tags::RewriteTagsHandler;
pub use save_metadata::SaveMetadataHandler;
pub use slack_client::{Download, SlackClient, SlackError};
pub use steps::{StepHandler, Steps, StepsError};

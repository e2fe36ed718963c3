//! Which interaction Slack sent.

use url::form_urlencoded;

use crate::generated::slack::BlockActions;
use crate::payload::{model, type_of};
use crate::payload_error::PayloadError;

/// A request to the app's interactivity URL, told apart by its `type`.
#[derive(Debug, Clone, PartialEq)]
pub enum Interaction {
    /// Somebody used a button, or another element of a message or a view.
    BlockActions(Box<BlockActions>),
    /// An interaction that this crate has no model for, such as `view_submission` or `shortcut`.
    Unknown {
        /// Its `type`, if it has one.
        interaction_type: Option<String>,
    },
}

impl Interaction {
    /// Reads the body of a request: a form whose field `payload` is a JSON object.
    ///
    /// Source: <https://docs.slack.dev/interactivity/handling-user-interaction/>
    pub fn parse(body: &[u8]) -> Result<Self, PayloadError> {
        let payload = form_urlencoded::parse(body).find(|(name, _)| name == "payload");
        let (_, payload) = payload.ok_or(PayloadError::FormField { field: "payload" })?;
        let payload = payload.as_bytes();
        match type_of(payload, "")?.as_deref() {
            Some("block_actions") => model(payload, "").map(Self::BlockActions),
            unknown => Ok(Self::Unknown { interaction_type: unknown.map(str::to_owned) }),
        }
    }
}

//! Reading a slash command from its form.

use serde_json::Value;
use url::form_urlencoded;

use crate::generated::slack::SlashCommand;
use crate::payload::parse;
use crate::payload_error::PayloadError;

impl SlashCommand {
    /// Reads the body of a request: a form.
    pub fn parse(body: &[u8]) -> Result<Self, PayloadError> {
        let fields: Value = form_urlencoded::parse(body).collect();
        parse(fields.to_string().as_bytes())
    }
}

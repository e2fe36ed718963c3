//! Whom a token belongs to.

use std::collections::BTreeSet;

use ackflow_schemas::slack::AuthTestResponse;
use jiff::{Timestamp, fmt::rfc2822::DateTimeParser};
use reqwest::header::{self, HeaderMap};

use super::{SlackClient, SlackError, malformed};

const METHOD: &str = "auth.test";

/// The header in which every answer tells the scopes of the token, with commas between.
///
/// Source: <https://github.com/slackapi/node-slack-sdk/blob/main/packages/web-api/src/WebClient.ts>
const SCOPES: &str = "x-oauth-scopes";

/// The bot and the workspace of a token, and what the token may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The workspace.
    pub team_id: String,
    /// Its name.
    pub team: Option<String>,
    /// Its address.
    pub url: Option<String>,
    /// The bot's user.
    pub user_id: String,
    /// The bot.
    pub bot_id: Option<String>,
    /// The scopes of the token.
    pub scopes: BTreeSet<String>,
    /// The time by Slack's clock: a clock here that is off by minutes makes every signature look stale.
    pub answered_at: Option<Timestamp>,
}

impl SlackClient {
    /// <https://docs.slack.dev/reference/methods/auth.test>
    pub async fn auth_test(&self) -> Result<Identity, SlackError> {
        let request = || self.http.post(self.url(METHOD));
        let (headers, answer): (_, AuthTestResponse) = self.call_with_headers(METHOD, request).await?;
        Ok(Identity {
            team_id: answer.team_id.ok_or_else(|| malformed(METHOD, "it holds no team_id"))?,
            team: answer.team,
            url: answer.url,
            user_id: answer.user_id.ok_or_else(|| malformed(METHOD, "it holds no user_id"))?,
            bot_id: answer.bot_id,
            scopes: scopes(&headers),
            answered_at: answered_at(&headers),
        })
    }
}

fn scopes(headers: &HeaderMap) -> BTreeSet<String> {
    let scopes = headers.get(SCOPES).and_then(|value| value.to_str().ok()).unwrap_or_default();
    scopes.split(',').map(str::trim).filter(|scope| !scope.is_empty()).map(str::to_owned).collect()
}

fn answered_at(headers: &HeaderMap) -> Option<Timestamp> {
    DateTimeParser::new().parse_timestamp(headers.get(header::DATE)?.as_bytes()).ok()
}

//! The methods of the Web API, a function each. Those that change something may be asked for twice: what Slack then
//! says, such as `already_in_channel`, is for the caller to judge.

use ackflow_schemas::slack::{
    Channel, ChatDeleteResponse, ChatGetPermalinkResponse, ChatPostEphemeralResponse,
    ChatPostMessageResponse, ChatUpdateResponse, ConversationsHistoryResponse, ConversationsInfoResponse,
    ConversationsInviteResponse, ConversationsJoinResponse, ConversationsListResponse,
    ConversationsOpenResponse, ConversationsRepliesResponse, File, FilesInfoResponse, Message,
    ReactionsGetResponse, ResponseMetadata,
};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{SlackClient, SlackError, malformed};

/// How many entries a page may have. Slack recommends no more than 200.
///
/// Source: <https://docs.slack.dev/apis/web-api/pagination/>
const PAGE: &str = "200";

impl SlackClient {
    /// <https://docs.slack.dev/reference/methods/files.info>
    pub async fn files_info(&self, file: &str) -> Result<File, SlackError> {
        const METHOD: &str = "files.info";
        let answer: FilesInfoResponse = self.get(METHOD, &[("file", file)]).await?;
        answer.file.ok_or_else(|| malformed(METHOD, "it holds no file"))
    }

    /// <https://docs.slack.dev/reference/methods/chat.getPermalink>
    pub async fn permalink(&self, channel: &str, ts: &str) -> Result<Option<String>, SlackError> {
        let parameters = [("channel", channel), ("message_ts", ts)];
        let answer: ChatGetPermalinkResponse = self.get("chat.getPermalink", &parameters).await?;
        Ok(answer.permalink)
    }

    /// Gives the `ts` of the new message.
    ///
    /// <https://docs.slack.dev/reference/methods/chat.postMessage>
    pub async fn post_message(&self, message: &Value) -> Result<Option<String>, SlackError> {
        let answer: ChatPostMessageResponse = self.post("chat.postMessage", message).await?;
        Ok(answer.ts)
    }

    /// A message that only its `user` sees, and that is gone with the next start of the user's client.
    ///
    /// <https://docs.slack.dev/reference/methods/chat.postEphemeral>
    pub async fn post_ephemeral(&self, message: &Value) -> Result<(), SlackError> {
        self.post::<ChatPostEphemeralResponse>("chat.postEphemeral", message).await.map(drop)
    }

    /// Replaces the message that `channel` and `ts` name; only one of the bot's own.
    ///
    /// <https://docs.slack.dev/reference/methods/chat.update>
    pub async fn update_message(&self, message: &Value) -> Result<(), SlackError> {
        self.post::<ChatUpdateResponse>("chat.update", message).await.map(drop)
    }

    /// Deletes a message; with a bot token, only one of the bot's own.
    ///
    /// <https://docs.slack.dev/reference/methods/chat.delete>
    pub async fn delete_message(&self, channel: &str, ts: &str) -> Result<(), SlackError> {
        let message = json!({ "channel": channel, "ts": ts });
        self.post::<ChatDeleteResponse>("chat.delete", &message).await.map(drop)
    }

    /// All messages of a thread with their metadata.
    ///
    /// <https://docs.slack.dev/reference/methods/conversations.replies>
    pub async fn replies(&self, channel: &str, thread_ts: &str) -> Result<Vec<Message>, SlackError> {
        let mut messages = Vec::new();
        let mut cursor = String::new();
        loop {
            let parameters = [
                ("channel", channel),
                ("ts", thread_ts),
                ("include_all_metadata", "true"),
                ("limit", PAGE),
                ("cursor", &cursor),
            ];
            let page: ConversationsRepliesResponse = self.get("conversations.replies", &parameters).await?;
            messages.extend(page.messages.unwrap_or_default());
            cursor = next_cursor(page.response_metadata);
            if cursor.is_empty() {
                return Ok(messages);
            }
        }
    }

    /// The messages of a channel outside its threads since a time, with their metadata.
    ///
    /// <https://docs.slack.dev/reference/methods/conversations.history>
    pub async fn history(&self, channel: &str, oldest: Timestamp) -> Result<Vec<Message>, SlackError> {
        let oldest = oldest.as_second().to_string();
        let mut messages = Vec::new();
        let mut cursor = String::new();
        loop {
            let parameters = [
                ("channel", channel),
                ("oldest", &oldest),
                ("include_all_metadata", "true"),
                ("limit", PAGE),
                ("cursor", &cursor),
            ];
            let page: ConversationsHistoryResponse = self.get("conversations.history", &parameters).await?;
            messages.extend(page.messages.unwrap_or_default());
            cursor = next_cursor(page.response_metadata);
            if cursor.is_empty() {
                return Ok(messages);
            }
        }
    }

    /// Opens the direct message with a user, and gives its id.
    ///
    /// <https://docs.slack.dev/reference/methods/conversations.open>
    pub async fn open_dm(&self, user: &str) -> Result<String, SlackError> {
        const METHOD: &str = "conversations.open";
        let answer: ConversationsOpenResponse = self.post(METHOD, &json!({ "users": user })).await?;
        Ok(answer.channel.ok_or_else(|| malformed(METHOD, "it holds no channel"))?.id)
    }

    /// A page of the channels that are not archived: all public ones, and the private ones that the bot is in. With it
    /// comes the cursor of the next page, empty after the last; the first page is that of an empty cursor.
    ///
    /// <https://docs.slack.dev/reference/methods/conversations.list>
    pub async fn channels(&self, cursor: &str) -> Result<(Vec<Channel>, String), SlackError> {
        let parameters = [
            ("types", "public_channel,private_channel"),
            ("exclude_archived", "true"),
            ("limit", PAGE),
            ("cursor", cursor),
        ];
        let page: ConversationsListResponse = self.get("conversations.list", &parameters).await?;
        Ok((page.channels.unwrap_or_default(), next_cursor(page.response_metadata)))
    }

    /// <https://docs.slack.dev/reference/methods/conversations.info>
    pub async fn channel(&self, id: &str) -> Result<Channel, SlackError> {
        const METHOD: &str = "conversations.info";
        let answer: ConversationsInfoResponse = self.get(METHOD, &[("channel", id)]).await?;
        answer.channel.ok_or_else(|| malformed(METHOD, "it holds no channel"))
    }

    /// Makes the bot a member of a public channel, if it is none yet.
    ///
    /// <https://docs.slack.dev/reference/methods/conversations.join>
    pub async fn join_channel(&self, id: &str) -> Result<(), SlackError> {
        let channel = json!({ "channel": id });
        self.post::<ConversationsJoinResponse>("conversations.join", &channel).await.map(drop)
    }

    /// Invites a user to a channel that the bot is in. Slack refuses it as `already_in_channel` for a member.
    ///
    /// <https://docs.slack.dev/reference/methods/conversations.invite>
    pub async fn invite(&self, channel: &str, user: &str) -> Result<(), SlackError> {
        let invitation = json!({ "channel": channel, "users": user });
        self.post::<ConversationsInviteResponse>("conversations.invite", &invitation).await.map(drop)
    }

    /// A message with the reactions to it, each with everybody who gave it.
    ///
    /// <https://docs.slack.dev/reference/methods/reactions.get>
    pub async fn reactions(&self, channel: &str, ts: &str) -> Result<Message, SlackError> {
        const METHOD: &str = "reactions.get";
        let parameters = [("channel", channel), ("timestamp", ts), ("full", "true")];
        let answer: ReactionsGetResponse = self.get(METHOD, &parameters).await?;
        answer.message.ok_or_else(|| malformed(METHOD, "it holds no message"))
    }
}

/// The cursor of the next page; empty on the last.
fn next_cursor(metadata: Option<ResponseMetadata>) -> String {
    metadata.and_then(|metadata| metadata.next_cursor).unwrap_or_default()
}

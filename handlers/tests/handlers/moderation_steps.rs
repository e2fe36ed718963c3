//! A message that breaks a rule is deleted, or the moderators are told what is in the way.

use std::{sync::Arc, time::Duration};

use ackflow_asl::{Call, Failure};
use ackflow_flows::DeleteMessageError;
use ackflow_handlers::{DeleteMessageHandler, StepHandler};
use ackflow_schemas::devops::{ModeratedMessage, ModerationCase};
use serde_json::json;

use crate::{
    fake_ports::VirtualClock,
    fake_slack::{Answer, FakeSlack},
    request::NOW,
    step_output::assert_step_output,
};

const DELETE: &str = r#"POST chat.delete {"channel":"C0CHANNEL","ts":"1670631527.874149"}"#;

const LOOK_UP: &str = "GET chat.getPermalink?channel=C0CHANNEL&message_ts=1670631527.874149";

const PERMALINK: &str = "https://acme.slack.com/archives/C0CHANNEL/p1670631527874149";

/// The step, and Slack as the bot and as an admin see it.
struct Moderator {
    bot: Arc<FakeSlack>,
    admin: Arc<FakeSlack>,
    clock: Arc<VirtualClock>,
    handler: DeleteMessageHandler,
}

impl Moderator {
    async fn new() -> Self {
        Self::with(true).await
    }

    /// With an admin's token or without.
    async fn with(has_token: bool) -> Self {
        let clock = Arc::new(VirtualClock::at(NOW));
        let (bot, bot_client) = FakeSlack::start(clock.clone()).await;
        let (admin, admin_client) = FakeSlack::start(clock.clone()).await;
        let handler = DeleteMessageHandler::new(&bot_client, has_token.then_some(&admin_client));
        Self { bot, admin, clock, handler }
    }

    async fn delete(&self) -> Result<ModeratedMessage, Failure<DeleteMessageError>> {
        self.handler.run(Call::new("T0TEAM-Ev0EVENT", case())).await
    }

    /// The bot finds the message.
    fn has_link(&self) {
        self.bot.answer_next(Answer::Holds(json!({ "permalink": PERMALINK })));
    }
}

fn case() -> ModerationCase {
    ModerationCase {
        team_id: "T0TEAM".to_owned(),
        channel_id: "C0CHANNEL".to_owned(),
        user_id: "U0AUTHOR".to_owned(),
        ts: "1670631527.874149".to_owned(),
        rule: "no links".to_owned(),
        explanation: "<@U0AUTHOR>, please post no links in <#C0CHANNEL>.".to_owned(),
        moderators_channel: "C0MODERATORS".to_owned(),
    }
}

#[tokio::test]
async fn a_message_is_deleted_with_the_admins_token() {
    let moderator = Moderator::new().await;
    let moderated = moderator.delete().await.unwrap();
    assert_step_output("DeleteMessage", &moderated);
    assert_eq!(moderator.admin.calls(), [DELETE]);
    assert_eq!(moderator.bot.calls(), [""; 0]);
}

#[tokio::test]
async fn a_message_that_is_gone_is_deleted() {
    let moderator = Moderator::new().await;
    moderator.admin.answer_next(Answer::Refused("message_not_found"));
    let moderated = moderator.delete().await.unwrap();
    assert!(moderated.is_deleted);
    assert_eq!((moderated.obstacle, moderated.permalink), (None, None));
}

#[tokio::test]
async fn what_is_in_the_way_is_told_with_a_link() {
    let moderator = Moderator::new().await;
    moderator.admin.answer_next(Answer::Refused("cant_delete_message"));
    moderator.has_link();
    let moderated = moderator.delete().await.unwrap();
    assert_step_output("DeleteMessage_refused", &moderated);
    assert_eq!((moderator.admin.calls().len(), moderator.bot.calls()), (1, vec![LOOK_UP.to_owned()]));
}

#[tokio::test]
async fn without_an_admins_token_nothing_is_deleted() {
    let moderator = Moderator::with(false).await;
    moderator.has_link();
    let moderated = moderator.delete().await.unwrap();
    assert!(!moderated.is_deleted);
    assert_eq!(moderated.obstacle.as_deref(), Some("no_user_token"));
    assert_eq!(moderated.permalink.as_deref(), Some(PERMALINK));
    assert_eq!((moderator.admin.calls().len(), moderator.bot.calls()), (0, vec![LOOK_UP.to_owned()]));
}

#[tokio::test]
async fn without_a_link_the_moderators_are_told_all_the_same() {
    for answer in [Answer::Refused("message_not_found"), Answer::Wait("1"), Answer::PostedAndBroken] {
        let moderator = Moderator::with(false).await;
        moderator.bot.answer_next(answer);
        let moderated = moderator.delete().await.unwrap();
        assert_eq!((moderated.is_deleted, moderated.permalink), (false, None));
    }
}

#[tokio::test]
async fn the_step_waits_as_long_as_slack_says_but_not_for_ever() {
    let moderator = Moderator::new().await;
    moderator.admin.answer_next(Answer::Wait("20"));
    assert!(moderator.delete().await.unwrap().is_deleted);
    assert_eq!(moderator.clock.waits(), [Duration::from_secs(20)]);

    moderator.admin.answer_next(Answer::Wait("61"));
    let failure = moderator.delete().await.unwrap_err();
    assert_eq!(failure.error, DeleteMessageError::SlackRateLimited);
    assert_eq!(moderator.clock.waits().len(), 1);
}

#[tokio::test]
async fn an_outage_is_no_obstacle() {
    let moderator = Moderator::new().await;
    moderator.admin.answer_next(Answer::PostedAndBroken);
    let failure = moderator.delete().await.unwrap_err();
    assert_eq!(failure.error, DeleteMessageError::SlackUnavailable);
    assert!(failure.cause.contains("chat.delete"), "{failure}");
}

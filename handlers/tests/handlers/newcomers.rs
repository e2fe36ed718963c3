//! Whoever joins the workspace is invited to the default channels.

use std::{sync::Arc, time::Duration};

use ackflow_asl::{Call, Failure};
use ackflow_flows::{Configuration, InviteNewcomerError};
use ackflow_handlers::{InviteNewcomerHandler, StepHandler};
use ackflow_schemas::devops::{MissedChannel, Newcomer, WelcomedNewcomer};

use crate::{
    fake_ports::VirtualClock,
    fake_slack::{Answer, FakeSlack},
    request::NOW,
    step_output::assert_step_output,
};

const ONBOARDING: &str = r#"
[onboarding]
welcome = "Welcome, {user}! Have a look around."
default_channels = ["C0GENERAL", "C0RANDOM", "C0HELP"]
"#;

/// The invitations, in the configuration's order.
const INVITATIONS: [&str; 3] = [
    r#"POST conversations.invite {"channel":"C0GENERAL","users":"U0NEW"}"#,
    r#"POST conversations.invite {"channel":"C0RANDOM","users":"U0NEW"}"#,
    r#"POST conversations.invite {"channel":"C0HELP","users":"U0NEW"}"#,
];

/// The step and its Slack.
struct Host {
    slack: Arc<FakeSlack>,
    clock: Arc<VirtualClock>,
    handler: InviteNewcomerHandler,
}

impl Host {
    async fn new() -> Self {
        Self::with(ONBOARDING).await
    }

    /// With this configuration.
    async fn with(configuration: &str) -> Self {
        let configuration = Configuration::parse(configuration, "ackflow.toml").expect("a configuration");
        let clock = Arc::new(VirtualClock::at(NOW));
        let (slack, client) = FakeSlack::start(clock.clone()).await;
        Self { slack, clock, handler: InviteNewcomerHandler::new(&client, Arc::new(configuration)) }
    }

    async fn invite(&self) -> Result<WelcomedNewcomer, Failure<InviteNewcomerError>> {
        let newcomer = Newcomer { team_id: "T0TEAM".to_owned(), user_id: "U0NEW".to_owned() };
        self.handler.run(Call::new("T0TEAM-Ev0EVENT", newcomer)).await
    }
}

fn missed(channel: &str, reason: &str) -> MissedChannel {
    MissedChannel { channel_id: channel.to_owned(), reason: reason.to_owned() }
}

#[tokio::test]
async fn a_newcomer_is_invited_to_each_channel() {
    let host = Host::new().await;
    let welcomed = host.invite().await.unwrap();
    assert_step_output("InviteNewcomer", &welcomed);
    assert_eq!(host.slack.calls(), INVITATIONS);
}

#[tokio::test]
async fn whoever_is_there_already_has_been_invited() {
    let host = Host::new().await;
    let first = host.invite().await.unwrap();
    for _ in INVITATIONS {
        host.slack.answer_next(Answer::Refused("already_in_channel"));
    }
    assert_eq!(host.invite().await.unwrap(), first, "the step is run again");
}

#[tokio::test]
async fn a_channel_that_refuses_is_missed_and_holds_up_no_other() {
    let host = Host::new().await;
    host.slack.answer_next(Answer::Refused("not_in_channel"));
    host.slack.answer_next(Answer::Refused("already_in_channel"));
    host.slack.answer_next(Answer::Refused("is_archived"));
    let welcomed = host.invite().await.unwrap();
    assert_eq!(welcomed.channels, ["C0RANDOM"]);
    assert_eq!(welcomed.missed, [missed("C0GENERAL", "not_in_channel"), missed("C0HELP", "is_archived")]);
    assert_eq!(host.slack.calls(), INVITATIONS);
}

#[tokio::test]
async fn only_what_is_configured_is_done() {
    let host = Host::with("[onboarding]\nwelcome = \"Hello, {user}.\"").await;
    let welcomed = host.invite().await.unwrap();
    assert_eq!(welcomed.welcome.as_deref(), Some("Hello, <@U0NEW>."));
    assert!(welcomed.channels.is_empty());

    let host = Host::with("[onboarding]\ndefault_channels = [\"C0GENERAL\"]").await;
    let welcomed = host.invite().await.unwrap();
    assert_eq!((welcomed.welcome, welcomed.channels), (None, vec!["C0GENERAL".to_owned()]));

    let host = Host::with("").await;
    let welcomed = host.invite().await.unwrap();
    assert_eq!((welcomed.welcome, welcomed.channels.len()), (None, 0));
    assert_eq!(host.slack.calls(), [""; 0]);
}

#[tokio::test]
async fn the_step_waits_as_long_as_slack_says_but_not_for_ever() {
    let host = Host::new().await;
    host.slack.answer_next(Answer::Wait("20"));
    assert_eq!(host.invite().await.unwrap().channels.len(), 3);
    assert_eq!(host.clock.waits(), [Duration::from_secs(20)]);

    host.slack.answer_next(Answer::Wait("61"));
    let failure = host.invite().await.unwrap_err();
    assert_eq!(failure.error, InviteNewcomerError::SlackRateLimited);
    assert_eq!(host.clock.waits().len(), 1);
}

#[tokio::test]
async fn an_outage_misses_no_channel() {
    let host = Host::new().await;
    host.slack.answer_next(Answer::PostedAndBroken);
    let failure = host.invite().await.unwrap_err();
    assert_eq!(failure.error, InviteNewcomerError::SlackUnavailable);
    assert!(failure.cause.contains("conversations.invite"), "{failure}");
    assert_eq!(host.invite().await.unwrap().channels.len(), 3);
}

//! A workspace with the bot in it, and what people do there.

use std::sync::Arc;

use ackflow::{
    delivery::Attempt,
    simulator::{PostedMessage, Workspace},
    system::Ports,
};
use ackflow_engine::Status;
use ackflow_flows::Configuration;
use jiff::SignedDuration;

use super::fake_deployer::FakeDeployer;
use crate::stage::{Post, Stage, beginning, workspace};

/// How the bot is mentioned.
pub(crate) const BOT: &str = "<@U0ACKFLOW>";

pub(crate) const DANA: &str = "U0DANA";
pub(crate) const BEN: &str = "U0BEN";

/// The two who may approve.
pub(crate) const LEA: &str = "U0LEA";
pub(crate) const LEO: &str = "U0LEO";

/// The buttons.
pub(crate) const APPROVE: &str = "approve_deploy";
pub(crate) const DENY: &str = "deny_deploy";

/// People there deploy api and web to stg at once, and to prod when it is approved. Passwords are not to be posted.
pub(crate) struct Office {
    pub(crate) stage: Stage,
    pub(crate) deployer: Arc<FakeDeployer>,
    pub(crate) leads: String,
    pub(crate) moderators: String,
    /// Where newcomers are invited.
    pub(crate) general: String,
    /// Where there is a guide.
    pub(crate) alerts: String,
    /// Where reactions are counted.
    pub(crate) votes: String,
}

impl Office {
    pub(crate) async fn open() -> Self {
        Self::with(Workspace::default(), FakeDeployer::new(), |ports| ports).await
    }

    /// Where an admin has given the bot a token.
    pub(crate) async fn with_admin() -> Self {
        Self::with(workspace_with_admin(), FakeDeployer::new(), |ports| ports).await
    }

    /// With a target, and with something in front of the ports. The clock stops half an hour after the beginning: a
    /// request for approval expires after an hour, and time would jump there while the test is about to press.
    pub(crate) async fn with(
        settings: Workspace,
        deployer: Arc<FakeDeployer>,
        ports: impl FnOnce(Ports) -> Ports,
    ) -> Self {
        let (simulator, clock) = workspace(settings).await;
        clock.go_on_until(beginning() + SignedDuration::from_mins(30));
        let leads = simulator.create_private_channel("leads", true);
        let [moderators, general, alerts, votes] =
            ["moderators", "general", "alerts", "votes"].map(|name| simulator.create_channel(name));
        let configuration = configuration(&leads, &moderators, &general, &alerts, &votes);
        let ports = |before| ports(deployer.in_place(before));
        let stage = Stage::start(simulator, clock, configuration, ports, |routes| routes).await;
        Self { stage, deployer, leads, moderators, general, alerts, votes }
    }

    /// Kills the system and starts it again on its data. The target goes on by itself.
    pub(crate) async fn restart(self) -> Self {
        let stage = self.stage.crash(|ports| self.deployer.in_place(ports)).await;
        Self { stage, ..self }
    }

    /// Somebody posts a message in the channel of all; the event is the one of every message.
    pub(crate) fn say(&self, user: &str, text: &str) -> Post {
        let message = self.stage.simulator.post(&self.stage.channel, user, text, &[]).unwrap();
        let event = self.stage.simulator.event(&message);
        Post { message, files: vec![], event }
    }

    /// Somebody posts a message that mentions the bot; the event is the one of the mention.
    pub(crate) fn mention(&self, user: &str, text: &str) -> Post {
        let post = self.say(user, text);
        Post { event: self.stage.simulator.mention(&post.message), ..post }
    }

    /// Somebody mentions the bot with a command, and Slack tells it.
    pub(crate) async fn command(&self, user: &str, command: &str) -> Post {
        let post = self.mention(user, &format!("{BOT} {command}"));
        self.stage.deliver(&post.event).await;
        post
    }

    /// Dana gives a command, and all that follows has happened.
    pub(crate) async fn ask(&mut self, command: &str) -> Post {
        let post = self.command(DANA, command).await;
        assert_eq!(self.stage.settled(&post.event).await, Status::Succeeded);
        post
    }

    /// Somebody types a slash command.
    pub(crate) async fn slash(&self, command: &str, text: &str, user: &str) -> Attempt {
        let form = self.stage.simulator.slash(command, text, &self.stage.channel, user).unwrap();
        self.stage.simulator.deliver_form(&self.stage.process.commands_url(), &form).await
    }

    /// Somebody asks to deploy api to prod. Gives the message with the buttons too, once a press would be heard.
    pub(crate) async fn request(&mut self, user: &str) -> (Post, PostedMessage) {
        let post = self.command(user, "deploy prod api").await;
        let asked = self.asked(&post).await;
        (post, asked)
    }

    /// Waits until a deployment waits for its approval; gives the message with the buttons.
    pub(crate) async fn asked(&mut self, post: &Post) -> PostedMessage {
        let execution = post.execution();
        self.stage.process.happened(&execution, "TaskSubmitted").await;
        self.until_told(post, "needs an approval").await;
        let has_its_buttons = |message: &PostedMessage| {
            message.blocks.iter().any(|block| block.to_string().contains(&execution))
        };
        let simulator = &self.stage.simulator;
        simulator.until(|simulator| simulator.messages(&self.leads).iter().any(has_its_buttons)).await;
        simulator.messages(&self.leads).into_iter().find(has_its_buttons).unwrap()
    }

    /// Somebody presses a button: what Slack posts then.
    pub(crate) fn form(&self, asked: &PostedMessage, button: &str, user: &str) -> String {
        self.stage.simulator.press(&asked.channel, &asked.ts, button, user).unwrap()
    }

    /// Slack tells of a press; it is acknowledged.
    pub(crate) async fn deliver_press(&self, form: &str) {
        let url = self.stage.process.interactivity_url();
        let attempt = self.stage.simulator.deliver_form(&url, form).await;
        assert_eq!(attempt.status, Some(200), "{attempt:?}");
    }

    /// Somebody presses a button, and the press has been judged.
    pub(crate) async fn press(&mut self, asked: &PostedMessage, button: &str, user: &str) {
        let form = self.form(asked, button, user);
        self.deliver_press(&form).await;
        self.presses_judged().await;
    }

    /// Waits until every press has been judged, and whoever pressed in vain was told.
    pub(crate) async fn presses_judged(&mut self) {
        self.stage.process.all_ended(|row| row.start.flow == "approvals").await;
        self.stage.process.notices_posted().await;
    }

    /// Waits until everything has happened; all of it went well.
    pub(crate) async fn settled(&mut self) {
        for row in self.stage.process.all_ended(|_| true).await {
            assert_eq!(row.status, Status::Succeeded, "{row:?}");
        }
        self.stage.process.notices_posted().await;
    }

    /// What the bot says in the thread of a message.
    pub(crate) fn told(&self, post: &Post) -> Vec<String> {
        self.stage.told(post).into_iter().map(|message| message.text).collect()
    }

    pub(crate) async fn until_told(&self, post: &Post, phrase: &str) {
        let PostedMessage { channel, ts, .. } = &post.message;
        let is_told = |message: &PostedMessage| message.bot_id.is_some() && message.text.contains(phrase);
        self.stage.simulator.until(|simulator| simulator.thread(channel, ts).iter().any(is_told)).await;
    }

    /// What the bot says in a channel and in its threads.
    pub(crate) fn told_in(&self, channel: &str) -> Vec<String> {
        let messages = self.stage.simulator.messages(channel).into_iter();
        messages.filter(|message| message.bot_id.is_some()).map(|message| message.text).collect()
    }

    /// What the bot tells somebody in private.
    pub(crate) fn told_to(&self, user: &str) -> Vec<String> {
        let messages = self.stage.simulator.dm(user).into_iter();
        messages.filter(|message| message.bot_id.is_some()).map(|message| message.text).collect()
    }

    /// Whom the bot shows something in a channel that nobody else sees, and what.
    pub(crate) fn shown_in(&self, channel: &str) -> Vec<(String, String)> {
        let ephemerals = self.stage.simulator.ephemerals(channel).into_iter();
        ephemerals.map(|ephemeral| (ephemeral.user, ephemeral.text)).collect()
    }
}

/// A workspace whose admin lets the bot delete messages.
pub(crate) fn workspace_with_admin() -> Workspace {
    Workspace { user_token: Some("xoxp-simulated-user-token".into()), ..Workspace::default() }
}

fn configuration(leads: &str, moderators: &str, general: &str, alerts: &str, votes: &str) -> Configuration {
    let text = format!(
        r#"
        [deploy]
        approvers = ["{LEA}", "{LEO}"]
        leads_channel = "{leads}"
        approval_timeout_minutes = 60
        slash_command = "/deploy"

        [deploy.environments.stg]
        needs_approval = false

        [deploy.environments.prod]
        needs_approval = true

        [deploy.services.api]
        link = "https://{{environment}}.example.com/"

        [deploy.services.api.target.command]
        program = "./deploy.sh"

        [deploy.services.web.target.command]
        program = "./deploy.sh"

        [moderation]
        moderators_channel = "{moderators}"

        [[moderation.rules]]
        name = "passwords"
        pattern = 'hunter2'
        text = "Change the password, {{user}}."

        [onboarding]
        welcome = "Welcome, {{user}}!"
        default_channels = ["{general}"]

        [[onboarding.guides]]
        channel = "{alerts}"
        text = "{{user}}, alerts are for whoever is on call."

        [votes]
        channels = ["{votes}"]
        "#
    );
    Configuration::parse(&text, "ackflow.toml").unwrap()
}

/// Checks that there is one message for each phrase, in this order.
#[track_caller]
pub(crate) fn assert_says(told: &[String], phrases: &[&str]) {
    let as_expected =
        told.len() == phrases.len() && told.iter().zip(phrases).all(|(text, phrase)| text.contains(*phrase));
    assert!(as_expected, "{told:#?} say {phrases:#?}");
}

/// Checks that there is one message for each phrase, in any order.
#[track_caller]
pub(crate) fn assert_says_each_once(told: &[String], phrases: &[&str]) {
    assert_eq!(told.len(), phrases.len(), "{told:#?} say {phrases:#?}");
    for phrase in phrases {
        let times = told.iter().filter(|text| text.contains(*phrase)).count();
        assert_eq!(times, 1, "{told:#?} say {phrase:?} once");
    }
}

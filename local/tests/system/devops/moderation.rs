//! Messages that break a rule.

use ackflow::simulator::{Fault, PostedMessage, Target, Workspace};
use ackflow_engine::Status;
use serde_json::Value;

use super::{
    crash_at_each_call::{Scenario, crash_at_each_call},
    office::{BEN, DANA, Office, assert_says, workspace_with_admin},
};
use crate::stage::Post;

const PASSWORD: &str = "My password is hunter2";

fn delete() -> Target {
    Target::Method("chat.delete".into())
}

fn is_there(office: &Office, post: &Post) -> bool {
    let messages = office.stage.simulator.messages(&office.stage.channel);
    messages.iter().any(|message| message.ts == post.message.ts)
}

/// Delivers an event that is acted on, and waits for the end.
async fn act_on(office: &mut Office, event: &Value) {
    office.stage.deliver(event).await;
    assert_eq!(office.stage.settled(event).await, Status::Succeeded);
}

/// Delivers an event that nobody acts on.
async fn pass_over(office: &Office, event: &Value) {
    let delivery = office.stage.deliver(event).await;
    assert!(delivery.attempts[0].answer.contains("\"ignored\""), "{delivery:?}");
}

#[tokio::test]
async fn with_an_admins_token_the_message_is_deleted_and_its_author_told() {
    let mut office = Office::with_admin().await;
    let post = office.say(DANA, PASSWORD);
    act_on(&mut office, &post.event).await;
    assert!(!is_there(&office, &post));
    assert_says(&office.told_to(DANA), &["breaks a rule. I deleted it.\nChange the password, <@U0DANA>."]);
    assert!(office.told_in(&office.moderators).is_empty());
}

#[tokio::test]
async fn a_deletion_whose_answer_is_lost_is_a_deletion() {
    let mut office = Office::with_admin().await;
    let post = office.say(DANA, PASSWORD);
    office.stage.simulator.fault(delete(), 1, Fault::PostThenDrop);
    act_on(&mut office, &post.event).await;
    assert!(!is_there(&office, &post));
    assert_says(&office.told_to(DANA), &["I deleted it."]);
    assert!(office.told_in(&office.moderators).is_empty());
    assert_eq!(office.stage.simulator.faults_left(), 0);
}

/// The message is left to the moderators, who are told why.
async fn check_reported(office: &mut Office, reason: &str) {
    let post = office.say(DANA, PASSWORD);
    act_on(office, &post.event).await;
    assert!(is_there(office, &post));
    let PostedMessage { channel, ts, .. } = &post.message;
    let link = format!("<https://ackflow-demo.slack.com/archives/{channel}/p{}|", ts.replace('.', ""));
    let reported = office.told_in(&office.moderators);
    let [report] = &reported[..] else { panic!("one report: {reported:#?}") };
    assert!(report.contains(&format!("{link}A message> of <@U0DANA>")), "{report}");
    assert!(report.contains("breaks the rule *passwords*") && report.contains(reason), "{report}");
    assert_says(&office.told_to(DANA), &["I reported it to the moderators."]);
}

#[tokio::test]
async fn without_an_admins_token_the_moderators_are_told() {
    let mut office = Office::open().await;
    check_reported(&mut office, "I have no admin's token").await;
    let requests = office.stage.simulator.requests();
    assert!(!requests.iter().any(|request| request.path == "/api/chat.delete"));
}

#[tokio::test]
async fn what_the_admin_may_not_delete_the_moderators_are_told() {
    let mut office = Office::with_admin().await;
    office.stage.simulator.fault(delete(), 1, Fault::SlackError("cant_delete_message".into()));
    check_reported(&mut office, "the admin whose token I have may not delete it").await;
}

#[tokio::test]
async fn an_edit_that_breaks_a_rule_counts() {
    let mut office = Office::with_admin().await;
    let post = office.say(DANA, "My password is secret");
    pass_over(&office, &post.event).await;
    let event = office.stage.simulator.edit(&office.stage.channel, &post.message.ts, PASSWORD).unwrap();
    act_on(&mut office, &event).await;
    assert!(!is_there(&office, &post));
    assert_says(&office.told_to(DANA), &["I deleted it."]);
}

#[tokio::test]
async fn what_bots_say_and_what_is_said_in_private_is_not_moderated() {
    let mut office = Office::with_admin().await;
    let post = office.say(DANA, PASSWORD);
    for (user, bot_id) in [("U0ACKFLOW", "B0ACKFLOW"), ("U0OTHER", "B0OTHER")] {
        let bot_id = Some(bot_id.to_owned());
        let by_bot = PostedMessage { user: user.into(), bot_id, ..post.message.clone() };
        pass_over(&office, &office.stage.simulator.event(&by_bot)).await;
    }

    // So that there is a direct message to answer to.
    act_on(&mut office, &post.event).await;
    let simulator = &office.stage.simulator;
    let in_private = simulator.dm(DANA)[0].channel.clone();
    let answer = simulator.post(&in_private, DANA, "But hunter2 is so nice", &[]).unwrap();
    pass_over(&office, &simulator.event(&answer)).await;
    assert_eq!(office.told_to(DANA).len(), 1);
}

/// Ben posts a password.
#[derive(Default)]
struct Password {
    post: Option<Post>,
}

impl Scenario for Password {
    async fn play(&mut self, office: &mut Office) {
        let post = self.post.get_or_insert_with(|| office.say(BEN, PASSWORD));
        office.stage.deliver(&post.event).await;
        office.settled().await;
    }

    fn check(&self, office: &Office) {
        assert!(self.post.as_ref().is_some_and(|post| !is_there(office, post)));
        assert_says(&office.told_to(BEN), &["I deleted it."]);
        assert!(office.told_in(&office.moderators).is_empty());
    }
}

#[tokio::test]
async fn a_deletion_outlives_a_crash_at_each_call() {
    crash_at_each_call::<Password>(&workspace_with_admin()).await;
}

/// Ben posts a password, where the bot may not delete it.
#[derive(Default)]
struct ReportedPassword(Password);

impl Scenario for ReportedPassword {
    async fn play(&mut self, office: &mut Office) {
        self.0.play(office).await;
    }

    fn check(&self, office: &Office) {
        assert_says(&office.told_to(BEN), &["I reported it to the moderators."]);
        assert_says(&office.told_in(&office.moderators), &["of <@U0BEN>"]);
    }
}

#[tokio::test]
async fn a_report_outlives_a_crash_at_each_call() {
    crash_at_each_call::<ReportedPassword>(&Workspace::default()).await;
}

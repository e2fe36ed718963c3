//! Newcomers are greeted, and whoever joins a channel is told what it is for.

use ackflow::simulator::Workspace;
use serde_json::{Value, json};

use super::{
    crash_at_each_call::{Scenario, crash_at_each_call},
    office::{DANA, Office, assert_says},
};

#[tokio::test]
async fn a_newcomer_is_invited_and_greeted_once() {
    let mut office = Office::open().await;
    let (newcomer, event) = office.stage.simulator.join_team("newt");
    for _ in 0..3 {
        office.stage.deliver(&event).await;
        office.settled().await;
    }
    let greeting = format!("Welcome, <@{newcomer}>!\nI added you to <#{}>.", office.general);
    assert_eq!(office.told_to(&newcomer), [greeting]);
    let requests = office.stage.simulator.requests();
    let invitations = requests.iter().filter(|request| request.path == "/api/conversations.invite");
    assert_eq!(invitations.count(), 1);
}

#[tokio::test]
async fn a_bot_is_not_greeted() {
    let office = Office::open().await;
    let (_, mut joined) = office.stage.simulator.join_team("deploy-o-mat");
    joined["event"]["user"]["is_bot"] = json!(true);
    let entered = office.stage.simulator.join_channel(&office.alerts, "U0ACKFLOW").unwrap();
    for event in [joined, entered] {
        let delivery = office.stage.deliver(&event).await;
        assert!(delivery.attempts[0].answer.contains("from_bot"), "{delivery:?}");
    }
    assert!(office.stage.process.journal.list(1).await.unwrap().is_empty());
}

#[tokio::test]
async fn whoever_joins_a_channel_with_a_guide_is_told() {
    let mut office = Office::open().await;
    let event = office.stage.simulator.join_channel(&office.alerts, DANA).unwrap();
    office.stage.deliver(&event).await;
    office.settled().await;
    assert_says(&office.told_to(DANA), &["<@U0DANA>, alerts are for whoever is on call."]);
    assert!(office.told_in(&office.alerts).is_empty(), "nobody else is told");

    let event = office.stage.simulator.join_channel(&office.general, DANA).unwrap();
    let delivery = office.stage.deliver(&event).await;
    assert!(delivery.attempts[0].answer.contains("no_guide"), "{delivery:?}");
}

/// Somebody joins the workspace.
#[derive(Default)]
struct Newcomer {
    joined: Option<(String, Value)>,
}

impl Scenario for Newcomer {
    async fn play(&mut self, office: &mut Office) {
        let (_, event) = self.joined.get_or_insert_with(|| office.stage.simulator.join_team("newt"));
        office.stage.deliver(event).await;
        office.settled().await;
    }

    fn check(&self, office: &Office) {
        let (newcomer, _) = self.joined.as_ref().unwrap();
        let greeting = format!("Welcome, <@{newcomer}>!\nI added you to <#{}>.", office.general);
        assert_eq!(office.told_to(newcomer), [greeting]);
    }
}

#[tokio::test]
async fn a_greeting_outlives_a_crash_at_each_call() {
    crash_at_each_call::<Newcomer>(&Workspace::default()).await;
}

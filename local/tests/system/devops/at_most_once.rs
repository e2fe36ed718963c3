//! A deployment is started at most once, wherever the process dies.

use std::sync::Arc;

use ackflow::simulator::Workspace;

use super::{
    crash_at_each_call::{Scenario, crash_at_each_call},
    fake_deployer::FakeDeployer,
    office::{APPROVE, DANA, LEA, Office, assert_says, assert_says_each_once},
};
use crate::{
    stage::Post,
    tripwire::{CrashPoint, Moment, Tripwire},
    watched::watched,
};

/// The process dies when it is about to start a deployment, or when it has and does not know yet. Gives what is there
/// after it started again.
async fn crash_at_start(moment: Moment, deployer: Arc<FakeDeployer>) -> (Office, Post) {
    let tripwire = Tripwire::at(Some(CrashPoint { call: "deployer.start", moment, occurrence: 1 }));
    let ports = |ports| watched(ports, &tripwire);
    let office = Office::with(Workspace::default(), deployer, ports).await;
    let post = office.command(DANA, "deploy stg api").await;
    tripwire.tripped().await;
    let mut office = office.restart().await;
    office.settled().await;
    (office, post)
}

#[tokio::test]
async fn what_the_target_knows_is_not_started_again() {
    let (office, post) = crash_at_start(Moment::After, FakeDeployer::new()).await;
    assert_eq!(office.deployer.started(), ["api to stg"]);
    let deployed = "<@U0DANA> *api* is deployed to *stg*";
    assert_says_each_once(&office.told(&post), &["Deploying *api* to *stg*…", deployed]);
}

#[tokio::test]
async fn what_the_target_does_not_know_is_started() {
    let (office, post) = crash_at_start(Moment::Before, FakeDeployer::new()).await;
    assert_eq!(office.deployer.started(), ["api to stg"]);
    let deployed = "<@U0DANA> *api* is deployed to *stg*";
    assert_says_each_once(&office.told(&post), &["Deploying *api* to *stg*…", deployed]);
}

#[tokio::test]
async fn what_the_target_cannot_say_is_reported_and_not_started_again() {
    for (moment, starts) in [(Moment::Before, 0), (Moment::After, 1)] {
        let (mut office, post) = crash_at_start(moment, FakeDeployer::forgetful()).await;
        assert_eq!(office.deployer.started().len(), starts);
        let uncertain =
            "I can't tell what became of the deployment of *api* to *stg*: it may have been done.";
        assert_says_each_once(&office.told(&post), &["Deploying *api* to *stg*…", uncertain]);
        // It is in nobody's way.
        let next = office.ask("deploy stg api").await;
        assert_says_each_once(&office.told(&next), &["Deploying", "*api* is deployed to *stg*"]);
    }
}

/// Dana asks to deploy to prod, and Lea approves.
#[derive(Default)]
struct ApprovedDeployment {
    post: Option<Post>,
    press: Option<String>,
}

impl Scenario for ApprovedDeployment {
    async fn play(&mut self, office: &mut Office) {
        let post = self.post.get_or_insert_with(|| office.mention(DANA, "<@U0ACKFLOW> deploy prod api"));
        office.stage.deliver(&post.event).await;
        if self.press.is_none() {
            let asked = office.asked(post).await;
            self.press = Some(office.form(&asked, APPROVE, LEA));
        }
        if let Some(form) = &self.press {
            office.deliver_press(form).await;
        }
        office.settled().await;
    }

    fn check(&self, office: &Office) {
        assert_eq!(office.deployer.started(), ["api to prod"]);
        assert_says(&office.told_in(&office.leads), &["Approved by <@U0LEA>"]);
        let mut told = self.post.iter().flat_map(|post| office.told(post)).collect::<Vec<_>>();
        // No news any more where the crash put it off until the deployment had ended.
        if let Some(at) = told.iter().position(|text| text.contains("Deploying *api* to *prod*…")) {
            told.remove(at);
        }
        assert_says_each_once(&told, &["needs an approval", "*api* is deployed to *prod*"]);
    }
}

#[tokio::test]
async fn an_approved_deployment_outlives_a_crash_at_each_call() {
    crash_at_each_call::<ApprovedDeployment>(&Workspace::default()).await;
}

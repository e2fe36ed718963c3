//! Approvals: who may decide, when it is too late, and that there is one decision.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
    time::Duration,
};

use ackflow::simulator::Workspace;
use ackflow_handlers::ports::PortError;
use async_trait::async_trait;
use futures_util::future::join_all;

use super::{
    fake_deployer::FakeDeployer,
    office::{APPROVE, BEN, DANA, DENY, LEA, LEO, Office, assert_says},
};
use crate::{
    clock::StageClock,
    watched::{Call, Doorman, watched},
};

#[tokio::test]
async fn production_is_deployed_once_it_is_approved() {
    let mut office = Office::open().await;
    let (post, asked) = office.request(DANA).await;
    assert!(asked.text.contains("<@U0DANA> asks to deploy *api* to *prod*."), "{}", asked.text);
    assert!(office.deployer.started().is_empty());

    office.deployer.hold("api");
    office.press(&asked, APPROVE, LEA).await;
    office.until_told(&post, "Deploying *api* to *prod*…").await;
    office.deployer.release();
    office.settled().await;
    assert_says(&office.told(&post), &["needs an approval", "Deploying", "*api* is deployed to *prod*"]);
    assert_says(&office.told_in(&office.leads), &["Approved by <@U0LEA>"]);
    assert_eq!(office.deployer.started(), ["api to prod"]);
    assert!(office.stage.simulator.press(&office.leads, &asked.ts, DENY, LEO).is_err(), "no button is left");
}

#[tokio::test]
async fn a_denied_deployment_is_not_done() {
    let mut office = Office::open().await;
    let (post, asked) = office.request(DANA).await;
    office.press(&asked, DENY, LEA).await;
    office.settled().await;
    let denied = "<@U0DANA> *api* is not deployed to *prod*. Denied by <@U0LEA>";
    assert_says(&office.told(&post), &["needs an approval", denied]);
    assert_says(&office.told_in(&office.leads), &["Denied by <@U0LEA>"]);
    assert!(office.deployer.started().is_empty());
}

#[tokio::test]
async fn a_request_that_nobody_decides_expires() {
    let mut office = Office::open().await;
    let (post, asked) = office.request(DANA).await;
    let form = office.form(&asked, APPROVE, LEA);
    office.stage.clock.go_on();
    office.settled().await;
    let expired = "*api* is not deployed to *prod*. Expired: nobody decided in time.";
    assert_says(&office.told(&post), &["needs an approval", expired]);
    assert_says(&office.told_in(&office.leads), &["Expired: nobody decided in time."]);

    office.deliver_press(&form).await;
    office.settled().await;
    let shown = office.shown_in(&office.leads);
    let [(user, text)] = &shown[..] else { panic!("one is told: {shown:#?}") };
    assert_eq!(user, LEA);
    assert!(text.contains("You are too late"), "{text}");
    assert_says(&office.told_in(&office.leads), &["Expired: nobody decided in time."]);
    assert!(office.deployer.started().is_empty());
}

#[tokio::test]
async fn whoever_asks_is_told_where_the_leads_cannot_be_asked() {
    let mut office = Office::open().await;
    office.stage.simulator.archive_channel(&office.leads).unwrap();
    let post = office.command(DANA, "deploy prod api").await;
    office.until_told(&post, "I could not ask").await;
    office.stage.clock.go_on();
    office.settled().await;
    let expired = "Expired: nobody decided in time.";
    assert_says(&office.told(&post), &["needs an approval", "is_archived", expired]);
    assert!(office.told_in(&office.leads).is_empty());
    assert!(office.deployer.started().is_empty());
}

#[tokio::test]
async fn who_may_not_decide_is_told_and_somebody_else_decides() {
    let mut office = Office::open().await;
    let (_, asked) = office.request(LEA).await;
    office.press(&asked, APPROVE, BEN).await;
    office.press(&asked, APPROVE, LEA).await;
    let (users, texts): (Vec<_>, Vec<_>) = office.shown_in(&office.leads).into_iter().unzip();
    assert_eq!(users, [BEN, LEA]);
    assert_says(&texts, &["You are none of the approvers", "somebody else has to decide"]);
    assert!(office.deployer.started().is_empty());

    office.press(&asked, APPROVE, LEO).await;
    office.settled().await;
    assert_says(&office.told_in(&office.leads), &["Approved by <@U0LEO>"]);
    assert_eq!(office.deployer.started(), ["api to prod"]);
}

#[tokio::test]
async fn a_press_after_the_decision_changes_nothing() {
    let mut office = Office::open().await;
    let (_, asked) = office.request(DANA).await;
    let late = office.form(&asked, DENY, LEO);
    office.press(&asked, APPROVE, LEA).await;
    office.deliver_press(&late).await;
    office.settled().await;
    let shown = office.shown_in(&office.leads);
    let [(user, text)] = &shown[..] else { panic!("one is told: {shown:#?}") };
    assert_eq!(user, LEO);
    assert!(text.contains("You are too late") && text.contains("Approved by <@U0LEA>"), "{text}");
    assert_says(&office.told_in(&office.leads), &["Approved by <@U0LEA>"]);
    assert_eq!(office.deployer.started(), ["api to prod"]);
}

#[tokio::test]
async fn a_press_that_comes_again_is_one_press() {
    let mut office = Office::open().await;
    let (_, asked) = office.request(DANA).await;
    let form = office.form(&asked, APPROVE, LEA);
    for _ in 0..3 {
        office.deliver_press(&form).await;
        office.settled().await;
    }
    assert!(office.shown_in(&office.leads).is_empty());
    assert_eq!(office.deployer.started(), ["api to prod"]);
}

#[tokio::test]
async fn a_request_outlives_the_process() {
    let mut office = Office::open().await;
    let (post, asked) = office.request(DANA).await;
    let mut office = office.restart().await;
    office.press(&asked, APPROVE, LEA).await;
    office.settled().await;
    assert_says(&office.told_in(&office.leads), &["Approved by <@U0LEA>"]);
    assert!(office.told(&post).last().unwrap().contains("*api* is deployed to *prod*"));
    assert_eq!(office.deployer.started(), ["api to prod"]);
}

/// Lets two minutes pass at a call that it is set to: signatures are good for five.
#[derive(Default)]
struct Alarm {
    /// How many calls it still lets go by, and the clock.
    set: Mutex<Option<(usize, Arc<StageClock>)>>,
}

impl Alarm {
    fn set(&self, calls: usize, clock: &Arc<StageClock>) {
        *self.set.lock().unwrap() = Some((calls, Arc::clone(clock)));
    }

    fn count_down(&self) -> Option<Arc<StageClock>> {
        let mut set = self.set.lock().unwrap();
        let (left, clock) = set.take()?;
        if left == 0 {
            return Some(clock);
        }
        *set = Some((left - 1, clock));
        None
    }
}

#[async_trait]
impl Doorman for Alarm {
    async fn before(&self, _: Call) -> Result<(), PortError> {
        if let Some(clock) = self.count_down() {
            clock.advance(Duration::from_mins(2)).await;
        }
        Ok(())
    }

    async fn after(&self, _: Call) {}
}

#[tokio::test]
async fn two_presses_and_the_expiry_at_one_instant_are_one_decision() {
    let mut outcomes = BTreeSet::new();
    for calls in 0..16 {
        outcomes.insert(at_one_instant(calls).await);
    }
    let tried = outcomes.contains(EXPIRED) && outcomes.len() > 1;
    assert!(tried, "it expires before a press, and after one: {outcomes:?}");
}

const APPROVED: &str = "Approved by <@U0LEA>";
const DENIED: &str = "Denied by <@U0LEO>";
const EXPIRED: &str = "Expired: nobody decided in time.";

/// Lea approves and Leo denies, and while the system is at it, after so many calls of its ports, the time is over.
/// Gives the outcome, once everything agrees on it.
async fn at_one_instant(calls: usize) -> &'static str {
    let alarm = Arc::new(Alarm::default());
    let ports = |ports| watched(ports, &alarm);
    let mut office = Office::with(Workspace::default(), FakeDeployer::new(), ports).await;
    let (post, asked) = office.request(DANA).await;
    office.stage.clock.stop();
    // The last minute of the hour.
    office.stage.clock.advance(Duration::from_mins(59)).await;
    let forms = [(APPROVE, LEA), (DENY, LEO)].map(|(button, user)| office.form(&asked, button, user));
    alarm.set(calls, &office.stage.clock);
    join_all(forms.iter().map(|form| office.deliver_press(form))).await;
    // A step that was interrupted by the time that passed is run again after a while.
    office.stage.clock.go_on();
    office.stage.process.all_ended(|row| row.start.flow == "approvals").await;
    office.settled().await;

    let leads = office.told_in(&office.leads);
    let [said] = &leads[..] else { panic!("the leads are told once: {leads:#?}") };
    let outcomes: Vec<&str> =
        [APPROVED, DENIED, EXPIRED].into_iter().filter(|outcome| said.contains(outcome)).collect();
    let [outcome] = outcomes[..] else { panic!("one outcome: {said}") };
    let told = office.told(&post);
    let end = told.iter().find(|text| text.contains("deployed to *prod*"));
    if outcome == APPROVED {
        assert_eq!(office.deployer.started(), ["api to prod"]);
        assert!(end.is_some_and(|end| end.contains("is deployed")), "{told:#?}");
    } else {
        assert!(office.deployer.started().is_empty(), "{outcome}");
        assert!(end.is_some_and(|end| end.contains("is not deployed") && end.contains(outcome)), "{told:#?}");
    }
    let in_vain = office.shown_in(&office.leads);
    // Whoever decided is never told otherwise. Where the time was over before the engine heard of it, and the step was
    // interrupted, they read it in the leads' message alone.
    let expected = if outcome == EXPIRED { 1..=2 } else { 1..=1 };
    assert!(expected.contains(&in_vain.len()), "{outcome}: {in_vain:#?}");
    let status = office.ask("status").await;
    assert_says(&office.told(&status), &["Nothing is being deployed."]);
    outcome
}

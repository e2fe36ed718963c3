//! Everything is delivered eight times at once, in several orders: it has its effect once.

use ackflow_engine::Status;
use futures_util::future::join_all;

use super::office::{APPROVE, BEN, DANA, DENY, LEA, LEO, Office, assert_says, assert_says_each_once};

const DELIVERIES: usize = 8;

/// Everything as often as it is delivered, each time in another order.
fn storm<T>(parts: &[T]) -> impl Iterator<Item = &T> {
    let turned = move |by: usize| parts.iter().cycle().skip(by).take(parts.len());
    (0..DELIVERIES).flat_map(turned)
}

#[tokio::test]
async fn each_event_has_its_effect_once() {
    let mut office = Office::with_admin().await;
    let simulator = &office.stage.simulator;
    let deploy = office.mention(DANA, "<@U0ACKFLOW> deploy stg api");
    let help = office.mention(BEN, "<@U0ACKFLOW> help");
    let password = office.say(LEO, "hunter2");
    let (newcomer, joined) = simulator.join_team("newt");
    let entered = simulator.join_channel(&office.alerts, BEN).unwrap();
    let topic = simulator.post(&office.votes, DANA, "Lunch?", &[]).unwrap();
    let vote = simulator.react(&office.votes, &topic.ts, BEN, "tada").unwrap();
    let events = [&deploy.event, &help.event, &password.event, &joined, &entered, &vote];

    office.stage.clock.stop();
    join_all(storm(&events).map(|event| office.stage.deliver(event))).await;
    office.stage.clock.go_on();
    office.settled().await;

    assert_eq!(office.deployer.started(), ["api to stg"]);
    // That it is under way is no news any more where Slack took it only once the deployment had ended.
    let mut told = office.told(&deploy);
    told.retain(|text| !text.contains("Deploying *api*"));
    assert_says_each_once(&told, &["*api* is deployed to *stg*"]);
    assert_says(&office.told(&help), &["Here is what I can do:"]);
    assert_says(&office.told_to(LEO), &["I deleted it."]);
    assert!(office.told_in(&office.moderators).is_empty());
    assert_says(&office.told_to(&newcomer), &["Welcome"]);
    assert_says(&office.told_to(BEN), &["alerts are for whoever is on call"]);
    assert_says(&office.told_in(&office.votes), &[":tada: 1"]);
}

#[tokio::test]
async fn presses_of_two_are_one_decision() {
    let mut office = Office::open().await;
    let (post, asked) = office.request(DANA).await;
    let forms = [office.form(&asked, APPROVE, LEA), office.form(&asked, DENY, LEO)];
    join_all(storm(&forms).map(|form| office.deliver_press(form))).await;
    office.settled().await;

    let leads = office.told_in(&office.leads);
    let shown = office.shown_in(&office.leads);
    let told = office.told(&post);
    let [(loser, _)] = &shown[..] else { panic!("one press is in vain: {shown:#?}") };
    if loser == LEO {
        assert_says(&leads, &["Approved by <@U0LEA>"]);
        assert_eq!(office.deployer.started(), ["api to prod"]);
        assert_says_each_once(&told, &["needs an approval", "Deploying *api* to *prod*…", "is deployed to"]);
    } else {
        assert_says(&leads, &["Denied by <@U0LEO>"]);
        assert!(office.deployer.started().is_empty());
        assert_says_each_once(&told, &["needs an approval", "is not deployed to *prod*"]);
    }
    let presses = office.stage.process.all_ended(|row| row.start.flow == "approvals").await;
    assert_eq!(presses.len(), 2);
    assert!(presses.iter().all(|press| press.status == Status::Succeeded));
}

#[tokio::test]
async fn a_slash_command_has_its_effect_once() {
    let mut office = Office::open().await;
    let channel = office.stage.channel.clone();
    let simulator = &office.stage.simulator;
    let typed = |text| simulator.slash("/deploy", text, &channel, BEN).unwrap();
    let forms = [typed("stg api"), typed("status"), typed("stg web")];
    let url = office.stage.process.commands_url();
    let attempts = join_all(storm(&forms).map(|form| simulator.deliver_form(&url, form))).await;
    assert!(attempts.iter().all(|attempt| attempt.status == Some(200)), "{attempts:#?}");
    office.settled().await;

    let mut started = office.deployer.started();
    started.sort();
    assert_eq!(started, ["api to stg", "web to stg"]);
    assert_eq!(office.shown_in(&channel).len(), 1, "the status is shown once");
    assert_eq!(office.told_in(&channel).len(), 4, "two messages about each deployment");
}

//! Deployments, and how they wait for each other.

use std::time::Duration;

use ackflow::simulator::Workspace;

use super::{
    fake_deployer::FakeDeployer,
    office::{APPROVE, BEN, DANA, LEA, Office, assert_says, assert_says_each_once},
};
use crate::stage::Post;

#[tokio::test]
async fn staging_is_deployed_at_once() {
    let mut office = Office::open().await;
    office.deployer.hold("api");
    let post = office.command(DANA, "deploy stg api").await;
    office.until_told(&post, "Deploying *api* to *stg*…").await;
    office.deployer.release();
    office.settled().await;
    assert_says(&office.told(&post), &["Deploying", "<@U0DANA> *api* is deployed to *stg*"]);
    assert!(office.told(&post)[1].ends_with(" <https://stg.example.com/|Open>"));
    assert_eq!(office.deployer.started(), ["api to stg"]);
    assert!(office.told_in(&office.leads).is_empty(), "nobody has to approve it");
}

#[tokio::test]
async fn a_deployment_that_goes_on_at_its_target_is_looked_after() {
    let mut office = Office::with(Workspace::default(), FakeDeployer::slow(10), |ports| ports).await;
    let post = office.ask("deploy stg api").await;
    let told = office.told(&post);
    assert_says_each_once(&told, &["Deploying *api* to *stg*…", "*api* is deployed to *stg*"]);
    // The looks are some seconds apart.
    assert!(!told.iter().any(|text| text.contains("in 0 s")), "{told:#?}");
    assert_eq!(office.deployer.started(), ["api to stg"]);
}

#[tokio::test]
async fn deployments_of_one_service_to_one_environment_never_overlap() {
    let mut office = Office::open().await;
    office.deployer.hold("api");
    let first = office.command(DANA, "deploy stg api").await;
    office.deployer.until_started(1).await;
    let second = office.command(BEN, "deploy stg api").await;
    office.until_told(&second, "Another deployment of *api* to *stg* is under way").await;

    // While the second looks again and again, another service goes at once, and so does another environment.
    office.stage.clock.advance(Duration::from_mins(1)).await;
    let other = office.ask("deploy stg web").await;
    assert_says_each_once(&office.told(&other), &["Deploying *web*", "*web* is deployed to *stg*"]);
    let (_, asked) = office.request(DANA).await;
    office.press(&asked, APPROVE, LEA).await;
    office.deployer.until_started(3).await;
    assert_eq!(office.deployer.started(), ["api to stg", "web to stg", "api to prod"]);

    office.deployer.release();
    office.settled().await;
    assert_eq!(office.deployer.started().len(), 4);
    assert_eq!(office.deployer.overlaps(), 0);
    let deployed = "*api* is deployed to *stg*";
    assert_says_each_once(&office.told(&first), &["Deploying *api*", deployed]);
    assert_says_each_once(&office.told(&second), &["Another deployment", "Deploying *api*", deployed]);
}

#[tokio::test]
async fn the_status_shows_what_runs_and_what_waits() {
    let mut office = Office::open().await;
    office.deployer.hold("api");
    let running = office.command(DANA, "deploy stg api").await;
    office.deployer.until_started(1).await;
    let in_line = office.command(BEN, "deploy stg api").await;
    office.until_told(&in_line, "Another deployment").await;
    let (to_approve, _) = office.request(BEN).await;

    let status = office.ask("status").await;
    let told = office.told(&status);
    let lines: Vec<&str> = told[0].lines().collect();
    let line = |subject: &str, post: &Post| {
        let channel = &office.stage.channel;
        let thread = format!("/client/T0ACKFLOW/{channel}/thread/{channel}-{}|thread>", post.message.ts);
        lines.iter().position(|line| line.contains(subject) && line.contains(&thread))
    };
    assert_eq!(
        (lines[0], lines[2], lines[4]),
        ("*Running*", "*Waiting for their turn*", "*Waiting for approval*"),
        "{told:#?}"
    );
    let places = [
        line("*api* to *stg*", &running),
        line("*api* to *stg*", &in_line),
        line("*api* to *prod*", &to_approve),
    ];
    assert_eq!(places, [Some(1), Some(3), Some(5)], "{told:#?}");

    office.deployer.release();
    office.stage.clock.go_on();
    office.settled().await;
    let status = office.ask("status").await;
    assert_says(&office.told(&status), &["Nothing is being deployed."]);
}

//! A board that can't be read: whoever asked is told, and nothing is deployed.

use ackflow_engine::Status;

use super::office::{DANA, Office, assert_says};

async fn with_unreadable_board() -> Office {
    let office = Office::open().await;
    let folder = office.stage.folder.path().join("objects/board");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("T0ACKFLOW.json"), "This is no board.").unwrap();
    office
}

#[tokio::test]
async fn a_deployment_that_waits_for_nobody_is_told() {
    let mut office = with_unreadable_board().await;
    let post = office.command(DANA, "deploy stg api").await;
    assert_eq!(office.stage.settled(&post.event).await, Status::Failed, "the operators are to mend it");
    let not_done = "I did not deploy *api* to *stg*: my list of deployments can't be read";
    assert_says(&office.told(&post), &[not_done]);
    assert!(office.deployer.started().is_empty());
}

#[tokio::test]
async fn a_deployment_that_was_to_be_approved_is_told() {
    let mut office = with_unreadable_board().await;
    let post = office.command(DANA, "deploy prod api").await;
    assert_eq!(office.stage.settled(&post.event).await, Status::Failed, "the operators are to mend it");
    let not_done = "I did not deploy *api* to *prod*: my list of deployments can't be read";
    assert_says(&office.told(&post), &["needs an approval", not_done]);
    assert!(office.deployer.started().is_empty());
}

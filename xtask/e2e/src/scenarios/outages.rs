//! What is down for a while, and what people see of it.

use ackflow::simulator::Fault;
use aws_sdk_sfn::types::ExecutionStatus;
use serde_json::{Value, json};

use crate::{
    deployment::{Deployment, ENVIRONMENT, until},
    post::Post,
};

pub(super) fn fault(service: &str, action: &str) -> Value {
    json!({ "service": service, "action": action, "code": "InternalServerError", "status": 500, "times": -1 })
}

/// Retries, then a caught failure, and the thread is told which file is missing; the other one is stored.
pub(crate) async fn slack_down(deployment: &Deployment) {
    let post = Post::new(deployment, "#finance", &[("report.txt", "content"), ("budget.csv", "a,b\n")]);
    // One try and five retries.
    deployment.simulator.fault(post.file(1), 6, Fault::ServerError(500));
    post.deliver(deployment).await;
    let told = post.is_told(deployment).await;
    assert!(told.contains("report.txt") && told.contains("budget.csv"), "{told}");
    let (status, output) = deployment.ended("document-pipeline", &post.execution()).await;
    assert_eq!(status, ExecutionStatus::Succeeded);
    let failed = &output["failed"][0];
    assert_eq!((&failed["name"], &failed["error"]), (&json!("budget.csv"), &json!("SlackUnavailable")));
    assert_eq!(deployment.simulator.faults_left(), 0, "it was tried as often as it should be");
}

/// The event is kept, the operators hear of it, and the redriver starts it.
pub(crate) async fn engine_down(deployment: &Deployment) {
    let post = Post::new(deployment, "#finance", &[("report.txt", "content")]);
    deployment.aws.fault(fault("states", "StartExecution")).await;
    assert_eq!(post.deliver(deployment).await, "accepted");
    assert!(!deployment.executions("document-pipeline").await.contains(&post.execution()));
    until("the notice to the operators", async || {
        let messages = deployment.simulator.messages(&deployment.channels.operators);
        messages.iter().any(|message| message.text.contains(&post.execution())).then_some(())
    })
    .await;

    deployment.aws.clear_faults().await;
    let answer = deployment.aws.run_scheduled(&format!("slack-redriver-{ENVIRONMENT}")).await;
    assert_eq!(answer["payload"], json!({ "started": 1 }));
    post.is_told(deployment).await;
    let answer = deployment.aws.run_scheduled(&format!("slack-redriver-{ENVIRONMENT}")).await;
    assert_eq!(answer["payload"], json!({ "started": 0 }));
}

/// The event starts by its name.
pub(crate) async fn ledger_down(deployment: &Deployment) {
    let post = Post::new(deployment, "#finance", &[("report.txt", "content")]);
    deployment.aws.fault(fault("dynamodb", "UpdateItem")).await;
    assert_eq!(post.deliver(deployment).await, "accepted");
    let (status, _) = deployment.ended("document-pipeline", &post.execution()).await;
    assert_eq!(status, ExecutionStatus::Succeeded);
    deployment.aws.clear_faults().await;
    post.is_told(deployment).await;
}

/// Slack is asked to send the event again, and then all is well.
pub(crate) async fn both_down(deployment: &Deployment) {
    let post = Post::new(deployment, "#finance", &[("report.txt", "content")]);
    deployment.aws.fault(fault("dynamodb", "UpdateItem")).await;
    deployment.aws.fault(fault("states", "StartExecution")).await;
    let body = bytes::Bytes::from(post.event.to_string());
    let clock = ackflow::clock::SystemClock;
    let attempt = deployment.simulator.sender().attempt(&deployment.url(), body, None, &clock).await;
    assert_eq!(attempt.status, Some(503), "{attempt:?}");
    deployment.aws.clear_faults().await;
    assert_eq!(post.deliver(deployment).await, "accepted");
    post.is_told(deployment).await;
}

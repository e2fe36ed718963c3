//! The job itself.

use ackflow::simulator::Fault;
use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_sfn::types::ExecutionStatus;
use serde_json::{Value, json};

use crate::{
    deployment::{Deployment, until},
    post::Post,
};

pub(crate) async fn handshake(deployment: &Deployment) {
    let body = deployment.simulator.url_verification("hello");
    let delivery = deployment.simulator.deliver(&deployment.url(), &body).await;
    assert_eq!(delivery.attempts[0].answer, r#"{"challenge":"hello"}"#);
}

pub(crate) async fn whole_job(deployment: &Deployment) {
    let files = [("report.txt", "The third quarter was fine. Größe: 1 €"), ("budget.csv", "a,b\n1,2\n")];
    let post = Post::new(deployment, "Q3 für alle #finance #2026-q3", &files);
    assert_eq!(post.deliver(deployment).await, "accepted");
    let told = post.is_told(deployment).await;
    assert!(
        told.contains("report.txt") && told.contains("budget.csv") && told.contains("#finance"),
        "{told}"
    );

    for (index, (name, content)) in files.iter().enumerate() {
        assert_eq!(deployment.object(&format!("files/{}", post.key(index))).await, content.as_bytes());
        let metadata = deployment.object(&format!("metadata/{}.json", post.key(index))).await;
        let metadata: Value = serde_json::from_slice(&metadata).unwrap();
        assert_eq!(metadata["tags"], json!(["finance", "2026-q3"]), "{metadata}");
        assert_eq!(metadata["name"], *name, "{metadata}");
    }
    let (status, output) = deployment.ended("document-pipeline", &post.execution()).await;
    assert_eq!((status, output["saved"].as_array().map(Vec::len)), (ExecutionStatus::Succeeded, Some(2)));
    let key = AttributeValue::S(format!("event#{}", post.execution()));
    let client = aws_sdk_dynamodb::Client::new(&deployment.config);
    let item = client.get_item().table_name(deployment.output("LedgerTable")).key("id", key).send().await;
    assert!(item.unwrap().item.unwrap().contains_key("started_at"));
}

/// More than one part of an upload.
pub(crate) async fn large_file(deployment: &Deployment) {
    let content = "0123456789abcdef".repeat(20 * 1024 * 1024 / 16);
    let post = Post::new(deployment, "#large", &[("large.txt", &content)]);
    post.deliver(deployment).await;
    post.is_told(deployment).await;
    assert!(deployment.object(&format!("files/{}", post.key(0))).await == content.as_bytes());
}

/// The connection is lost within the second part; the next try brings all of it.
pub(crate) async fn broken_file(deployment: &Deployment) {
    let content = "0123456789abcdef".repeat(20 * 1024 * 1024 / 16);
    let post = Post::new(deployment, "#large", &[("large.txt", &content)]);
    let drop = Fault::DropConnection { after_bytes: 12 * 1024 * 1024 };
    deployment.simulator.fault(post.file(0), 1, drop);
    post.deliver(deployment).await;
    post.is_told(deployment).await;
    assert!(deployment.object(&format!("files/{}", post.key(0))).await == content.as_bytes());
    assert_eq!(deployment.simulator.faults_left(), 0);
}

pub(crate) async fn edited(deployment: &Deployment) {
    let post = Post::new(deployment, "#draft", &[("report.txt", "content")]);
    post.deliver(deployment).await;
    post.is_told(deployment).await;
    let edit = deployment.simulator.edit(&post.message.channel, &post.message.ts, "#final").unwrap();
    let delivery = deployment.simulator.deliver(&deployment.url(), &edit).await;
    assert!(delivery.is_acknowledged(), "{delivery:?}");
    until("the new tag", async || {
        let metadata = deployment.object(&format!("metadata/{}.json", post.key(0))).await;
        let metadata: Value = serde_json::from_slice(&metadata).unwrap();
        (metadata["tags"] == json!(["final"])).then_some(())
    })
    .await;
}

pub(crate) async fn refused(deployment: &Deployment) {
    let post = Post::new(deployment, "#finance", &[("report.txt", "content")]);
    let before = deployment.executions("document-pipeline").await.len();
    let client = ackflow_stand_in::client();
    let answer = client.post(deployment.url()).body(post.event.to_string()).send().await.unwrap();
    assert_eq!(answer.status(), 401);
    assert_eq!(deployment.executions("document-pipeline").await.len(), before);
}

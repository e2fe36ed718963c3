//! Slack delivers one event again and again, at once.

use aws_sdk_sfn::types::ExecutionStatus;
use futures_util::future::join_all;

use crate::{deployment::Deployment, post::Post};

pub(crate) async fn storm(deployment: &Deployment) {
    let post = Post::new(deployment, "#finance", &[("report.txt", "content")]);
    let answers = join_all((0..8).map(|_| post.deliver(deployment))).await;
    assert!(answers.iter().any(|answer| answer == "accepted"), "{answers:?}");
    let (status, _) = deployment.ended("document-pipeline", &post.execution()).await;
    assert_eq!(status, ExecutionStatus::Succeeded);
    post.is_told(deployment).await;
    assert_eq!(post.deliver(deployment).await, "duplicate");
    let executions = deployment.executions("document-pipeline").await;
    assert_eq!(executions.iter().filter(|name| **name == post.execution()).count(), 1);
    assert_eq!(post.told(deployment).len(), 1);
}

//! What is no notice ends among the dead letters, and keeps no other from being posted.

use crate::{
    deployment::{Deployment, ENVIRONMENT, until},
    post::Post,
};

pub(crate) async fn poison(deployment: &Deployment) {
    let sqs = aws_sdk_sqs::Client::new(&deployment.config);
    let queue = |name: String| {
        let sqs = &sqs;
        async move { sqs.get_queue_url().queue_name(name).send().await.unwrap().queue_url.unwrap() }
    };
    let notices = queue(format!("ackflow-notices-{ENVIRONMENT}")).await;
    let dead_letters = queue(format!("ackflow-notices-dead-letters-{ENVIRONMENT}")).await;
    sqs.send_message().queue_url(notices).message_body("poison").send().await.unwrap();
    let post = Post::new(deployment, "#finance", &[("report.txt", "content")]);
    post.deliver(deployment).await;
    post.is_told(deployment).await;
    until("the dead letter", async || {
        let received = sqs.receive_message().queue_url(&dead_letters).send().await.unwrap();
        received.messages.unwrap_or_default().into_iter().find(|message| message.body() == Some("poison"))
    })
    .await;
}

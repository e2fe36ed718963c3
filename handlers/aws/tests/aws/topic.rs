//! The notices' topic.

use ackflow_aws::adapters::SnsTopic;
use ackflow_handlers::ports::NoticeTopic;
use ackflow_schemas::notice::Notice;

use super::world::World;

#[tokio::test]
async fn a_notice_reaches_the_queue_as_it_was_published() {
    let Some(world) = World::new().await else { return };
    let (sns, sqs) = (aws_sdk_sns::Client::new(&world.config), aws_sdk_sqs::Client::new(&world.config));
    let topic = sns.create_topic().name("notices").send().await.unwrap().topic_arn.unwrap();
    let queue = sqs.create_queue().queue_name("notices").send().await.unwrap().queue_url.unwrap();
    sns.subscribe()
        .topic_arn(&topic)
        .protocol("sqs")
        .endpoint("arn:aws:sqs:eu-central-1:123456789012:notices")
        .attributes("RawMessageDelivery", "true")
        .send()
        .await
        .unwrap();
    let notice = Notice::Operations {
        id: "rate-limited/T1/1".to_owned(),
        subject: "Slack holds back events".to_owned(),
        text: "größe".to_owned(),
    };
    SnsTopic::new(sns, topic).publish(&notice).await.unwrap();
    let messages = sqs.receive_message().queue_url(queue).send().await.unwrap().messages.unwrap();
    let received: Notice = serde_json::from_str(messages[0].body().unwrap()).unwrap();
    assert_eq!(received, notice);
}

//! The function behind the queue of notices.

use std::{sync::Arc, time::Duration};

use ackflow_asl::builder::FUNCTION_NOT_CONFIGURED;
use ackflow_handlers::{Notifier, NotifyError, notice_id};
use ackflow_schemas::notice::Notice;
use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use aws_sdk_sqs::error::DisplayErrorContext;
use futures_util::future::LocalBoxFuture;
use lambda_runtime::{Diagnostic, Error, LambdaEvent, service_fn};

use super::failed;
use crate::{
    clients::Patience,
    environment, logging,
    metrics::{self, Metric},
    refreshed::Refreshed,
    tools::{StartError, Tools},
};

/// The longest that a message may stay hidden.
///
/// Source: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html>
const LONGEST_HIDDEN: Duration = Duration::from_hours(12);

/// The longest wait between tries, as long as Slack does not ask for more.
const LONGEST_WAIT: Duration = Duration::from_mins(10);

/// The queue, as the notifier sees it.
struct Queue {
    client: aws_sdk_sqs::Client,
    url: String,
}

/// Posts notices, for as long as the process lives.
pub fn run_notifier() -> LocalBoxFuture<'static, Result<(), Error>> {
    Box::pin(async {
        logging::start();
        let tools = Tools::new(Patience::STEP).await;
        let make = move || {
            let tools = tools.clone();
            async move { notifier(&tools).await }
        };
        let notifier = Arc::new(Refreshed::new(make, |_| true).await);
        lambda_runtime::run(service_fn(move |event: LambdaEvent<SqsEvent>| {
            let notifier = Arc::clone(&notifier);
            async move { post_all(&notifier, event.payload.records).await }
        }))
        .await
    })
}

async fn notifier(tools: &Tools) -> Result<(Notifier, Queue), StartError> {
    let slack = tools.slack().await?;
    let notifier = Notifier::new(slack, tools.ledger()?, tools.clock(), environment::operators()?);
    let queue = Queue { client: tools.queue(), url: environment::required("NOTICES_QUEUE")? };
    Ok((notifier, queue))
}

/// Posts notices one after the other; those that are not posted stay in the queue.
async fn post_all(
    notifier: &Refreshed<(Notifier, Queue), StartError>,
    messages: Vec<SqsMessage>,
) -> Result<SqsBatchResponse, Diagnostic> {
    let made = notifier.get().await.map_err(|error| failed(FUNCTION_NOT_CONFIGURED, &error))?;
    let (notifier, queue) = &*made;
    let mut response = SqsBatchResponse::default();
    let count = messages.len();
    for message in messages {
        let Err(again) = post(notifier, &message).await else { continue };
        queue.hide(message.receipt_handle, again).await;
        let mut failure = BatchItemFailure::default();
        failure.item_identifier = message.message_id.unwrap_or_default();
        response.batch_item_failures.push(failure);
    }
    metrics::emit(&[Metric::count("NoticesPosted", count - response.batch_item_failures.len())]);
    Ok(response)
}

/// Posts a notice, or says after which time it is to be taken again.
async fn post(notifier: &Notifier, message: &SqsMessage) -> Result<(), Duration> {
    let body = message.body.as_deref().unwrap_or_default();
    let notice: Notice = serde_json::from_str(body).map_err(|error| {
        tracing::error!(%error, "what is in the queue is no notice: it goes to the dead letters");
        Duration::ZERO
    })?;
    match notifier.notify(&notice).await {
        Ok(()) => Ok(()),
        Err(NotifyError::Later { after, reason }) => {
            tracing::warn!(id = notice_id(&notice), reason, "a notice is tried again");
            Err(after.max(backoff(message)))
        }
        Err(NotifyError::Never(error)) => {
            tracing::error!(id = notice_id(&notice), %error, "a notice can't be posted, and goes to the dead letters if that stays so");
            Err(backoff(message))
        }
    }
}

/// A second before the second try, then twice as long before each.
fn backoff(message: &SqsMessage) -> Duration {
    let received = message.attributes.get("ApproximateReceiveCount").and_then(|count| count.parse().ok());
    let doublings = received.unwrap_or(1_u32).saturating_sub(1).min(10);
    Duration::from_secs(1 << doublings).min(LONGEST_WAIT)
}

impl Queue {
    /// Hides a message until it is to be taken again. If that fails, it comes when the queue's own time is over.
    async fn hide(&self, receipt: Option<String>, time: Duration) {
        let seconds = i32::try_from(time.min(LONGEST_HIDDEN).as_secs()).unwrap_or(i32::MAX);
        let hidden = self
            .client
            .change_message_visibility()
            .queue_url(&self.url)
            .set_receipt_handle(receipt)
            .visibility_timeout(seconds)
            .send()
            .await;
        if let Err(error) = hidden {
            tracing::warn!(error = %DisplayErrorContext(error), "a message's time is not set");
        }
    }
}

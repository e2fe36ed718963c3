//! The functions behind the Task states.

use std::sync::Arc;

use ackflow_asl::{Step, builder::FUNCTION_NOT_CONFIGURED};
use ackflow_flows::{FetchFile, RewriteTags, SaveMetadata};
use ackflow_handlers::{FetchFileHandler, RewriteTagsHandler, SaveMetadataHandler, Steps, StepsError};
use lambda_runtime::{Diagnostic, Error, LambdaEvent, service_fn};
use serde_json::Value;
use tracing::Instrument;

use super::diagnostic;
use crate::{
    clients::Patience,
    logging,
    refreshed::Refreshed,
    tools::{StartError, Tools},
};

/// A step that has a function of its own.
pub trait LambdaStep: Step {
    /// Its handler, of the ports that its function may use.
    fn handler(tools: &Tools) -> impl Future<Output = Result<Steps, StartError>> + Send;
}

impl LambdaStep for FetchFile {
    async fn handler(tools: &Tools) -> Result<Steps, StartError> {
        let handler = FetchFileHandler::new(&tools.slack().await?, tools.objects()?);
        Ok(Steps::default().with::<Self>(handler))
    }
}

impl LambdaStep for SaveMetadata {
    async fn handler(tools: &Tools) -> Result<Steps, StartError> {
        let handler = SaveMetadataHandler::new(&tools.slack().await?, tools.objects()?, tools.clock());
        Ok(Steps::default().with::<Self>(handler))
    }
}

impl LambdaStep for RewriteTags {
    async fn handler(tools: &Tools) -> Result<Steps, StartError> {
        Ok(Steps::default().with::<Self>(RewriteTagsHandler::new(tools.objects()?, tools.clock())))
    }
}

/// Runs a step, for as long as the process lives.
pub async fn run_step<S: LambdaStep>() -> Result<(), Error> {
    logging::start();
    let tools = Tools::new(Patience::STEP).await;
    let make = move || {
        let tools = tools.clone();
        async move { S::handler(&tools).await }
    };
    let steps = Arc::new(Refreshed::new(make, |_| true).await);
    lambda_runtime::run(service_fn(move |event: LambdaEvent<Value>| {
        let steps = Arc::clone(&steps);
        let span = tracing::error_span!(
            "step",
            step = S::NAME,
            request_id = event.context.request_id,
            event_id = event.payload["message"]["event_id"].as_str(),
            message_ts = event.payload["message"]["ts"].as_str().or(event.payload["message_ts"].as_str()),
        );
        async move { run_once::<S>(&steps, event.payload).await }.instrument(span)
    }))
    .await
}

async fn run_once<S: Step>(steps: &Refreshed<Steps, StartError>, input: Value) -> Result<Value, Diagnostic> {
    let steps = steps.get().await.map_err(|error| diagnostic(FUNCTION_NOT_CONFIGURED, &error))?;
    steps.run(S::NAME, input).await.map_err(|StepsError { error, cause }| {
        // The cause, which may hold what people wrote, is in the execution's history, which fewer people read.
        tracing::warn!(error, "the step failed");
        diagnostic(&error, &cause)
    })
}

//! The functions behind the Task states.

use std::sync::Arc;

use ackflow_asl::{Step, builder::FUNCTION_NOT_CONFIGURED};
use ackflow_flows::{
    AnswerCommand, AwaitDecision, CheckDeploy, CountReactions, DecideApproval, DeleteMessage, EndTurn,
    FetchFile, InviteNewcomer, RewriteTags, SaveMetadata, StartDeploy, TakeTurn,
};
use ackflow_handlers::{
    AnswerCommandHandler, AwaitDecisionHandler, CheckDeployHandler, CountReactionsHandler,
    DecideApprovalHandler, DeleteMessageHandler, EndTurnHandler, FetchFileHandler, InviteNewcomerHandler,
    RewriteTagsHandler, SaveMetadataHandler, StartDeployHandler, Steps, StepsError, TakeTurnHandler,
};
use futures_util::future::{BoxFuture, LocalBoxFuture};
use lambda_runtime::{Diagnostic, Error, LambdaEvent, service_fn};
use serde_json::Value;
use tracing::Instrument;

use super::{diagnostic, failed};
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

impl LambdaStep for AnswerCommand {
    async fn handler(tools: &Tools) -> Result<Steps, StartError> {
        let handler = AnswerCommandHandler::new(tools.objects()?, tools.clock(), tools.configuration()?);
        Ok(Steps::default().with::<Self>(handler))
    }
}

impl LambdaStep for AwaitDecision {
    async fn handler(tools: &Tools) -> Result<Steps, StartError> {
        Ok(Steps::default().with::<Self>(AwaitDecisionHandler::new(tools.objects()?, tools.clock())))
    }
}

impl LambdaStep for DecideApproval {
    async fn handler(tools: &Tools) -> Result<Steps, StartError> {
        let handler =
            DecideApprovalHandler::new(tools.objects()?, tools.task_tokens(), tools.configuration()?);
        Ok(Steps::default().with::<Self>(handler))
    }
}

impl LambdaStep for TakeTurn {
    async fn handler(tools: &Tools) -> Result<Steps, StartError> {
        Ok(Steps::default().with::<Self>(TakeTurnHandler::new(tools.objects()?, tools.clock())))
    }
}

impl LambdaStep for StartDeploy {
    async fn handler(tools: &Tools) -> Result<Steps, StartError> {
        let deployers = tools.deployers().await?;
        let handler =
            StartDeployHandler::new(tools.ledger()?, deployers, tools.clock(), tools.configuration()?);
        Ok(Steps::default().with::<Self>(handler))
    }
}

impl LambdaStep for CheckDeploy {
    async fn handler(tools: &Tools) -> Result<Steps, StartError> {
        let deployers = tools.aws_deployers();
        let handler = CheckDeployHandler::new(deployers, tools.clock(), tools.configuration()?);
        Ok(Steps::default().with::<Self>(handler))
    }
}

impl LambdaStep for EndTurn {
    async fn handler(tools: &Tools) -> Result<Steps, StartError> {
        Ok(Steps::default().with::<Self>(EndTurnHandler::new(tools.objects()?, tools.clock())))
    }
}

impl LambdaStep for DeleteMessage {
    async fn handler(tools: &Tools) -> Result<Steps, StartError> {
        let (bot, admin) = (tools.slack().await?, tools.slack_admin().await?);
        Ok(Steps::default().with::<Self>(DeleteMessageHandler::new(&bot, admin.as_ref())))
    }
}

impl LambdaStep for InviteNewcomer {
    async fn handler(tools: &Tools) -> Result<Steps, StartError> {
        let handler = InviteNewcomerHandler::new(&tools.slack().await?, tools.configuration()?);
        Ok(Steps::default().with::<Self>(handler))
    }
}

impl LambdaStep for CountReactions {
    async fn handler(tools: &Tools) -> Result<Steps, StartError> {
        let handler = CountReactionsHandler::new(&tools.slack().await?, tools.objects()?, tools.clock());
        Ok(Steps::default().with::<Self>(handler))
    }
}

/// Makes the handler of a step.
type Handler = fn(Tools) -> BoxFuture<'static, Result<Steps, StartError>>;

/// Runs a step, for as long as the process lives.
pub fn run_step<S: LambdaStep>() -> LocalBoxFuture<'static, Result<(), Error>> {
    run(S::NAME, |tools| Box::pin(async move { S::handler(&tools).await }))
}

fn run(step: &'static str, handler: Handler) -> LocalBoxFuture<'static, Result<(), Error>> {
    Box::pin(async move {
        logging::start();
        let tools = Tools::new(Patience::STEP).await;
        let steps = Arc::new(Refreshed::new(move || handler(tools.clone()), |_| true).await);
        lambda_runtime::run(service_fn(move |event: LambdaEvent<Value>| {
            let steps = Arc::clone(&steps);
            let span = tracing::error_span!(
                "step",
                step,
                request_id = event.context.request_id,
                execution = event.payload["execution"].as_str(),
                event_id = event.payload["input"]["message"]["event_id"].as_str(),
            );
            async move { run_once(step, &steps, event.payload).await }.instrument(span)
        }))
        .await
    })
}

async fn run_once(
    step: &str,
    steps: &Refreshed<Steps, StartError>,
    call: Value,
) -> Result<Value, Diagnostic> {
    let steps = steps.get().await.map_err(|error| failed(FUNCTION_NOT_CONFIGURED, &error))?;
    steps.run(step, call).await.map_err(|StepsError { error, cause }| {
        // The cause, which may hold what people wrote, is in the execution's history, which fewer people read.
        tracing::warn!(error, "the step failed");
        diagnostic(&error, &cause)
    })
}

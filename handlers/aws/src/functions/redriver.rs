//! The function behind the schedule.

use std::sync::Arc;

use ackflow_asl::builder::FUNCTION_NOT_CONFIGURED;
use ackflow_handlers::redrive_pending;
use futures_util::future::LocalBoxFuture;
use lambda_runtime::{Diagnostic, Error, LambdaEvent, service_fn};
use serde_json::{Value, json};

use super::failed;
use crate::{clients::Patience, logging, tools::Tools};

/// The name of the error when pending events stay pending.
const NOT_REDRIVEN: &str = "EventsStayPending";

/// Starts what is pending, each time that it is asked to.
pub fn run_redriver() -> LocalBoxFuture<'static, Result<(), Error>> {
    Box::pin(async {
        logging::start();
        let tools = Arc::new(Tools::new(Patience::REDRIVER).await);
        lambda_runtime::run(service_fn(move |_: LambdaEvent<Value>| {
            let tools = Arc::clone(&tools);
            async move { redrive(&tools).await }
        }))
        .await
    })
}

async fn redrive(tools: &Tools) -> Result<Value, Diagnostic> {
    let not_configured = |error| failed(FUNCTION_NOT_CONFIGURED, &error);
    let ledger = tools.ledger().map_err(not_configured)?;
    let executions = tools.executions().map_err(not_configured)?;
    match redrive_pending(&*ledger, &*executions).await {
        Ok(started) => Ok(json!({ "started": started })),
        Err(error) => Err(failed(NOT_REDRIVEN, &error)),
    }
}

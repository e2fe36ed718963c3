//! What an error of AWS says about a deployment.

use ackflow_handlers::ports::DeployError;
use aws_sdk_sfn::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};

/// What stands in the codes of refusals that pass: throttled calls, too many builds or executions at once.
const PASSING: [&str; 2] = ["Throttl", "LimitExceeded"];

/// Sorts an error into refusals and whatever passes. A call that broke off is among the latter: the targets here know
/// the key of a deployment, so that it does no harm to ask again.
pub(super) fn deploy_error<E: ProvideErrorMetadata>(error: SdkError<E>) -> DeployError
where
    SdkError<E>: std::error::Error,
{
    let is_refusal = error.raw_response().is_some_and(|answer| answer.status().is_client_error());
    if let Some(code) = error.code()
        && is_refusal
        && !PASSING.iter().any(|part| code.contains(part))
    {
        return DeployError::Refused(format!("{code}: {}", error.message().unwrap_or("it gives no reason")));
    }
    DeployError::Unavailable(DisplayErrorContext(error).to_string())
}

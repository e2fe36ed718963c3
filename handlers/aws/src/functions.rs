//! What runs in each function. The binaries in `src/bin` are generated and call these.
//!
//! They give boxed futures, so that all that runs is compiled here once, and not again in each binary.

mod ingest;
mod notifier;
mod redriver;
mod step;

pub use ingest::run_ingest;
pub use notifier::run_notifier;
pub use redriver::run_redriver;
pub use step::{LambdaStep, run_step};

use std::fmt::Display;

use lambda_runtime::Diagnostic;

/// What a run ends with that failed by no fault of its input. The runtime does not log it.
fn failed(error_type: &str, cause: &impl Display) -> Diagnostic {
    tracing::error!(error = error_type, %cause, "the run failed");
    diagnostic(error_type, cause)
}

fn diagnostic(error_type: &str, message: &impl ToString) -> Diagnostic {
    Diagnostic { error_type: error_type.to_owned(), error_message: message.to_string() }
}

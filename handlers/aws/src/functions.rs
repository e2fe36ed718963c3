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

use lambda_runtime::Diagnostic;

fn diagnostic(error_type: &str, message: &impl ToString) -> Diagnostic {
    Diagnostic { error_type: error_type.to_owned(), error_message: message.to_string() }
}

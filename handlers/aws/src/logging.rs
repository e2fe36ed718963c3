//! Logs: one JSON object a line, on standard output, where Lambda picks them up.

use tracing_subscriber::EnvFilter;

use crate::environment::optional;

/// What is logged unless `RUST_LOG`, `DEBUG` or `ERROR` say otherwise.
const DEFAULT: &str = "warn,ackflow=info";

/// What is said before: the runtime logs each error that a run ends with once more, and its cause with it, which may hold
/// what people wrote. What a function logs itself is enough; of a panic, Rust tells message and place.
const QUIET: &str = "lambda_runtime::layers::panic=off";

/// Begins to log, once for a process.
pub(crate) fn start() {
    let wanted = optional("RUST_LOG").unwrap_or_else(|| by_switch().to_owned());
    let (filter, error) = match EnvFilter::try_new(format!("{QUIET},{wanted}")) {
        Ok(filter) => (filter, None),
        Err(error) => (EnvFilter::new(format!("{QUIET},{DEFAULT}")), Some(error)),
    };
    // Lambda's own lines carry the time.
    tracing_subscriber::fmt().json().with_env_filter(filter).flatten_event(true).with_ansi(false).init();
    if let Some(error) = error {
        tracing::warn!(%error, "RUST_LOG is no log filter");
    }
}

/// `DEBUG` logs more, `ERROR` logs errors alone.
fn by_switch() -> &'static str {
    let is_on = |name| optional(name).is_some_and(|value| !matches!(&*value, "0" | "false" | "off"));
    if is_on("DEBUG") {
        "info,ackflow=debug"
    } else if is_on("ERROR") {
        "error"
    } else {
        DEFAULT
    }
}

//! Ports that somebody waits for.

use tokio::time::Instant;

use crate::ports::PortError;

/// A port that does not answer in time is down.
pub(crate) async fn in_time<T>(
    port: &'static str,
    deadline: Instant,
    call: impl Future<Output = Result<T, PortError>>,
) -> Result<T, PortError> {
    let timed_out = |_| Err(PortError::new(port, "it does not answer in time"));
    tokio::time::timeout_at(deadline, call).await.unwrap_or_else(timed_out)
}

//! The SDK's clients: made once, when the function's process starts.

use std::time::Duration;

use aws_config::{BehaviorVersion, SdkConfig, retry::RetryConfig, timeout::TimeoutConfig};
use aws_smithy_http_client::{
    Builder,
    tls::{Provider, rustls_provider::CryptoMode},
};

/// How long the SDK may take for one call, with its own retries.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// For one try.
    pub attempt: Duration,
    /// For all tries.
    pub call: Duration,
    /// The longest wait before the second try; each one after it may take twice as long.
    pub backoff: Duration,
}

impl Patience {
    /// Slack waits for the answer.
    pub const INGEST: Self = Self {
        attempt: Duration::from_millis(450),
        call: Duration::from_millis(950),
        backoff: Duration::from_millis(50),
    };
    /// A state machine or a queue waits, and tries again.
    pub const STEP: Self = Self {
        attempt: Duration::from_secs(15),
        call: Duration::from_secs(40),
        backoff: Duration::from_secs(1),
    };
    /// The next run is a minute away.
    pub const REDRIVER: Self = Self {
        attempt: Duration::from_secs(3),
        call: Duration::from_secs(8),
        backoff: Duration::from_millis(200),
    };
}

/// What all clients share: region and credentials from the function's environment, connections, timeouts that end
/// before the function's own.
pub async fn config(patience: Patience) -> SdkConfig {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(patience.attempt)
        .operation_attempt_timeout(patience.attempt)
        .operation_timeout(patience.call)
        .build();
    let http = Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
    aws_config::defaults(BehaviorVersion::latest())
        .http_client(http)
        .timeout_config(timeouts)
        .retry_config(RetryConfig::standard().with_initial_backoff(patience.backoff))
        .load()
        .await
}

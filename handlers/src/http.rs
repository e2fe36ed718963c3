//! The HTTP client of everything that talks to Slack.

use std::time::Duration;

use reqwest::{Client, redirect::Policy};
use url::Url;

/// How long to wait for a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// How long to wait for the next bytes of an answer.
const READ_TIMEOUT: Duration = Duration::from_secs(20);

/// A client for the Web API at this URL. It follows no redirect by itself: the token must not follow one.
///
/// # Errors
/// When the system's certificates can't be read.
pub fn client(api_url: &Url) -> reqwest::Result<Client> {
    // Fails when a provider is installed already, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut builder = Client::builder();
    // A proxy can't reach what listens on this machine only.
    if matches!(api_url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]")) {
        builder = builder.no_proxy();
    }
    builder
        .redirect(Policy::none())
        .connect_timeout(CONNECT_TIMEOUT)
        .read_timeout(READ_TIMEOUT)
        .user_agent(concat!("ackflow/", env!("CARGO_PKG_VERSION")))
        .build()
}

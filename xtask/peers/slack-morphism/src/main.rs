//! slack-morphism on axum as its documentation sets it up: signatures verified, events parsed, nothing kept.
//!
//! Its argument is the address to listen on; `SLACK_SIGNING_SECRET` is the secret.

use std::{error::Error, sync::Arc};

use axum::{Extension, Router, http::StatusCode, routing::post};
use slack_morphism::{
    prelude::*,
    signature_verifier::{SlackEventAbsentSignatureError, SlackEventSignatureVerifierError},
};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:3000".to_owned());
    let secret: SlackSigningSecret = std::env::var("SLACK_SIGNING_SECRET")?.into();
    let _ = rustls::crypto::ring::default_provider().install_default();

    let client: SlackHyperClient = SlackClient::new(SlackClientHyperConnector::new()?);
    let environment: SlackHyperListenerEnvironment =
        SlackClientEventsListenerEnvironment::new(Arc::new(client)).with_error_handler(refused);
    let listener: SlackEventsAxumListener<SlackHyperHttpsConnector> =
        SlackEventsAxumListener::new(Arc::new(environment));
    let verified = listener.events_layer(&secret).with_event_extractor(SlackEventsExtractors::push_event());
    let routes = Router::new().route("/slack/events", post(event).layer(verified));
    axum::serve(tokio::net::TcpListener::bind(address).await?, routes).await?;
    Ok(())
}

async fn event(Extension(event): Extension<SlackPushEvent>) -> StatusCode {
    match event {
        SlackPushEvent::EventCallback(SlackPushEventCallback {
            event: SlackEventCallbackBody::Message(_),
            ..
        }) => StatusCode::OK,
        // An event that it has not understood would be measured otherwise.
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    }
}

fn refused(
    error: Box<dyn Error + Send + Sync>,
    _client: Arc<SlackHyperClient>,
    _state: SlackClientEventsUserState,
) -> StatusCode {
    if error.is::<SlackEventSignatureVerifierError>() || error.is::<SlackEventAbsentSignatureError>() {
        return StatusCode::UNAUTHORIZED;
    }
    StatusCode::BAD_REQUEST
}

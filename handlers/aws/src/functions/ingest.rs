//! The function behind the HTTP API.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Instant,
};

use ackflow_handlers::{Ingest, LedgerIntake, router};
use axum::{
    Router,
    body::Body,
    http::{Response, StatusCode},
};
use futures_util::future::LocalBoxFuture;
use lambda_http::{Error, Request, tower::ServiceExt};

use crate::{
    clients::Patience,
    logging,
    metrics::{self, Metric},
    refreshed::Refreshed,
    tools::{StartError, Tools},
};

/// Acknowledges Slack's events, for as long as the process lives.
pub fn run_ingest() -> LocalBoxFuture<'static, Result<(), Error>> {
    Box::pin(async {
        logging::start();
        let tools = Tools::new(Patience::INGEST).await;
        let make = move || {
            let tools = tools.clone();
            async move { ingest(&tools).await }
        };
        let ingest = Arc::new(Refreshed::new(make, |made| made.ingest.is_configured()).await);
        lambda_http::run(lambda_http::service_fn(move |request| {
            let ingest = Arc::clone(&ingest);
            async move { Ok::<_, Error>(answer(&ingest, request).await) }
        }))
        .await
    })
}

/// Ingest, and the routes that lead to it.
struct Made {
    ingest: Arc<Ingest>,
    router: Router,
}

async fn ingest(tools: &Tools) -> Result<Made, StartError> {
    let topic = tools.topic()?;
    let intake = LedgerIntake::new(tools.ledger()?, tools.executions()?, topic.clone());
    let settings = tools.ingest_settings().await?;
    let configuration = tools.configuration()?;
    let ingest = Arc::new(Ingest::new(settings, configuration, Arc::new(intake), topic, tools.clock()));
    Ok(Made { router: router(Arc::clone(&ingest)), ingest })
}

async fn answer(ingest: &Refreshed<Made, StartError>, request: Request) -> Response<Body> {
    let began = Instant::now();
    let made = match ingest.get().await {
        Ok(made) => made,
        Err(error) => {
            tracing::error!(%error, "an event can't be received");
            return refused();
        }
    };
    let tally = made.ingest.tally();
    let before = tally.duplicates.load(Ordering::Relaxed);
    let Ok(response) = made.router.clone().oneshot(request).await;
    let duplicates = tally.duplicates.load(Ordering::Relaxed) - before;
    metrics::emit(&[
        Metric::count("Acks", response.status().is_success().into()),
        Metric::count("Duplicates", usize::try_from(duplicates).unwrap_or(usize::MAX)),
        Metric::count("RefusedSignatures", (response.status() == StatusCode::UNAUTHORIZED).into()),
        Metric::milliseconds("AckLatency", began.elapsed()),
    ]);
    response
}

/// Slack sends the event again.
fn refused() -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    response
}

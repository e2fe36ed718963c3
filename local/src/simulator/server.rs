//! The workspace's HTTP server: the Web API, the files and the response URLs, on one host.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use super::download::{download, file_id};
use super::hook_response::respond;
use super::methods;
use super::world::World;
use super::{Fault, RecordedRequest, Target, Token};

/// Serves until `stopped` hears something, or its sender is gone.
pub(super) async fn serve(listener: TcpListener, world: Arc<World>, stopped: oneshot::Receiver<()>) {
    let routes = Router::new()
        .route("/api/{method}", any(web_api))
        .route("/files-pri/{*address}", get(file))
        .route("/actions/{*address}", post(respond))
        .route("/commands/{*address}", post(respond))
        .fallback(|| async { StatusCode::NOT_FOUND })
        .layer(middleware::from_fn_with_state(Arc::clone(&world), record))
        .with_state(world);
    let stopped = async {
        // A dropped sender means the same as a message.
        let _ = stopped.await;
    };
    if let Err(error) = axum::serve(listener, routes).with_graceful_shutdown(stopped).await {
        tracing::error!(%error, "the Slack simulator's server stopped");
    }
}

async fn record(State(world): State<Arc<World>>, request: Request, next: Next) -> Response {
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let recorded = RecordedRequest {
        method: request.method().to_string(),
        path: request.uri().path().to_owned(),
        host: host.to_owned(),
        token: Token::of(request.headers(), &world.settings),
    };
    world.content().requests.push(recorded);
    world.news.send_replace(());
    let answer = next.run(request).await;
    world.news.send_replace(());
    answer
}

async fn web_api(State(world): State<Arc<World>>, Path(method): Path<String>, request: Request) -> Response {
    let fault = world.content().faults.next(&Target::Method(method.clone()));
    let answer = methods::call(&world, &method, request);
    with_fault(fault, answer).await
}

async fn file(State(world): State<Arc<World>>, Path(address): Path<String>, request: Request) -> Response {
    let Some(id) = file_id(&world, &address) else { return StatusCode::NOT_FOUND.into_response() };
    let fault = {
        let mut content = world.content();
        content.faults.next(&Target::File(id.to_owned())).or_else(|| content.faults.next(&Target::AnyFile))
    };
    let token = Token::of(request.headers(), &world.settings);
    with_fault(fault, download(&world, id, token)).await
}

async fn with_fault(fault: Option<Fault>, answer: impl Future<Output = Response>) -> Response {
    match fault {
        Some(fault) => fault.befall(answer).await,
        None => answer.await,
    }
}

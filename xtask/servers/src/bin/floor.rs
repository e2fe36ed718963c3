//! The floor: the HTTP stack of `ackflow`, reading the same bodies and answering 200 without any work.
//!
//! Its argument is the address to listen on.

use std::io;

use axum::{Json, Router, body::Bytes, routing::post};
use serde_json::{Value, json};

#[tokio::main]
async fn main() -> io::Result<()> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:3000".to_owned());
    let listener = tokio::net::TcpListener::bind(address).await?;
    axum::serve(listener, Router::new().route("/slack/events", post(answer))).await
}

/// As long as the answer to an accepted event.
async fn answer(_body: Bytes) -> Json<Value> {
    Json(json!({ "status": "accepted", "execution": "T0ACKBENCH1-Ev010000000" }))
}

//! AWS with the answers that a test writes, where the stand-in has no such answer.

use std::sync::Arc;

use ackflow_aws::clients::Patience;
use aws_config::SdkConfig;
use axum::{Router, http::HeaderMap};
use serde_json::Value;
use tokio::net::TcpListener;

use super::world::config;

/// How to reach it. It answers each call, given its action and its parameters.
pub(crate) async fn canned(answer: impl Fn(&str, &Value) -> Value + Send + Sync + 'static) -> SdkConfig {
    let answer = Arc::new(answer);
    let handler = move |headers: HeaderMap, body: String| {
        let answer = Arc::clone(&answer);
        async move {
            let (_, action) = headers["x-amz-target"].to_str().unwrap().split_once('.').unwrap();
            answer(action, &serde_json::from_str(&body).unwrap()).to_string()
        }
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, Router::new().fallback(handler)).await });
    config(Patience::STEP, &endpoint).await
}

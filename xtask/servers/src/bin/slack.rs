//! In the place of Slack while a benchmark runs: every file has one short content, every call of the Web API succeeds.
//!
//! Its argument is the address to listen on.

use std::io;

use axum::{
    Json, Router,
    extract::Path,
    http::header::CONTENT_TYPE,
    response::IntoResponse,
    routing::{any, get},
};
use serde_json::{Value, json};

/// As long as the events say.
const CONTENT: &str = "Income 1,204,112; costs 998\n";

#[tokio::main]
async fn main() -> io::Result<()> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:3001".to_owned());
    let listener = tokio::net::TcpListener::bind(address).await?;
    let routes = Router::new().route("/api/{method}", any(call)).route("/files-pri/{*path}", get(file));
    axum::serve(listener, routes).await
}

async fn call(Path(method): Path<String>) -> Json<Value> {
    Json(match method.as_str() {
        "auth.test" => json!({
            "ok": true, "url": "https://ackbench.slack.com/", "team": "Ackbench", "team_id": "T0ACKBENCH1",
            "user": "ackflow", "user_id": "U0ACKBENCH2", "bot_id": "B0ACKBENCH1", "is_enterprise_install": false,
        }),
        "chat.getPermalink" => json!({
            "ok": true, "channel": "C0ACKBENCH1",
            "permalink": "https://ackbench.slack.com/archives/C0ACKBENCH1/p1710000000000100",
        }),
        "chat.postMessage" => json!({ "ok": true, "channel": "C0ACKBENCH1", "ts": "1710000001.000100" }),
        "conversations.replies" => json!({ "ok": true, "messages": [], "has_more": false }),
        _ => json!({ "ok": false, "error": "unknown_method" }),
    })
}

async fn file() -> impl IntoResponse {
    ([(CONTENT_TYPE, "text/plain")], CONTENT)
}

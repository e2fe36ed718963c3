//! The page that Slack's file host shows to whoever it does not know.

use axum::response::{Html, IntoResponse, Response};

const PAGE: &str = "<!DOCTYPE html>\n<html lang=\"en\">\n<head><title>Sign in | Slack</title></head>\n<body>\n\
    <h1>Sign in to your workspace</h1>\n<form action=\"/signin\" method=\"post\"></form>\n</body>\n</html>\n";

/// Status 200, though nothing was given: the answer that is mistaken for a document.
pub(super) fn login_page() -> Response {
    Html(PAGE).into_response()
}

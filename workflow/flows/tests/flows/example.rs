//! The example of a whole configuration, and what becomes of payloads with it.

use std::sync::LazyLock;

use ackflow_flows::{Configuration, Ignored, RouteError, Routing, StartRequest, route};
use ackflow_schemas::slack::OuterEvent;
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// The configuration.
pub(crate) static EXAMPLE: LazyLock<Configuration> = LazyLock::new(|| {
    let text = include_str!("../../../../ackflow.example.toml");
    Configuration::parse(text, "ackflow.example.toml").unwrap()
});

/// When payloads arrive: 2026-01-01T00:00:00Z.
pub(crate) const NOW: Timestamp = Timestamp::constant(1_767_225_600, 0);

/// What the example makes of an event.
pub(crate) fn routed(payload: &Value) -> Result<Routing, RouteError> {
    routed_by(&EXAMPLE, payload, NOW)
}

/// What a configuration makes of an event.
pub(crate) fn routed_by(
    configuration: &Configuration,
    payload: &Value,
    now: Timestamp,
) -> Result<Routing, RouteError> {
    match OuterEvent::parse(payload.to_string().as_bytes()) {
        Ok(OuterEvent::EventCallback(callback)) => route(&callback, configuration, now),
        other => panic!("not an event_callback: {other:?}"),
    }
}

/// The execution that is started, which has a name that Step Functions takes.
pub(crate) fn started(routing: Result<Routing, RouteError>) -> StartRequest {
    let start = match routing {
        Ok(Routing::Start(start)) => start,
        other => panic!("no execution: {other:?}"),
    };
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    assert!((1..=80).contains(&start.name.len()) && start.name.bytes().all(is_plain), "{}", start.name);
    start
}

/// An execution's input, read as what its flow takes.
pub(crate) fn input<T: DeserializeOwned>(start: &StartRequest) -> T {
    serde_json::from_str(start.input.get()).unwrap_or_else(|error| panic!("{start:?}: {error}"))
}

/// An execution as reviewers see it.
pub(crate) fn page(start: &StartRequest) -> String {
    let start = json!({ "flow": start.flow, "name": start.name, "input": input::<Value>(start) });
    serde_json::to_string_pretty(&start).unwrap()
}

/// What is no flow's business, and why.
#[allow(clippy::unnecessary_wraps, reason = "it is compared with what routing gives")]
pub(crate) fn ignored(reason: Ignored) -> Result<Routing, RouteError> {
    Ok(Routing::Ignore(reason))
}

/// What lacks a field.
pub(crate) fn missing(path: &str) -> Result<Routing, RouteError> {
    Err(RouteError::Missing(path.to_owned()))
}

//! What the functions have logged by now: a JSON object a line, the metrics among them, and no secret.

use std::collections::BTreeSet;

use secrecy::ExposeSecret;
use serde_json::Value;

use crate::deployment::{Deployment, ENVIRONMENT};

/// The metrics, by the function that counts them.
const METRICS: [(&str, &[&str]); 3] = [
    ("slack-event-handler", &["AckLatency", "Acks", "Duplicates", "RefusedSignatures"]),
    ("slack-file-fetcher", &["BytesStored"]),
    ("slack-notifier", &["NoticesPosted"]),
];

pub(crate) async fn in_order(deployment: &Deployment) {
    let functions = deployment.aws.functions().await;
    let workspace = deployment.simulator.workspace();
    let secrets = [workspace.bot_token.expose_secret(), workspace.signing_secret.expose_secret()];
    for (name, function) in functions.as_object().unwrap() {
        for line in function["log"].as_array().unwrap() {
            let line = line.as_str().unwrap();
            assert!(serde_json::from_str::<Value>(line).is_ok_and(|it| it.is_object()), "{name}: {line}");
            assert!(!secrets.iter().any(|secret| line.contains(secret)), "{name} logs a secret");
            assert!(!line.contains("lambda_runtime::layers"), "{name}: the runtime logs a cause: {line}");
        }
    }
    for (function, metrics) in METRICS {
        let name = format!("{function}-{ENVIRONMENT}");
        let counted: BTreeSet<String> = functions[&name]["log"]
            .as_array()
            .unwrap()
            .iter()
            .flat_map(|line| counted(line, &name))
            .collect();
        assert_eq!(counted, metrics.iter().map(|&metric| metric.to_owned()).collect(), "{name}");
    }
}

/// The metrics in a line, if it is one of metrics: named, with a value each, under the function's name.
fn counted(line: &Value, function: &str) -> Vec<String> {
    let line: Value = serde_json::from_str(line.as_str().unwrap()).unwrap();
    let Some(directive) = line["_aws"]["CloudWatchMetrics"].get(0) else { return Vec::new() };
    assert_eq!((&directive["Namespace"], &line["Function"]), (&"Ackflow".into(), &function.into()));
    let names = directive["Metrics"].as_array().unwrap().iter();
    let names: Vec<String> = names.map(|metric| metric["Name"].as_str().unwrap().to_owned()).collect();
    assert!(names.iter().all(|name| line[name].is_number()), "{line}");
    names
}

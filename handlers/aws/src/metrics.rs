//! Metrics in CloudWatch's embedded metric format: a line of JSON on standard output each.
//!
//! Source: <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>

use jiff::Timestamp;
use serde_json::{Map, Value, json};

const NAMESPACE: &str = "Ackflow";

/// The one dimension: the function's name.
const DIMENSION: &str = "Function";

/// A metric and its value.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Metric {
    name: &'static str,
    unit: &'static str,
    value: f64,
}

impl Metric {
    /// So many things.
    #[allow(clippy::cast_precision_loss, reason = "CloudWatch knows no other numbers")]
    pub(crate) fn count(name: &'static str, count: usize) -> Self {
        Self { name, unit: "Count", value: count as f64 }
    }

    /// So many bytes.
    #[allow(clippy::cast_precision_loss, reason = "CloudWatch knows no other numbers")]
    pub(crate) fn bytes(name: &'static str, bytes: usize) -> Self {
        Self { name, unit: "Bytes", value: bytes as f64 }
    }

    /// A time.
    pub(crate) fn milliseconds(name: &'static str, time: std::time::Duration) -> Self {
        Self { name, unit: "Milliseconds", value: time.as_secs_f64() * 1000.0 }
    }
}

/// Writes metrics.
pub(crate) fn emit(metrics: &[Metric]) {
    let function = std::env::var("AWS_LAMBDA_FUNCTION_NAME").unwrap_or_else(|_| "local".to_owned());
    println!("{}", line(metrics, &function, Timestamp::now()));
}

fn line(metrics: &[Metric], function: &str, now: Timestamp) -> Value {
    let described = metrics.iter().map(|metric| json!({ "Name": metric.name, "Unit": metric.unit }));
    let values: Map<String, Value> =
        metrics.iter().map(|metric| (metric.name.to_owned(), metric.value.into())).collect();
    let mut line = json!({
        "_aws": {
            "Timestamp": now.as_millisecond(),
            "CloudWatchMetrics": [{
                "Namespace": NAMESPACE,
                "Dimensions": [[DIMENSION]],
                "Metrics": described.collect::<Vec<_>>(),
            }],
        },
        DIMENSION: function,
    });
    if let Some(fields) = line.as_object_mut() {
        fields.extend(values);
    }
    line
}

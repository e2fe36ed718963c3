//! What a deployment costs a month, from a dated table of prices.
//!
//! It counts what one event and one file lead to, as the flows and the deployment are made; it knows nothing of free
//! tiers, taxes, discounts, or of traffic to the internet (events come in, and a notice is a few bytes).

use ackflow_asl::Step;
use ackflow_flows::{FetchFile, Function, SaveMetadata, functions};
use serde::Serialize;

/// When the prices were looked up, on the pricing pages of the services.
pub const PRICES_OF: &str = "2026-11";

/// The region that they are of.
pub const REGION: &str = "us-east-1";

/// Dollars for one.
mod price {
    /// <https://aws.amazon.com/api-gateway/pricing/>: HTTP APIs, the first 300 million.
    pub(super) const HTTP_REQUEST: f64 = 1.00e-6;
    /// <https://aws.amazon.com/lambda/pricing/>
    pub(super) const LAMBDA_RUN: f64 = 0.20e-6;
    /// On arm64.
    pub(super) const LAMBDA_GIB_SECOND: f64 = 0.000_013_333_4;
    /// <https://aws.amazon.com/step-functions/pricing/>: Standard.
    pub(super) const TRANSITION: f64 = 25.0e-6;
    /// <https://aws.amazon.com/dynamodb/pricing/on-demand/>: up to 1 KB.
    pub(super) const DYNAMODB_WRITE: f64 = 0.625e-6;
    /// Up to 8 KB, eventually consistent.
    pub(super) const DYNAMODB_READ: f64 = 0.062_5e-6;
    /// <https://aws.amazon.com/s3/pricing/>: Standard.
    pub(super) const S3_WRITE: f64 = 5.0e-6;
    pub(super) const S3_READ: f64 = 0.4e-6;
    pub(super) const S3_GB_MONTH: f64 = 0.023;
    /// <https://aws.amazon.com/sns/pricing/>: deliveries to SQS are free.
    pub(super) const SNS_PUBLISH: f64 = 0.50e-6;
    /// <https://aws.amazon.com/sqs/pricing/>
    pub(super) const SQS_REQUEST: f64 = 0.40e-6;
    /// <https://aws.amazon.com/cloudwatch/pricing/>
    pub(super) const LOG_GB: f64 = 0.50;
    pub(super) const METRIC: f64 = 0.30;
    pub(super) const ALARM: f64 = 0.10;
    pub(super) const DASHBOARD: f64 = 3.00;
    /// <https://aws.amazon.com/secrets-manager/pricing/>
    pub(super) const SECRET: f64 = 0.40;
    /// <https://aws.amazon.com/kms/pricing/>
    pub(super) const KEY: f64 = 1.00;
    /// <https://aws.amazon.com/xray/pricing/>
    pub(super) const TRACE: f64 = 5.0e-6;
}

/// Seconds of a month of 730 hours.
const MONTH: f64 = 730.0 * 3600.0;

/// What a Slack workspace sends in a month.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Traffic {
    /// Events of all kinds; most are messages without files, which are acknowledged and forgotten.
    pub events: u64,
    /// Files that are stored, one in each message.
    pub files: u64,
    /// Bytes of a file.
    pub size: u64,
}

/// What one service costs.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Cost {
    /// The service.
    pub service: &'static str,
    /// What it is paid for.
    pub of: &'static str,
    /// Dollars a month.
    pub dollars: f64,
}

/// What each service costs a month, the most expensive first. Of the files, the storage of their first month.
#[allow(clippy::cast_precision_loss, reason = "it is an estimate")]
pub fn estimate(traffic: Traffic) -> Vec<Cost> {
    let (events, files, size) = (traffic.events as f64, traffic.files as f64, traffic.size as f64);
    let redrives = MONTH / 60.0;
    // A file: fetched, its metadata saved, the thread told. Measured against Slack, a transfer is about 20 MB/s.
    let transfer = size / 20.0e6;
    let runs = events + 3.0 * files + redrives;
    let gib_seconds = events * gib("slack-event-handler") * 0.02
        + files * step_gib::<FetchFile>() * (0.3 + transfer)
        + files * step_gib::<SaveMetadata>() * 0.4
        + files * gib("slack-notifier") * 0.4
        + redrives * gib("slack-redriver") * 0.02;
    // FetchFiles, FetchFile, SaveMetadata, NotifyThread.
    let transitions = 4.0 * files;
    // A claim and a mark for each event that a flow wants; a lease and its end for each notice.
    let ledger_writes = 4.0 * files;
    let parts = if size < PART { 1.0 } else { (size / PART).ceil() + 2.0 };
    // What Lambda says of a run, the metrics of one, the history of an execution.
    let log_gb = (runs * 0.4e3 + events * 0.5e3 + files * 8.0e3) / 1e9;
    // One request a second is traced, and a twentieth of the rest.
    let traced = runs.min(MONTH) + (runs - MONTH).max(0.0) * 0.05;
    let idle_polls = POLLERS * MONTH / 20.0;
    let mut costs = vec![
        Cost::of("API Gateway", "requests", events * price::HTTP_REQUEST),
        Cost::of(
            "Lambda",
            "runs and GiB-seconds",
            runs * price::LAMBDA_RUN + gib_seconds * price::LAMBDA_GIB_SECOND,
        ),
        Cost::of("Step Functions", "state transitions", transitions * price::TRANSITION),
        Cost::of(
            "DynamoDB",
            "writes, and the redriver's reads",
            ledger_writes * price::DYNAMODB_WRITE + redrives * price::DYNAMODB_READ,
        ),
        Cost::of(
            "S3 requests",
            "uploads and metadata",
            files * ((parts + 1.0) * price::S3_WRITE + price::S3_READ),
        ),
        Cost::of("S3 storage", "the files of one month", files * size / 1e9 * price::S3_GB_MONTH),
        Cost::of("SNS", "notices", files * price::SNS_PUBLISH),
        Cost::of("SQS", "polls", (idle_polls + 2.0 * files) * price::SQS_REQUEST),
        Cost::of(
            "CloudWatch",
            "logs, metrics, alarms, dashboard",
            log_gb * price::LOG_GB + METRICS * price::METRIC + ALARMS * price::ALARM + price::DASHBOARD,
        ),
        Cost::of("X-Ray", "traces", traced * price::TRACE),
        Cost::of("Secrets Manager", "four secrets", SECRETS * price::SECRET),
        Cost::of("KMS", "the key of the alarms", price::KEY),
    ];
    costs.sort_by(|one, other| other.dollars.total_cmp(&one.dollars));
    costs
}

/// The part of an upload.
const PART: f64 = 8.0 * 1024.0 * 1024.0;

/// What Lambda polls a queue with at least.
///
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html>
const POLLERS: f64 = 5.0;

/// The metrics that the handlers emit for events and files.
const METRICS: f64 = 6.0;

/// The alarms of the deployment, which grow with its flows and functions.
const ALARMS: f64 = 48.0;

/// The secrets of the deployment, those that stay empty included.
const SECRETS: f64 = 4.0;

impl Cost {
    fn of(service: &'static str, of: &'static str, dollars: f64) -> Self {
        Self { service, of, dollars }
    }
}

/// The memory of the function of a name.
fn gib(name: &str) -> f64 {
    memory(|function| function.name == name)
}

/// The memory of a step's function.
fn step_gib<S: Step>() -> f64 {
    memory(|function| function.step() == Some(S::NAME))
}

fn memory(is_it: impl Fn(&Function) -> bool) -> f64 {
    functions().iter().find(|function| is_it(function)).map_or(0.0, |it| f64::from(it.memory_mib) / 1024.0)
}

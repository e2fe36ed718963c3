//! What the functions call is what their roles allow: nothing missing, nothing spare. Comes last, once everything has
//! been called.

use std::collections::{BTreeMap, BTreeSet};

use ackflow_flows::functions;
use serde_json::Value;

use crate::deployment::{Deployment, ENVIRONMENT};

/// What nobody calls, though it is needed: Lambda itself reads the queue, and the right to list is what makes S3 say
/// that an object is absent.
const SILENT: [&str; 4] =
    ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "s3:ListBucket"];

/// What is called after a start of a deployment broke off, which no scenario can bring about.
const AFTER_A_CRASH: [(&str, &str); 2] =
    [("deploy-start", "codebuild:ListBuildsForProject"), ("deploy-start", "codebuild:BatchGetBuilds")];

pub(crate) async fn as_called(deployment: &Deployment) {
    let called: BTreeMap<String, Value> = serde_json::from_value(deployment.aws.calls().await).unwrap();
    for function in functions() {
        let calls = &called[&format!("{}-{ENVIRONMENT}", function.name)];
        let needed: BTreeSet<&str> =
            calls.as_array().unwrap().iter().map(|call| permission(call.as_str().unwrap())).collect();
        let granted = function.grants.iter().flat_map(|grant| grant.actions).copied();
        let granted: BTreeSet<&str> = granted
            .filter(|action| !SILENT.contains(action) && !AFTER_A_CRASH.contains(&(function.name, action)))
            .collect();
        assert_eq!(needed, granted, "what {} calls, and what it may", function.name);
    }
}

/// The IAM action that a call needs.
///
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html#mpuAndPermissions>
fn permission(call: &str) -> &str {
    match call {
        "s3:CreateMultipartUpload" | "s3:UploadPart" | "s3:CompleteMultipartUpload" => "s3:PutObject",
        call => call,
    }
}

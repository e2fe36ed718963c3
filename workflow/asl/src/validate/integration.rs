//! Which integrations with services of AWS a resource may name.
//!
//! Source: <https://docs.aws.amazon.com/step-functions/latest/dg/integrate-optimized.html> and the page of each
//! service.

use super::{findings::Findings, place::Place};
use crate::nearest::nearest;

/// A service, its actions, and the patterns in which they may be called besides a request and its response.
pub(super) type Service = (&'static str, &'static [&'static str], &'static [&'static str]);

const SYNC: &str = ".sync";
const CALLBACK: &str = ".waitForTaskToken";

/// What a Task may call.
pub(super) const TASK: &[Service] = &[
    ("apigateway", &["invoke"], &[CALLBACK]),
    (
        "athena",
        &["getQueryExecution", "getQueryResults", "startQueryExecution", "stopQueryExecution"],
        &[SYNC],
    ),
    ("batch", &["submitJob"], &[SYNC, CALLBACK]),
    ("bedrock", &["createModelCustomizationJob", "invokeModel"], &[SYNC, CALLBACK]),
    (
        "codebuild",
        &[
            "batchDeleteBuilds",
            "batchGetReports",
            "deleteBuildBatch",
            "retryBuildBatch",
            "startBuild",
            "startBuildBatch",
            "stopBuild",
            "stopBuildBatch",
        ],
        &[SYNC],
    ),
    ("databrew", &["startJobRun"], &[SYNC]),
    ("dynamodb", &["deleteItem", "getItem", "putItem", "updateItem"], &[]),
    ("ecs", &["runTask"], &[SYNC, CALLBACK]),
    (
        "eks",
        &[
            "call",
            "createCluster",
            "createFargateProfile",
            "createNodegroup",
            "deleteCluster",
            "deleteFargateProfile",
            "deleteNodegroup",
            "runJob",
        ],
        &[SYNC, CALLBACK],
    ),
    (
        "elasticmapreduce",
        &[
            "addStep",
            "cancelStep",
            "createCluster",
            "modifyInstanceFleetByName",
            "modifyInstanceGroupByName",
            "setClusterTerminationProtection",
            "terminateCluster",
        ],
        &[SYNC],
    ),
    ("emr-containers", &["createVirtualCluster", "deleteVirtualCluster", "startJobRun"], &[SYNC]),
    (
        "emr-serverless",
        &[
            "cancelJobRun",
            "createApplication",
            "deleteApplication",
            "startApplication",
            "startJobRun",
            "stopApplication",
        ],
        &[SYNC],
    ),
    ("events", &["putEvents"], &[CALLBACK]),
    ("glue", &["startJobRun"], &[SYNC]),
    ("http", &["invoke"], &[]),
    ("lambda", &["invoke"], &[CALLBACK]),
    ("mediaconvert", &["createJob"], &[SYNC]),
    (
        "sagemaker",
        &[
            "createEndpoint",
            "createEndpointConfig",
            "createHyperParameterTuningJob",
            "createLabelingJob",
            "createModel",
            "createProcessingJob",
            "createTrainingJob",
            "createTransformJob",
            "updateEndpoint",
        ],
        &[SYNC],
    ),
    ("sns", &["publish"], &[CALLBACK]),
    ("sqs", &["sendMessage"], &[CALLBACK]),
    ("states", &["startExecution"], &[SYNC, ".sync:2", CALLBACK]),
];

/// What the reader of a distributed Map may call.
pub(super) const ITEM_READER: &[Service] = &[("s3", &["getObject", "listObjectsV2"], &[])];

/// What the writer of a distributed Map may call.
pub(super) const RESULT_WRITER: &[Service] = &[("s3", &["putObject"], &[])];

/// Checks a resource, if it names an integration at all: not a function, an activity or a substitution.
pub(super) fn check(resource: &str, services: &[Service], place: &Place, findings: &mut Findings) {
    let Some(integration) = integration(resource) else { return };
    let (call, pattern) = match integration.find('.') {
        Some(dot) => integration.split_at(dot),
        None => (integration, ""),
    };
    let remedy = match call.strip_prefix("aws-sdk:") {
        Some(call) => sdk_remedy(call, pattern),
        None => remedy(call, pattern, services),
    };
    if let Some(remedy) = remedy {
        let message = format!(
            "The resource provided {resource} is not recognized. The value is not a valid resource ARN, or the \
             resource is not available in this region."
        );
        findings.add(place, message, remedy);
    }
}

/// What follows `arn:aws:states:::`, in any partition.
fn integration(resource: &str) -> Option<&str> {
    let (partition, rest) = resource.strip_prefix("arn:")?.split_once(':')?;
    let is_fixed = !partition.is_empty() && !resource.contains("${");
    rest.strip_prefix("states:::").filter(|_| is_fixed)
}

/// What to do about a call of the SDK, unless it has the form of one: which services and actions there are is AWS's.
fn sdk_remedy(call: &str, pattern: &str) -> Option<String> {
    let is_name = |name: &str| {
        name.starts_with(|c: char| c.is_ascii_lowercase()) && name.chars().all(|c| c.is_ascii_alphanumeric())
    };
    match call.split_once(':') {
        Some((service, action)) if is_name(service) && is_name(action) => match pattern {
            "" | CALLBACK => None,
            _ => Some(format!("leave out {pattern}: a call of the SDK does not wait for a job")),
        },
        _ => Some(
            "write the service in lower case and the action in camelCase: aws-sdk:s3:getObject".to_owned(),
        ),
    }
}

/// What to do about a call of an optimized integration, unless there is such a call.
fn remedy(call: &str, pattern: &str, services: &[Service]) -> Option<String> {
    let known = services.iter().find(|(service, actions, _)| {
        call.split_once(':').is_some_and(|(given, action)| given == *service && actions.contains(&action))
    });
    match known {
        Some((.., patterns)) if pattern.is_empty() || patterns.contains(&pattern) => None,
        Some((.., [])) => Some(format!("leave out {pattern}")),
        Some((.., patterns)) => {
            Some(format!("write {} or nothing in place of {pattern}", patterns.join(", ")))
        }
        None => {
            let names = services.iter().flat_map(|(service, actions, _)| {
                actions.iter().map(move |action| format!("{service}:{action}"))
            });
            let names: Vec<String> = names.collect();
            let meant = nearest(call, names.iter().map(String::as_str));
            Some(meant.map_or_else(
                || format!("write one that AWS has, or the SDK's: arn:aws:states:::aws-sdk:{call}"),
                |meant| format!("did you mean {meant}?"),
            ))
        }
    }
}

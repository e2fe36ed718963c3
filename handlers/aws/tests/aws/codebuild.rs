//! Deployments by builds.

use std::sync::{Arc, Mutex};

use ackflow_aws::{adapters::CodeBuildDeployer, clients::Patience};
use ackflow_flows::{CodebuildTarget, Target};
use ackflow_handlers::ports::{DeployError, Deployer, Deployment, Progress};
use aws_sdk_codebuild::{
    Client,
    types::{
        ArtifactsType, ComputeType, EnvironmentType, ProjectArtifacts, ProjectEnvironment, ProjectSource,
        SourceType,
    },
};
use serde_json::{Value, json};

use super::{
    canned::canned,
    world::{World, deployment},
};

fn by_project(project: &str) -> Deployment {
    deployment(Target::Codebuild(CodebuildTarget { project: project.to_owned() }))
}

async fn create_project(client: &Client, name: &str) {
    let source = ProjectSource::builder().r#type(SourceType::S3).location("sources/api.zip");
    let environment = ProjectEnvironment::builder()
        .r#type(EnvironmentType::LinuxContainer)
        .image("aws/codebuild/standard:7.0")
        .compute_type(ComputeType::BuildGeneral1Small);
    client
        .create_project()
        .name(name)
        .source(source.build().unwrap())
        .artifacts(ProjectArtifacts::builder().r#type(ArtifactsType::NoArtifacts).build().unwrap())
        .environment(environment.build().unwrap())
        .service_role("arn:aws:iam::123456789012:role/builds")
        .send()
        .await
        .unwrap();
}

#[tokio::test]
async fn a_build_is_started_and_watched_to_its_end() {
    let Some(world) = World::new().await else { return };
    let client = Client::new(&world.config);
    create_project(&client, "deploy-api-stg").await;
    let deployer = CodeBuildDeployer::new(client.clone());
    let deployment = by_project("deploy-{service}-{environment}");
    assert_eq!(deployer.find(&deployment).await, Ok(None), "the project has no builds");
    let Progress::Running(id) = deployer.start(&deployment).await.unwrap() else {
        panic!("it takes a while")
    };
    let builds = client.list_builds_for_project().project_name("deploy-api-stg").send().await.unwrap();
    assert_eq!(builds.ids(), std::slice::from_ref(&id));
    let Progress::Succeeded(Some(link)) = deployer.check(&deployment, &id).await.unwrap() else {
        panic!("the stand-in's builds are quick, and have logs");
    };
    assert!(link.starts_with("https://"), "{link}");
}

#[tokio::test]
async fn what_can_not_be_started_is_told() {
    let Some(world) = World::with(Patience::REDRIVER).await else { return };
    let deployer = CodeBuildDeployer::new(Client::new(&world.config));
    let Err(DeployError::Refused(reason)) = deployer.start(&by_project("nowhere")).await else {
        panic!("there is no such project")
    };
    assert!(reason.starts_with("ResourceNotFoundException: ") && reason.contains("nowhere"), "{reason}");
    for (code, status) in
        [("ThrottlingException", 400), ("AccountLimitExceededException", 400), ("Outage", 500)]
    {
        let fault = json!({ "service": "codebuild", "action": "StartBuild", "code": code, "status": status, "times": -1 });
        world.aws.fault(fault).await;
        let refused = deployer.start(&by_project("nowhere")).await;
        assert!(
            matches!(&refused, Err(DeployError::Unavailable(reason)) if reason.contains(code)),
            "{refused:?}"
        );
        world.aws.clear_faults().await;
    }
    let Err(DeployError::Unavailable(reason)) = deployer.check(&by_project("nowhere"), "nowhere:1").await
    else {
        panic!("there is no such build")
    };
    assert!(reason.contains("nowhere:1"), "{reason}");
}

#[tokio::test]
async fn a_build_is_told_what_to_deploy() {
    let asked = Arc::new(Mutex::new(Value::Null));
    let noted = Arc::clone(&asked);
    let config = canned(move |_, parameters| {
        *noted.lock().unwrap() = parameters.clone();
        json!({ "build": { "id": "deploy:1" } })
    });
    let deployer = CodeBuildDeployer::new(Client::new(&config.await));
    assert_eq!(deployer.start(&by_project("deploy")).await, Ok(Progress::Running("deploy:1".to_owned())));
    let expected = json!({
        "projectName": "deploy",
        "environmentVariablesOverride": [
            { "name": "ACKFLOW_IDEMPOTENCY_KEY", "value": "T1-Ev1" },
            { "name": "ACKFLOW_SERVICE", "value": "api" },
            { "name": "ACKFLOW_ENVIRONMENT", "value": "stg" },
            { "name": "ACKFLOW_REQUESTED_BY", "value": "U1" },
        ],
        "idempotencyToken": "T1-Ev1",
    });
    assert_eq!(*asked.lock().unwrap(), expected);
}

/// A project with this many builds, a hundred on a page, of which one is of a deployment.
fn history(builds: u64, own: u64, status: &'static str) -> impl Fn(&str, &Value) -> Value {
    move |action, parameters| {
        if action == "ListBuildsForProject" {
            let first: u64 = parameters["nextToken"].as_str().map_or(0, |token| token.parse().unwrap());
            let end = builds.min(first + 100);
            let ids: Vec<_> = (first..end).map(|number| format!("deploy:{number}")).collect();
            return json!({ "ids": ids, "nextToken": (end < builds).then(|| end.to_string()) });
        }
        let build = |id: &Value| {
            let key = if *id == format!("deploy:{own}") { "T1-Ev1" } else { "T1-Ev0" };
            json!({
                "id": id,
                "buildStatus": status,
                "logs": { "deepLink": "https://logs.example.com" },
                "environment": {
                    "type": "LINUX_CONTAINER",
                    "image": "aws/codebuild/standard:7.0",
                    "computeType": "BUILD_GENERAL1_SMALL",
                    "environmentVariables": [{ "name": "ACKFLOW_IDEMPOTENCY_KEY", "value": key }],
                },
            })
        };
        json!({ "builds": parameters["ids"].as_array().unwrap().iter().map(build).collect::<Vec<_>>() })
    }
}

async fn found(
    history: impl Fn(&str, &Value) -> Value + Send + Sync + 'static,
) -> Result<Option<Progress>, DeployError> {
    let deployer = CodeBuildDeployer::new(Client::new(&canned(history).await));
    deployer.find(&by_project("deploy")).await
}

#[tokio::test]
async fn a_start_that_broke_off_is_found_by_its_key() {
    let running = Progress::Running("deploy:142".to_owned());
    assert_eq!(found(history(250, 142, "IN_PROGRESS")).await, Ok(Some(running)));
    let logs = "https://logs.example.com".to_owned();
    assert_eq!(found(history(3, 2, "SUCCEEDED")).await, Ok(Some(Progress::Succeeded(Some(logs)))));
    let failed = "the build ended as TIMED_OUT; its logs: https://logs.example.com".to_owned();
    assert_eq!(found(history(3, 0, "TIMED_OUT")).await, Ok(Some(Progress::Failed(failed))));
}

#[tokio::test]
async fn a_build_is_said_to_be_absent_only_where_that_is_certain() {
    assert_eq!(found(history(1_000, 5_000, "FAILED")).await, Ok(None));
    let Err(DeployError::Uncertain(reason)) = found(history(1_001, 1_000, "FAILED")).await else {
        panic!("the oldest build was not looked at")
    };
    assert!(reason.contains("newest 1000 builds of deploy"), "{reason}");
}

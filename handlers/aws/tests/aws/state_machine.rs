//! Deployments by executions of a state machine.

use ackflow_aws::adapters::StateMachineDeployer;
use ackflow_flows::{StateMachineTarget, Target};
use ackflow_handlers::ports::{DeployError, Deployer, Deployment, Progress};
use aws_sdk_sfn::Client;
use serde_json::{Value, json};

use super::world::{World, deployment};

const MACHINE: &str = "arn:aws:states:eu-central-1:123456789012:stateMachine:deploy-{service}";
const EXECUTION: &str = "arn:aws:states:eu-central-1:123456789012:execution:deploy-api:T1-Ev1";

fn by_machine(arn: &str) -> Deployment {
    deployment(Target::StateMachine(StateMachineTarget { arn: arn.to_owned() }))
}

/// A world in which `deploy-api` does this.
async fn deploying(world: &World, state: Value) -> StateMachineDeployer {
    let client = Client::new(&world.config);
    let definition = json!({ "StartAt": "Deploy", "States": { "Deploy": state } });
    let create = client.create_state_machine().name("deploy-api").definition(definition.to_string());
    create.role_arn("arn:aws:iam::123456789012:role/deploy").send().await.unwrap();
    StateMachineDeployer::new(client)
}

/// How the deployment ends.
async fn ended(deployer: &StateMachineDeployer) -> Progress {
    loop {
        let progress = deployer.check(&by_machine(MACHINE), EXECUTION).await.unwrap();
        if progress != Progress::Running(EXECUTION.to_owned()) {
            return progress;
        }
    }
}

#[tokio::test]
async fn a_key_starts_one_execution() {
    let Some(world) = World::new().await else { return };
    let deployer = deploying(&world, json!({ "Type": "Wait", "Seconds": 3600, "End": true })).await;
    let deployment = by_machine(MACHINE);
    assert_eq!(deployer.find(&deployment).await, Ok(None));
    for _ in 0..2 {
        assert_eq!(deployer.start(&deployment).await, Ok(Progress::Running(EXECUTION.to_owned())));
    }
    assert_eq!(deployer.check(&deployment, EXECUTION).await, Ok(Progress::Running(EXECUTION.to_owned())));
    let client = Client::new(&world.config);
    let execution = client.describe_execution().execution_arn(EXECUTION).send().await.unwrap();
    let input: Value = serde_json::from_str(execution.input().unwrap()).unwrap();
    let expected = json!({
        "service": "api",
        "environment": "stg",
        "requested_by": "U1",
        "idempotency_key": "T1-Ev1",
    });
    assert_eq!(input, expected);
}

#[tokio::test]
async fn an_execution_that_has_ended_is_not_started_again() {
    let Some(world) = World::new().await else { return };
    let deployer = deploying(&world, json!({ "Type": "Succeed" })).await;
    deployer.start(&by_machine(MACHINE)).await.unwrap();
    assert_eq!(ended(&deployer).await, Progress::Succeeded(None));
    let again = deployer.start(&by_machine(MACHINE)).await;
    assert_eq!(again, Ok(Progress::Running(EXECUTION.to_owned())), "the one that is there");
}

#[tokio::test]
async fn a_version_or_an_alias_is_no_part_of_the_handle() {
    let Some(world) = World::new().await else { return };
    let deployer = StateMachineDeployer::new(Client::new(&world.config));
    let exists = json!({ "service": "states", "action": "StartExecution", "code": "ExecutionAlreadyExists", "status": 400 });
    world.aws.fault(exists).await;
    let started = deployer.start(&by_machine(&format!("{MACHINE}:PROD"))).await;
    assert_eq!(started, Ok(Progress::Running(EXECUTION.to_owned())));
}

#[tokio::test]
async fn a_failure_says_why() {
    let Some(world) = World::new().await else { return };
    let fails = json!({ "Type": "Fail", "Error": "TestsFailed", "Cause": "3 of 40 failed." });
    let deployer = deploying(&world, fails).await;
    deployer.start(&by_machine(MACHINE)).await.unwrap();
    let reason = "the execution ended as FAILED: TestsFailed: 3 of 40 failed.".to_owned();
    assert_eq!(ended(&deployer).await, Progress::Failed(reason));
}

#[tokio::test]
async fn what_is_not_there_is_told() {
    let Some(world) = World::new().await else { return };
    let deployer = StateMachineDeployer::new(Client::new(&world.config));
    let Err(DeployError::Refused(reason)) = deployer.start(&by_machine(MACHINE)).await else {
        panic!("there is no such state machine")
    };
    assert!(reason.starts_with("StateMachineDoesNotExist: "), "{reason}");
    let Err(DeployError::Unavailable(reason)) = deployer.check(&by_machine(MACHINE), EXECUTION).await else {
        panic!("there is no such execution, or not yet")
    };
    assert!(reason.contains(EXECUTION), "{reason}");
}

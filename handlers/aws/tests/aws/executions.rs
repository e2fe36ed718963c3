//! Starts of executions.

use std::collections::HashMap;

use ackflow_aws::adapters::StepFunctions;
use ackflow_handlers::ports::Executions;
use aws_sdk_sfn::Client;

use super::world::{World, start};

#[tokio::test]
async fn a_name_starts_one_execution() {
    let Some(world) = World::new().await else { return };
    let client = Client::new(&world.config);
    let machine = client
        .create_state_machine()
        .name("document-pipeline")
        .role_arn("arn:aws:iam::123456789012:role/flows")
        .definition(r#"{"StartAt":"Done","States":{"Done":{"Type":"Succeed"}}}"#)
        .send()
        .await
        .unwrap()
        .state_machine_arn;
    let machines = HashMap::from([("document-pipeline".to_owned(), machine.clone())]);
    let executions = StepFunctions::new(client.clone(), machines);
    for _ in 0..3 {
        executions.start(&start("T1-Ev1")).await.unwrap();
    }
    executions.start(&start("T1-Ev2")).await.unwrap();
    let found = client.list_executions().state_machine_arn(machine).send().await.unwrap().executions;
    let mut names: Vec<_> = found.iter().map(|execution| execution.name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["T1-Ev1", "T1-Ev2"]);
    let arn = &found.iter().find(|execution| execution.name == "T1-Ev1").unwrap().execution_arn;
    let input = client.describe_execution().execution_arn(arn).send().await.unwrap().input;
    assert_eq!(input.as_deref(), Some(start("T1-Ev1").input.get()), "to the byte");
}

#[tokio::test]
async fn a_flow_that_is_not_deployed_is_named() {
    let Some(world) = World::new().await else { return };
    let executions = StepFunctions::new(Client::new(&world.config), HashMap::new());
    let error = executions.start(&start("T1-Ev1")).await.unwrap_err().to_string();
    assert!(error.contains("no state machine for document-pipeline"), "{error}");
}

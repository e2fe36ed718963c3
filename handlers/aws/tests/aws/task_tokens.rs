//! Answers to tasks that wait.

use ackflow_aws::{adapters::StepFunctionsTokens, clients::Patience};
use ackflow_handlers::ports::{Answered, TaskTokens};
use aws_sdk_sfn::{Client, types::ExecutionStatus};
use serde_json::{Value, json};

use super::world::World;

/// Starts an execution that waits for an answer; gives its ARN and the token.
async fn waiting(world: &World) -> (String, String) {
    let (states, sqs) = (Client::new(&world.config), aws_sdk_sqs::Client::new(&world.config));
    let queue = sqs.create_queue().queue_name("tokens").send().await.unwrap().queue_url.unwrap();
    let ask = json!({
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        "Parameters": { "QueueUrl": queue, "MessageBody.$": "$$.Task.Token" },
        "End": true,
    });
    let definition = json!({ "StartAt": "Ask", "States": { "Ask": ask } });
    let create = states.create_state_machine().name("asks").definition(definition.to_string());
    let machine = create.role_arn("arn:aws:iam::123456789012:role/asks").send().await.unwrap();
    let start = states.start_execution().state_machine_arn(machine.state_machine_arn).name("one");
    let execution = start.input("{}").send().await.unwrap().execution_arn;
    let messages = sqs.receive_message().queue_url(queue).wait_time_seconds(10).send().await.unwrap();
    (execution, messages.messages()[0].body().unwrap().to_owned())
}

#[tokio::test]
async fn the_first_answer_ends_the_task() {
    let Some(world) = World::new().await else { return };
    let (execution, token) = waiting(&world).await;
    let tokens = StepFunctionsTokens::new(Client::new(&world.config));
    let approved = json!({ "verdict": "approved" });
    assert_eq!(tokens.answer(&token, &approved).await, Ok(Answered::Taken));
    let client = Client::new(&world.config);
    let ended = loop {
        let execution = client.describe_execution().execution_arn(&execution).send().await.unwrap();
        if execution.status != ExecutionStatus::Running {
            break execution;
        }
    };
    assert_eq!(ended.status, ExecutionStatus::Succeeded);
    assert_eq!(serde_json::from_str::<Value>(ended.output().unwrap()).unwrap(), approved);
    assert_eq!(tokens.answer(&token, &json!({ "verdict": "denied" })).await, Ok(Answered::NotAwaited));
}

#[tokio::test]
async fn an_answer_that_nothing_waits_for_is_told_from_an_outage() {
    let Some(world) = World::with(Patience::REDRIVER).await else { return };
    let tokens = StepFunctionsTokens::new(Client::new(&world.config));
    let fault = |code: &str, status: u16| json!({ "service": "states", "action": "SendTaskSuccess", "code": code, "status": status, "times": -1 });
    for code in ["TaskTimedOut", "TaskDoesNotExist", "InvalidToken"] {
        world.aws.fault(fault(code, 400)).await;
        assert_eq!(tokens.answer("token", &json!({})).await, Ok(Answered::NotAwaited), "{code}");
        world.aws.clear_faults().await;
    }
    for (code, status) in [("AccessDeniedException", 400), ("ThrottlingException", 400), ("Outage", 500)] {
        world.aws.fault(fault(code, status)).await;
        let error = tokens.answer("token", &json!({})).await.unwrap_err().to_string();
        assert!(error.starts_with("Step Functions can't be used:") && error.contains(code), "{error}");
        world.aws.clear_faults().await;
    }
}

//! Tasks that wait for an answer with their token.

use std::sync::Arc;

use ackflow_engine::{Answered, EngineError, Outcome, TaskError};
use serde_json::{Value, json};

use super::world::{Run, World, in_time};

/// Asks somebody, and gives what they answer.
fn asking(fields: Value) -> Value {
    let mut state = json!({
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
        "Parameters": { "FunctionName": "${Ask}", "Payload": { "token.$": "$$.Task.Token" } },
        "End": true,
    });
    state.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    json!({ "StartAt": "Ask", "States": { "Ask": state } })
}

fn world(fields: Value) -> World {
    World::new(asking(fields), |_| async { Ok(json!({ "asked": true })) })
}

/// An execution that waits for an answer, and its token.
async fn asked(world: &World) -> (Run, String) {
    let mut run = world.start_up().await;
    run.start("one", json!({})).await;
    run.event("TaskSubmitted").await;
    (run, token(world))
}

fn token(world: &World) -> String {
    world.calls()[0].input["Payload"]["token"].as_str().unwrap().to_owned()
}

async fn answer(run: &Run, token: &str, output: Value) -> Answered {
    in_time(run.engine.answer(token, Ok(output))).await.unwrap()
}

#[tokio::test]
async fn an_answer_is_the_result() {
    let world = world(json!({}));
    let (mut run, token) = asked(&world).await;
    assert_eq!(answer(&run, &token, json!("yes")).await, Answered::Taken);
    run.ended(1).await;
    let (outcome, history) = world.replay("one").await;
    assert_eq!(outcome, Some(Outcome::Succeeded { output: json!("yes").into() }));
    let types: Vec<_> = history.iter().map(|event| event.event_type).collect();
    assert_eq!(
        types,
        [
            "ExecutionStarted",
            "TaskStateEntered",
            "TaskScheduled",
            "TaskStarted",
            "TaskSubmitted",
            "TaskSucceeded",
            "TaskStateExited",
            "ExecutionSucceeded"
        ]
    );
    assert_eq!(history[4].details["output"], json!({ "asked": true }));
}

#[tokio::test]
async fn an_answer_may_be_a_failure() {
    let world = world(json!({}));
    let (mut run, token) = asked(&world).await;
    let refusal = TaskError { error: "Refused".to_owned(), cause: "Not today.".to_owned() };
    assert_eq!(run.engine.answer(&token, Err(refusal)).await.unwrap(), Answered::Taken);
    run.ended(1).await;
    let failed = Outcome::Failed { error: "Refused".to_owned(), cause: "Not today.".to_owned() };
    assert_eq!(world.replay("one").await.0, Some(failed));
}

#[tokio::test]
async fn the_first_of_many_answers_is_taken() {
    let world = world(json!({}));
    let (mut run, token) = asked(&world).await;
    let answers = (0..8).map(|number| answer(&run, &token, json!(number)));
    let answers = futures_util::future::join_all(answers).await;
    assert_eq!(answers.iter().filter(|answered| **answered == Answered::Taken).count(), 1);
    run.ended(1).await;
    let first = answers.iter().position(|answered| *answered == Answered::Taken);
    assert_eq!(world.replay("one").await.0, Some(Outcome::Succeeded { output: json!(first).into() }));
    assert_eq!(answer(&run, &token, json!("late")).await, Answered::NotAwaited);
}

#[tokio::test]
async fn nobody_waits_for_an_answer_with_another_token() {
    let world = world(json!({}));
    let (run, token) = asked(&world).await;
    for other in ["", "flow:one", "flow:two:3", "other:one:3", "flow:one:4", &format!("{token}0")] {
        assert_eq!(answer(&run, other, json!("yes")).await, Answered::NotAwaited, "{other}");
    }
    assert_eq!(answer(&run, &token, json!("yes")).await, Answered::Taken);
}

#[tokio::test]
async fn a_restart_does_not_ask_again() {
    let world = world(json!({}));
    let (run, token) = asked(&world).await;
    drop(run);
    let mut run = world.start_up().await;
    assert_eq!(answer(&run, &token, json!("yes")).await, Answered::Taken);
    run.ended(1).await;
    assert_eq!(world.calls().len(), 1);
}

#[tokio::test]
async fn an_answer_may_come_before_the_call_returns() {
    let world = World::new(asking(json!({})), |_| std::future::pending());
    let mut run = world.start_up().await;
    run.start("one", json!({})).await;
    run.event("TaskStarted").await;
    while world.calls().is_empty() {
        tokio::task::yield_now().await;
    }
    assert_eq!(answer(&run, &token(&world), json!("quick")).await, Answered::Taken);
    run.ended(1).await;
    assert_eq!(world.replay("one").await.0, Some(Outcome::Succeeded { output: json!("quick").into() }));
}

#[tokio::test]
async fn an_answer_may_take_too_long() {
    let late = json!({ "StartAt": "Late", "States": { "Late": { "Type": "Pass", "End": true } } });
    let mut definition = asking(json!({
        "TimeoutSeconds": 60,
        "Catch": [{ "ErrorEquals": ["States.Timeout"], "Next": "Late" }],
    }));
    definition["States"]["Late"] = late["States"]["Late"].clone();
    let world = World::new(definition, |_| async { Ok(Value::Null) });
    let (mut run, token) = asked(&world).await;
    run.ended(1).await;
    assert_eq!(world.clock.elapsed(), 60);
    assert_eq!(answer(&run, &token, json!("yes")).await, Answered::NotAwaited);
    let output = json!({ "Error": "States.Timeout", "Cause": "" });
    assert_eq!(world.replay("one").await.0, Some(Outcome::Succeeded { output: output.into() }));
}

/// Step Functions takes no answer for a task that did not hand its token out.
#[tokio::test]
async fn a_task_that_does_not_wait_takes_no_answer() {
    let task =
        json!({ "StartAt": "Do", "States": { "Do": { "Type": "Task", "Resource": "${Do}", "End": true } } });
    let world = World::new(task, |_| std::future::pending());
    let mut run = world.start_up().await;
    run.start("one", json!({})).await;
    run.event("LambdaFunctionStarted").await;
    while world.calls().is_empty() {
        tokio::task::yield_now().await;
    }
    assert_eq!(answer(&run, &world.calls()[0].token, json!("yes")).await, Answered::NotAwaited);
}

/// A task that is to come to its end before the engine stops may itself give an answer.
#[tokio::test]
async fn an_answer_is_taken_while_the_engine_drains() {
    let release = Arc::new(tokio::sync::Notify::new());
    let held = Arc::clone(&release);
    let two = json!({
        "StartAt": "Both",
        "States": { "Both": { "Type": "Parallel", "End": true, "Branches": [
            asking(json!({})),
            { "StartAt": "Do", "States": { "Do": { "Type": "Task", "Resource": "${Do}", "End": true } } },
        ] } },
    });
    let world = World::new(two, move |call| {
        let held = Arc::clone(&held);
        async move {
            if call.state == "Do" {
                held.notified().await;
            }
            Ok(Value::Null)
        }
    });
    let mut run = world.start_up().await;
    run.start("one", json!({})).await;
    run.event("TaskSubmitted").await;
    let token =
        world.calls().iter().find(|call| call.state == "Ask").unwrap().input["Payload"]["token"].clone();
    let answers = async {
        let answered = answer(&run, token.as_str().unwrap(), json!("yes")).await;
        release.notify_one();
        answered
    };
    let (answered, ()) = in_time(async { tokio::join!(answers, run.engine.drain()) }).await;
    assert_eq!(answered, Answered::Taken);
}

#[tokio::test]
async fn a_stopped_engine_says_so() {
    let world = world(json!({}));
    let (run, token) = asked(&world).await;
    run.engine.drain().await;
    let refused = run.engine.answer(&token, Ok(Value::Null)).await;
    assert!(matches!(refused, Err(EngineError::Stopped)), "{refused:?}");
}

/// A list that is nested so deep.
fn nested(depth: usize) -> Value {
    (1..depth).fold(json!([]), |inner, _| json!([inner]))
}

/// What the journal could not be read again with is refused when it is given, and the execution goes on from there.
#[tokio::test]
async fn an_answer_that_is_nested_too_deep_fails_the_task() {
    let world = world(json!({}));
    let (mut run, token) = asked(&world).await;
    assert_eq!(answer(&run, &token, nested(127)).await, Answered::Taken);
    run.ended(1).await;
    let Some(Outcome::Failed { error, cause }) = world.replay("one").await.0 else {
        panic!("it did not fail")
    };
    assert_eq!(error, "States.Runtime");
    assert_eq!(cause, "The data of 'Ask' is nested 127 levels deep, and 100 are allowed.");
}

#[tokio::test]
async fn an_answer_may_be_nested_as_deep_as_other_data() {
    let world = world(json!({}));
    let (mut run, token) = asked(&world).await;
    assert_eq!(answer(&run, &token, nested(100)).await, Answered::Taken);
    run.ended(1).await;
    assert_eq!(world.replay("one").await.0, Some(Outcome::Succeeded { output: nested(100).into() }));
}

#[tokio::test]
async fn what_a_call_gives_that_hands_the_token_out_is_no_deeper_either() {
    let world = World::new(asking(json!({})), |_| async { Ok(nested(127)) });
    let mut run = world.start_up().await;
    run.start("one", json!({})).await;
    run.ended(1).await;
    let outcome = world.replay("one").await.0;
    assert!(matches!(outcome, Some(Outcome::Failed { error, .. }) if error == "States.Runtime"));
}

//! However much there is to do at once, everybody's turn comes, and soon.

use std::{collections::BTreeSet, sync::Arc};

use ackflow_engine::{Answered, NewExecution, Observation, Status};
use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use super::world::{Run, World, in_time, is_end, raw};
use crate::simulator::{epoch, machine};

/// More than a turn does of one kind.
const MANY: usize = 250;

/// Asks somebody; the input `pass` asks nobody.
fn definition() -> Value {
    json!({ "StartAt": "Which", "States": {
        "Which": {
            "Type": "Choice",
            "Choices": [{ "Variable": "$", "StringEquals": "pass", "Next": "Pass" }],
            "Default": "Ask",
        },
        "Pass": { "Type": "Pass", "End": true },
        "Ask": {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
            "Parameters": { "FunctionName": "${Ask}", "Payload": { "token.$": "$$.Task.Token" } },
            "End": true,
        },
    } })
}

fn world() -> World {
    World::new(definition(), |_| async { Ok(Value::Null) })
}

/// Starts executions, and waits until all have asked. Gives their tokens.
async fn asked(run: &mut Run, world: &World, count: usize) -> Vec<String> {
    for name in 0..count {
        run.start(&name.to_string(), json!("ask")).await;
    }
    tokens(run, world, count).await
}

/// Waits until so many tasks have asked. Gives their tokens.
async fn tokens(run: &mut Run, world: &World, count: usize) -> Vec<String> {
    let mut asked = 0;
    while asked < count {
        let told = in_time(run.told.recv()).await.expect("the engine runs");
        asked += submitted(&told);
    }
    let token = |input: &Value| input["Payload"]["token"].as_str().unwrap().to_owned();
    world.calls().iter().map(|call| token(&call.input)).collect()
}

fn submitted(told: &Observation) -> usize {
    told.events.iter().filter(|event| event.event_type == "TaskSubmitted").count()
}

/// Does something with each item of its input.
fn each(item: Value) -> Value {
    json!({ "StartAt": "Each", "States": {
        "Each": { "Type": "Map", "ItemProcessor": item, "End": true },
    } })
}

/// Waits for the end of an execution of a machine.
fn nest(machine: &str) -> Value {
    json!({ "StartAt": "Nest", "States": { "Nest": {
        "Type": "Task", "Resource": "arn:aws:states:::states:startExecution.sync:2", "End": true,
        "Parameters": { "StateMachineArn": machine }, "ResultSelector": { "status.$": "$.Status" },
    } } })
}

fn wait() -> Value {
    json!({ "StartAt": "Wait", "States": { "Wait": { "Type": "Wait", "Seconds": 60, "End": true } } })
}

/// Hundreds of executions that do something and end are in the journal when the engine starts.
#[tokio::test]
async fn an_answer_does_not_wait_for_all_that_is_to_be_taken_up() {
    let mut world = world();
    world.settings.max_active_executions = 2;
    let mut run = world.start_up().await;
    let token = asked(&mut run, &world, 1).await.remove(0);
    drop(run);
    let journal = world.journal();
    let digest = journal.define(&machine(&definition())).await.unwrap();
    let starts = (0..MANY).map(|name| NewExecution {
        machine: digest.clone(),
        flow: "flow".to_owned(),
        name: format!("pass {name}"),
        input: json!("pass").to_string(),
        at: epoch(),
        seed: 7,
    });
    for started in join_all(starts.map(|new| journal.start(new))).await {
        started.unwrap();
    }
    let mut run = world.start_up_on(journal).await;
    assert_eq!(in_time(run.engine.answer(&token, Ok(Value::Null))).await.unwrap(), Answered::Taken);
    let mut before = 0;
    loop {
        let told = in_time(run.told.recv()).await.expect("the engine runs");
        if told.events.iter().any(is_end) {
            if told.name == "0" {
                break;
            }
            before += 1;
        }
    }
    assert!(before < MANY, "it waited for all of them");
    run.ended(MANY - before).await;
}

/// Answers twice with each token at once. One of the two is taken: which of them comes first is anybody's guess.
async fn answer_twice(run: &Run, tokens: &[String]) {
    let twice = tokens.iter().chain(tokens);
    let answers = in_time(join_all(twice.map(|token| run.engine.answer(token, Ok(Value::Null))))).await;
    let answers: Vec<Answered> = answers.into_iter().map(Result::unwrap).collect();
    let (earlier, again) = answers.split_at(tokens.len());
    for one in earlier.iter().zip(again) {
        assert!(matches!(
            one,
            (Answered::Taken, Answered::NotAwaited) | (Answered::NotAwaited, Answered::Taken)
        ));
    }
}

#[tokio::test]
async fn many_answers_at_once_are_all_taken_and_each_once() {
    let world = world();
    let mut run = world.start_up().await;
    let tokens = asked(&mut run, &world, MANY).await;
    answer_twice(&run, &tokens).await;
    run.ended(MANY).await;
}

#[tokio::test]
async fn many_answers_for_one_execution_are_all_taken_and_each_once() {
    let world = World::new(each(definition()), |_| async { Ok(Value::Null) });
    let mut run = world.start_up().await;
    run.start("one", json!(vec!["ask"; MANY])).await;
    let tokens = tokens(&mut run, &world, MANY).await;
    answer_twice(&run, &tokens).await;
    run.ended(1).await;
    assert_eq!(world.row("one").await.status, Status::Succeeded);
}

#[tokio::test]
async fn answers_that_have_come_are_taken_before_the_engine_stops() {
    let world = world();
    let journal = world.journal();
    let mut run = world.start_up_on(journal.clone()).await;
    let tokens = asked(&mut run, &world, MANY).await;
    let answers = join_all(tokens.iter().map(|token| run.engine.answer(token, Ok(Value::Null))));
    let drained = async {
        // Each of them reads something first, and reads are done in turn: after this one, all of them have come.
        journal.find(None, "0").await.unwrap();
        run.engine.drain().await;
    };
    let (answers, ()) = in_time(async { tokio::join!(biased; answers, drained) }).await;
    assert!(answers.into_iter().all(|answered| answered.unwrap() == Answered::Taken));
}

#[tokio::test]
async fn many_are_stopped_at_once() {
    let world = world();
    let mut run = world.start_up().await;
    asked(&mut run, &world, MANY).await;
    let names: BTreeSet<String> = world.statuses().await.into_keys().collect();
    for stopped in join_all(names.iter().map(|name| run.engine.stop("flow", name, "", ""))).await {
        stopped.unwrap();
    }
    run.ended(MANY).await;
    assert!(world.statuses().await.values().all(|status| *status == Status::Aborted));
}

/// Both take their turns: more executions are to be started, and more tasks to be told, than a turn does.
#[tokio::test]
async fn many_start_executions_at_once() {
    let mut world = World::new(each(nest("child")), |_| async { Ok(Value::Null) });
    world.others.push(("child", wait()));
    let mut run = world.start_up().await;
    run.start("one", json!(vec![0; MANY])).await;
    run.ended(MANY + 1).await;
    assert!(world.statuses().await.values().all(|status| *status == Status::Succeeded));
}

/// Another starts more executions than some turns do. Meanwhile its child ends, and it hears of that.
#[tokio::test]
async fn a_parent_does_not_wait_for_all_that_others_start() {
    let more = 10 * MANY;
    let gate = Arc::new(Semaphore::new(0));
    let open = Arc::clone(&gate);
    let mut world = World::new(nest("gated"), move |_| {
        let open = Arc::clone(&open);
        async move {
            open.acquire().await.unwrap().forget();
            Ok(Value::Null)
        }
    });
    let task = json!({ "Type": "Task", "Resource": "${Do}", "End": true });
    world.others = vec![
        ("gated", json!({ "StartAt": "Do", "States": { "Do": task } })),
        ("many", each(nest("child"))),
        ("child", wait()),
    ];
    let mut run = world.start_up().await;
    run.start("one", json!({})).await;
    run.event("LambdaFunctionStarted").await;
    run.engine.start("many", "two", &raw(&json!(vec![0; more]))).await.unwrap();
    let mut started = 0;
    loop {
        let told = in_time(run.told.recv()).await.expect("the engine runs");
        if told.name == "two" {
            started += submitted(&told);
        } else if told.name == "one" && told.events.iter().any(is_end) {
            break;
        }
        if started > 0 {
            gate.add_permits(1);
        }
    }
    assert!(started < more, "it waited for all of them");
}

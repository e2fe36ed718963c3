//! Executions that this version can't read: they are told of and may be stopped, and are in nobody's way.

use ackflow_engine::{Answered, EngineError, JournalError, Outcome, Status};
use serde_json::{Value, json, value::RawValue};

use super::world::{Run, World, in_time, raw};

/// Does something with whatever it is given; the input `hang` never ends.
fn world() -> World {
    World::new(task("${Do}"), |call| async move {
        if call.input == json!("hang") { std::future::pending().await } else { Ok(call.input) }
    })
}

fn task(resource: &str) -> Value {
    json!({ "StartAt": "Do", "States": { "Do": { "Type": "Task", "Resource": resource, "End": true } } })
}

/// The second task is given what stands in the field `then`.
fn two_tasks() -> Value {
    json!({ "StartAt": "Do", "States": {
        "Do": { "Type": "Task", "Resource": "${Do}", "Next": "Then" },
        "Then": { "Type": "Task", "Resource": "${Do}", "InputPath": "$.then", "End": true },
    } })
}

/// Waits for the end of an execution named `two`.
fn parent() -> Value {
    json!({ "StartAt": "Nest", "States": { "Nest": {
        "Type": "Task", "Resource": "arn:aws:states:::states:startExecution.sync:2", "End": true,
        "Parameters": { "StateMachineArn": "child", "Name": "two" },
    } } })
}

/// A parent whose child has a task that never ends.
fn nested() -> World {
    let mut world = World::new(parent(), |_| std::future::pending());
    world.others.push(("child", task("${Do}")));
    world
}

/// Makes signals of one kind those of another.
fn rename(world: &World, from: &str, to: &str) {
    world.tamper(&format!("UPDATE signals SET signal = replace(signal, '{from}', '{to}')"));
}

/// Nothing waits for it.
const STRAY: &str = r#"{"signal":"task_succeeded","task":99,"output":null}"#;

fn add_signal(world: &World, name: &str, signal: &str) {
    world.tamper(&format!(
        "INSERT INTO signals (execution, number, at, signal)
         SELECT id, 100, 0, '{signal}' FROM executions WHERE name = '{name}'"
    ));
}

/// What is wrong with an execution.
async fn reason(world: &World, name: &str) -> String {
    match world.journal().replay(&world.row(name).await).await {
        Err(JournalError::Unreadable { reason, .. }) => reason,
        other => panic!("it can be read: {other:?}"),
    }
}

/// The engine is well: it runs another execution.
async fn goes_on(run: &mut Run) {
    run.start("good", json!(1)).await;
    run.ended(1).await;
}

async fn until(world: &World, name: &str, status: Status) {
    let journal = world.journal();
    in_time(async {
        while journal.find(None, name).await.unwrap().status != status {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

async fn until_called(world: &World) {
    in_time(async {
        while world.calls().is_empty() {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

/// Starts an execution, and leaves the engine while a task of it runs.
async fn leave_amid(world: &World, name: &str, input: Value) {
    let run = world.start_up().await;
    run.start(name, input).await;
    until_called(world).await;
}

#[tokio::test]
async fn an_input_that_could_not_be_read_again_is_refused() {
    let world = world();
    let mut run = world.start_up().await;
    for input in ["1e999".to_owned(), "[".repeat(200) + &"]".repeat(200)] {
        let input = RawValue::from_string(input).unwrap();
        let refused = run.engine.start("flow", "bad", &input).await.unwrap_err();
        let EngineError::Journal(JournalError::Input { execution, .. }) = &refused else {
            panic!("{refused:?}")
        };
        assert_eq!(execution, "bad");
        assert!(refused.to_string().contains("its input can't be read"), "{refused}");
    }
    goes_on(&mut run).await;
    assert_eq!(world.statuses().await.len(), 1);
}

/// A version that did not refuse it may have kept it.
#[tokio::test]
async fn an_input_that_can_not_be_read_is_in_nobodys_way() {
    let world = world();
    let mut run = world.start_up().await;
    run.start("one", json!(1)).await;
    run.ended(1).await;
    world.tamper(
        "INSERT INTO executions (flow, name, machine, input, seed, started_at, status)
         SELECT flow, 'bad', machine, '1e999', seed, started_at, 'RUNNING' FROM executions",
    );
    goes_on(&mut run).await;
    let row = world.row("bad").await;
    assert_eq!((row.status, &row.start.input), (Status::Running, &Value::Null));
    assert!(row.unreadable.is_some_and(|reason| reason.contains("its input: number out of range")));
    assert!(reason(&world, "bad").await.contains("number out of range"));
    assert_eq!(world.statuses().await.len(), 3, "it is listed");
}

/// In SQLite, a column may hold a value of any type.
#[tokio::test]
async fn a_cell_that_can_not_be_read_is_in_nobodys_way() {
    for (change, expected) in [
        ("UPDATE executions SET seed = 'abc'", "name: seed"),
        ("UPDATE executions SET started_at = 'abc'", "name: started_at"),
        ("UPDATE executions SET input = x'00'", "name: input"),
        ("UPDATE executions SET input = CAST(x'ff' AS TEXT)", "invalid utf-8"),
        ("UPDATE signals SET signal = x'00'", "name: signal"),
        ("UPDATE signals SET at = 'abc'", "name: at"),
        ("UPDATE machines SET definition = x'00'", "name: definition"),
    ] {
        let mut world = world();
        world.others.push(("other", two_tasks()));
        let mut run = world.start_up().await;
        run.engine.start("other", "bad", &raw(&json!({ "then": "hang" }))).await.unwrap();
        run.event("TaskStateExited").await;
        drop(run);
        world.tamper(change);
        // An engine that has the machine would mend it.
        world.others.clear();
        let mut run = world.start_up().await;
        goes_on(&mut run).await;
        assert_eq!(world.row("bad").await.status, Status::Running, "{change}");
        let reason = reason(&world, "bad").await;
        assert!(reason.contains(expected), "{change}: {reason}");
        assert_eq!(world.statuses().await.len(), 2, "{change}");
        run.engine.stop("other", "bad", "", "").await.unwrap();
        until(&world, "bad", Status::Aborted).await;
    }
}

#[tokio::test]
async fn a_stop_and_a_timer_that_can_not_be_read_are_in_nobodys_way() {
    let mut world = world();
    let wait = json!({ "Type": "Wait", "Seconds": 60, "End": true });
    world.others.push(("other", json!({ "StartAt": "Wait", "States": { "Wait": wait } })));
    let mut run = world.start_up().await;
    // While its task runs, the clock stands still.
    run.start("bad", json!("hang")).await;
    until_called(&world).await;
    run.engine.start("other", "waits", &raw(&json!(1))).await.unwrap();
    run.event("WaitStateEntered").await;
    drop(run);
    world.journal().stop(None, "bad", "Mistake", "").await.unwrap();
    world.tamper("UPDATE stopping SET error = x'00'; UPDATE waiting SET due = 'abc'");
    let mut run = world.start_up().await;
    until(&world, "bad", Status::Aborted).await;
    run.ended(2).await;
    assert_eq!(world.row("waits").await.status, Status::Succeeded);
}

#[tokio::test]
async fn a_task_that_waits_and_can_not_be_read_is_in_nobodys_way() {
    let world = nested();
    leave_amid(&world, "one", json!({})).await;
    world.tamper("UPDATE nested SET task = 'abc'");
    let run = world.start_up().await;
    run.engine.stop("child", "two", "", "").await.unwrap();
    until(&world, "two", Status::Aborted).await;
    assert_eq!(world.row("one").await.status, Status::Running);
    run.engine.stop("flow", "one", "", "").await.unwrap();
    until(&world, "one", Status::Aborted).await;
}

#[tokio::test]
async fn a_status_that_there_is_not_is_listed() {
    let world = world();
    let mut run = world.start_up().await;
    run.start("bad", json!(1)).await;
    run.ended(1).await;
    drop(run);
    world.tamper("UPDATE executions SET status = 'WEIRD'");
    let mut run = world.start_up().await;
    goes_on(&mut run).await;
    assert_eq!(world.statuses().await["bad"], Status::Unknown);
    assert_eq!(reason(&world, "bad").await, "there is no status WEIRD");
}

#[tokio::test]
async fn a_damaged_definition_is_mended_by_an_engine_that_has_it() {
    let world = world();
    let mut run = world.start_up().await;
    run.start("one", json!(1)).await;
    run.ended(1).await;
    drop(run);
    world.tamper("UPDATE machines SET definition = '{'");
    let reason = reason(&world, "one").await;
    assert!(reason.starts_with("its definition "), "{reason}");
    let _run = world.start_up().await;
    assert_eq!(world.replay("one").await.0, Some(Outcome::Succeeded { output: json!(1).into() }));
}

/// It would be under way, and could not go on.
#[tokio::test]
async fn what_can_not_be_read_is_not_redriven() {
    let world = world();
    let mut run = world.start_up().await;
    run.start("bad", json!(1)).await;
    run.ended(1).await;
    world.tamper("UPDATE executions SET status = 'FAILED', input = '1e999'");
    let at = world.row("bad").await.start.at;
    let refused = world.journal().redrive(None, "bad", at).await.unwrap_err();
    assert!(
        matches!(&refused, JournalError::Unreadable { execution, .. } if execution == "bad"),
        "{refused}"
    );
    assert_eq!(world.row("bad").await.status, Status::Failed);
}

/// To go on as if it were not there would be to go another way than the execution has gone.
#[tokio::test]
async fn a_signal_about_nothing_is_told_of() {
    let world = world();
    leave_amid(&world, "bad", json!("hang")).await;
    add_signal(&world, "bad", STRAY);
    let mut run = world.start_up().await;
    goes_on(&mut run).await;
    assert_eq!(
        reason(&world, "bad").await,
        "it was waiting for nothing like signal 1 of 1, of 1970-01-01T00:00:00Z"
    );
    assert_eq!(world.calls().iter().filter(|call| call.input == json!("hang")).count(), 1);
}

/// A redrive that leads to nothing is no such signal: it is kept before anybody knows.
#[tokio::test]
async fn a_redrive_for_which_there_are_no_more_events_changes_nothing() {
    let definition = json!({ "StartAt": "Again", "States": {
        "Again": {
            "Type": "Choice",
            "Choices": [{ "Variable": "$.enough", "IsPresent": true, "Next": "Enough" }],
            "Default": "Again",
        },
        "Enough": { "Type": "Succeed" },
    } });
    let world = World::new(definition, |call| async move { Ok(call.input) });
    let mut run = world.start_up().await;
    run.start("one", json!({})).await;
    run.ended(1).await;
    let before = world.replay("one").await;
    world.journal().redrive(None, "one", world.row("one").await.start.at).await.unwrap();
    run.engine.look_for_redriven();
    until(&world, "one", Status::Failed).await;
    assert_eq!(world.replay("one").await, before);
}

/// The rebuild panics, since a state leads to one that there is not.
#[tokio::test]
async fn a_rebuild_that_panics_is_in_nobodys_way() {
    let mut world = world();
    world.others.push(("other", task("${Other}")));
    let run = world.start_up().await;
    run.engine.start("other", "bad", &raw(&json!("hang"))).await.unwrap();
    until_called(&world).await;
    drop(run);
    world.tamper(
        r#"UPDATE machines SET definition = replace(definition, '"StartAt":"Do"', '"StartAt":"Gone"')
           WHERE definition LIKE '%Other%'"#,
    );
    // An engine that has the machine would mend it.
    world.others.clear();
    let mut run = world.start_up().await;
    goes_on(&mut run).await;
    assert!(reason(&world, "bad").await.contains("it makes this version panic"));
}

/// It panics when the task has given its result, since the state leads to one that there is not. It does so again after
/// each restart.
#[tokio::test]
async fn a_signal_that_makes_an_execution_panic_is_in_nobodys_way() {
    let mut world = world();
    let two = json!({ "StartAt": "Do", "States": {
        "Do": { "Type": "Task", "Resource": "${Do}", "Next": "Then" },
        "Then": { "Type": "Succeed" },
    } });
    world.others.push(("other", two));
    let mut run = world.start_up().await;
    world.tamper(r#"UPDATE machines SET definition = replace(definition, '"Next":"Then"', '"Next":"Gone"')"#);
    run.engine.start("other", "bad", &raw(&json!("bad"))).await.unwrap();
    until_called(&world).await;
    goes_on(&mut run).await;
    drop(run);
    // An engine that has the machine would mend it.
    world.others.clear();
    let mut run = world.start_up().await;
    run.start("last", json!(1)).await;
    run.ended(1).await;
    assert_eq!(world.row("bad").await.status, Status::Running);
    run.engine.stop("other", "bad", "", "").await.unwrap();
    until(&world, "bad", Status::Aborted).await;
    assert_eq!(world.calls().iter().filter(|call| call.input == json!("bad")).count(), 2);
}

/// The answer is not lost: a version that can read the execution takes it.
#[tokio::test]
async fn whoever_answers_what_can_not_be_read_is_told_so() {
    let ask = json!({ "StartAt": "Ask", "States": { "Ask": {
        "Type": "Task", "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken", "End": true,
        "Parameters": { "FunctionName": "${Ask}", "Payload": { "token.$": "$$.Task.Token" } },
    } } });
    let world = World::new(ask, |_| async { Ok(Value::Null) });
    let mut run = world.start_up().await;
    run.start("one", json!({})).await;
    run.event("TaskSubmitted").await;
    let token = world.calls()[0].input["Payload"]["token"].as_str().unwrap().to_owned();
    drop(run);
    rename(&world, "task_submitted", "of_the_future");
    let run = world.start_up().await;
    // Also once it is known.
    for _ in 0..2 {
        let refused = in_time(run.engine.answer(&token, Ok(json!("yes")))).await.unwrap_err();
        assert!(matches!(&refused, EngineError::Unreadable(name) if name == "one"), "{refused:?}");
    }
    drop(run);
    rename(&world, "of_the_future", "task_submitted");
    let run = world.start_up().await;
    let answered = in_time(run.engine.answer(&token, Ok(json!("yes")))).await.unwrap();
    assert_eq!(answered, Answered::Taken);
    assert_eq!(world.replay("one").await.0, Some(Outcome::Succeeded { output: json!("yes").into() }));
}

/// Its input is shown as null, and is another.
#[tokio::test]
async fn what_can_not_be_read_is_not_what_a_task_is_to_start() {
    let mut definition = parent();
    definition["States"]["Nest"]["Parameters"]["Input"] = json!("null");
    let mut world = World::new(definition, |_| std::future::pending());
    world.others.push(("child", task("${Do}")));
    let mut run = world.start_up().await;
    world.tamper(
        "INSERT INTO executions (flow, name, machine, input, seed, started_at, status, ended_at)
         SELECT 'child', 'two', digest, '1e999', 7, 0, 'SUCCEEDED', 0 FROM machines LIMIT 1",
    );
    run.start("one", json!({})).await;
    run.ended(1).await;
    let outcome = world.replay("one").await.0;
    let taken = "StepFunctions.ExecutionAlreadyExistsException";
    assert!(matches!(&outcome, Some(Outcome::Failed { error, .. }) if error == taken), "{outcome:?}");
}

#[tokio::test]
async fn what_can_not_be_read_can_be_stopped() {
    let world = world();
    leave_amid(&world, "bad", json!("hang")).await;
    add_signal(&world, "bad", STRAY);
    let mut run = world.start_up().await;
    goes_on(&mut run).await;
    run.engine.stop("flow", "bad", "", "").await.unwrap();
    until(&world, "bad", Status::Aborted).await;
    drop(run);
    // That holds.
    let mut run = world.start_up().await;
    run.start("last", json!(1)).await;
    run.ended(1).await;
    assert_eq!(world.row("bad").await.status, Status::Aborted);
}

#[tokio::test]
async fn with_a_parent_that_can_not_be_read_its_child_is_stopped() {
    let world = nested();
    leave_amid(&world, "one", json!({})).await;
    add_signal(&world, "one", STRAY);
    let run = world.start_up().await;
    world.journal().stop(None, "one", "", "").await.unwrap();
    run.engine.look_for_stopped();
    until(&world, "one", Status::Aborted).await;
    until(&world, "two", Status::Aborted).await;
    assert_eq!(
        world.replay("two").await.0,
        Some(Outcome::Aborted { error: String::new(), cause: String::new() })
    );
}

#[tokio::test]
async fn a_parent_is_told_when_a_child_that_can_not_be_read_is_stopped() {
    let world = nested();
    leave_amid(&world, "one", json!({})).await;
    add_signal(&world, "two", STRAY);
    let mut run = world.start_up().await;
    world.journal().stop(None, "two", "Mistake", "It was the wrong one.").await.unwrap();
    run.engine.look_for_stopped();
    run.ended(1).await;
    let Some(Outcome::Failed { error, cause }) = world.replay("one").await.0 else {
        panic!("it did not fail")
    };
    assert_eq!(error, "States.TaskFailed");
    let cause: Value = serde_json::from_str(&cause).unwrap();
    assert_eq!((&cause["Status"], &cause["Error"]), (&json!("ABORTED"), &json!("Mistake")));
    assert_eq!(cause["Cause"], "It was the wrong one.");
}

/// A later version can read the parent: it hears then how its child ended.
#[tokio::test]
async fn the_end_of_a_child_waits_for_a_parent_that_can_not_be_read() {
    let child =
        json!({ "StartAt": "Wait", "States": { "Wait": { "Type": "Wait", "Seconds": 60, "End": true } } });
    let mut world = World::new(parent(), |call| async move { Ok(call.input) });
    world.others.push(("child", child));
    let mut run = world.start_up().await;
    run.start("one", json!({})).await;
    run.event("TaskSubmitted").await;
    drop(run);
    rename(&world, "task_submitted", "of_the_future");
    let mut run = world.start_up().await;
    until(&world, "two", Status::Succeeded).await;
    run.engine.drain().await;
    while let Some(told) = run.told.recv().await {
        assert_eq!(told.name, "two");
    }
    drop(run);
    rename(&world, "of_the_future", "task_submitted");
    let mut run = world.start_up().await;
    run.ended(1).await;
    assert_eq!(world.row("one").await.status, Status::Succeeded);
}

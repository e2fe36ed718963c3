//! Documents, steps and functions say the same.

use std::collections::{BTreeMap, BTreeSet};

use ackflow_asl::{StateMachine, Step, StepError, builder::FUNCTION_NOT_CONFIGURED};
use ackflow_flows::{
    AnswerCommand, AwaitDecision, CheckDeploy, CountReactions, DecideApproval, DeleteMessage, EndTurn,
    FetchFile, InviteNewcomer, NOTICES, RewriteTags, SaveMetadata, StartDeploy, TakeTurn, flows, functions,
    routes,
};
use serde_json::Value;

/// What a step's contract says, without its types.
struct Contract {
    name: &'static str,
    timeout_seconds: u64,
    transient: BTreeSet<String>,
}

fn contract<S: Step>() -> Contract {
    let transient = <S::Error as StepError>::transient().map(|error| error.name().to_owned()).collect();
    Contract { name: S::NAME, timeout_seconds: S::TIMEOUT_SECONDS, transient }
}

fn contracts() -> BTreeMap<&'static str, Contract> {
    let contracts = [
        contract::<FetchFile>(),
        contract::<SaveMetadata>(),
        contract::<RewriteTags>(),
        contract::<AnswerCommand>(),
        contract::<AwaitDecision>(),
        contract::<DecideApproval>(),
        contract::<TakeTurn>(),
        contract::<StartDeploy>(),
        contract::<CheckDeploy>(),
        contract::<EndTurn>(),
        contract::<DeleteMessage>(),
        contract::<InviteNewcomer>(),
        contract::<CountReactions>(),
    ];
    contracts.into_iter().map(|contract| (contract.name, contract)).collect()
}

/// The errors by which a state looks again and again for what must happen first.
const LOOKED_FOR: [(&str, &str); 4] = [
    ("TakeTurnLater", "TurnTaken"),
    ("StartDeploy", "StartUnderWay"),
    ("CheckDeploy", "DeployRunning"),
    ("DecideApproval", "ApprovalNotOpen"),
];

/// Every state of a flow by its name, those within a Map or a Parallel state too.
fn states_of(machine: &StateMachine) -> Vec<(String, Value)> {
    fn collect(block: &Value, found: &mut Vec<(String, Value)>) {
        for (name, state) in block["States"].as_object().expect("a block has states") {
            found.push((name.clone(), state.clone()));
            let branches = state["Branches"].as_array().into_iter().flatten();
            for block in state.get("ItemProcessor").into_iter().chain(branches) {
                collect(block, found);
            }
        }
    }
    let mut found = Vec::new();
    collect(&machine.to_json(), &mut found);
    found
}

/// Every state of every flow.
pub(crate) fn states() -> Vec<(String, Value)> {
    flows().iter().flat_map(|(_, machine)| states_of(machine)).collect()
}

/// The states that run a step, with the step's name.
fn step_states() -> Vec<(String, String, Value)> {
    let step = |state: &Value| {
        // A state that waits for an answer names its function among the parameters.
        let resources = [&state["Resource"], &state["Parameters"]["FunctionName"]];
        let placeholder =
            |text: &Value| Some(text.as_str()?.strip_prefix("${")?.strip_suffix('}')?.to_owned());
        resources.into_iter().find_map(placeholder)
    };
    states().into_iter().filter_map(|(name, state)| Some((name, step(&state)?, state))).collect()
}

fn strings(array: &Value) -> impl Iterator<Item = String> + '_ {
    array.as_array().into_iter().flatten().map(|text| text.as_str().expect("a string").to_owned())
}

#[test]
fn each_step_has_a_function_and_each_step_function_a_state() {
    let named: BTreeSet<String> = step_states().into_iter().map(|(_, step, _)| step).collect();
    let steps: Vec<&str> = functions().iter().filter_map(ackflow_flows::Function::step).collect();
    assert_eq!(named, steps.iter().map(|&step| step.to_owned()).collect());
    assert_eq!(steps.len(), named.len(), "two functions run one step");
    assert_eq!(named, contracts().keys().map(|&name| name.to_owned()).collect());
}

#[test]
fn functions_have_names_of_their_own() {
    let names: BTreeSet<&str> = functions().iter().map(|function| function.name).collect();
    assert_eq!(names.len(), functions().len());
}

#[test]
fn a_function_may_run_exactly_as_long_as_its_state_waits() {
    let contracts = contracts();
    for (name, step, state) in step_states() {
        // One that waits for an answer waits longer than its function runs.
        if state.get("TimeoutSecondsPath").is_none() {
            assert_eq!(state["TimeoutSeconds"], contracts[&*step].timeout_seconds, "{name}");
        }
    }
    for function in functions() {
        if let Some(step) = function.step() {
            assert_eq!(function.timeout_seconds, contracts[step].timeout_seconds, "{}", function.name);
        }
        assert!(function.timeout_seconds <= 15 * 60, "{}: Lambda runs for 15 minutes at most", function.name);
    }
}

#[test]
fn a_step_is_retried_on_exactly_its_transient_errors() {
    let contracts = contracts();
    for (name, step, state) in step_states() {
        let retried = state["Retry"].as_array().expect("a step is retried");
        let retried: Vec<String> =
            retried.iter().flat_map(|retrier| strings(&retrier["ErrorEquals"])).collect();
        let (platform, own): (Vec<String>, Vec<String>) =
            retried.into_iter().partition(|error| error.contains('.') || error == FUNCTION_NOT_CONFIGURED);
        let looked_for =
            LOOKED_FOR.iter().filter(|(state, _)| *state == name).map(|(_, error)| (*error).to_owned());
        let mut expected = contracts[&*step].transient.clone();
        expected.extend(looked_for);
        assert_eq!(own.iter().cloned().collect::<BTreeSet<_>>(), expected, "{name}");
        assert_eq!(own.len(), expected.len(), "{name} names an error twice");
        assert!(platform.contains(&"Lambda.TooManyRequestsException".to_owned()), "{name}");
    }
}

#[test]
fn every_retry_backs_off_with_full_jitter_to_a_bound() {
    let mut retriers = 0;
    for (name, state) in states() {
        for retrier in state["Retry"].as_array().into_iter().flatten() {
            assert_eq!(retrier["JitterStrategy"], "FULL", "{name}");
            assert!(retrier["BackoffRate"].as_f64() > Some(1.0), "{name}");
            assert!(retrier["MaxDelaySeconds"].as_u64() >= retrier["IntervalSeconds"].as_u64(), "{name}");
            retriers += 1;
        }
    }
    assert!(retriers > 0);
}

#[test]
fn a_flow_has_the_time_that_its_longest_retries_take() {
    for (flow, machine) in flows() {
        let states = states_of(&machine);
        let retriers = states.iter().flat_map(|(_, state)| state["Retry"].as_array().into_iter().flatten());
        let longest = retriers.map(seconds_of_retries).fold(0.0, f64::max);
        let timeout = machine.to_json()["TimeoutSeconds"].as_f64();
        assert!(timeout > Some(longest), "{flow} ends before its retries do");
    }
}

/// How long a retrier goes on, on average: with full jitter a wait is half of its interval.
fn seconds_of_retries(retrier: &Value) -> f64 {
    let number = |field: &str| retrier[field].as_f64().expect("a number");
    let attempts = retrier["MaxAttempts"].as_u64().expect("a count");
    let intervals = (0..attempts).scan(number("IntervalSeconds"), |interval, _| {
        let now = (*interval).min(number("MaxDelaySeconds"));
        *interval = now * number("BackoffRate");
        Some(now)
    });
    intervals.sum::<f64>() / 2.0
}

#[test]
fn every_publication_goes_to_the_notices_topic() {
    let published: Vec<Value> = states()
        .into_iter()
        .filter(|(_, state)| state["Resource"] == "arn:aws:states:::sns:publish")
        .map(|(_, state)| state["Parameters"]["TopicArn"].clone())
        .collect();
    assert!(!published.is_empty());
    assert!(published.iter().all(|topic| *topic == format!("${{{NOTICES}}}")), "{published:?}");
}

#[test]
fn every_route_leads_to_a_flow_and_every_flow_has_a_route() {
    let flows: BTreeSet<&str> = flows().iter().map(|(name, _)| *name).collect();
    let mut routed: BTreeSet<&str> = routes().iter().map(|route| route.flow).collect();
    // No event starts it, but a press on a button.
    assert!(routed.insert("approvals"));
    assert_eq!(flows, routed);
}

#[test]
fn a_function_may_start_the_flows_that_come_through_its_door() {
    let may_start = |name: &str| -> BTreeSet<String> {
        let function = functions().into_iter().find(|function| function.name == name).expect("a function");
        let grants = serde_json::to_value(function.grants).unwrap();
        let grants = grants.as_array().unwrap().iter();
        grants.flat_map(|grant| strings(&grant["resource"]["state_machines"])).collect()
    };
    let named = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<BTreeSet<_>>();
    let routed: Vec<&str> = routes().iter().map(|route| route.flow).collect();
    assert_eq!(may_start("slack-event-handler"), named(&routed));
    assert_eq!(may_start("slack-interactivity"), named(&["approvals", "commands", "deployments"]));
    let all: Vec<&str> = flows().iter().map(|(name, _)| *name).collect();
    assert_eq!(may_start("slack-redriver"), named(&all), "any of them may be pending");
}

#[test]
fn a_function_is_told_where_everything_is_that_it_may_touch() {
    // Which variable tells where a resource is.
    let variable = |resource: &Value| match resource.as_str() {
        None if resource.get("state_machines").is_some() => Some("STATE_MACHINES"),
        None => Some("BUCKET"),
        Some("ledger" | "pending_index") => Some("LEDGER_TABLE"),
        Some("notices_topic") => Some("NOTICES_TOPIC"),
        Some("bot_token") => Some("SLACK_BOT_TOKEN_SECRET"),
        Some("user_token") => Some("SLACK_USER_TOKEN_SECRET"),
        Some("webhook_secret") => Some("DEPLOY_WEBHOOK_SECRET_SECRET"),
        Some("signing_secret") => Some("SLACK_SIGNING_SECRET_SECRET"),
        Some("notices_queue") => Some("NOTICES_QUEUE"),
        // A token says itself what it is of; the configuration names the targets.
        Some("task_tokens" | "build_projects" | "target_state_machines") => None,
        Some(other) => panic!("no variable is known for {other}"),
    };
    for function in functions() {
        let grants = serde_json::to_value(function.grants).unwrap();
        let needed: BTreeSet<&str> =
            grants.as_array().unwrap().iter().filter_map(|grant| variable(&grant["resource"])).collect();
        let told = |optional| {
            let variables = function.environment.iter().filter(move |variable| variable.optional == optional);
            variables.map(|variable| variable.name).collect::<BTreeSet<_>>()
        };
        assert_eq!(told(false), needed, "{}", function.name);
        let calls_slack = !function.slack_methods.is_empty();
        assert_eq!(calls_slack, told(true).contains("SLACK_API_URL"), "{}", function.name);
        assert_eq!(calls_slack, needed.contains("SLACK_BOT_TOKEN_SECRET"), "{}", function.name);
    }
}

//! The cases recorded from AWS (`shared/asl-conformance`): every definition is accepted, every comparison agrees.

use std::{fs, path::PathBuf};

use ackflow_asl::{
    Diagnostic, InvalidDefinition, MachineType, Scope, Seed, Severity, State, StateMachine, validate,
    variable_references,
};
use serde_json::{Value, json};

/// The recorded cases, or nothing when they are not on this machine.
fn cases() -> Vec<Value> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/asl-conformance/scenarios");
    let Ok(entries) = fs::read_dir(&folder) else {
        let required = std::env::var("ACKFLOW_REQUIRE_SHARED").is_ok_and(|required| required == "1");
        assert!(!required, "the recorded cases are required and not at {}", folder.display());
        eprintln!("SKIPPED: the recorded cases are not at {}", folder.display());
        return Vec::new();
    };
    let mut files: Vec<_> = entries.map(|entry| entry.expect("a readable folder").path()).collect();
    files.sort();
    let read = |file: &PathBuf| {
        let text = fs::read_to_string(file).expect("a readable case");
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
    };
    files.iter().map(read).collect()
}

/// The definition as it was given to AWS.
fn definition(case: &Value) -> String {
    case["definition_text"].as_str().map_or_else(|| case["definition"].to_string(), str::to_owned)
}

/// What refuses a case's definition.
fn errors(case: &Value, definition: &str) -> Vec<Diagnostic> {
    let machine_type = if case["type"] == "EXPRESS" { MachineType::Express } else { MachineType::Standard };
    let mut found = validate(definition, machine_type);
    found.retain(|diagnostic| diagnostic.severity == Severity::Error);
    found
}

#[test]
fn every_definition_that_aws_accepted_is_accepted() {
    let mut accepted = 0;
    for case in cases() {
        let kind = case["kind"].as_str().expect("a kind");
        if !["execution", "express_sync", "express_async"].contains(&kind) {
            continue;
        }
        let (id, text) = (&case["id"], definition(&case));
        let wrong = errors(&case, &text);
        assert!(wrong.is_empty(), "{id}: {wrong:?}");
        let machine = StateMachine::parse(&text).unwrap_or_else(|error| panic!("{id}: {error}"));
        let again = StateMachine::parse(&machine.to_json().to_string()).expect("its own document");
        assert_eq!(again, machine, "{id}");
        accepted += 1;
    }
    println!("accepted {accepted}");
    assert!(accepted == 0 || accepted == 737, "{accepted} were accepted");
}

/// The `TestState` API takes one state, whose next states need not exist.
#[test]
fn every_state_that_aws_tested_is_accepted() {
    let mut accepted = 0;
    for case in cases() {
        let definition = &case["definition"];
        if case["kind"] != "test_state" || !definition["Type"].is_string() {
            continue;
        }
        let text = json!({ "StartAt": "Tested", "States": { "Tested": definition } }).to_string();
        let mut wrong = errors(&case, &text);
        wrong.retain(|error| !["MISSING_TRANSITION_TARGET", "MISSING_END_STATE"].contains(&error.code));
        assert!(wrong.is_empty(), "{}: {wrong:?}", case["id"]);
        accepted += 1;
    }
    println!("accepted {accepted} single states");
    assert!(accepted == 0 || accepted > 100, "only {accepted} were accepted");
}

/// `ValidateStateMachineDefinition`: code, severity, location and message.
#[test]
fn every_validation_agrees() {
    let mut agreed = 0;
    for case in cases() {
        let Some(expected) = case["expected"].get("diagnostics") else { continue };
        let shown = errors(&case, &definition(&case)).into_iter().map(|error| {
            let mut shown = json!({
                "code": error.code, "message": error.message, "severity": error.severity.to_string()
            });
            if let Some(location) = error.location {
                shown["location"] = location.into();
            }
            shown
        });
        assert_eq!(&Value::Array(shown.collect()), expected, "{}", case["id"]);
        agreed += 1;
    }
    println!("{agreed} validations agree");
    assert!(agreed == 0 || agreed == 11, "{agreed} agreed");
}

/// `CreateStateMachine`: the message of its exception.
#[test]
fn every_refusal_agrees() {
    let mut agreed = 0;
    for case in cases().iter().filter(|case| case["kind"] == "create_error") {
        let diagnostics = errors(case, &definition(case));
        let message = InvalidDefinition { diagnostics }.exception_message();
        assert_eq!(message, case["expected"]["message"], "{}", case["id"]);
        agreed += 1;
    }
    println!("{agreed} refusals agree");
    assert!(agreed == 0 || agreed == 4, "{agreed} agreed");
}

/// `DescribeStateMachine`: the variables that each state reads.
#[test]
fn every_variable_reference_agrees() {
    let mut agreed = 0;
    for case in cases() {
        let Some(expected) = case["expected"].get("variableReferences") else { continue };
        let machine = StateMachine::parse(&definition(&case)).expect("AWS accepted it");
        assert_eq!(&json!(variable_references(&machine)), expected, "{}", case["id"]);
        agreed += 1;
    }
    println!("{agreed} variable references agree");
    assert!(agreed == 0 || agreed == 9, "{agreed} agreed");
}

#[test]
fn every_comparison_agrees() {
    let mut compared = 0;
    for case in cases() {
        let id = case["id"].as_str().expect("an id");
        if !id.starts_with("choice_operators.") {
            continue;
        }
        let machine = StateMachine::parse(&case["definition"].to_string()).expect(id);
        let State::Choice(choice) = &machine.states.states[&machine.states.start_at] else { continue };
        let seed = Seed::new(0);
        let scope = Scope::new(&case["input"], &Value::Null, &seed);
        let holds = |rule: &&ackflow_asl::ChoiceRule| rule.rule.holds(0, &scope).expect(id);
        let next = choice.choices.iter().find(holds).map(|rule| &rule.next).or(choice.default.as_ref());
        let State::Pass(pass) = &machine.states.states[next.expect("a default")] else {
            panic!("{id}: no Pass")
        };
        assert_eq!(pass.result.as_ref(), Some(&case["expected"]["output"]), "{id}");
        compared += 1;
    }
    println!("compared {compared}");
    assert!(compared == 0 || compared == 329, "{compared} were compared");
}

/// A Pass whose `Parameters` are its output: paths and intrinsic calls as AWS evaluated them.
#[test]
fn every_template_agrees() {
    let mut rendered = 0;
    for case in cases() {
        let id = case["id"].as_str().expect("an id");
        let text = case["definition"].to_string();
        if case["kind"] != "execution" || case["expected"]["status"] != "SUCCEEDED" || text.contains("$$") {
            continue;
        }
        let Ok(machine) = StateMachine::parse(&text) else { continue };
        let states: Vec<_> = machine.states.states.values().collect();
        let [State::Pass(pass)] = states[..] else { continue };
        let (Some(parameters), None, None) = (&pass.parameters, &pass.result_path, &pass.input_path) else {
            continue;
        };
        let seed = Seed::new(0);
        let scope = Scope::new(&case["input"], &Value::Null, &seed);
        let output = parameters.render("Parameters", &scope).expect(id);
        assert!(same(&output, &case["expected"]["output"]), "{id}: {output}");
        rendered += 1;
    }
    println!("rendered {rendered}");
    assert!(rendered == 0 || rendered > 50, "only {rendered} were rendered");
}

/// Numbers compare by value.
fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => left.as_f64() == right.as_f64(),
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| same(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left.iter().all(|(name, left)| right.get(name).is_some_and(|right| same(left, right)))
        }
        _ => left == right,
    }
}

//! The cases recorded from AWS (`shared/asl-conformance`): every definition is accepted, every comparison agrees.

use std::{fs, path::PathBuf};

use ackflow_asl::{Scope, Seed, State, StateMachine};
use serde_json::Value;

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

/// Whether the definition needs what this version reports as unsupported.
fn is_unsupported(definition: &str) -> bool {
    let words = ["\"JSONata\"", "\"Assign\"", "\"DISTRIBUTED\"", "\"ItemReader\"", "\"Label\""];
    words.iter().any(|word| definition.contains(word))
}

#[test]
fn every_definition_that_aws_accepted_is_accepted() {
    let mut accepted = 0;
    for case in cases() {
        let kind = case["kind"].as_str().expect("a kind");
        if !["execution", "express_sync", "express_async"].contains(&kind) {
            continue;
        }
        let (id, text) = (&case["id"], case["definition"].to_string());
        match StateMachine::parse(&text) {
            Ok(machine) => {
                let written = machine.to_json();
                let again: StateMachine = serde_json::from_value(written).expect("its own document");
                assert_eq!(again, machine, "{id}");
                accepted += 1;
            }
            Err(error) => {
                assert!(is_unsupported(&text), "{id}: {error}");
                let codes = error.diagnostics.iter().map(|diagnostic| diagnostic.code);
                assert!(codes.eq(error.diagnostics.iter().map(|_| "UNSUPPORTED")), "{id}: {error}");
            }
        }
    }
    println!("accepted {accepted}");
    assert!(accepted == 0 || accepted > 500, "only {accepted} were accepted");
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
        let text = serde_json::json!({ "StartAt": "Tested", "States": { "Tested": definition } }).to_string();
        let findings = StateMachine::parse(&text).err().map(|error| error.diagnostics).unwrap_or_default();
        let wrong: Vec<_> = findings
            .iter()
            .filter(|finding| !["MISSING_TRANSITION_TARGET", "MISSING_END_STATE"].contains(&finding.code))
            .filter(|finding| !(finding.code == "UNSUPPORTED" && is_unsupported(&text)))
            .collect();
        assert!(wrong.is_empty(), "{}: {wrong:?}", case["id"]);
        accepted += 1;
    }
    println!("accepted {accepted} single states");
}

#[test]
fn definitions_that_aws_refused_are_refused() {
    for case in cases() {
        let refused = case["expected"]["result"] == "FAIL";
        let is_express = case["id"].as_str().is_some_and(|id| id.contains("ILLEGAL_WFTT"));
        if !refused || is_express {
            continue;
        }
        let text =
            case["definition_text"].as_str().map_or_else(|| case["definition"].to_string(), str::to_owned);
        let error = StateMachine::parse(&text).expect_err("AWS refused it");
        let code = &case["expected"]["diagnostics"][0]["code"];
        let codes: Vec<_> = error.diagnostics.iter().map(|diagnostic| diagnostic.code).collect();
        let is_unsupported = codes.contains(&"UNSUPPORTED");
        assert!(is_unsupported || codes.iter().any(|own| own == code), "{}: {codes:?}", case["id"]);
    }
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
        let scope = Scope { input: &case["input"], context: &Value::Null, entropy: &Seed::new(0) };
        let holds = |rule: &&ackflow_asl::ChoiceRule| rule.rule.holds(&scope).expect(id);
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
        let scope = Scope { input: &case["input"], context: &Value::Null, entropy: &Seed::new(0) };
        let output = parameters.render(&scope).expect(id);
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

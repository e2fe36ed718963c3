//! The scenarios of our own: what the specification and AWS's documentation say where little was recorded.

use std::path::Path;

use ackflow_conformance::{Grade, Scenario, read, run};

/// How a scenario differs from what it expects, if it does.
fn failure(scenario: &Scenario) -> Option<String> {
    let difference = Grade::of(scenario, &run(scenario)).full?;
    Some(format!("{}\n    {difference}\n", scenario.id))
}

#[test]
fn every_one_ends_as_the_specification_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let scenarios = read(&folder).expect("readable scenarios");
    assert!(!scenarios.is_empty(), "there are none in {}", folder.display());
    let failures: Vec<_> = scenarios.iter().filter_map(failure).collect();
    assert!(failures.is_empty(), "{} of {} differ:\n{}", failures.len(), scenarios.len(), failures.concat());
}

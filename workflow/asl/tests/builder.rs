//! The typed builder: a flow whose types fit compiles into a valid document, and no other flow compiles.

#[path = "builder/steps/mod.rs"]
#[allow(missing_docs, unreachable_pub, reason = "shared with the programs that must not compile")]
mod steps;

use ackflow_asl::{
    StateMachine, StepError,
    builder::{Backoff, Caught, Chain, ErrorOutput, Flow, Reshape, map, reshape, task},
};
use serde_json::{Value, json};
use steps::{Book, Page, Pages, Shelve, ShelveError, Summarise, SummariseError, Summary};

const SOON: Backoff = Backoff { interval_seconds: 1, rate: 2.0, max_delay_seconds: 9, max_attempts: 3 };

struct LeaveOut;

impl Reshape for LeaveOut {
    const NAME: &'static str = "LeaveOut";
    type From = Caught<Page>;
    type To = Summary;

    fn template() -> Value {
        json!({ "left_out.$": "$.failure.Error" })
    }
}

fn digest() -> Flow<Book> {
    let summarise = task::<Summarise>()
        .retry(SummariseError::transient(), SOON)
        .retry_platform(SOON)
        .recover(reshape::<LeaveOut>());
    let pages = Chain::from(map::<Pages>("Pages", 4, summarise));
    let shelve = task::<Shelve>().retry([ShelveError::ShelfFull], SOON);
    let again = task::<Shelve>().named("ShelveAgain");
    Flow::new("digest", "Sums up a book.", 60, pages.then(shelve).then(again))
}

#[test]
fn a_flow_whose_steps_fit_is_a_valid_document() {
    let document = digest().machine.to_json();
    let read = StateMachine::parse(&document.to_string()).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(read, digest().machine);

    let states = &document["States"];
    let order: Vec<&String> = states.as_object().unwrap().keys().collect();
    assert_eq!(order, ["Pages", "Shelve", "ShelveAgain"]);
    assert_eq!(states["Pages"]["ItemsPath"], "$.pages");
    assert_eq!(states["Pages"]["ResultPath"], "$.pages");
    assert_eq!(states["Shelve"]["Retry"][0]["ErrorEquals"], json!(["ShelfFull"]));
    assert_eq!(states["ShelveAgain"]["Resource"], "${Shelve}");
    assert_eq!(states["ShelveAgain"]["End"], true);

    let summarise = &states["Pages"]["ItemProcessor"]["States"]["Summarise"];
    assert_eq!(summarise["Catch"][0]["Next"], "LeaveOut");
    assert_eq!(summarise["Catch"][0]["ErrorEquals"], json!(["States.ALL"]));
    assert_eq!(summarise["End"], true);
    assert_eq!(states["Pages"]["ItemProcessor"]["States"]["LeaveOut"]["End"], true);
}

#[test]
fn a_caught_failure_lies_beside_the_input_of_the_step() {
    let failure = ErrorOutput { error: "Illegible".to_owned(), cause: "Ink".to_owned() };
    let caught = Caught { input: json!({ "page": 3 }), failure };
    let data = serde_json::to_value(&caught).unwrap();
    assert_eq!(data, json!({ "page": 3, "failure": { "Error": "Illegible", "Cause": "Ink" } }));
}

#[test]
#[should_panic(expected = "two states of a flow are named Shelve")]
fn two_states_of_one_name_are_refused() {
    let _ = Chain::from(task::<Shelve>()).then(task::<Shelve>());
}

/// The compiler whose messages are checked in: another one words them differently.
const COMPILER: &str = "rustc 1.95.";

#[test]
fn a_flow_whose_types_do_not_fit_does_not_compile() {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let version = std::process::Command::new(rustc).arg("--version").output().unwrap();
    let version = String::from_utf8(version.stdout).unwrap();
    if !version.starts_with(COMPILER) {
        eprintln!("SKIPPED: the messages are those of {COMPILER}x, and this is {version}");
        return;
    }
    trybuild::TestCases::new().compile_fail("tests/builder/*.rs");
}

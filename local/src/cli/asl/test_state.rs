//! `ackflow asl test-state`.

use std::path::PathBuf;

use ackflow_engine::{
    InspectionLevel, MockInput, TestStateConfiguration, TestStateError, TestStateRequest, test_state,
};
use clap::{Args, ValueEnum};
use miette::{Report, Result, miette};
use serde_json::Value;

use super::{
    super::terminal::{plain, print_json},
    argument,
    definition::Definition,
};

/// Test one state, as the API `TestState` of AWS does, and print its response
///
/// Nothing is called: what a Task, Map or Parallel state's work gives is said by a mock. The exit status is 0 when the
/// API answers, be it that the state failed, 1 when it refuses the request, and 2 when an option is wrong.
#[derive(Debug, Args)]
pub(super) struct TestState {
    /// The state; with --state, the state machine that it is in. `-` is standard input.
    #[arg(long, value_name = "FILE")]
    definition: PathBuf,
    /// Which state of the machine, however deep it stands.
    #[arg(long, alias = "state-name", value_name = "NAME")]
    state: Option<String>,
    /// The state's input; `{}` when left out.
    #[arg(long, value_name = "JSON|@FILE", value_parser = argument::text)]
    input: Option<String>,
    /// The variables that the state sees, an object.
    #[arg(long, value_name = "JSON|@FILE", value_parser = argument::text)]
    variables: Option<String>,
    /// The context object, or parts of it; only with a mock.
    #[arg(long, value_name = "JSON|@FILE", value_parser = argument::text)]
    context: Option<String>,
    /// What the state's work gives: `{"result": …}` or `{"errorOutput": {"error": …, "cause": …}}`.
    #[arg(long, value_name = "JSON|@FILE", value_parser = mock)]
    mock: Option<MockInput>,
    /// What happened before, such as `{"retrierRetryCount": 1}`; only with a mock.
    #[arg(long, value_name = "JSON|@FILE", value_parser = argument::json::<TestStateConfiguration>)]
    state_configuration: Option<TestStateConfiguration>,
    /// The role that the context object shows.
    #[arg(long, value_name = "ARN")]
    role_arn: Option<String>,
    /// How much is shown: the output; the data on its way, too; an HTTP Task's request and response, too.
    #[arg(long, value_enum, value_name = "LEVEL", ignore_case = true, default_value_t = Level::Info)]
    inspection_level: Level,
    /// Whether secrets of an HTTP Task's connection may be shown. There are none here.
    #[arg(long)]
    reveal_secrets: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
#[value(rename_all = "UPPER")]
enum Level {
    Info,
    Debug,
    Trace,
}

impl TestState {
    pub(super) fn run(self) -> Result<()> {
        let definition = Definition::read(&self.definition)?;
        check_kind(&definition, self.state.is_some())?;
        let has_mock = self.mock.is_some();
        let request = TestStateRequest {
            definition: definition.text,
            role_arn: self.role_arn,
            input: self.input,
            inspection_level: Some(match self.inspection_level {
                Level::Info => InspectionLevel::Info,
                Level::Debug => InspectionLevel::Debug,
                Level::Trace => InspectionLevel::Trace,
            }),
            reveal_secrets: self.reveal_secrets.then_some(true),
            variables: self.variables,
            state_name: self.state,
            mock: self.mock,
            context: self.context,
            state_configuration: self.state_configuration,
        };
        let response = test_state(&request).map_err(|error| refused(&error, has_mock))?;
        print_json(&response)
    }
}

/// A mock as the API takes it, or with the result as JSON rather than as JSON in a string.
fn mock(argument: &str) -> Result<MockInput, String> {
    let mut mock: Value = argument::json(argument)?;
    if let Some(result) = mock.get_mut("result").filter(|result| !result.is_string()) {
        *result = result.to_string().into();
    }
    serde_json::from_value(mock).map_err(|error| format!("it is no mock: {error}"))
}

/// Refuses a whole state machine where a state is wanted, and a state where the machine is that it stands in.
fn check_kind(definition: &Definition, is_state_named: bool) -> Result<()> {
    // Of what is no object, the API says what is wrong with it.
    let Ok(Value::Object(fields)) = serde_json::from_str(&definition.text) else { return Ok(()) };
    let name = &definition.name;
    match fields.get("States").and_then(Value::as_object) {
        Some(states) if !is_state_named => {
            let states: Vec<_> = states.keys().map(String::as_str).collect();
            let states = plain(&states.join(", "));
            Err(miette!(
                help = format!("name it with --state; the first level has {states}"),
                "{name} is a whole state machine, and one of its states is tested"
            ))
        }
        None if is_state_named && fields.contains_key("Type") => Err(miette!(
            help = "leave --state out, or give the state machine that the state is in",
            "{name} is one state, and --state names one of a state machine"
        )),
        _ => Ok(()),
    }
}

fn refused(error: &TestStateError, has_mock: bool) -> Report {
    let help = match error.code {
        "InvalidDefinition" => {
            "mend the definition; `ackflow asl validate` shows the places in a whole state machine"
        }
        "InvalidExecutionInput" => "give JSON as --input, a text in its quotes, too: '\"text\"'",
        _ if error.message.starts_with("State not found") => {
            "--state takes the name of a state as the definition has it, however deep it stands"
        }
        _ if !has_mock => {
            "AWS refuses such a request, too. A Task, Map or Parallel state needs --mock, for nothing is called here; `ackflow asl test-state --help` says what goes together"
        }
        _ => "AWS refuses such a request, too: `ackflow asl test-state --help` says what goes together",
    };
    miette!(help = help, "{}", plain(&error.to_string()))
}

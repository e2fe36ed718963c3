//! `ackflow asl run`.

use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use ackflow_engine::{Clock, Outcome, Start};
use clap::Args;
use jiff::Timestamp;
use miette::{Report, Result, miette};
use serde_json::{Value, json};

use super::{
    super::terminal::{plain, print, print_json},
    argument,
    definition::Definition,
    type_option::TypeOption,
};
use crate::{
    asl::{self, Ended, Mocks, Program, RunError},
    clock::{SystemClock, VirtualClock},
};

/// The exit status of an execution that took too long.
const TIMED_OUT: u8 = 2;

/// Run a document on this machine, without a server
///
/// Its tasks are mocked by --mocks, or done by the programs of --task. The output goes to standard output. The exit
/// status is 0 when the execution succeeds, 1 when it fails or can't be run, and 2 when it takes longer than the
/// `TimeoutSeconds` of the state machine.
#[derive(Debug, Args)]
pub(super) struct Run {
    /// The document; `-` is standard input.
    #[arg(value_name = "FILE")]
    definition: PathBuf,
    /// The input.
    #[arg(long, value_name = "JSON|@FILE", default_value = "{}", value_parser = argument::json::<Value>)]
    input: Value,
    /// A file of what tasks give, by the state's name: `{"STATE": [{"output": …}, {"error": …, "cause": …}]}`.
    #[arg(long, value_name = "FILE")]
    mocks: Option<PathBuf>,
    /// A program that does the tasks of a resource, or of all that begin so: `arn:aws:states:::lambda:*=./lambda`. It
    /// gets the task's input on standard input, and prints the result. No shell reads its arguments.
    #[arg(long = "task", value_name = "RESOURCE=COMMAND")]
    tasks: Vec<Program>,
    /// Pass over waits: the time goes on at once, but stands still while programs run.
    #[arg(long)]
    virtual_time: bool,
    /// Print the events, too, one a line.
    #[arg(long)]
    history: bool,
    #[command(flatten)]
    machine_type: TypeOption,
    /// The name of the execution, which the context object shows.
    #[arg(long, default_value = "run")]
    name: String,
    /// Print one JSON document.
    #[arg(long)]
    json: bool,
}

impl Run {
    pub(super) async fn run(self) -> Result<ExitCode> {
        let definition = Definition::read(&self.definition)?;
        let machine = definition.machine(self.machine_type.machine_type())?;
        let mocks = self.mocks.as_deref().map(read_mocks).transpose()?.unwrap_or_default();
        let start = self.start();
        let began = start.at;
        let clock: Box<dyn Clock> =
            if self.virtual_time { Box::new(VirtualClock::at(began)) } else { Box::new(SystemClock) };
        let ran = asl::run(machine.into(), start, mocks, self.tasks.clone(), &*clock).await;
        let ended = ran.map_err(|error| could_not_run(&error))?;
        print_end(&ended.outcome);
        if self.json {
            print_json(&self.document(&ended))?;
        } else {
            print(&self.text(&ended, began))?;
        }
        Ok(match ended.outcome {
            Outcome::Succeeded { .. } => ExitCode::SUCCESS,
            Outcome::Failed { .. } | Outcome::Aborted { .. } => ExitCode::FAILURE,
            Outcome::TimedOut => TIMED_OUT.into(),
        })
    }

    fn start(&self) -> Start {
        let now = Timestamp::now();
        Start {
            flow: self.definition.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
            name: self.name.clone(),
            input: self.input.clone(),
            // Signals are timed in whole milliseconds.
            at: Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now),
            // What is passed over in no time is to give the same each time.
            seed: if self.virtual_time { 0 } else { rand::random() },
            workflow_type: self.machine_type.workflow_type(),
        }
    }

    /// The events, where they are wanted, and the output.
    fn text(&self, ended: &Ended, began: Timestamp) -> String {
        let events = ended.history.iter().filter(|_| self.history);
        let mut text: String = events.map(|event| event.line(began) + "\n").collect();
        if let Outcome::Succeeded { output } = &ended.outcome {
            text.push_str(&output.to_string());
            text.push('\n');
        }
        plain(&text)
    }

    fn document(&self, ended: &Ended) -> Value {
        let mut document = match &ended.outcome {
            Outcome::Succeeded { output } => json!({ "status": "SUCCEEDED", "output": output }),
            Outcome::Failed { error, cause } => json!({ "status": "FAILED", "error": error, "cause": cause }),
            Outcome::TimedOut => json!({ "status": "TIMED_OUT" }),
            Outcome::Aborted { error, cause } => {
                json!({ "status": "ABORTED", "error": error, "cause": cause })
            }
        };
        if self.history {
            document["history"] = json!(ended.history);
        }
        document
    }
}

/// Says why there is no output.
fn print_end(outcome: &Outcome) {
    match outcome {
        Outcome::Succeeded { .. } => {}
        Outcome::Failed { error, cause } if cause.is_empty() => eprintln!("{}", plain(error)),
        Outcome::Failed { error, cause } => eprintln!("{}", plain(&format!("{error}: {cause}"))),
        Outcome::TimedOut => eprintln!("The execution timed out."),
        Outcome::Aborted { .. } => eprintln!("The execution was stopped."),
    }
}

fn read_mocks(file: &Path) -> Result<Mocks> {
    let name = plain(&file.display().to_string());
    let text = fs::read_to_string(file)
        .map_err(|error| miette!(help = "name a file that can be read", "{name} can't be read: {error}"))?;
    text.parse::<Mocks>().map_err(|error| {
        let error = plain(&error.to_string());
        miette!(
            help = r#"write {"STATE": [{"output": …}, {"error": "NAME", "cause": "…"}]}; "afterSeconds" may say when a task ends"#,
            "{name} holds no mocks: {error}"
        )
    })
}

fn could_not_run(error: &RunError) -> Report {
    let help = match error {
        RunError::Undone { .. } => {
            "give what it gives in the file of --mocks, under the name of the state; or a program that does it, with --task RESOURCE=COMMAND"
        }
        RunError::UsedUp { .. } => {
            "add a mock to the list of the state; or write one mock without a list, which answers each time; or add a program with --task"
        }
        RunError::Program { .. } => "give --task the path of a program that can be run",
        RunError::Endless => "mend the Wait state whose time is beyond the year 9999",
    };
    miette!(help = help, "{}", plain(&error.to_string()))
}

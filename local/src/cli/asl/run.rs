//! `ackflow asl run`.

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

use ackflow_engine::{Clock, Outcome, Start};
use clap::Args;
use jiff::Timestamp;
use miette::{Report, Result, Severity, miette};
use serde_json::{Value, json};

use super::{
    super::{
        interrupted::interrupted_or_left,
        terminal::{plain, print, print_json},
    },
    argument, byte_order_mark,
    definition::Definition,
    type_option::TypeOption,
};
use crate::{
    asl::{self, Ended, Mocks, Program, RunError},
    clock::{SystemClock, VirtualClock},
};

/// Run a document on this machine, without a server
///
/// Its tasks are mocked by --mocks, or done by the programs of --task. The output goes to standard output; the status of
/// an execution that does not succeed, with its error and cause, goes to standard error. Ctrl-C aborts it. The exit
/// status is 0 when it succeeds, 1 when it fails, times out, is aborted or can't be run, and 2 when an option is wrong.
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
        let mut mocks = self.mocks.as_deref().map(read_mocks).transpose()?.unwrap_or_default();
        let start = self.start();
        let began = start.at;
        let clock: Box<dyn Clock> =
            if self.virtual_time { Box::new(VirtualClock::at(began)) } else { Box::new(SystemClock) };
        let ran =
            asl::run(machine.into(), start, &mut mocks, &self.tasks, &*clock, interrupted_or_left()).await;
        let ended = ran.map_err(|error| could_not_run(&error))?;
        warn_of_unused(&mocks);
        print_end(&ended.outcome);
        if self.json {
            print_json(&self.document(&ended))?;
        } else {
            print(&self.text(&ended, began))?;
        }
        Ok(match ended.outcome {
            Outcome::Succeeded { .. } => ExitCode::SUCCESS,
            Outcome::Failed { .. } | Outcome::Aborted { .. } | Outcome::TimedOut => ExitCode::FAILURE,
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
        let (status, error, cause) = end(&ended.outcome);
        let mut document = json!({ "status": status });
        if let Outcome::Succeeded { output } = &ended.outcome {
            document["output"] = json!(output);
        }
        for (name, text) in [("error", error), ("cause", cause)] {
            if !text.is_empty() {
                document[name] = json!(text);
            }
        }
        if self.history {
            document["history"] = json!(ended.history);
        }
        document
    }
}

/// The status as AWS names it, the error's name and its cause; these are empty where there are none.
fn end(outcome: &Outcome) -> (&'static str, &str, &str) {
    match outcome {
        Outcome::Succeeded { .. } => ("SUCCEEDED", "", ""),
        Outcome::Failed { error, cause } => ("FAILED", error, cause),
        Outcome::TimedOut => ("TIMED_OUT", "", ""),
        Outcome::Aborted { error, cause } => ("ABORTED", error, cause),
    }
}

/// Says why there is no output.
fn print_end(outcome: &Outcome) {
    if matches!(outcome, Outcome::Succeeded { .. }) {
        return;
    }
    let (status, error, cause) = end(outcome);
    let told: Vec<_> = [status, error, cause].into_iter().filter(|part| !part.is_empty()).collect();
    tell(&plain(&told.join(": ")));
}

/// Says which mocks no task asked for.
fn warn_of_unused(mocks: &Mocks) {
    for (state, count) in mocks.unused() {
        let (mocks, were) = if count == 1 { ("mock", "was") } else { ("mocks", "were") };
        let warning = miette!(
            severity = Severity::Warning,
            help = "take out what is not meant; --history shows which tasks ran, and how often",
            "{count} {mocks} of the state {:?} {were} not used",
            plain(state)
        );
        tell(&format!("{warning:?}"));
    }
}

/// Prints to standard error. A terminal that was closed can't be told.
fn tell(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}

fn read_mocks(file: &Path) -> Result<Mocks> {
    let name = plain(&file.display().to_string());
    let text = fs::read_to_string(file)
        .map_err(|error| miette!(help = "name a file that can be read", "{name} can't be read: {error}"))?;
    byte_order_mark::strip(text).parse::<Mocks>().map_err(|error| {
        let error = plain(&error.to_string());
        miette!(
            help = r#"write {"STATE": [{"output": …}, {"error": "NAME", "cause": "…"}]}; "afterSeconds" may say when a task ends"#,
            "{name} holds no mocks: {error}"
        )
    })
}

fn could_not_run(error: &RunError) -> Report {
    let help = match error {
        RunError::NoState { .. } => "name the state in the file of --mocks as the definition does",
        RunError::NoResource { .. } => {
            "name the resource in --task as the definition does, or its beginning and *"
        }
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

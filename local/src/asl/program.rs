//! A program that does the work of tasks.

use std::{
    io,
    process::{Output, Stdio},
    str::FromStr,
};

use ackflow_engine::TaskError;
use serde::Deserialize;
use serde_json::Value;
use tokio::{io::AsyncWriteExt, process::Command};

/// The error of a program that does not name one itself.
const TASK_FAILED: &str = "TaskFailed";

/// A program that does the work of a resource, or of all whose names begin alike: `RESOURCE=COMMAND`, where a
/// resource that ends with `*` stands for all that begin so.
///
/// ```
/// use ackflow::asl::Program;
///
/// assert!("${Charge}=./charge --currency 'EUR'".parse::<Program>().is_ok());
/// assert!("arn:aws:states:::lambda:*=./lambda".parse::<Program>().is_ok());
/// assert!("${Charge}".parse::<Program>().is_err());
/// ```
#[derive(Clone, Debug)]
pub struct Program {
    resource: String,
    pub(super) path: String,
    arguments: Vec<String>,
}

impl FromStr for Program {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (resource, command) = text.split_once('=').ok_or("it is written RESOURCE=COMMAND")?;
        let words = shlex::split(command).ok_or("a quote in the command is not closed")?;
        let mut words = words.into_iter();
        let path = words.next().ok_or("there is no command after the `=`")?;
        Ok(Self { resource: resource.to_owned(), path, arguments: words.collect() })
    }
}

/// How a program tells of a failure, on the last line of its standard error.
#[derive(Deserialize)]
struct Failure {
    #[serde(alias = "Error")]
    error: String,
    #[serde(alias = "Cause", default)]
    cause: String,
}

impl Program {
    /// Whether it does the work of this resource.
    pub(super) fn does(&self, resource: &str) -> bool {
        match self.resource.strip_suffix('*') {
            Some(prefix) => resource.starts_with(prefix),
            None => self.resource == resource,
        }
    }

    /// Runs it to its end, with the task's input on its standard input. No shell reads its arguments.
    ///
    /// # Errors
    /// It could not be run.
    pub(super) async fn run(&self, input: &Value) -> io::Result<Result<Value, TaskError>> {
        let mut child = Command::new(&self.path)
            .args(&self.arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let mut stdin = child.stdin.take().expect("the standard input is piped");
        let input = input.to_string();
        let tell = async move {
            // A program need not read its input.
            let _ = stdin.write_all(input.as_bytes()).await;
        };
        let ((), ended) = tokio::join!(tell, child.wait_with_output());
        Ok(self.result(&ended?))
    }

    /// What it printed, as JSON; or its failure.
    fn result(&self, ended: &Output) -> Result<Value, TaskError> {
        let said = String::from_utf8_lossy(&ended.stderr);
        tracing::debug!(program = %self.path, "{said}");
        if ended.status.success() {
            let read = serde_json::from_slice(&ended.stdout);
            return read.map_err(|error| task_failed(format!("{} printed no JSON: {error}", self.path)));
        }
        let last = said.lines().rev().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
        if let Ok(Failure { error, cause }) = serde_json::from_str(last) {
            return Err(TaskError { error, cause });
        }
        let ended = format!("{} ended with {}", self.path, ended.status);
        Err(task_failed(if last.is_empty() { ended } else { format!("{ended}: {last}") }))
    }
}

fn task_failed(cause: String) -> TaskError {
    TaskError { error: TASK_FAILED.to_owned(), cause }
}

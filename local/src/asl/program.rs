//! A program that does the work of tasks.

#[cfg(unix)]
use std::os::fd::AsFd;
use std::{
    io,
    process::{ExitStatus, Stdio},
    str::FromStr,
};

use ackflow_asl::ErrorName;
use ackflow_engine::TaskError;
use futures_util::FutureExt;
#[cfg(unix)]
use rustix::buffer::spare_capacity;
use serde::Deserialize;
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    process::{Child, ChildStderr, ChildStdin, ChildStdout, Command},
};

use crate::process_group::ProcessGroup;

/// The error of a program that does not name one itself.
const TASK_FAILED: &str = "TaskFailed";

/// The most bytes that a program may print. Far more than a payload may have: the engine measures that, without the
/// blanks and line breaks that a program may print as well.
const MOST_PRINTED: usize = 1_048_576;

/// The most bytes that a pipe holds, unless root wants more.
///
/// Source: <https://man7.org/linux/man-pages/man7/pipe.7.html>
#[cfg(unix)]
const MOST_PIPED: usize = 1_048_576;

/// How many bytes of the end of standard error are kept: a failure stands on its last line.
const MOST_SAID: usize = 65_536;

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
    pub(super) resource: String,
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

    /// Runs it to its end, with the task's input on its standard input. No shell reads its arguments. What it has started
    /// is killed when it ends, and all of it when this is dropped; what has left its group is not waited for.
    ///
    /// # Errors
    /// It could not be run.
    pub(super) async fn run(&self, input: &Value) -> io::Result<Result<Value, TaskError>> {
        let mut command = Command::new(&self.path);
        command.args(&self.arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let (child, group) = ProcessGroup::spawn(&mut command)?;
        Ok(self.work(child, group, &input.to_string()).await)
    }

    async fn work(&self, mut child: Child, group: ProcessGroup, input: &str) -> Result<Value, TaskError> {
        let stdin = child.stdin.take().expect("the standard input is piped");
        let mut stdout = child.stdout.take().expect("the standard output is piped");
        let mut stderr = child.stderr.take().expect("the standard error is piped");
        let (mut printed, mut said) = (Vec::new(), Vec::new());
        let talk = async {
            tokio::try_join!(
                tell(stdin, input).map(Ok),
                self.read(&mut stdout, &mut printed),
                hear(&mut stderr, &mut said).map(Ok),
            )
        };
        let status = tokio::select! {
            status = group.wait(&mut child) => status,
            Err(error) = talk => return Err(error),
        };
        let status = status.map_err(|error| task_failed(format!("{} was lost: {error}", self.path)))?;
        #[cfg(unix)]
        {
            drain(&stdout, &mut printed);
            drain(&stderr, &mut said);
        }
        // Nothing tells what is in a pipe by now.
        #[cfg(not(unix))]
        let _ = tokio::join!(self.read(&mut stdout, &mut printed), hear(&mut stderr, &mut said));
        self.check_length(&printed)?;
        keep_end(&mut said);
        self.result(status, &printed, &String::from_utf8_lossy(&said))
    }

    /// Reads what it prints, unless that is too much.
    async fn read(&self, stdout: &mut ChildStdout, printed: &mut Vec<u8>) -> Result<(), TaskError> {
        while let Ok(1..) = stdout.read_buf(printed).await {
            self.check_length(printed)?;
        }
        Ok(())
    }

    fn check_length(&self, printed: &[u8]) -> Result<(), TaskError> {
        if printed.len() <= MOST_PRINTED {
            return Ok(());
        }
        let cause = format!("{} printed more than {MOST_PRINTED} bytes", self.path);
        Err(TaskError { error: ErrorName::DATA_LIMIT_EXCEEDED.to_owned(), cause })
    }

    /// What it printed, as JSON; or its failure.
    fn result(&self, status: ExitStatus, printed: &[u8], said: &str) -> Result<Value, TaskError> {
        tracing::debug!(program = %self.path, "{said}");
        if status.success() {
            let read = serde_json::from_slice(printed);
            return read.map_err(|error| task_failed(format!("{} printed no JSON: {error}", self.path)));
        }
        let last = said.lines().rev().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
        if let Ok(Failure { error, cause }) = serde_json::from_str(last) {
            return Err(TaskError { error, cause });
        }
        let ended = format!("{} ended with {status}", self.path);
        Err(task_failed(if last.is_empty() { ended } else { format!("{ended}: {last}") }))
    }
}

/// Gives a program its input, and closes it.
async fn tell(mut stdin: ChildStdin, input: &str) {
    // A program need not read its input.
    let _ = stdin.write_all(input.as_bytes()).await;
}

/// Reads what a program says on standard error.
async fn hear(stderr: &mut ChildStderr, said: &mut Vec<u8>) {
    while let Ok(1..) = stderr.read_buf(said).await {
        keep_end(said);
    }
}

fn keep_end(said: &mut Vec<u8>) {
    let surplus = said.len().saturating_sub(MOST_SAID);
    said.drain(..surplus);
}

/// Reads what is in a pipe by now. It may stay open: what has left the program's group may hold it, and go on writing.
#[cfg(unix)]
fn drain(pipe: &impl AsFd, read: &mut Vec<u8>) {
    read.reserve(MOST_PIPED);
    // It gives an error instead of waiting, since Tokio's pipes do not block; and 0 once there is no room left.
    while let Ok(1..) = rustix::io::read(pipe, spare_capacity(read)) {}
}

fn task_failed(cause: String) -> TaskError {
    TaskError { error: TASK_FAILED.to_owned(), cause }
}

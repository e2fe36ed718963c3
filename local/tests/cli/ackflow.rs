//! Runs the binary to its end.

use std::{
    ffi::OsStr,
    process::{Command, Output},
};

use serde_json::Value;

/// The binary, with nothing in its environment that it listens to but what a test gives it.
pub(crate) fn ackflow() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ackflow"));
    let heard = ["ACKFLOW_", "SLACK_", "VERIFICATION_TOKEN", "RUST_LOG", "RUST_BACKTRACE", "FORCE_COLOR"];
    for (name, _) in std::env::vars_os() {
        if heard.iter().any(|prefix| name.to_string_lossy().starts_with(prefix)) {
            command.env_remove(name);
        }
    }
    command.env("COLUMNS", "100").env("NO_COLOR", "1");
    command
}

/// How a run ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) status: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        Self {
            status: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Ended {
    /// What it printed, if it ended well.
    pub(crate) fn text(&self) -> &str {
        assert_eq!((self.status, self.stderr.as_str()), (Some(0), ""), "{self:?}");
        &self.stdout
    }

    /// The one JSON document that it printed, if it ended well.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(self.text()).unwrap()
    }

    /// The error that it ended with.
    pub(crate) fn error(&self) -> &str {
        assert_eq!((self.status, self.stdout.as_str()), (Some(1), ""), "{self:?}");
        &self.stderr
    }
}

/// Runs a command to its end.
pub(crate) fn run<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>) -> Ended {
    ackflow().args(arguments).output().unwrap().into()
}

/// The snapshots of the command line.
pub(crate) fn snapshots() -> insta::Settings {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(concat!(env!("CARGO_MANIFEST_DIR"), "/../snapshots/cli"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    // Ids of the simulator, times and ports differ from run to run.
    for (pattern, shown) in [
        (r"\b(Ev|F|C)M[0-9A-Z]{7}([0-9A-Z]{3})\b", "$1$2"),
        (r"\b\d{10}\.\d{6}\b", "[ts]"),
        (r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?Z", "[time]"),
        (r"127\.0\.0\.1:\d{5}", "127.0.0.1:[port]"),
        (r" *\b\d+(\.\d)? ms\b", " [n] ms"),
        (r"[^ ]*/ackflow executions", "ackflow executions"),
        (r"[^ ]*ackflow-demo-\w{6}|/[^ ]*/\.tmp\w{6}", "[data]"),
    ] {
        settings.add_filter(pattern, shown);
    }
    settings
}

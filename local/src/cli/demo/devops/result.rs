//! What an afternoon came to.

use std::{fmt::Write, fs, path::PathBuf};

use ackflow_engine::{ExecutionRow, Status};
use serde::Serialize;

use super::{expectation::Expectation, office::Office};
use crate::simulator::{Ephemeral, PostedMessage, Simulator};

/// What happened, as `--json` prints it.
#[derive(Debug, Serialize)]
pub(super) struct DevopsResult {
    channels: Vec<Conversation>,
    /// What the program that deploys has noted, each with its service and environment.
    deployments: Vec<String>,
    executions: Vec<Execution>,
    checks: Vec<Check>,
    configuration: PathBuf,
    data: PathBuf,
}

/// A channel or a direct message.
#[derive(Debug, Serialize)]
struct Conversation {
    name: String,
    /// As people see it.
    transcript: String,
    messages: Vec<PostedMessage>,
    ephemerals: Vec<Ephemeral>,
}

#[derive(Debug, Serialize)]
struct Execution {
    flow: String,
    name: String,
    status: Status,
}

/// Something that is to be so when all is over.
#[derive(Debug, Serialize)]
struct Check {
    what: String,
    is_so: bool,
}

impl DevopsResult {
    /// Looks at what is there now. `sam` is the newcomer.
    pub(super) fn collect(
        simulator: &Simulator,
        office: &Office,
        sam: &str,
        expectations: Vec<Expectation>,
        executions: &[ExecutionRow],
    ) -> Self {
        let noted = fs::read_to_string(&office.deployments).unwrap_or_default();
        let deployments: Vec<String> = noted.lines().map(str::to_owned).collect();
        let of_slack = |it: Expectation| Check { is_so: (it.is_so)(simulator), what: it.what };
        let mut checks: Vec<Check> = expectations.into_iter().map(of_slack).collect();
        checks.push(Check {
            what: "what may be deployed is deployed, once each".to_owned(),
            is_so: deployments == ["api stg", "api prod"],
        });
        checks.push(Check {
            what: "every execution has succeeded".to_owned(),
            is_so: executions.iter().all(|row| row.status == Status::Succeeded),
        });
        Self {
            channels: conversations(simulator, office, sam),
            deployments,
            executions: executions.iter().rev().map(Execution::of).collect(),
            checks,
            configuration: office.configuration.clone(),
            data: office.data.clone(),
        }
    }

    /// What is not as it should be; `None` when all of it is.
    pub(super) fn shortfall(&self) -> Option<String> {
        let missed: Vec<&str> =
            self.checks.iter().filter(|check| !check.is_so).map(|check| check.what.as_str()).collect();
        (!missed.is_empty()).then(|| missed.join("; "))
    }

    /// What happened, for people.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        for conversation in self.channels.iter().filter(|it| !it.transcript.is_empty()) {
            let _ = writeln!(text, "\n{}:", conversation.name);
            for line in conversation.transcript.lines() {
                let _ = writeln!(text, "  {line}");
            }
        }
        text.push_str("\nWhat was deployed:\n");
        for deployment in &self.deployments {
            let _ = writeln!(text, "  {deployment}");
        }
        let _ = writeln!(
            text,
            "\nWhat ran: {} executions list --data {}",
            std::env::args().next().unwrap_or_else(|| "ackflow".to_owned()),
            self.data.display()
        );
        text
    }
}

impl Conversation {
    fn of(simulator: &Simulator, name: String, channel: &str) -> Self {
        Self {
            name,
            transcript: simulator.transcript(channel),
            messages: simulator.messages(channel),
            ephemerals: simulator.ephemerals(channel),
        }
    }
}

impl Execution {
    fn of(row: &ExecutionRow) -> Self {
        Self { flow: row.start.flow.clone(), name: row.start.name.clone(), status: row.status }
    }
}

/// The channels, then what the bot has told people alone.
fn conversations(simulator: &Simulator, office: &Office, sam: &str) -> Vec<Conversation> {
    let channels = office.channels().into_iter().map(|channel| {
        let name = simulator.channel_name(channel).unwrap_or_else(|_| channel.to_owned());
        Conversation::of(simulator, format!("#{name}"), channel)
    });
    let direct = [office.dana.as_str(), sam].into_iter().filter_map(|user| {
        let first = simulator.dm(user).into_iter().next()?;
        let name = format!("Direct messages to {}", simulator.user_name(user));
        Some(Conversation::of(simulator, name, &first.channel))
    });
    channels.chain(direct).collect()
}

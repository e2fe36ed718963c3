//! The command line.

mod asl;
mod config;
mod configuration;
mod configuration_option;
mod cost;
mod demo;
mod dev;
mod doctor;
mod executions;
mod interrupted;
mod join;
mod manifest;
mod new;
mod public_url;
mod scopes;
mod send;
mod synth;
mod terminal;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Acknowledge Slack in milliseconds, flow to the end.
///
/// Ackflow turns what people do in Slack into typed, durable workflows. This binary runs them on one machine.
#[derive(Debug, Parser)]
#[command(name = "ackflow", version, max_term_width = 100)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Asl(asl::Asl),
    Config(configuration::Config),
    Cost(cost::Cost),
    Demo(demo::Demo),
    Dev(dev::Dev),
    Doctor(doctor::Doctor),
    Executions(executions::Executions),
    Join(join::Join),
    Manifest(manifest::Manifest),
    New(new::New),
    Send(send::Send),
    Synth(synth::Synth),
}

impl Cli {
    /// Runs the command, and gives the status to exit with.
    ///
    /// # Errors
    /// What went wrong, and the remedy.
    pub async fn run(self) -> miette::Result<ExitCode> {
        let ended = match self.command {
            // Its status tells how the execution ended.
            Command::Asl(asl) => return asl.run().await,
            Command::Config(config) => config.run(),
            Command::Cost(cost) => cost.run(),
            Command::Demo(demo) => demo.run().await,
            Command::Dev(dev) => dev.run().await,
            Command::Doctor(doctor) => doctor.run().await,
            Command::Executions(executions) => executions.run().await,
            Command::Join(join) => join.run().await,
            Command::Manifest(manifest) => manifest.run(),
            Command::New(new) => new.run(),
            Command::Send(send) => send.run().await,
            Command::Synth(synth) => synth.run(),
        };
        ended.map(|()| ExitCode::SUCCESS)
    }
}

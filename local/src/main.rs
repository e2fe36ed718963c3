//! Ackflow on one machine.

use std::{io::IsTerminal, process::ExitCode};

use ackflow::cli::Cli;
use clap::Parser;
use miette::miette;
use tracing_subscriber::EnvFilter;

#[tokio::main]
async fn main() -> miette::Result<ExitCode> {
    let cli = Cli::parse();
    let filter = log_filter()?;
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .init();
    cli.run().await
}

/// What is logged, as `RUST_LOG` says.
fn log_filter() -> miette::Result<EnvFilter> {
    let wanted = std::env::var(EnvFilter::DEFAULT_ENV).unwrap_or_default();
    let wanted = if wanted.is_empty() { "warn,ackflow=info" } else { &wanted };
    EnvFilter::try_new(wanted).map_err(|error| {
        miette!(
            help = "write a level such as debug, or levels by module such as warn,ackflow=debug",
            "RUST_LOG is no log filter: {error}"
        )
    })
}

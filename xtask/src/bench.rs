//! `cargo xtask bench`: measures, on this machine, what the book says of speed.

mod ack;
mod cold_start;
mod event;
mod machine;
mod process;
mod request;
mod server;
mod table;
mod wrk;

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use miette::Result;

#[derive(Args)]
pub(crate) struct Bench {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Acknowledgements a second, beside other servers of Slack's events
    Ack(ack::Ack),
    /// From the start of a function's process to its first acknowledgement, beside Bolt
    ColdStart(cold_start::ColdStart),
}

impl Bench {
    pub(crate) fn run(&self) -> Result<()> {
        match &self.what {
            What::Ack(ack) => ack.run(),
            What::ColdStart(cold_start) => cold_start.run(),
        }
    }
}

/// The folder of the workspace.
fn workspace() -> PathBuf {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().unwrap_or(xtask).to_owned()
}

/// Where builds go, and what the benchmarks write.
fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| workspace().join("target"), PathBuf::from)
}

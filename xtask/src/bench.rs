//! `cargo xtask bench`: measures, on this machine, what the book says of speed.

mod ack;
mod cold_start;
mod engine;
mod event;
mod machine;
mod process;
mod request;
mod server;
mod table;
mod wrk;

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
    /// States and durable executions a second, beside other engines
    Engine(engine::Engine),
}

impl Bench {
    pub(crate) fn run(&self) -> Result<()> {
        match &self.what {
            What::Ack(ack) => ack.run(),
            What::ColdStart(cold_start) => cold_start.run(),
            What::Engine(engine) => engine.run(),
        }
    }
}

//! `ackflow new`.

mod event;
mod flow;
mod name;
mod plan;
mod step;
mod words;

use clap::{Args, Subcommand};
use miette::Result;

use super::terminal::print;

/// Write a flow or a step of your own into a clone of the repository
#[derive(Debug, Args)]
pub(super) struct New {
    #[command(subcommand)]
    what: What,
    /// Print what would be written, and write nothing.
    #[arg(long, global = true)]
    dry_run: bool,
}

#[derive(Debug, Subcommand)]
enum What {
    Flow(flow::NewFlow),
    Step(step::NewStep),
}

impl New {
    pub(super) fn run(self) -> Result<()> {
        let (plan, next) = match self.what {
            What::Flow(flow) => (flow.plan()?, flow.next()),
            What::Step(step) => (step.plan()?, step.next()),
        };
        if self.dry_run {
            return print(&plan.detail());
        }
        plan.write()?;
        print(&format!("{}\n{next}", plan.summary()))
    }
}

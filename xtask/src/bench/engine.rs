//! `cargo xtask bench engine`: how fast flows run, beside what a user would pick instead.
//!
//! The interpreter alone is measured in one process each; durable executions are asked for by `wrk` over kept
//! connections, and each is answered once it has ended.

mod definition;
mod durable;
mod fsyncs;
mod growth;
mod interpreter;
mod service;

use std::fs::{self, File};

use clap::{Args, ValueEnum};
use miette::{IntoDiagnostic, Result, bail};

use self::{definition::Language, service::Service};
use super::{
    machine::{machine, other_load, said},
    server::{PROFILE, cargo, run},
    wrk,
};
use crate::root::target;

#[derive(Args)]
pub(crate) struct Engine {
    /// How long each round measures
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=60))]
    seconds: u32,

    /// How often each round is repeated; the median is shown
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    repetitions: u32,

    /// How many executions run at once
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..))]
    at_once: u32,

    /// In which languages the interpreter's definitions are written
    #[arg(long, value_delimiter = ',', value_enum, default_values_t = [Language::Jsonpath, Language::Jsonata])]
    languages: Vec<Language>,

    /// How many executions the database holds already, in the rounds of growth
    #[arg(long, value_delimiter = ',', default_values_t = [10, 1_000, 100_000])]
    executions: Vec<u32>,

    /// Which parts are measured: all of them by default
    #[arg(long, value_delimiter = ',', value_enum)]
    only: Vec<Part>,
}

/// A part of the benchmark, with a table of its own.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// States a second without a journal, beside moto's interpreter
    Interpreter,
    /// Executions a second with every transition durable, beside Restate
    Durable,
    /// The same with more and more executions in the database
    Growth,
}

impl Engine {
    pub(crate) fn run(&self) -> Result<()> {
        let wants = |part| self.only.is_empty() || self.only.contains(&part);
        run(cargo().args(["build", "--profile", PROFILE, "-p", "bench-servers"]))?;
        let folder = target().join("bench/engine");
        fs::create_dir_all(&folder).into_diagnostic()?;
        let lock = File::create(folder.join("lock")).into_diagnostic()?;
        if lock.try_lock().is_err() {
            bail!("another benchmark runs on this machine: two at once would measure each other");
        }

        let load = other_load();
        let mut versions = vec![Service::Ackflow.version()?];
        if wants(Part::Interpreter) {
            versions.push(interpreter::version()?);
            println!("{}", interpreter::measure(self, &folder)?);
        }
        if wants(Part::Durable) || wants(Part::Growth) {
            versions.push(format!("wrk {}", wrk::version()?));
        }
        if wants(Part::Durable) {
            Service::Restate.build()?;
            versions.push(Service::Restate.version()?);
            println!("{}", durable::measure(self, &folder)?);
        }
        if wants(Part::Growth) {
            println!("{}", growth::measure(self, &folder)?);
        }
        versions.push(said("rustc", &["--version"]));
        println!("Machine: {}; load average before the first round {load}.", machine(&folder)?);
        println!("Versions: {}.", versions.join("; "));
        println!("Rounds: {} s each, median of {}.", self.seconds, self.repetitions);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use clap::Command;

    use super::*;

    #[test]
    fn the_options_are_sound() {
        Engine::augment_args(Command::new("engine")).debug_assert();
    }
}

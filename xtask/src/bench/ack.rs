//! `cargo xtask bench ack`: how fast a signed, unique, wanted event is acknowledged.
//!
//! Each round starts one server alone, with a folder of its own, and checks that it tells a good signature from a
//! wrong one. Then `wrk` keeps a number of connections busy with events that were signed a moment before.

use std::fs::{self, File};
use std::path::Path;

use clap::Args;
use miette::{Context, IntoDiagnostic, Result, bail, ensure};
use serde_json::Value;

use super::event::Template;
use super::machine::{machine, other_load, said};
use super::process::{Process, free_port};
use super::request;
use super::server::{Place, Server};
use super::table::{Round, tables, thousands};
use super::wrk::{self, Load, Measured};
use crate::root::target;

/// More than any server answers in a second: so many events are signed for the warm-up.
const MOST_PER_SECOND: f64 = 100_000.0;

/// So many times what the warm-up needed is signed for the measurement,
const MARGIN: f64 = 2.0;

/// and no fewer a second than this: a warm-up that was disturbed says little.
const LEAST_PER_SECOND: f64 = 50_000.0;

/// How long a server is warmed up before it is measured, in seconds.
const WARM_UP: u32 = 2;

#[derive(Args)]
pub(crate) struct Ack {
    /// How long each round measures
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=60))]
    seconds: u32,

    /// How many connections are kept busy
    #[arg(long, value_delimiter = ',', default_values_t = [1, 16, 64], value_parser = clap::value_parser!(u32).range(1..))]
    connections: Vec<u32>,

    /// How often each round is repeated, every second time in reverse order; the median is shown
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    repetitions: u32,

    /// Which servers are measured: all of them by default
    #[arg(long, value_delimiter = ',', value_enum)]
    only: Vec<Server>,

    /// The threads of the load generator
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    threads: u32,
}

impl Ack {
    pub(crate) fn run(&self) -> Result<()> {
        let all = [Server::Ackflow, Server::Floor, Server::BoltJs, Server::SlackMorphism];
        let servers: Vec<Server> =
            all.into_iter().filter(|server| self.only.is_empty() || self.only.contains(server)).collect();
        let wrk = wrk::version()?;
        for server in &servers {
            server.build()?;
        }
        let folder = target().join("bench/ack");
        fs::create_dir_all(&folder).into_diagnostic()?;
        let lock = File::create(folder.join("lock")).into_diagnostic()?;
        if lock.try_lock().is_err() {
            bail!("another benchmark runs on this machine: two at once would measure each other");
        }

        let load = other_load();
        let mut rounds = Vec::new();
        for repetition in 1..=self.repetitions {
            for &connections in &self.connections {
                let mut order = servers.clone();
                if repetition % 2 == 0 {
                    order.reverse();
                }
                for server in order {
                    let round = self
                        .round(server, connections, &folder)
                        .wrap_err_with(|| format!("{} at {connections} connections", server.name()))?;
                    eprintln!("{repetition} of {}: {}", self.repetitions, line(&round));
                    rounds.push(round);
                }
            }
        }

        let mut versions = servers.iter().map(|server| server.version()).collect::<Result<Vec<_>>>()?;
        versions.push(format!("wrk {wrk}"));
        versions.push(said("rustc", &["--version"]));
        println!("{}\n", tables(&servers, &self.connections, &rounds));
        println!("Machine: {}; load average before the first round {load}.", machine(&folder)?);
        println!("Versions: {}.", versions.join("; "));
        let (seconds, repetitions) = (self.seconds, self.repetitions);
        println!("Rounds: {seconds} s each after {WARM_UP} s of warm-up, median of {repetitions}.");
        Ok(())
    }

    fn round(&self, server: Server, connections: u32, parent: &Path) -> Result<Round> {
        let folder = parent.join("round");
        if folder.exists() {
            fs::remove_dir_all(&folder).into_diagnostic()?;
        }
        fs::create_dir_all(&folder).into_diagnostic()?;
        // What rounds before have written is not to be waited for in this one.
        said("sync", &[]);

        let place = Place { port: free_port()?, slack_port: free_port()?, folder };
        let processes = server.start(&place)?;
        let idle = processes.first().and_then(Process::memory);
        let mut template = Template::new(&format!("http://127.0.0.1:{}", place.slack_port))?;
        check(server, place.port, &mut template)?;

        let mut send = |seconds: u32, per_second: f64| -> Result<(Measured, Option<f64>)> {
            let batch = template.sign_batch(per_second * f64::from(seconds), &place.folder)?;
            let load = Load { connections, threads: self.threads, seconds };
            let processor_time = || processes.first().and_then(Process::processor_time);
            let before = processor_time();
            let measured = wrk::run(place.port, &batch, &place.folder, load)?;
            Ok((measured, before.and_then(|before| Some(processor_time()? - before))))
        };
        let (warm_up, _) = send(WARM_UP, MOST_PER_SECOND)?;
        let (measured, processor_time) =
            send(self.seconds, (warm_up.per_second * MARGIN).max(LEAST_PER_SECOND))?;
        let loaded = processes.first().and_then(Process::memory);
        if server == Server::Ackflow {
            check_tally(place.port, warm_up.answered + measured.answered)?;
        }
        drop(processes);
        fs::remove_dir_all(&place.folder).into_diagnostic()?;
        Ok(Round { server, connections, measured, processor_time, idle, loaded })
    }
}

/// A server that would take anything, or nothing, is not worth measuring.
fn check(server: Server, port: u16, template: &mut Template) -> Result<()> {
    let mut event = template.sign_one();
    let answer = request::post(port, &event)?;
    ensure!(answer.status == 200, "a signed event is answered with {}: {}", answer.status, answer.body);
    if server == Server::Floor {
        return Ok(());
    }
    event.body = event.body.replace("figures", "numbers");
    let answer = request::post(port, &event)?;
    ensure!(answer.status == 401, "a wrong signature is answered with {}: {}", answer.status, answer.body);
    Ok(())
}

/// Every answered event was one that a flow wanted, and none came twice.
fn check_tally(port: u16, answered: u64) -> Result<()> {
    let health = request::get(port, "/healthz")?;
    let health: Value =
        serde_json::from_str(&health.body).into_diagnostic().wrap_err("/healthz is not JSON")?;
    let count = |name: &str| health["answers"][name].as_u64();
    if count("accepted").is_none_or(|accepted| accepted < answered) || count("duplicates") != Some(0) {
        bail!("{answered} unique events were answered, but the server counts {}", health["answers"]);
    }
    Ok(())
}

fn line(Round { server, connections, measured, .. }: &Round) -> String {
    let Measured { sent, answered, per_second, p50_millis, p99_millis } = measured;
    format!(
        "{}, {connections} connections: {sent} events sent once each, {answered} answered, all 2xx: \
         {}/s, p50 {p50_millis:.2} ms, p99 {p99_millis:.2} ms",
        server.name(),
        thousands(*per_second)
    )
}

#[cfg(test)]
mod tests {
    use clap::Command as Clap;

    use super::*;

    #[test]
    fn the_options_are_sound() {
        Ack::augment_args(Clap::new("ack")).debug_assert();
    }
}

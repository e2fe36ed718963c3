//! The load generator: `wrk`, with a script that says what it sends.

use std::path::Path;
use std::process::{Command, Stdio};

use miette::{Context, IntoDiagnostic, Result, bail, miette};
use serde_json::Value;

use super::event::Batch;

/// How much load.
#[derive(Clone, Copy)]
pub(super) struct Load {
    pub(super) connections: u32,
    pub(super) threads: u32,
    pub(super) seconds: u32,
}

/// What a round measured.
#[derive(Clone, Copy)]
pub(super) struct Measured {
    pub(super) sent: u64,
    pub(super) answered: u64,
    pub(super) per_second: f64,
    pub(super) p50_millis: f64,
    pub(super) p99_millis: f64,
}

/// The generator's version.
pub(super) fn version() -> Result<String> {
    let output = Command::new("wrk").arg("-v").output().map_err(|error| {
        miette!(
            help = "install it: apt-get install wrk (Debian, Ubuntu), brew install wrk (macOS)",
            "the load generator wrk can't be run: {error}"
        )
    })?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    Ok(text.split_whitespace().nth(1).unwrap_or("of unknown version").to_owned())
}

/// Sends a batch to a server. Any answer other than 2xx is an error, for the round then shows something else.
pub(super) fn run(port: u16, batch: &Batch, folder: &Path, load: Load) -> Result<Measured> {
    let threads = load.threads.min(load.connections);
    let mut command = command("events.lua", &format!("http://127.0.0.1:{port}/slack/events"), load);
    command.arg("--").arg(folder);
    command.args(
        [batch.first, batch.count, batch.timestamp, threads.into()].map(|argument| argument.to_string()),
    );
    generate(&mut command, batch.count)
}

/// Posts one small document again and again, each time once the last one is answered. Any answer other than 2xx is an
/// error here too.
pub(super) fn post(port: u16, path: &str, load: Load) -> Result<Measured> {
    let mut command = command("post.lua", &format!("http://127.0.0.1:{port}{path}"), load);
    generate(&mut command, u64::MAX)
}

fn command(script: &str, url: &str, load: Load) -> Command {
    let threads = load.threads.min(load.connections);
    let mut command = Command::new("wrk");
    command
        .args([format!("-t{threads}"), format!("-c{}", load.connections), format!("-d{}s", load.seconds)])
        .args(["--timeout", "10s", "--script"])
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/bench").join(script))
        .arg(url);
    command
}

fn generate(command: &mut Command, most: u64) -> Result<Measured> {
    let output = command.stderr(Stdio::inherit()).output().into_diagnostic().wrap_err("wrk can't be run")?;
    let text = String::from_utf8_lossy(&output.stdout);
    if !output.status.success() {
        bail!("wrk failed: {text}");
    }
    measured(&text, most).wrap_err_with(|| format!("wrk says:\n{text}"))
}

fn measured(text: &str, most: u64) -> Result<Measured> {
    let line = text.lines().rev().find(|line| line.starts_with('{')).unwrap_or_default();
    let result: Value = serde_json::from_str(line).into_diagnostic()?;
    let number = |name: &str| result[name].as_u64().ok_or_else(|| miette!("{name} is missing"));
    let (sent, answered) = (number("sent")?, number("answered")?);
    if sent > most {
        bail!("all {most} events were used up: the server is faster than any that the benchmark is made for");
    }
    let failures = [
        (number("refused")?, "were answered with another status than 2xx"),
        (number("broken")?, "were lost with their connection"),
        (number("timed_out")?, "had no answer in time"),
    ];
    for (count, what) in failures {
        if count > 0 {
            bail!("{count} of {sent} events {what}");
        }
    }
    Ok(Measured {
        sent,
        answered,
        per_second: float(answered) / (float(number("micros")?) / 1e6),
        p50_millis: float(number("p50")?) / 1e3,
        p99_millis: float(number("p99")?) / 1e3,
    })
}

/// Exact: no count or time here comes near 2⁵³.
#[expect(clippy::cast_precision_loss)]
pub(super) fn float(number: u64) -> f64 {
    number as f64
}

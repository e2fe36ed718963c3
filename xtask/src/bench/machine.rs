//! What the figures were measured on and with.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::thread::available_parallelism;
use std::time::{Duration, Instant};

use miette::{IntoDiagnostic, Result};

/// How often the disk is asked for a durable write.
const SYNCS: u32 = 200;

/// The processor, the system and the disk below a folder, on one line.
pub(super) fn machine(folder: &Path) -> Result<String> {
    let cores = available_parallelism().into_diagnostic()?;
    let model = fs::read_to_string("/proc/cpuinfo").ok().and_then(|text| {
        let line = text.lines().find(|line| line.starts_with("model name"))?;
        Some(line.split_once(':')?.1.trim().to_owned())
    });
    let model = model.unwrap_or_else(|| std::env::consts::ARCH.to_owned());
    let system = said("uname", &["-sr"]);
    let sync = sync_time(folder)?.as_micros();
    Ok(format!(
        "{cores} cores ({model}), {system}, {sync} µs for a durable write of 4 KiB (median of {SYNCS})"
    ))
}

/// How many processes wanted a processor in the last minute: what else the machine was doing.
pub(super) fn other_load() -> String {
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    load.split_whitespace().next().unwrap_or("unknown").to_owned()
}

/// What a command says on its first line, or that it says nothing.
pub(super) fn said(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    text.lines().next().filter(|line| !line.is_empty()).unwrap_or("unknown").to_owned()
}

/// How long the disk takes to make 4 KiB durable.
pub(super) fn sync_time(folder: &Path) -> Result<Duration> {
    let path = folder.join("sync");
    let mut file = File::create(&path).into_diagnostic()?;
    let mut times = Vec::new();
    for _ in 0..SYNCS {
        let started = Instant::now();
        file.write_all(&[b'a'; 4096]).into_diagnostic()?;
        file.sync_data().into_diagnostic()?;
        times.push(started.elapsed());
    }
    fs::remove_file(path).into_diagnostic()?;
    times.sort_unstable();
    Ok(times[times.len() / 2])
}

//! A server under test as a process of its own, ended when it goes out of scope.

use std::fs::{self, File};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use miette::{Context, IntoDiagnostic, Result, bail};

use super::machine::said;

/// How long a server may take until it listens.
const PATIENCE: Duration = Duration::from_secs(20);

/// How long a server that listens already is left alone before its memory is read.
const SETTLING: Duration = Duration::from_millis(500);

/// A running server.
pub(super) struct Process {
    child: Child,
}

impl Process {
    /// Starts a server, and returns once it listens on the port. What it says goes to a file.
    pub(super) fn start(command: &mut Command, port: u16, log: &Path) -> Result<Self> {
        let output = File::create(log).into_diagnostic()?;
        let errors = output.try_clone().into_diagnostic()?;
        let mut process = Self::spawn(command.stdout(output).stderr(errors))?;
        let deadline = Instant::now() + PATIENCE;
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            let ended = process.child.try_wait().into_diagnostic()?;
            if ended.is_some() || Instant::now() > deadline {
                let said = fs::read_to_string(log).unwrap_or_default();
                bail!("{} does not listen on port {port}. It says:\n{said}", command.get_program().display());
            }
            sleep(Duration::from_millis(20));
        }
        sleep(SETTLING);
        Ok(process)
    }

    /// Starts a process that asks, and listens nowhere.
    pub(super) fn spawn(command: &mut Command) -> Result<Self> {
        let child = command
            .stdin(Stdio::null())
            .spawn()
            .into_diagnostic()
            .wrap_err_with(|| format!("{} can't be started", command.get_program().display()))?;
        Ok(Self { child })
    }

    /// Resident memory in MiB, where the system tells.
    pub(super) fn memory(&self) -> Option<f64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        let kib: u32 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
        Some(f64::from(kib) / 1024.0)
    }

    /// Processor time so far, in seconds, where the system tells.
    pub(super) fn processor_time(&self) -> Option<f64> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id())).ok()?;
        // The second field is a name in parentheses; of the fields after it the 12th and 13th are meant.
        let (_, fields) = stat.rsplit_once(") ")?;
        let ticks: u32 =
            fields.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<u32>().ok()).sum();
        let per_second: u32 = said("getconf", &["CLK_TCK"]).parse().ok()?;
        Some(f64::from(ticks) / f64::from(per_second))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A port that nothing listens on.
pub(super) fn free_port() -> Result<u16> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).into_diagnostic()?;
    Ok(listener.local_addr().into_diagnostic()?.port())
}

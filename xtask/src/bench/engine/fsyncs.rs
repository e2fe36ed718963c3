//! How often a process has made its writes durable, counted by `strace`.
//!
//! Source: <https://man7.org/linux/man-pages/man1/strace.1.html>

use std::{fs, path::Path, process::Command};

use miette::{IntoDiagnostic, Result};

use crate::bench::machine::said;

/// Whether it can be counted here.
pub(super) fn can_be_counted() -> bool {
    said("strace", &["--version"]) != "unknown"
}

/// The same program with each call written to a file. It is held up by these calls alone, and stays this process's
/// child.
pub(super) fn counted(command: &Command, log: &Path) -> Command {
    let mut counted = Command::new("strace");
    counted.args(["-D", "-f", "--seccomp-bpf", "-qq", "-e", "signal=none", "-e", "trace=fsync,fdatasync"]);
    counted.arg("-o").arg(log).arg(command.get_program()).args(command.get_args());
    counted.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    counted
}

/// How many calls there were so far.
pub(super) fn count(log: &Path) -> Result<u64> {
    let text = fs::read_to_string(log).into_diagnostic()?;
    u64::try_from(calls(&text)).into_diagnostic()
}

/// A call has one line, and a second one, which says that it is resumed, where another thread's line comes between.
fn calls(text: &str) -> usize {
    text.lines().filter(|line| !line.contains(" resumed>")).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_that_is_resumed_counts_once() {
        let text = "\
21  fdatasync(7 <unfinished ...>
22  fsync(9)                        = 0
21  <... fdatasync resumed>)        = 0
";
        assert_eq!(calls(text), 2);
    }
}

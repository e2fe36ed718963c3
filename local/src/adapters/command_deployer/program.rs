//! A program that was started, as whoever comes after this process knows it again.

use std::{fmt, str::FromStr};

/// What tells a program from every other one. Its text is what is noted of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Program {
    /// The id of its process.
    id: u32,
    /// When it was started, in the system's clock ticks since its start. Without it, a process that is given the same
    /// id later would be taken for the program. It is known on Linux only.
    started: Option<u64>,
}

impl Program {
    /// The program of a process whose end nobody has waited for yet.
    pub(super) fn of(id: u32) -> Self {
        Self { id, started: state(id).map(|(_, started)| started) }
    }

    /// Whether it goes on.
    pub(super) fn is_running(self) -> bool {
        match self.started {
            // One that has ended, and that nobody has waited for, is a zombie.
            Some(started) => {
                state(self.id).is_some_and(|(letter, since)| since == started && !"ZX".contains(letter))
            }
            None => exists(self.id),
        }
    }
}

impl fmt::Display for Program {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.id)?;
        self.started.map_or(Ok(()), |started| write!(formatter, " {started}"))
    }
}

impl FromStr for Program {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once(' ') {
            Some((id, started)) => Ok(Self { id: id.parse()?, started: Some(started.parse()?) }),
            None => Ok(Self { id: text.parse()?, started: None }),
        }
    }
}

/// The state of a process, and when it was started; nothing where the system does not tell it as Linux does.
///
/// Source: <https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html>
fn state(id: u32) -> Option<(char, u64)> {
    if !cfg!(target_os = "linux") {
        return None;
    }
    let stat = std::fs::read(format!("/proc/{id}/stat")).ok()?;
    let stat = String::from_utf8_lossy(&stat);
    // The second field is the program's name in parentheses, and may hold anything.
    let (_, fields) = stat.rsplit_once(") ")?;
    let mut fields = fields.split(' ');
    let state = fields.next()?.chars().next()?;
    // The 22nd of all.
    let started = fields.nth(18)?.parse().ok()?;
    Some((state, started))
}

/// Whether there is a process with this id.
#[cfg(unix)]
fn exists(id: u32) -> bool {
    use rustix::{
        io::Errno,
        process::{Pid, test_kill_process},
    };
    let process = i32::try_from(id).ok().and_then(Pid::from_raw);
    // One that may not be signalled from here is there all the same.
    process.is_some_and(|process| matches!(test_kill_process(process), Ok(()) | Err(Errno::PERM)))
}

/// Whether there is a process with this id: not known here.
#[cfg(not(unix))]
fn exists(_: u32) -> bool {
    false
}

//! Programs, each with what it starts.

use std::{io, process::ExitStatus};

#[cfg(unix)]
use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};
use tokio::process::{Child, Command};
#[cfg(unix)]
use tokio::signal::unix::{SignalKind, signal};

/// A program and, where the system knows groups of processes, what it has started. Dropped, it kills them all.
pub(crate) struct ProcessGroup(Option<u32>);

impl ProcessGroup {
    /// Starts a program in a group of its own: a Ctrl-C is not for it.
    ///
    /// # Errors
    /// It can't be run.
    pub(crate) fn spawn(command: &mut Command) -> io::Result<(Child, Self)> {
        #[cfg(unix)]
        command.process_group(0);
        let child = command.kill_on_drop(true).spawn()?;
        let group = Self(child.id());
        Ok((child, group))
    }

    /// Waits for the program to end, and kills what it has left running.
    ///
    /// # Errors
    /// The system can't tell of its end.
    pub(crate) async fn wait(self, child: &mut Child) -> io::Result<ExitStatus> {
        #[cfg(unix)]
        self.ended().await?;
        // First: once the child has been waited for, its id and so the group's may be given to another.
        drop(self);
        child.wait().await
    }

    /// Waits for the program to end, and leaves it to be waited for.
    #[cfg(unix)]
    async fn ended(&self) -> io::Result<()> {
        let mut ends = signal(SignalKind::child())?;
        while self.id().is_some_and(is_running) {
            ends.recv().await;
        }
        Ok(())
    }

    #[cfg(unix)]
    fn id(&self) -> Option<Pid> {
        self.0.and_then(|id| Pid::from_raw(id.cast_signed()))
    }

    /// The program has ended by itself: what it left running is its own business.
    pub(crate) fn leave(mut self) {
        self.0 = None;
    }
}

/// Whether a child has not ended yet. It stays to be waited for.
#[cfg(unix)]
fn is_running(child: Pid) -> bool {
    let look = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT | WaitIdOptions::NOHANG;
    matches!(waitid(WaitId::Pid(child), look), Ok(None))
}

impl Drop for ProcessGroup {
    fn drop(&mut self) {
        #[cfg(unix)]
        if let Some(group) = self.id() {
            // It may have ended meanwhile.
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        }
    }
}

//! Programs, each with what it starts.

use std::io;

use tokio::process::{Child, Command};

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

    /// The program has ended by itself: what it left running is its own business.
    pub(crate) fn leave(mut self) {
        self.0 = None;
    }
}

impl Drop for ProcessGroup {
    fn drop(&mut self) {
        #[cfg(unix)]
        if let Some(group) = self.0.and_then(|id| rustix::process::Pid::from_raw(id.cast_signed())) {
            // It may have ended meanwhile.
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        }
    }
}

//! How an execution is rebuilt: what happened to it is applied again.

use std::sync::Arc;

use ackflow_asl::StateMachine;
use jiff::Timestamp;

use super::{JournalError, Recorded, guarded};
use crate::{Execution, Signal};

impl Recorded {
    /// The execution as it was when it was last heard of, and when that was. `before_each` sees it before each signal.
    pub(crate) fn rebuild(
        &self,
        machine: Arc<StateMachine>,
        before_each: impl Fn(&mut Execution),
    ) -> Result<(Execution, Timestamp), JournalError> {
        let signals = self.signals()?;
        let rebuilt = guarded(|| self.apply_all(machine, &signals, before_each)).flatten();
        rebuilt.map_err(|reason| self.unreadable(reason))
    }

    /// The same, or why it can't be.
    fn apply_all(
        &self,
        machine: Arc<StateMachine>,
        signals: &[(Timestamp, Signal)],
        before_each: impl Fn(&mut Execution),
    ) -> Result<(Execution, Timestamp), String> {
        let start = self.row.start.clone();
        let mut last = start.at;
        let (mut execution, _) = Execution::start(machine, start);
        for (index, (at, signal)) in signals.iter().enumerate() {
            before_each(&mut execution);
            // A redrive is kept before anybody knows whether the execution may have any more events.
            if execution.apply(signal, *at).is_none() && *signal != Signal::Redriven {
                let (number, count) = (index + 1, signals.len());
                return Err(format!("it was waiting for nothing like signal {number} of {count}, of {at}"));
            }
            last = *at;
        }
        Ok((execution, last))
    }
}

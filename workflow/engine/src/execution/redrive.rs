//! A failed execution goes on from where it failed.
//!
//! Source: <https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html>

use super::{
    Execution, Outcome,
    branch::{Activity, BranchId},
};

impl Execution {
    /// Enters again every state that failed or was stopped; what was finished stays so. `None` when the
    /// execution did not fail.
    pub(super) fn redrive(&mut self) -> Option<()> {
        if !matches!(self.outcome, Some(Outcome::Failed { .. } | Outcome::TimedOut)) {
            return None;
        }
        self.outcome = None;
        self.set_deadline();
        let redriven = self.history.push(self.now, 0, "ExecutionRedriven", None, serde_json::Value::Null);
        let open: Vec<BranchId> = self
            .branches
            .iter()
            .filter(|(_, branch)| matches!(branch.activity, Activity::Failed | Activity::Aborted))
            .map(|(id, _)| *id)
            .collect();
        for id in open {
            let branch = self.branch_mut(id);
            branch.activity = Activity::Ready;
            branch.previous = redriven;
            self.ready.push_back(id);
        }
        Some(())
    }
}

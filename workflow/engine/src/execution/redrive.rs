//! A failed execution goes on from where it failed.
//!
//! Source: <https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html>

use serde_json::json;

use super::{
    Execution, Outcome,
    branch::{Activity, BranchId},
    data::millis,
};

impl Execution {
    /// Enters again every state that failed or was stopped; what was finished stays so. `None` when the
    /// execution did not fail, or has as many events as it may have.
    pub(super) fn redrive(&mut self) -> Option<()> {
        let has_failed = matches!(self.outcome, Some(Outcome::Failed { .. } | Outcome::TimedOut));
        if !has_failed || self.history.is_full() {
            return None;
        }
        self.outcome = None;
        self.redrives += 1;
        self.context["Execution"]["RedriveCount"] = json!(self.redrives);
        self.context["Execution"]["RedriveTime"] = json!(millis(self.now));
        self.set_deadline();
        let details = json!({ "redriveCount": self.redrives });
        let redriven = self.history.push(self.now, 0, "ExecutionRedriven", None, details);
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

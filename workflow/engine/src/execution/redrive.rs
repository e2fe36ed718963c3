//! A failed execution goes on from where it failed.
//!
//! Source: <https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html>

use serde_json::json;

use super::{
    Execution, Outcome,
    branch::{Activity, BranchId, FanOut, FanOutKind},
    context_object::millis,
};
use crate::Details;

impl Execution {
    /// Enters again every state that failed or was stopped; what was finished stays so. `None` when the
    /// execution neither failed nor was stopped, or has as many events as it may have.
    pub(super) fn redrive(&mut self) -> Option<()> {
        let has_failed = !matches!(self.outcome, None | Some(Outcome::Succeeded { .. }));
        if !has_failed || self.history.is_full() {
            return None;
        }
        self.outcome = None;
        self.redrives += 1;
        if let Some(own) = self.own_context.take() {
            self.context = own;
        }
        self.context["Execution"]["RedriveCount"] = json!(self.redrives);
        self.context["Execution"]["RedriveTime"] = json!(millis(self.now));
        self.set_deadline();
        let details = Details::empty().with("redriveCount", json!(self.redrives));
        let redriven = self.history.push(self.now, 0, "ExecutionRedriven", None, details);
        let open: Vec<BranchId> = self
            .branches
            .iter()
            .filter(|(_, branch)| matches!(branch.activity, Activity::Failed | Activity::Aborted))
            .map(|(id, _)| id)
            .collect();
        for id in open {
            if let Some((parent, index)) = self.branches[id].parent
                && let Activity::FanOut(FanOut { kind: FanOutKind::MapRun(run), .. }) =
                    &mut self.branch_mut(parent).activity
            {
                run.forget_failure(index);
            }
            let branch = self.branch_mut(id);
            branch.activity = Activity::Ready;
            branch.previous = redriven;
            self.ready.push_back(id);
        }
        Some(())
    }
}

//! The branches of an execution.

use std::ops::Index;

use super::branch::{Branch, BranchId};

/// The branches by their ids, which are handed out in order and never again.
#[derive(Debug, Default)]
pub(super) struct Branches(Vec<Option<Box<Branch>>>);

impl Branches {
    /// Adds a branch and gives its id.
    pub(super) fn add(&mut self, branch: Branch) -> BranchId {
        self.0.push(Some(Box::new(branch)));
        self.0.len() - 1
    }

    pub(super) fn get(&self, id: BranchId) -> Option<&Branch> {
        self.0.get(id)?.as_deref()
    }

    pub(super) fn get_mut(&mut self, id: BranchId) -> Option<&mut Branch> {
        self.0.get_mut(id)?.as_deref_mut()
    }

    pub(super) fn remove(&mut self, id: BranchId) -> Option<Box<Branch>> {
        self.0.get_mut(id)?.take()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (BranchId, &Branch)> {
        self.0.iter().enumerate().filter_map(|(id, branch)| Some((id, branch.as_deref()?)))
    }
}

impl Index<BranchId> for Branches {
    type Output = Branch;

    fn index(&self, id: BranchId) -> &Branch {
        self.get(id).expect("a branch outlives what refers to it")
    }
}

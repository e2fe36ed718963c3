//! The ledger's table on AWS: one table for events and effects, told apart by the prefix of their id.

use serde::Serialize;

/// The table's keys, as its deployment and its adapter agree on them.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct LedgerTable {
    /// The partition key, a string.
    pub partition_key: &'static str,
    /// The attribute that says when an item may be forgotten, in seconds since 1970.
    pub time_to_live: &'static str,
    /// The index of what is pending. Only pending items have its keys, so it holds nothing else.
    pub pending_index: Index,
}

/// A global secondary index with all attributes.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Index {
    /// Its name.
    pub name: &'static str,
    /// The partition key, a string: the same for all items.
    pub partition_key: &'static str,
    /// The sort key, a string: since when the item is pending.
    pub sort_key: &'static str,
}

/// The ledger's table.
pub const LEDGER_TABLE: LedgerTable = LedgerTable {
    partition_key: "id",
    time_to_live: "expires_at",
    pending_index: Index { name: "pending", partition_key: "pending", sort_key: "pending_since" },
};

//! The ports of the handlers on one machine: SQLite, files, and the local engine.

mod executions;
mod file_store;
mod ledger;
mod notice_queue;
mod tasks;

pub use executions::EngineExecutions;
pub use file_store::FileStore;
pub use ledger::SqliteLedger;
pub use notice_queue::NoticeQueue;
pub use tasks::LocalTasks;

//! The ports of the handlers on one machine: SQLite, files, and the local engine.

mod effects;
mod file_store;
mod intake;
mod notice_queue;
mod tasks;

pub use effects::SqliteEffects;
pub use file_store::FileStore;
pub use intake::EngineIntake;
pub use notice_queue::NoticeQueue;
pub use tasks::LocalTasks;

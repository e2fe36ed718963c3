//! The ports of the handlers on one machine: SQLite, files, and the local engine.

mod command_deployer;
mod effects;
mod engine_tokens;
mod file_store;
mod intake;
mod notice_queue;
mod tasks;

pub use command_deployer::CommandDeployer;
pub use effects::SqliteEffects;
pub use engine_tokens::EngineTokens;
pub use file_store::FileStore;
pub use intake::EngineIntake;
pub use notice_queue::NoticeQueue;
pub use tasks::LocalTasks;

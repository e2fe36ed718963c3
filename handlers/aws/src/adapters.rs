//! The ports of the handlers on AWS.

mod executions;
mod ledger;
mod objects;
mod system_clock;
mod topic;

pub use executions::StepFunctions;
pub use ledger::DynamoLedger;
pub use objects::S3Objects;
pub use system_clock::SystemClock;
pub use topic::SnsTopic;

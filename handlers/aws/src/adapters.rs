//! The ports of the handlers on AWS.

mod codebuild;
mod deploy_error;
mod executions;
mod ledger;
mod objects;
mod state_machine;
mod system_clock;
mod task_tokens;
mod topic;

pub use codebuild::CodeBuildDeployer;
pub use executions::StepFunctions;
pub use ledger::DynamoLedger;
pub use objects::S3Objects;
pub use state_machine::StateMachineDeployer;
pub use system_clock::SystemClock;
pub use task_tokens::StepFunctionsTokens;
pub use topic::SnsTopic;

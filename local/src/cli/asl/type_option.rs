//! What type of state machine a command is about.

use ackflow_asl::MachineType;
use ackflow_engine::WorkflowType;
use clap::{Args, ValueEnum};

/// What type of state machine it is.
#[derive(Clone, Copy, Debug, Args)]
pub(super) struct TypeOption {
    /// What type of state machine it is. An express one takes five minutes at most, and may not wait for jobs,
    /// callbacks and activities.
    #[arg(long = "type", value_enum, value_name = "TYPE", default_value_t = Type::Standard)]
    chosen: Type,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Type {
    Standard,
    Express,
}

impl TypeOption {
    /// For the validator.
    pub(super) fn machine_type(self) -> MachineType {
        match self.chosen {
            Type::Standard => MachineType::Standard,
            Type::Express => MachineType::Express,
        }
    }

    /// For the engine.
    pub(super) fn workflow_type(self) -> WorkflowType {
        match self.chosen {
            Type::Standard => WorkflowType::Standard,
            Type::Express => WorkflowType::Express,
        }
    }
}

//! The error names that the language reserves ("Error representation", appendix A of the specification).

use serde_json::Value;

/// A reserved error name.
pub struct ErrorName;

impl ErrorName {
    /// Matches every error but `States.DataLimitExceeded` and `States.Runtime`.
    pub const ALL: &'static str = "States.ALL";
    /// A Task that failed, whatever its error, but for timeouts.
    pub const TASK_FAILED: &'static str = "States.TaskFailed";
    /// A Task or an execution that took too long.
    pub const TIMEOUT: &'static str = "States.Timeout";
    /// A Task that sent no heartbeat in time.
    pub const HEARTBEAT_TIMEOUT: &'static str = "States.HeartbeatTimeout";
    /// The role lacks a permission.
    pub const PERMISSIONS: &'static str = "States.Permissions";
    /// `ResultPath` can't be applied to the state's input.
    pub const RESULT_PATH_MATCH_FAILURE: &'static str = "States.ResultPathMatchFailure";
    /// A path in `Parameters` finds nothing.
    pub const PARAMETER_PATH_FAILURE: &'static str = "States.ParameterPathFailure";
    /// A branch of a Parallel failed.
    pub const BRANCH_FAILED: &'static str = "States.BranchFailed";
    /// No rule of a Choice holds, and it has no `Default`.
    pub const NO_CHOICE_MATCHED: &'static str = "States.NoChoiceMatched";
    /// An intrinsic function failed.
    pub const INTRINSIC_FAILURE: &'static str = "States.IntrinsicFailure";
    /// More items of a Map failed than are tolerated.
    pub const EXCEED_TOLERATED_FAILURE_THRESHOLD: &'static str = "States.ExceedToleratedFailureThreshold";
    /// A Map's items could not be read.
    pub const ITEM_READER_FAILED: &'static str = "States.ItemReaderFailed";
    /// A Map's results could not be written.
    pub const RESULT_WRITER_FAILED: &'static str = "States.ResultWriterFailed";
    /// A query in JSONata failed.
    pub const QUERY_EVALUATION_ERROR: &'static str = "States.QueryEvaluationError";
    /// A payload of more than 256 KiB. Only its own name catches it.
    pub const DATA_LIMIT_EXCEEDED: &'static str = "States.DataLimitExceeded";
    /// An error of the definition or its data that no retry mends. Nothing catches it.
    pub const RUNTIME: &'static str = "States.Runtime";

    /// All of them.
    pub const RESERVED: &'static [&'static str] = &[
        Self::ALL,
        Self::TASK_FAILED,
        Self::TIMEOUT,
        Self::HEARTBEAT_TIMEOUT,
        Self::PERMISSIONS,
        Self::RESULT_PATH_MATCH_FAILURE,
        Self::PARAMETER_PATH_FAILURE,
        Self::BRANCH_FAILED,
        Self::NO_CHOICE_MATCHED,
        Self::INTRINSIC_FAILURE,
        Self::EXCEED_TOLERATED_FAILURE_THRESHOLD,
        Self::ITEM_READER_FAILED,
        Self::RESULT_WRITER_FAILED,
        Self::QUERY_EVALUATION_ERROR,
        Self::DATA_LIMIT_EXCEEDED,
        Self::RUNTIME,
    ];

    /// Whether an `ErrorEquals` list matches an error of this name ("Retrying after error").
    ///
    /// ```
    /// # use ackflow_asl::ErrorName;
    /// let any = ["States.ALL".to_owned()];
    /// assert!(ErrorName::matches(&any, "SlackUnavailable"));
    /// assert!(!ErrorName::matches(&any, "States.Runtime"));
    /// ```
    pub fn matches(error_equals: &[String], error: &str) -> bool {
        error_equals.iter().any(|wanted| match wanted.as_str() {
            Self::ALL => error != Self::RUNTIME && error != Self::DATA_LIMIT_EXCEEDED,
            Self::TASK_FAILED => !matches!(error, Self::TIMEOUT | Self::RUNTIME | Self::DATA_LIMIT_EXCEEDED),
            // A heartbeat that stays away is a timeout too.
            Self::TIMEOUT => error == Self::TIMEOUT || error == Self::HEARTBEAT_TIMEOUT,
            name => name == error,
        })
    }

    /// What a catcher puts in the state's input: `Error` and `Cause`.
    pub fn output(error: &str, cause: &str) -> Value {
        serde_json::json!({ "Error": error, "Cause": cause })
    }
}

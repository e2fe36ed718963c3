//! The end of an execution with an error.

use crate::Template;

state! {
    /// A Fail state.
    Fail {
        /// The error's name.
        #[serde(skip_serializing_if = "Option::is_none")]
        error: Option<Template>,
        /// The same, read from the input (a path or an intrinsic call).
        #[serde(skip_serializing_if = "Option::is_none")]
        error_path: Option<String>,
        /// The error's cause, for people.
        #[serde(skip_serializing_if = "Option::is_none")]
        cause: Option<Template>,
        /// The same, read from the input (a path or an intrinsic call).
        #[serde(skip_serializing_if = "Option::is_none")]
        cause_path: Option<String>,
    }
}

//! A wait.

use super::{Nullable, is_false, present};
use crate::{Path, Template};

state! {
    /// A Wait state; exactly one of the four times is given.
    Wait {
        /// Which part of the input the state sees.
        #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "present")]
        input_path: Nullable<Path>,
        /// Which part is passed on.
        #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "present")]
        output_path: Nullable<Path>,
        /// JSONata: the state's output.
        #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "present")]
        output: Option<Template>,
        /// Variables to set once the state is done.
        #[serde(skip_serializing_if = "Option::is_none")]
        assign: Option<Template>,
        /// How many seconds.
        #[serde(skip_serializing_if = "Option::is_none")]
        seconds: Option<Template>,
        /// The same, read from the input.
        #[serde(skip_serializing_if = "Option::is_none")]
        seconds_path: Option<Path>,
        /// Until when (RFC 3339 with a capital `T` and `Z`).
        #[serde(skip_serializing_if = "Option::is_none")]
        timestamp: Option<Template>,
        /// The same, read from the input.
        #[serde(skip_serializing_if = "Option::is_none")]
        timestamp_path: Option<Path>,
        /// The state that follows.
        #[serde(skip_serializing_if = "Option::is_none")]
        next: Option<String>,
        /// Whether the block ends here.
        #[serde(skip_serializing_if = "is_false")]
        end: bool,
    }
}

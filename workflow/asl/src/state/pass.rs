//! Input that is passed on, or fixed data.

use serde_json::Value;

use super::{Nullable, is_false, present};
use crate::{Path, ReferencePath, Template};

state! {
    /// A Pass state.
    Pass {
        /// Which part of the input the state sees.
        #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "present")]
        input_path: Nullable<Path>,
        /// Data built from the input.
        #[serde(skip_serializing_if = "Option::is_none")]
        parameters: Option<Template>,
        /// Fixed data.
        #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "present")]
        result: Option<Value>,
        /// Where the result goes in the state's input.
        #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "present")]
        result_path: Nullable<ReferencePath>,
        /// Which part is passed on.
        #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "present")]
        output_path: Nullable<Path>,
        /// JSONata: the state's output.
        #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "present")]
        output: Option<Template>,
        /// Variables to set once the state is done.
        #[serde(skip_serializing_if = "Option::is_none")]
        assign: Option<Template>,
        /// The state that follows.
        #[serde(skip_serializing_if = "Option::is_none")]
        next: Option<String>,
        /// Whether the block ends here.
        #[serde(skip_serializing_if = "is_false")]
        end: bool,
    }
}

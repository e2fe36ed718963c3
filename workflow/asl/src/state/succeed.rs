//! The good end of a block.

use super::{Nullable, present};
use crate::{Path, Template};

state! {
    /// A Succeed state.
    Succeed {
        /// Which part of the input the state sees.
        #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "present")]
        input_path: Nullable<Path>,
        /// Which part is passed on.
        #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "present")]
        output_path: Nullable<Path>,
        /// JSONata: the state's output.
        #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "present")]
        output: Option<Template>,
    }
}

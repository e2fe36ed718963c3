//! A choice of the next state by rules.

use super::{ChoiceRule, Nullable, present};
use crate::{Path, Template};

state! {
    /// A Choice state.
    Choice {
        /// Which part of the input the state sees.
        #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "present")]
        input_path: Nullable<Path>,
        /// Which part is passed on.
        #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "present")]
        output_path: Nullable<Path>,
        /// JSONata: the state's output, when no rule holds.
        #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "present")]
        output: Option<Template>,
        /// Variables to set when no rule holds.
        #[serde(skip_serializing_if = "Option::is_none")]
        assign: Option<Template>,
        /// The rules, tried in order.
        choices: Vec<ChoiceRule>,
        /// The next state when no rule holds; without it, that is `States.Runtime`.
        #[serde(skip_serializing_if = "Option::is_none")]
        default: Option<String>,
    }
}

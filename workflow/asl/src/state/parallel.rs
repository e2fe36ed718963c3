//! Blocks of states that run side by side.

use super::{Catcher, Nullable, Retrier, is_false, present};
use crate::{Path, ReferencePath, Template, state_machine::States};

state! {
    /// A Parallel state.
    Parallel {
        /// Which part of the input the state sees.
        #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "present")]
        input_path: Nullable<Path>,
        /// Each branch's input.
        #[serde(skip_serializing_if = "Option::is_none")]
        parameters: Option<Template>,
        /// JSONata: each branch's input.
        #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "present")]
        arguments: Option<Template>,
        /// The branches.
        branches: Vec<States>,
        /// What to keep of the results.
        #[serde(skip_serializing_if = "Option::is_none")]
        result_selector: Option<Template>,
        /// Where the results go in the state's input.
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
        /// Retriers, tried in order.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        retry: Vec<Retrier>,
        /// Catchers, tried in order once the retriers give up.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        catch: Vec<Catcher>,
        /// The state that follows.
        #[serde(skip_serializing_if = "Option::is_none")]
        next: Option<String>,
        /// Whether the block ends here.
        #[serde(skip_serializing_if = "is_false")]
        end: bool,
    }
}

//! A unit of work.

use super::{Catcher, Nullable, Retrier, is_false, present};
use crate::{Path, ReferencePath, Template};

state! {
    /// A Task state: one unit of work, named by its resource.
    Task {
        /// The ARN of what does the work, or a `${Substitution}` that CloudFormation replaces by it.
        resource: String,
        /// Which part of the input the state sees.
        #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "present")]
        input_path: Nullable<Path>,
        /// The input given to the resource.
        #[serde(skip_serializing_if = "Option::is_none")]
        parameters: Option<Template>,
        /// JSONata: the input given to the resource.
        #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "present")]
        arguments: Option<Template>,
        /// What to keep of the result.
        #[serde(skip_serializing_if = "Option::is_none")]
        result_selector: Option<Template>,
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
        /// The role to assume for the task, of interest on AWS only.
        #[serde(skip_serializing_if = "Option::is_none")]
        credentials: Option<Template>,
        /// Seconds before the task fails with `States.Timeout`.
        #[serde(skip_serializing_if = "Option::is_none")]
        timeout_seconds: Option<Template>,
        /// The same, read from the input.
        #[serde(skip_serializing_if = "Option::is_none")]
        timeout_seconds_path: Option<Path>,
        /// Seconds between heartbeats before the task fails with `States.Timeout`, which `States.HeartbeatTimeout` matches too.
        #[serde(skip_serializing_if = "Option::is_none")]
        heartbeat_seconds: Option<Template>,
        /// The same, read from the input.
        #[serde(skip_serializing_if = "Option::is_none")]
        heartbeat_seconds_path: Option<Path>,
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

//! The eight state types ("State types" of the specification), their retriers and their catchers.

use indexmap::IndexMap;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use crate::{Path, ReferencePath, Rule, Template, state_machine::States};

/// One state.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "Type")]
pub enum State {
    /// Does a unit of work.
    Task(Box<Task>),
    /// Runs its processor once for each item of an array.
    Map(Box<Map>),
    /// Runs branches side by side.
    Parallel(Box<Parallel>),
    /// Chooses the next state by rules.
    Choice(Choice),
    /// Passes its input on, or puts fixed data in its place.
    Pass(Pass),
    /// Waits.
    Wait(Wait),
    /// Ends its block well.
    Succeed(Succeed),
    /// Ends the execution with an error.
    Fail(Fail),
}

/// A path field that may be absent (`$`), a path, or `null` (nothing).
///
/// `None` is absent, `Some(None)` is `null`.
pub type Nullable<P> = Option<Option<P>>;

/// Keeps `null` apart from an absent field.
fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// Fields are left out of the document when they hold their default.
#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_false(flag: &bool) -> bool {
    !flag
}

macro_rules! state {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
        #[serde(rename_all = "PascalCase", default)]
        pub struct $name {
            /// What the state is for, for people.
            #[serde(skip_serializing_if = "Option::is_none")]
            pub comment: Option<String>,
            $($(#[$field_doc])* pub $field: $type,)*
        }
    };
}

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
        /// What to keep of the result.
        #[serde(skip_serializing_if = "Option::is_none")]
        result_selector: Option<Template>,
        /// Where the result goes in the state's input.
        #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "present")]
        result_path: Nullable<ReferencePath>,
        /// Which part is passed on.
        #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "present")]
        output_path: Nullable<Path>,
        /// The role to assume for the task, of interest on AWS only.
        #[serde(skip_serializing_if = "Option::is_none")]
        credentials: Option<Template>,
        /// Seconds before the task fails with `States.Timeout`.
        #[serde(skip_serializing_if = "Option::is_none")]
        timeout_seconds: Option<u64>,
        /// The same, read from the input.
        #[serde(skip_serializing_if = "Option::is_none")]
        timeout_seconds_path: Option<Path>,
        /// Seconds between heartbeats before the task fails with `States.HeartbeatTimeout`.
        #[serde(skip_serializing_if = "Option::is_none")]
        heartbeat_seconds: Option<u64>,
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

state! {
    /// A Map state.
    Map {
        /// Which part of the input the state sees.
        #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "present")]
        input_path: Nullable<Path>,
        /// The array to run over (`$` when absent).
        #[serde(skip_serializing_if = "Option::is_none")]
        items_path: Option<Path>,
        /// Each iteration's input (the item itself when absent). (`Parameters` is its deprecated name.)
        #[serde(skip_serializing_if = "Option::is_none", alias = "Parameters")]
        item_selector: Option<Template>,
        /// How many iterations may run at once; 0 is no limit.
        #[serde(skip_serializing_if = "Option::is_none")]
        max_concurrency: Option<u64>,
        /// The same, read from the input.
        #[serde(skip_serializing_if = "Option::is_none")]
        max_concurrency_path: Option<Path>,
        /// What runs for each item. (`Iterator` is its deprecated name.)
        #[serde(alias = "Iterator")]
        item_processor: States,
        /// What to keep of the results.
        #[serde(skip_serializing_if = "Option::is_none")]
        result_selector: Option<Template>,
        /// Where the results go in the state's input.
        #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "present")]
        result_path: Nullable<ReferencePath>,
        /// Which part is passed on.
        #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "present")]
        output_path: Nullable<Path>,
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

state! {
    /// A Parallel state.
    Parallel {
        /// Which part of the input the state sees.
        #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "present")]
        input_path: Nullable<Path>,
        /// Each branch's input.
        #[serde(skip_serializing_if = "Option::is_none")]
        parameters: Option<Template>,
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

state! {
    /// A Choice state.
    Choice {
        /// Which part of the input the state sees.
        #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "present")]
        input_path: Nullable<Path>,
        /// Which part is passed on.
        #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "present")]
        output_path: Nullable<Path>,
        /// The rules, tried in order.
        choices: Vec<ChoiceRule>,
        /// The next state when no rule holds; `States.NoChoiceMatched` when absent.
        #[serde(skip_serializing_if = "Option::is_none")]
        default: Option<String>,
    }
}

/// A top-level choice rule: a condition and where it leads.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChoiceRule {
    /// What must hold.
    #[serde(flatten)]
    pub rule: Rule,
    /// The state that follows when it does.
    #[serde(rename = "Next")]
    pub next: String,
}

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
        /// The state that follows.
        #[serde(skip_serializing_if = "Option::is_none")]
        next: Option<String>,
        /// Whether the block ends here.
        #[serde(skip_serializing_if = "is_false")]
        end: bool,
    }
}

state! {
    /// A Wait state; exactly one of the four times is given.
    Wait {
        /// Which part of the input the state sees.
        #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "present")]
        input_path: Nullable<Path>,
        /// Which part is passed on.
        #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "present")]
        output_path: Nullable<Path>,
        /// How many seconds.
        #[serde(skip_serializing_if = "Option::is_none")]
        seconds: Option<u64>,
        /// The same, read from the input.
        #[serde(skip_serializing_if = "Option::is_none")]
        seconds_path: Option<Path>,
        /// Until when (RFC 3339 with a capital `T` and `Z`).
        #[serde(skip_serializing_if = "Option::is_none")]
        timestamp: Option<String>,
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

state! {
    /// A Succeed state.
    Succeed {
        /// Which part of the input the state sees.
        #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "present")]
        input_path: Nullable<Path>,
        /// Which part is passed on.
        #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "present")]
        output_path: Nullable<Path>,
    }
}

state! {
    /// A Fail state.
    Fail {
        /// The error's name.
        #[serde(skip_serializing_if = "Option::is_none")]
        error: Option<String>,
        /// The same, read from the input (a path or an intrinsic call).
        #[serde(skip_serializing_if = "Option::is_none")]
        error_path: Option<String>,
        /// The error's cause, for people.
        #[serde(skip_serializing_if = "Option::is_none")]
        cause: Option<String>,
        /// The same, read from the input (a path or an intrinsic call).
        #[serde(skip_serializing_if = "Option::is_none")]
        cause_path: Option<String>,
    }
}

/// How a Map runs its processor.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ProcessorConfig {
    /// `INLINE` or `DISTRIBUTED`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<String>,
    /// What else stands there (`ExecutionType` of a distributed Map).
    #[serde(flatten)]
    pub other: IndexMap<String, Value>,
}

/// A retrier ("Retrying after error" of the specification).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Retrier {
    /// The errors it is for.
    pub error_equals: Vec<String>,
    /// Seconds before the first retry.
    #[serde(default = "Retrier::default_interval_seconds")]
    pub interval_seconds: u64,
    /// How often to retry; 0 is never.
    #[serde(default = "Retrier::default_max_attempts")]
    pub max_attempts: u64,
    /// By what the interval grows with each retry.
    #[serde(default = "Retrier::default_backoff_rate")]
    pub backoff_rate: f64,
    /// The longest interval, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_delay_seconds: Option<u64>,
    /// Whether the interval is randomised.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jitter_strategy: Option<JitterStrategy>,
}

impl Retrier {
    fn default_interval_seconds() -> u64 {
        1
    }

    fn default_max_attempts() -> u64 {
        3
    }

    fn default_backoff_rate() -> f64 {
        2.0
    }
}

/// `JitterStrategy` of a retrier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum JitterStrategy {
    /// Anything from zero to the interval.
    Full,
    /// The interval as computed.
    None,
}

/// A catcher ("Fallback states" of the specification).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Catcher {
    /// The errors it is for.
    pub error_equals: Vec<String>,
    /// Where the error output goes in the state's input.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub result_path: Nullable<ReferencePath>,
    /// The state that follows.
    pub next: String,
}

impl Default for States {
    fn default() -> Self {
        Self { processor_config: None, start_at: String::new(), states: IndexMap::new() }
    }
}

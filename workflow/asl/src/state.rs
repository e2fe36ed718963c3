//! The eight state types ("State types" of the specification), their retriers and their catchers.

use indexmap::IndexMap;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use crate::{Path, QueryLanguage, ReferencePath, Rule, Template, state_machine::States};

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
    Choice(Box<Choice>),
    /// Passes its input on, or puts fixed data in its place.
    Pass(Box<Pass>),
    /// Waits.
    Wait(Box<Wait>),
    /// Ends its block well.
    Succeed(Box<Succeed>),
    /// Ends the execution with an error.
    Fail(Box<Fail>),
}

/// Takes the same field of whichever type of state it is.
macro_rules! of_any {
    ($state:expr, $field:ident) => {
        match $state {
            State::Task(state) => state.$field,
            State::Map(state) => state.$field,
            State::Parallel(state) => state.$field,
            State::Choice(state) => state.$field,
            State::Pass(state) => state.$field,
            State::Wait(state) => state.$field,
            State::Succeed(state) => state.$field,
            State::Fail(state) => state.$field,
        }
    };
}

impl State {
    /// The language of its expressions, where the state itself says so.
    pub fn query_language(&self) -> Option<QueryLanguage> {
        of_any!(self, query_language)
    }
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
            /// The language of its expressions; the machine's when absent.
            #[serde(skip_serializing_if = "Option::is_none")]
            pub query_language: Option<QueryLanguage>,
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

state! {
    /// A Map state.
    Map {
        /// Which part of the input the state sees.
        #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "present")]
        input_path: Nullable<Path>,
        /// The array to run over (`$` when absent).
        #[serde(skip_serializing_if = "Option::is_none")]
        items_path: Option<Path>,
        /// JSONata: the array to run over (the input when absent), or an object whose fields are the items.
        #[serde(skip_serializing_if = "Option::is_none")]
        items: Option<Template>,
        /// Where a distributed Map reads its items from.
        #[serde(skip_serializing_if = "Option::is_none")]
        item_reader: Option<ItemReader>,
        /// Each iteration's input (the item itself when absent). (`Parameters` is its deprecated name.)
        #[serde(skip_serializing_if = "Option::is_none", alias = "Parameters")]
        item_selector: Option<Template>,
        /// How a distributed Map puts several items into the input of one child execution.
        #[serde(skip_serializing_if = "Option::is_none")]
        item_batcher: Option<ItemBatcher>,
        /// How many iterations may run at once; 0 is no limit.
        #[serde(skip_serializing_if = "Option::is_none")]
        max_concurrency: Option<Template>,
        /// The same, read from the input.
        #[serde(skip_serializing_if = "Option::is_none")]
        max_concurrency_path: Option<Path>,
        /// How many items may fail before the state does.
        #[serde(skip_serializing_if = "Option::is_none")]
        tolerated_failure_count: Option<Template>,
        /// The same, read from the input.
        #[serde(skip_serializing_if = "Option::is_none")]
        tolerated_failure_count_path: Option<Path>,
        /// The same, as a percentage of the items.
        #[serde(skip_serializing_if = "Option::is_none")]
        tolerated_failure_percentage: Option<Template>,
        /// The same, read from the input.
        #[serde(skip_serializing_if = "Option::is_none")]
        tolerated_failure_percentage_path: Option<Path>,
        /// What the runs of a distributed Map are named after.
        #[serde(skip_serializing_if = "Option::is_none")]
        label: Option<String>,
        /// What runs for each item. (`Iterator` is its deprecated name.)
        #[serde(alias = "Iterator")]
        item_processor: States,
        /// Where a distributed Map writes its results to.
        #[serde(skip_serializing_if = "Option::is_none")]
        result_writer: Option<ResultWriter>,
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

/// A top-level choice rule: a condition and where it leads.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChoiceRule {
    /// What must hold.
    #[serde(flatten)]
    pub rule: Rule,
    /// The state that follows when it does.
    #[serde(rename = "Next")]
    pub next: String,
    /// JSONata: the state's output when it does.
    #[serde(
        rename = "Output",
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "present"
    )]
    pub output: Option<Template>,
    /// Variables to set when it does.
    #[serde(rename = "Assign", default, skip_serializing_if = "Option::is_none")]
    pub assign: Option<Template>,
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

impl Map {
    /// Whether it runs its processor as executions of their own.
    pub fn is_distributed(&self) -> bool {
        let mode = self.item_processor.processor_config.as_ref().and_then(|config| config.mode.as_deref());
        mode == Some("DISTRIBUTED")
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
    /// JSONata: what the following state is given; the error output when absent.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub output: Option<Template>,
    /// Variables to set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assign: Option<Template>,
    /// The state that follows.
    pub next: String,
}

/// Where a distributed Map reads its items from ("`ItemReader`" of the specification).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ItemReader {
    /// What reads them: `arn:aws:states:::s3:getObject` or `arn:aws:states:::s3:listObjectsV2`.
    pub resource: String,
    /// What it is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parameters: Option<Template>,
    /// JSONata: what it is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arguments: Option<Template>,
    /// How the object is read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reader_config: Option<Template>,
}

/// How a distributed Map puts several items into one input ("`ItemBatcher`" of the specification).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ItemBatcher {
    /// What each batch holds besides its items.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub batch_input: Option<Template>,
    /// The most items of a batch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_items_per_batch: Option<Template>,
    /// The same, read from the input.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_items_per_batch_path: Option<Path>,
    /// The most bytes of a batch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_input_bytes_per_batch: Option<Template>,
    /// The same, read from the input.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_input_bytes_per_batch_path: Option<Path>,
}

/// Where a distributed Map writes its results to ("`ResultWriter`" of the specification).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ResultWriter {
    /// What writes them: `arn:aws:states:::s3:putObject`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
    /// What it is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parameters: Option<Template>,
    /// JSONata: what it is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arguments: Option<Template>,
    /// The form of the results.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub writer_config: Option<Template>,
}

impl Default for States {
    fn default() -> Self {
        Self { processor_config: None, start_at: String::new(), states: IndexMap::new() }
    }
}

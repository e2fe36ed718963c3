//! A block of states that runs once for each item.

use super::{Catcher, ItemBatcher, ItemReader, Nullable, ResultWriter, Retrier, is_false, present};
use crate::{Path, ReferencePath, Template, state_machine::States};

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

impl Map {
    /// Whether it runs its processor as executions of their own.
    pub fn is_distributed(&self) -> bool {
        let mode = self.item_processor.processor_config.as_ref().and_then(|config| config.mode.as_deref());
        mode == Some("DISTRIBUTED")
    }
}

//! The eight state types ("State types" of the specification).

/// A type of state: the fields that all have, and its own.
macro_rules! state {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(rename_all = "PascalCase", default)]
        pub struct $name {
            /// What the state is for, for people.
            #[serde(skip_serializing_if = "Option::is_none")]
            pub comment: Option<String>,
            /// The language of its expressions; the machine's when absent.
            #[serde(skip_serializing_if = "Option::is_none")]
            pub query_language: Option<$crate::QueryLanguage>,
            $($(#[$field_doc])* pub $field: $type,)*
        }
    };
}

mod catcher;
mod choice;
mod choice_rule;
mod fail;
mod item_batcher;
mod item_reader;
mod map;
mod parallel;
mod pass;
mod processor_config;
mod result_writer;
mod retrier;
mod succeed;
mod task;
mod wait;

use serde::{Deserialize, Deserializer, Serialize};

use crate::QueryLanguage;
pub use catcher::Catcher;
pub use choice::Choice;
pub use choice_rule::ChoiceRule;
pub use fail::Fail;
pub use item_batcher::ItemBatcher;
pub use item_reader::ItemReader;
pub use map::Map;
pub use parallel::Parallel;
pub use pass::Pass;
pub use processor_config::ProcessorConfig;
pub use result_writer::ResultWriter;
pub use retrier::{JitterStrategy, Retrier};
pub use succeed::Succeed;
pub use task::Task;
pub use wait::Wait;

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

//! JSONata, the query language of states whose `QueryLanguage` is `JSONata`: `{% $states.input.id %}`.
//!
//! The dialect is AWS's: JSONata 2.0.6 without `$eval`, and with functions of its own. An expression has no
//! context at its top level: all that it reads are `$states` and the workflow's variables.
//!
//! Numbers are doubles, as in the JSONata of the reference: whole numbers are exact up to 2^53.
//!
//! Source: <https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html>

mod arity;
mod bounded;
mod compiled;
mod engine;
mod explained;
mod functions;
mod mended;
mod message;
mod query_error;
mod reads;
mod rewritten;
mod signature;
mod syntax;

use std::{fmt, sync::Arc};

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::{Entropy, SyntaxError};
use compiled::Compiled;
use engine::Engine;
pub use query_error::QueryError;

/// The name of the variable that holds the state's input, result and context.
const STATES: &str = "states";

/// What a query can see.
#[derive(Clone, Copy)]
pub struct Bindings<'a> {
    /// The fields of `$states`.
    pub states: &'a [(&'a str, &'a Value)],
    /// The workflow's variables, by their names without `$`.
    pub variables: &'a Map<String, Value>,
    /// For `$random`, `$shuffle` and `$uuid`. Each evaluation draws one number.
    pub entropy: &'a dyn Entropy,
    /// What `$now` and `$millis` tell.
    pub now: Timestamp,
}

impl fmt::Debug for Bindings<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Bindings")
            .field("states", &self.states)
            .field("variables", self.variables)
            .field("now", &self.now)
            .finish_non_exhaustive()
    }
}

/// A JSONata expression, without its `{%` and `%}`.
///
/// ```
/// # use ackflow_asl::{Bindings, Query, Seed};
/// # use serde_json::{Map, json};
/// let (input, variables) = (json!({ "files": [{ "size": 3 }, { "size": 4 }] }), Map::new());
/// let (states, now) = (&[("input", &input)], jiff::Timestamp::UNIX_EPOCH);
/// let bindings = Bindings { states, variables: &variables, entropy: &Seed::new(0), now };
///
/// let text = Query::delimited("{% $sum($states.input.files.size) %}").expect("a query");
/// assert_eq!(Query::parse(text)?.evaluate(&bindings)?, json!(7));
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Query {
    text: String,
    compiled: Arc<Compiled>,
}

impl Query {
    /// The expression between `{%` and `%}`. A text that does not begin and end with them is plain text, also
    /// where only a space is before or after them.
    pub fn delimited(text: &str) -> Option<&str> {
        text.strip_prefix("{%")?.strip_suffix("%}").map(str::trim)
    }

    /// Reads an expression.
    ///
    /// # Errors
    /// When it is no JSONata, or uses operators that AWS's JSONata does not have: `?:`, `??`.
    pub fn parse(text: &str) -> Result<Self, SyntaxError> {
        let wrong = |message: &str| SyntaxError::new(text, message);
        let compiled = Compiled::compile(text).map_err(|message| wrong(&message))?;
        if let Some(message) = compiled.reads().unsupported.first() {
            return Err(wrong(message));
        }
        Ok(Self { text: text.to_owned(), compiled: Arc::new(compiled) })
    }

    /// The expression, as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The expression's value. A number that is whole becomes an integer.
    ///
    /// # Errors
    /// When it has none, when an operator or a function fails, when the value is no JSON, and when the
    /// evaluation takes too long, recurses too deep or makes too large an array or text, or calls `$eval`.
    pub fn evaluate(&self, bindings: &Bindings<'_>) -> Result<Value, QueryError> {
        self.compiled.evaluate(bindings)
    }

    /// The variables that it reads and does not bind itself, without `$`, in the order of their first use.
    /// `$states` and the names of functions are left out.
    pub fn free_variables(&self) -> Vec<String> {
        let is_variable =
            |name: &&String| *name != STATES && *name != functions::EVAL && !arity::is_function(name);
        self.compiled.reads().variables.iter().filter(is_variable).cloned().collect()
    }

    /// The fields of `$states` that it reads, such as `input`, in the order of their first use.
    pub fn states_fields(&self) -> &[String] {
        &self.compiled.reads().states_fields
    }

    /// Whether it reads `$states` as a whole, not only fields of it.
    pub(crate) fn reads_all_states(&self) -> bool {
        self.compiled.reads().states_whole
    }

    /// What is wrong with its calls of functions that take another number of arguments.
    pub(crate) fn wrong_calls(&self) -> &[String] {
        &self.compiled.reads().wrong_calls
    }

    /// Whether it calls `$eval`, which AWS does not have.
    pub(crate) fn calls_eval(&self) -> bool {
        self.compiled.reads().variables.iter().any(|name| name == functions::EVAL)
    }

    /// What it reads of the context at the top level, where there is none: `$`, `$$` and bare names. AWS refuses
    /// them when a state machine is created, although they are JSONata.
    pub fn top_level_references(&self) -> &[String] {
        &self.compiled.reads().of_top_level
    }
}

impl PartialEq for Query {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl fmt::Debug for Query {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Query").field(&self.text).finish()
    }
}

impl fmt::Display for Query {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

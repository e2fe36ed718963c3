//! Expressions as `jsonata-core` compiles and evaluates them.

use std::panic::{self, AssertUnwindSafe};

use jsonata_core::{
    ast::AstNode,
    evaluator::{Context, Evaluator, EvaluatorOptions},
    value::JValue,
};
use serde::Deserialize;
use serde_json::{Map, Number, Value};

use super::{
    Bindings, QueryError, STATES, bounded,
    engine::Engine,
    explained::{self, CHECK},
    functions::{Functions, NOT_BUILT_IN},
    message,
    reads::Reads,
    rewritten, syntax,
};

/// How long an evaluation may take. One of data as large as AWS allows takes milliseconds.
pub(super) const MAX_MILLISECONDS: u64 = 1000;

/// How deep an evaluation may nest: about a thousand calls of a function by itself.
const MAX_DEPTH: usize = 3000;

/// How many items an array may have on the way. No larger one fits into the 256 KiB that AWS allows between states.
pub(super) const MAX_ITEMS: usize = 1_000_000;

/// How many bytes a text may have on the way, or a value as text: as many as AWS allows all variables together.
pub(super) const MAX_BYTES: usize = 10 * 1024 * 1024;

/// How deep a result may nest: what reads JSON gives up at 128, and a result stands within other data.
const MAX_NESTING: usize = 100;

/// An expression, and what it reads.
pub(super) struct Compiled {
    text: String,
    /// As it is evaluated, see [`rewritten`].
    tree: AstNode,
    is_rewritten: bool,
    reads: Reads,
}

impl Engine for Compiled {
    fn compile(text: &str) -> Result<Self, String> {
        syntax::parse(text).map(|tree| Self::new(text, tree))
    }

    fn reads(&self) -> &Reads {
        &self.reads
    }

    fn evaluate(&self, bindings: &Bindings<'_>) -> Result<Value, QueryError> {
        let functions = Functions::new(bindings);
        // Numbers too large for jsonata-core's loops overflow, which is a panic in a debug build.
        let evaluate = || {
            let value = self.evaluator(bindings, functions).evaluate(&self.tree, &JValue::Undefined);
            value.map_err(|error| QueryError::failed(self.explain(error.message(), bindings, functions)))
        };
        let value = panic::catch_unwind(AssertUnwindSafe(evaluate))
            .map_err(|_| QueryError::failed("the evaluation broke off: a number may be too large"))??;
        bounded::check_size(&value).map_err(|error| QueryError::failed(error.message()))?;
        json(&value, 0)
    }
}

impl Compiled {
    fn new(text: &str, mut tree: AstNode) -> Self {
        let reads = Reads::of(&mut tree);
        let is_rewritten = rewritten::rewrite(&mut tree);
        Self { text: text.to_owned(), tree, is_rewritten, reads }
    }

    /// What failed, in the words of the reference. Where these hold more than is known, the expression is evaluated
    /// again with checks before all that may fail: while nothing fails, they would cost time for nothing. It has the
    /// time that is left.
    fn explain(&self, failure: &str, bindings: &Bindings<'_>, functions: Functions) -> String {
        let lacks_something = message::lacks_something(failure);
        let explanation = lacks_something.then(|| self.explanation(bindings, functions)).flatten();
        let explanation = explanation.filter(|found| message::explains(found, failure));
        message::reworded(explanation.as_deref().unwrap_or(failure))
    }

    fn explanation(&self, bindings: &Bindings<'_>, functions: Functions) -> Option<String> {
        let mut tree = syntax::parse(&self.text).ok()?;
        explained::explain(&mut tree, &self.reads.own);
        let explained = Self { is_rewritten: true, ..Self::new(&self.text, tree) };
        let mut evaluator = explained.evaluator(bindings, functions);
        evaluator.register_fn(CHECK, explained::check).expect(NOT_BUILT_IN);
        let failed = evaluator.evaluate(&explained.tree, &JValue::Undefined).err()?;
        Some(failed.message().to_owned())
    }

    /// Knows what the expression reads, and nothing else: large data costs time to convert.
    fn evaluator(&self, bindings: &Bindings<'_>, functions: Functions) -> Evaluator {
        let mut context = Context::new();
        for name in &self.reads.variables {
            let value = if name == STATES {
                Some(self.states(bindings.states))
            } else {
                bindings.variables.get(name.as_str()).map(jsonata)
            };
            let is_bounded = bounded::is_bounded(name);
            if let Some(value) = value {
                // A variable takes the place of the function of its name.
                if is_bounded {
                    context.bind(bounded::within_bounds(name), value.clone());
                }
                context.bind(name.clone(), value);
            } else if is_bounded {
                context.bind(bounded::within_bounds(name), bounded::function(name));
            }
        }
        let options = EvaluatorOptions {
            timeout_ms: Some(functions.bounds.milliseconds_left()),
            max_stack_depth: Some(MAX_DEPTH),
            max_sequence_length: Some(MAX_ITEMS),
            ..EvaluatorOptions::default()
        };
        let mut evaluator = Evaluator::with_options(context, options);
        functions.register(self.reads.variables.iter().map(String::as_str), &mut evaluator);
        if self.is_rewritten {
            Functions::register_ours(&mut evaluator);
        }
        evaluator
    }

    /// `$states`, of those fields that are read.
    fn states(&self, fields: &[(&str, &Value)]) -> JValue {
        let Reads { states_whole, states_fields, .. } = &self.reads;
        let is_read = |name: &str| *states_whole || states_fields.iter().any(|read| read == name);
        let fields = fields.iter().filter(|(name, _)| is_read(name));
        JValue::object(fields.map(|(name, value)| ((*name).to_owned(), jsonata(value))).collect())
    }
}

fn jsonata(value: &Value) -> JValue {
    JValue::deserialize(value).expect("all JSON is data of JSONata")
}

/// A result as JSON. What is undefined is left out of arrays and objects.
fn json(value: &JValue, depth: usize) -> Result<Value, QueryError> {
    if depth > MAX_NESTING {
        return Err(QueryError::failed(format!("the result is nested deeper than {MAX_NESTING} levels")));
    }
    Ok(match value {
        JValue::Undefined => return Err(QueryError::Undefined),
        JValue::Null => Value::Null,
        JValue::Bool(boolean) => Value::Bool(*boolean),
        JValue::Number(number) => value.as_i64().map_or_else(|| float(*number), Value::from),
        JValue::String(text) => Value::from(&**text),
        JValue::Array(items) => {
            let items = items.iter().filter(|item| !item.is_undefined());
            Value::Array(items.map(|item| json(item, depth + 1)).collect::<Result<_, _>>()?)
        }
        JValue::Object(fields) => {
            let fields = fields.iter().filter(|(_, field)| !field.is_undefined());
            let fields =
                fields.map(|(name, field)| json(field, depth + 1).map(|field| (name.clone(), field)));
            Value::Object(fields.collect::<Result<Map<_, _>, _>>()?)
        }
        JValue::Lambda(_) | JValue::Builtin { .. } | JValue::Regex { .. } => {
            return Err(QueryError::failed("the result is a function, or holds one: call it"));
        }
    })
}

/// AWS writes what is no number of JSON as a text.
fn float(number: f64) -> Value {
    let name = if number.is_nan() {
        "NaN"
    } else if number > 0.0 {
        "Infinity"
    } else {
        "-Infinity"
    };
    Number::from_f64(number).map_or_else(|| name.into(), Value::Number)
}

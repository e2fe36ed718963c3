//! Expressions as `jsonata-core` compiles and evaluates them.

use std::panic::{self, AssertUnwindSafe};

use jsonata_core::{
    ast::AstNode,
    evaluator::{Context, Evaluator, EvaluatorOptions},
    parser,
    value::JValue,
};
use serde::Deserialize;
use serde_json::{Map, Number, Value};

use super::{Bindings, QueryError, STATES, engine::Engine, functions::Functions, reads::Reads};

/// How long an evaluation may take. One of data as large as AWS allows takes milliseconds.
const MAX_MILLISECONDS: u64 = 1000;

/// How deep an evaluation may nest: about a thousand calls of a function by itself.
const MAX_DEPTH: usize = 3000;

/// How many items an array may have on the way. No larger one fits into the 256 KiB that AWS allows between states.
const MAX_ITEMS: usize = 1_000_000;

/// How deep a result may nest: what reads JSON gives up at 128, and a result stands within other data.
const MAX_NESTING: usize = 100;

/// An expression, and what it reads.
pub(super) struct Compiled {
    tree: AstNode,
    reads: Reads,
}

impl Engine for Compiled {
    fn compile(text: &str) -> Result<Self, String> {
        let tree = parser::parse(text).map_err(|error| error.to_string())?;
        let reads = Reads::of(&tree);
        Ok(Self { tree, reads })
    }

    fn reads(&self) -> &Reads {
        &self.reads
    }

    fn evaluate(&self, bindings: &Bindings<'_>) -> Result<Value, QueryError> {
        // Numbers too large for jsonata-core's loops overflow, which is a panic in a debug build.
        let evaluate = || self.evaluator(bindings).evaluate(&self.tree, &JValue::Undefined);
        let result = panic::catch_unwind(AssertUnwindSafe(evaluate))
            .map_err(|_| QueryError::failed("the evaluation broke off: a number may be too large"))?;
        json(&result.map_err(|error| QueryError::failed(error.message()))?, 0)
    }
}

impl Compiled {
    /// Knows what the expression reads, and nothing else: large data costs time to convert.
    fn evaluator(&self, bindings: &Bindings<'_>) -> Evaluator {
        let mut context = Context::new();
        for name in &self.reads.variables {
            let value =
                if name == STATES { Some(bindings.states) } else { bindings.variables.get(name.as_str()) };
            if let Some(value) = value {
                context.bind(name.clone(), jsonata(value));
            }
        }
        let options = EvaluatorOptions {
            timeout_ms: Some(MAX_MILLISECONDS),
            max_stack_depth: Some(MAX_DEPTH),
            max_sequence_length: Some(MAX_ITEMS),
            ..EvaluatorOptions::default()
        };
        let mut evaluator = Evaluator::with_options(context, options);
        let functions = Functions::new(bindings, MAX_ITEMS);
        for name in &self.reads.variables {
            if let Some(function) = functions.get(name) {
                let registered = evaluator.register_fn_override(name.clone(), function);
                registered.expect("no function of ours is one that jsonata-core inlines");
            }
        }
        evaluator
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
        JValue::Number(number) => value.as_i64().map_or_else(|| float(*number), |whole| Ok(whole.into()))?,
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

fn float(number: f64) -> Result<Value, QueryError> {
    let out_of_range = || QueryError::failed(format!("D1001: Number out of range: {number}"));
    Number::from_f64(number).map(Value::Number).ok_or_else(out_of_range)
}

//! The functions that AWS adds to JSONata, and those that are random or tell the time: a replay of an
//! execution has to come to the same results.
//!
//! Source: <https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html>, "JSONata functions
//! provided by Step Functions".

use std::{iter, rc::Rc};

use jiff::Timestamp;
use jsonata_core::{
    evaluator::{Evaluator, EvaluatorError, HostFnResult},
    value::JValue,
};

use super::{
    Bindings,
    bounded::{self, BOUNDED, Bounds, within_bounds},
    compiled::MAX_ITEMS,
    rewritten::{CONCATENATE, CONTEXT, PART, REPLACEMENT, SEARCHABLE},
    signature,
};
use crate::{
    Entropy, Seed,
    intrinsic::{encoding, numbers},
};

/// A function. Arguments that it does not take are left alone: `$map` gives three to each.
type Function = Box<dyn Fn(&[JValue]) -> HostFnResult>;

/// The functions of one evaluation, and of the explanation of its failure.
#[derive(Clone, Copy)]
pub(super) struct Functions {
    seed: u64,
    now: Timestamp,
    pub(super) bounds: Bounds,
}

impl Functions {
    pub(super) fn new(bindings: &Bindings<'_>) -> Self {
        Self { seed: bindings.entropy.next_u64(), now: bindings.now, bounds: Bounds::new() }
    }

    /// Gives an evaluator the functions of these names, as far as they are not `jsonata-core`'s own.
    pub(super) fn register<'a>(self, names: impl Iterator<Item = &'a str>, evaluator: &mut Evaluator) {
        // A function outlives what is borrowed, so it draws from numbers of its own.
        let numbers = Rc::new(Seed::new(self.seed));
        for name in names {
            if let Some(function) = self.get(name, &numbers) {
                let registered = evaluator.register_fn_override(name, function);
                registered.expect("no function of ours is one that jsonata-core inlines");
            }
            if let (Some(name), Some(arity)) =
                (BOUNDED.iter().find(|bounded| **bounded == name), signature::arity(name))
            {
                let function = move |given: &[JValue]| self.bounds.call(name, arity, given);
                evaluator.register_fn(within_bounds(name), function).expect(NOT_BUILT_IN);
            }
        }
    }

    /// Gives an evaluator the functions that a rewritten expression calls.
    pub(super) fn register_ours(evaluator: &mut Evaluator) {
        evaluator.register_fn(CONCATENATE, bounded::concatenate).expect(NOT_BUILT_IN);
        evaluator.register_fn(CONTEXT, bounded::context).expect(NOT_BUILT_IN);
        evaluator.register_fn(PART, bounded::part).expect(NOT_BUILT_IN);
        evaluator.register_fn(REPLACEMENT, bounded::check_replacement).expect(NOT_BUILT_IN);
        evaluator.register_fn(SEARCHABLE, bounded::searchable).expect(NOT_BUILT_IN);
    }

    /// The function of this name, unless JSONata's own is meant.
    fn get(self, name: &str, numbers: &Rc<Seed>) -> Option<Function> {
        let (numbers, now, bounds) = (Rc::clone(numbers), self.now, self.bounds);
        let function: Function = match name {
            EVAL => Box::new(eval),
            "hash" => Box::new(hash),
            "millis" => Box::new(move |_: &[JValue]| Ok(now.as_millisecond().into())),
            "now" => Box::new(move |arguments: &[JValue]| format_time(now, arguments, bounds)),
            "parse" => Box::new(parse),
            "partition" => Box::new(partition),
            "random" => Box::new(move |arguments: &[JValue]| random(arguments, &numbers)),
            "range" => Box::new(range),
            "shuffle" => Box::new(move |arguments: &[JValue]| shuffle(arguments, &numbers)),
            "uuid" => Box::new(move |_: &[JValue]| Ok(numbers::uuid(&*numbers).into())),
            _ => return None,
        };
        Some(function)
    }
}

/// Why no function of ours is refused: see [`CONCATENATE`].
pub(super) const NOT_BUILT_IN: &str = "no built-in function has a name with a space";

/// The function of JSONata that AWS does not have.
pub(super) const EVAL: &str = "eval";

fn eval(_: &[JValue]) -> HostFnResult {
    Err(failed(
        "T1006: Attempted to invoke a non-function: Step Functions has no $eval, use $parse to read JSON",
    ))
}

/// The digest of a text, in hexadecimal.
fn hash(arguments: &[JValue]) -> HostFnResult {
    if is_undefined(arguments) {
        return Ok(JValue::Undefined);
    }
    let (data, algorithm) = (text("hash", arguments, 0)?, text("hash", arguments, 1)?);
    encoding::digest(data, algorithm).map(JValue::from).map_err(failed)
}

/// The value that a JSON text stands for.
fn parse(arguments: &[JValue]) -> HostFnResult {
    if is_undefined(arguments) {
        return Ok(JValue::Undefined);
    }
    let json = text("parse", arguments, 0)?;
    JValue::from_json_str(json)
        .map_err(|error| failed(format!("the argument of $parse is not JSON: {error}")))
}

/// Arrays of as many items as the size says; the last one may have fewer.
fn partition(arguments: &[JValue]) -> HostFnResult {
    if is_undefined(arguments) {
        return Ok(JValue::Undefined);
    }
    let size = usize::try_from(integer("partition", arguments, 1)?).ok().filter(|size| *size > 0);
    let size = size.ok_or_else(|| failed("the chunk size of $partition must be positive"))?;
    Ok(JValue::array(items(&arguments[0]).chunks(size).map(|chunk| JValue::array(chunk.to_vec())).collect()))
}

/// From the first number to the last, both included, by the step. A lone number is no array, as in any sequence
/// of JSONata: AWS does so.
fn range(arguments: &[JValue]) -> HostFnResult {
    if is_undefined(arguments) {
        return Ok(JValue::Undefined);
    }
    let [first, last, step] = [0, 1, 2].map(|at| truncated("range", arguments, at));
    let (first, last, step) = (first?, last?, step?);
    if step == 0 {
        return Err(failed("the step of $range must not be 0"));
    }
    let within = |number: &i64| if step > 0 { *number <= last } else { *number >= last };
    let numbers = iter::successors(Some(first), |number| number.checked_add(step)).take_while(within);
    let numbers: Vec<JValue> = numbers.take(MAX_ITEMS + 1).map(JValue::from).collect();
    if numbers.len() > MAX_ITEMS {
        return Err(failed(format!("the range has more than {MAX_ITEMS} items")));
    }
    Ok(JValue::sequence(numbers))
}

/// A number from 0, included, to 1, excluded; the same seed gives the same number.
fn random(arguments: &[JValue], numbers: &Seed) -> HostFnResult {
    let bits = match arguments.first() {
        None | Some(JValue::Undefined) => numbers.next_u64() >> 11,
        Some(_) => seeded(integer("random", arguments, 0)?),
    };
    #[allow(clippy::cast_precision_loss, reason = "53 bits are what a double holds")]
    let number = bits as f64;
    Ok((number / 2_f64.powi(53)).into())
}

/// 53 random bits of a seed: AWS's seeded numbers are those of Java.
///
/// Source: <https://docs.oracle.com/en/java/javase/21/docs/api/java.base/java/util/Random.html> (`nextDouble`)
fn seeded(seed: i64) -> u64 {
    const MULTIPLIER: u64 = 0x5_DEEC_E66D;
    const MASK: u64 = (1 << 48) - 1;
    let mut state = (seed.cast_unsigned() ^ MULTIPLIER) & MASK;
    let mut next = |bits: u32| {
        state = state.wrapping_mul(MULTIPLIER).wrapping_add(0xB) & MASK;
        state >> (48 - bits)
    };
    let high = next(26);
    (high << 27) + next(27)
}

/// The items in a random order.
fn shuffle(arguments: &[JValue], numbers: &Seed) -> HostFnResult {
    if is_undefined(arguments) {
        return Ok(JValue::Undefined);
    }
    let value = arguments.first().ok_or_else(|| mismatch("shuffle", 0))?;
    let mut items = items(value).to_vec();
    items.sort_by_cached_key(|_| numbers.next_u64());
    Ok(JValue::array(items))
}

/// The time, as a picture and a timezone say: `$now` is `$fromMillis` of the present.
fn format_time(now: Timestamp, arguments: &[JValue], bounds: Bounds) -> HostFnResult {
    let millis = iter::once(now.as_millisecond().into());
    let given: Vec<JValue> = millis.chain(arguments.iter().cloned()).collect();
    bounds.call("fromMillis", given.len().min(3), &given)
}

/// Whether there is nothing to apply a function to: JSONata's own give nothing then, too.
fn is_undefined(arguments: &[JValue]) -> bool {
    arguments.first().is_some_and(JValue::is_undefined)
}

/// The items of an array. Anything else is the one item of an array, as JSONata takes it.
fn items(value: &JValue) -> &[JValue] {
    value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice)
}

fn text<'a>(function: &str, arguments: &'a [JValue], at: usize) -> Result<&'a str, EvaluatorError> {
    arguments.get(at).and_then(JValue::as_str).ok_or_else(|| mismatch(function, at))
}

fn integer(function: &str, arguments: &[JValue], at: usize) -> Result<i64, EvaluatorError> {
    arguments.get(at).and_then(JValue::as_i64).ok_or_else(|| mismatch(function, at))
}

/// A number without its fraction.
#[allow(
    clippy::cast_possible_truncation,
    reason = "what is beyond the range of whole numbers ends at its end"
)]
fn truncated(function: &str, arguments: &[JValue], at: usize) -> Result<i64, EvaluatorError> {
    arguments
        .get(at)
        .and_then(JValue::as_f64)
        .map(|number| number as i64)
        .ok_or_else(|| mismatch(function, at))
}

fn mismatch(function: &str, at: usize) -> EvaluatorError {
    let number = at + 1;
    failed(format!("T0410: Argument {number} of function \"{function}\" does not match function signature"))
}

pub(super) fn failed(message: impl Into<String>) -> EvaluatorError {
    EvaluatorError::EvaluationError(message.into())
}

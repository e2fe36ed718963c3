//! The functions of JSONata that could take any amount of time or memory in one call, where `jsonata-core` does
//! not look at the clock: each is called only where what it makes stays within bounds.

use std::{collections::HashSet, time::Instant};

use indexmap::IndexMap;
use jsonata_core::{
    ast::{AstNode, BinaryOp},
    evaluator::{Context, Evaluator, EvaluatorError, HostFnResult},
    functions::{
        array::values_equal,
        string::{build_regex, string},
    },
    value::{JArray, JValue},
};

use super::{
    compiled::{MAX_BYTES, MAX_ITEMS, MAX_MILLISECONDS},
    functions::failed,
    mended,
    rewritten::{self, CONTEXT},
    signature,
};

/// The functions that are called by ours of another name, see [`within_bounds`]. Those that are [`mended`] come the same
/// way.
pub(super) const BOUNDED: &[&str] = &[
    "base64decode",
    "decodeUrl",
    "decodeUrlComponent",
    "distinct",
    "encodeUrl",
    "encodeUrlComponent",
    "formatInteger",
    "fromMillis",
    "join",
    "keys",
    "number",
    "pad",
    "split",
    "string",
];

/// The functions that look for matches in a text. They may be given functions, which read the variables of the evaluator
/// that calls them: it calls these itself, after a check. See [`rewritten::search`].
pub(super) const SEARCHES: &[&str] = &["match", "replace"];

/// What the names of the functions end with that take the place of others.
const SUFFIX: &str = " within bounds";

/// The largest number that is written in Roman numerals: a million letters.
const MAX_ROMAN: f64 = 1e9;

/// The widest field of a date's picture. What no width is, such as the timezone +1400, is less.
const MAX_WIDTH: u64 = 10_000;

/// The longest text to look for matches in, other than of a text: as long as any on AWS. Each match becomes an object.
const MAX_SEARCHED: usize = 256 * 1024;

/// The name of what takes the place of a function of JSONata. No expression can name it: a name has no space.
pub(super) fn within_bounds(name: &str) -> String {
    format!("{name}{SUFFIX}")
}

/// The function whose place one of this name takes.
pub(super) fn bounded(name: &str) -> Option<&str> {
    name.strip_suffix(SUFFIX)
}

/// Whether another one takes the place of this function.
pub(super) fn is_bounded(name: &str) -> bool {
    BOUNDED.contains(&name) || SEARCHES.contains(&name)
}

/// What takes the place of a function of JSONata.
pub(super) fn function(name: &str) -> JValue {
    match signature::arity(name) {
        Some(arity) if SEARCHES.contains(&name) => {
            let function = rewritten::search(name, vec![AstNode::Placeholder; arity]);
            Evaluator::new().evaluate(&function, &JValue::Undefined).expect("a function is made")
        }
        _ => JValue::builtin(within_bounds(name)),
    }
}

/// What the calls of one evaluation share.
#[derive(Clone, Copy)]
pub(super) struct Bounds {
    started: Instant,
}

impl Bounds {
    /// The evaluation begins now.
    pub(super) fn new() -> Self {
        Self { started: Instant::now() }
    }

    /// How long the evaluation may still take.
    pub(super) fn milliseconds_left(self) -> u64 {
        let taken = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        MAX_MILLISECONDS.saturating_sub(taken)
    }

    /// Calls a function of JSONata within bounds. `given` ends with the context where the call stands in the
    /// expression; where another function calls it, there is none, and arguments that it does not take are left
    /// alone.
    pub(super) fn call(self, name: &str, arity: usize, given: &[JValue]) -> HostFnResult {
        let (arguments, context) = arguments(given, arity);
        check(name, arguments, context)?;
        if let [] | [_] = arguments
            && let Some(result) = mended::call(name, arguments.first().unwrap_or(context))
        {
            return result;
        }
        match (name, arguments) {
            ("distinct", [JValue::Array(items)]) => self.distinct(items),
            ("keys", []) => keys(context),
            ("keys", [value]) => keys(value),
            ("string", [value]) => Ok(string(value, None)?),
            _ => call(name, arguments, context),
        }
    }

    /// `$distinct`, which looks plain items up rather than compare each with all before it.
    fn distinct(self, items: &JArray) -> HostFnResult {
        let (mut plain, mut others) = (HashSet::new(), Vec::<&JValue>::new());
        let mut distinct = Vec::new();
        for item in items {
            if let Some(item) = Plain::of(item) {
                if !plain.insert(item) {
                    continue;
                }
            } else {
                self.check_time()?;
                if others.iter().any(|other| values_equal(item, other)) {
                    continue;
                }
                others.push(item);
            }
            distinct.push(item.clone());
        }
        let mut distinct = JValue::array(distinct);
        if items.sequence {
            distinct.mark_sequence();
        }
        Ok(distinct)
    }

    fn check_time(self) -> Result<(), EvaluatorError> {
        if self.milliseconds_left() > 0 {
            return Ok(());
        }
        Err(failed(format!(
            "D1012: Evaluation timeout after {MAX_MILLISECONDS} milliseconds. Check for infinite loop"
        )))
    }
}

/// A value without parts, to be looked up.
#[derive(PartialEq, Eq, Hash)]
enum Plain<'a> {
    Null,
    Boolean(bool),
    /// The bits of a number.
    Number(u64),
    Text(&'a str),
}

impl<'a> Plain<'a> {
    fn of(value: &'a JValue) -> Option<Self> {
        match value {
            JValue::Null => Some(Self::Null),
            JValue::Bool(boolean) => Some(Self::Boolean(*boolean)),
            // -0 is 0.
            JValue::Number(number) => Some(Self::Number((number + 0.0).to_bits())),
            JValue::String(text) => Some(Self::Text(text)),
            _ => None,
        }
    }
}

/// `&`: what the operator gives, where its operands are not too large.
pub(super) fn concatenate(operands: &[JValue]) -> HostFnResult {
    operands.iter().try_for_each(check_size)?;
    if let [JValue::String(left), JValue::String(right)] = operands {
        return Ok(JValue::from(format!("{left}{right}")));
    }
    let [left, right] = ["left", "right"].map(|name| Box::new(AstNode::variable(name)));
    let mut variables = Context::new();
    for (name, operand) in ["left", "right"].into_iter().zip(operands) {
        variables.bind(name.to_owned(), operand.clone());
    }
    let node = AstNode::Binary { op: BinaryOp::Concatenate, lhs: left, rhs: right };
    Evaluator::with_context(variables).evaluate(&node, &JValue::Undefined)
}

/// The first argument of `$match`, unless the text is too long: it is that argument, or the context before it.
pub(super) fn searchable(given: &[JValue]) -> HostFnResult {
    let [context, first] = given else { return Ok(JValue::Undefined) };
    check_searched(if first.is_function() { context } else { first })?;
    Ok(first.clone())
}

/// Refuses a call of `$replace` that would search too long a text, or make one. Before the arguments comes the context.
pub(super) fn check_replacement(given: &[JValue]) -> HostFnResult {
    let (text, rest) = match given {
        // Where the context stands for the text, the third is a limit.
        [_, text, rest @ ..] if rest.get(1).is_some_and(|third| !third.is_number()) => (text, rest),
        [context, rest @ ..] => (context, rest),
        [] => return Ok(JValue::Undefined),
    };
    if let (JValue::String(searched), [pattern, rest @ ..]) = (text, rest) {
        if !pattern.is_string() {
            check_searched(text)?;
        }
        if let [JValue::String(replacement), ..] = rest {
            check_replace(searched, pattern, replacement)?;
        }
    }
    Ok(JValue::Undefined)
}

fn check_searched(text: &JValue) -> Result<(), EvaluatorError> {
    if text.as_str().is_some_and(|text| text.len() > MAX_SEARCHED) {
        return Err(failed(format!("D2015: The text to search is longer than {MAX_SEARCHED} bytes")));
    }
    Ok(())
}

/// A part of an array constructor, the items of which become the array's.
pub(super) fn part(arguments: &[JValue]) -> HostFnResult {
    let part = only(arguments);
    if part.as_array().is_some_and(|items| items.len() > MAX_ITEMS) {
        return Err(too_many_items());
    }
    Ok(part)
}

/// The context of a call, as its last argument.
#[allow(clippy::unnecessary_wraps, reason = "it is how the evaluator calls a function")]
pub(super) fn context(arguments: &[JValue]) -> HostFnResult {
    Ok(JValue::array(vec![JValue::builtin(CONTEXT), only(arguments)]))
}

fn only(arguments: &[JValue]) -> JValue {
    arguments.first().cloned().unwrap_or(JValue::Undefined)
}

/// The arguments of a call, and its context.
fn arguments(given: &[JValue], arity: usize) -> (&[JValue], &JValue) {
    if let Some((JValue::Array(last), arguments)) = given.split_last()
        && let [JValue::Builtin { name }, context] = last.as_slice()
        && &**name == CONTEXT
    {
        return (arguments, context);
    }
    (&given[..given.len().min(arity)], &JValue::Null)
}

/// Calls a function of JSONata as `jsonata-core` has it, in an evaluator that has its arguments as variables.
fn call(name: &str, arguments: &[JValue], context: &JValue) -> HostFnResult {
    let mut variables = Context::new();
    let mut args = Vec::new();
    for (at, argument) in arguments.iter().enumerate() {
        let variable = format!("argument {at}");
        variables.bind(variable.clone(), argument.clone());
        args.push(AstNode::Variable(variable));
    }
    let node = AstNode::Function { name: name.to_owned(), args, is_builtin: true };
    Evaluator::with_context(variables).evaluate(&node, context)
}

/// Refuses a call that would take too long or make too much.
fn check(name: &str, arguments: &[JValue], context: &JValue) -> Result<(), EvaluatorError> {
    match (name, arguments) {
        ("distinct" | "keys" | "string", []) => check_size(context),
        ("distinct" | "keys" | "string", [value, ..]) => check_size(value),
        ("pad", _)
            if arguments.iter().filter_map(JValue::as_f64).any(|width| width.abs() > as_f64(MAX_BYTES)) =>
        {
            Err(too_large())
        }
        ("formatInteger", _) => check_roman(arguments, context),
        ("fromMillis", _) => arguments.iter().filter_map(JValue::as_str).try_for_each(check_picture),
        ("join", [JValue::Array(items), rest @ ..]) => {
            let separator = rest.first().and_then(JValue::as_str).map_or(0, str::len);
            let bytes = items.iter().filter_map(JValue::as_str).map(|item| item.len() + separator).sum();
            check_bytes(bytes)
        }
        ("split", [JValue::String(text), separator, ..]) if is_pattern(separator) => {
            check_split(text, separator)
        }
        ("split", [separator, ..]) => context.as_str().map_or(Ok(()), |text| check_split(text, separator)),
        _ => Ok(()),
    }
}

/// A value that as text is no larger than anything on AWS.
pub(super) fn check_size(value: &JValue) -> Result<(), EvaluatorError> {
    if is_larger(value, MAX_BYTES) { Err(too_large()) } else { Ok(()) }
}

/// Whether a value as text has more bytes than that. Its parts may be shared, so that it takes less memory than it has
/// parts: no more of them are visited than needed.
pub(super) fn is_larger(value: &JValue, most: usize) -> bool {
    let (mut todo, mut bytes) = (vec![value], 0);
    while let Some(value) = todo.pop() {
        bytes += match value {
            JValue::String(text) => text.len(),
            JValue::Array(items) => items.len(),
            JValue::Object(fields) => fields.keys().map(|name| name.len() + 1).sum::<usize>(),
            _ => 0,
        };
        if bytes > most {
            return true;
        }
        match value {
            JValue::Array(items) => todo.extend(items.iter()),
            JValue::Object(fields) => todo.extend(fields.values()),
            _ => {}
        }
    }
    false
}

/// Roman numerals are written letter by letter, a letter for each thousand.
fn check_roman(arguments: &[JValue], context: &JValue) -> Result<(), EvaluatorError> {
    let is_roman = |picture: &str| picture.starts_with(['i', 'I']);
    let is_large = |number: f64| number.abs() > MAX_ROMAN;
    let mut given = arguments.iter().chain([context]);
    if arguments.iter().filter_map(JValue::as_str).any(is_roman)
        && given.any(|given| given.as_f64().is_some_and(is_large))
    {
        return Err(too_large());
    }
    Ok(())
}

/// The numbers in a picture are the widths of its fields.
fn check_picture(picture: &str) -> Result<(), EvaluatorError> {
    let mut numbers = picture.split(|c: char| !c.is_ascii_digit()).filter(|number| !number.is_empty());
    if numbers.any(|number| !number.parse().is_ok_and(|width: u64| width <= MAX_WIDTH)) {
        return Err(failed(format!("D2015: A number in the picture is larger than {MAX_WIDTH}")));
    }
    Ok(())
}

fn check_split(text: &str, separator: &JValue) -> Result<(), EvaluatorError> {
    if text.len() > MAX_ITEMS && occurrences(text, separator)? > MAX_ITEMS {
        return Err(too_many_items());
    }
    Ok(())
}

/// Each occurrence becomes the replacement, in which each `$` may stand for a part of what was found.
fn check_replace(text: &str, pattern: &JValue, replacement: &str) -> Result<(), EvaluatorError> {
    let references = replacement.matches('$').count();
    let bytes = |occurrences: usize| {
        let found = text.len().saturating_mul(1 + references);
        found.saturating_add(replacement.len().saturating_mul(occurrences))
    };
    // Most texts are small, whatever occurs in them.
    if check_bytes(bytes(text.len() + 1)).is_ok() {
        return Ok(());
    }
    check_bytes(bytes(occurrences(text, pattern)?))
}

fn is_pattern(value: &JValue) -> bool {
    value.is_string() || value.is_regex()
}

/// How often a pattern occurs in a text.
fn occurrences(text: &str, pattern: &JValue) -> Result<usize, EvaluatorError> {
    Ok(match pattern {
        JValue::String(pattern) => text.matches(&**pattern).count(),
        JValue::Regex { pattern, flags } => build_regex(pattern, flags)?.find_iter(text).count(),
        // A function finds what it likes.
        _ => text.len(),
    })
}

/// `$keys`, which looks a name up rather than compare it with all before it.
fn keys(value: &JValue) -> HostFnResult {
    let objects = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
    let mut seen = HashSet::new();
    let names = objects.iter().filter_map(JValue::as_object).flat_map(IndexMap::keys);
    let names = names.filter(|name| seen.insert(name.as_str())).map(|name| JValue::from(name.as_str()));
    let names: Vec<_> = names.collect();
    if names.len() > MAX_ITEMS {
        return Err(too_many_items());
    }
    Ok(JValue::sequence(names))
}

#[allow(clippy::cast_precision_loss, reason = "the bounds are far below 2^53")]
fn as_f64(bound: usize) -> f64 {
    bound as f64
}

fn check_bytes(bytes: usize) -> Result<(), EvaluatorError> {
    if bytes > MAX_BYTES { Err(too_large()) } else { Ok(()) }
}

fn too_large() -> EvaluatorError {
    failed(format!("D2015: A value has more than {MAX_BYTES} bytes"))
}

/// As `jsonata-core` says it.
fn too_many_items() -> EvaluatorError {
    failed(format!("D2015: The maximum sequence length of {MAX_ITEMS} was exceeded."))
}

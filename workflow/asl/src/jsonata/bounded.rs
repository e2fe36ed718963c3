//! The functions of JSONata that could take any amount of time or memory in one call, where `jsonata-core` does
//! not look at the clock: each is called only where what it makes stays within bounds.

use std::{
    cell::Cell,
    collections::HashSet,
    rc::Rc,
    time::{Duration, Instant},
};

use indexmap::IndexMap;
use jsonata_core::{
    ast::{AstNode, BinaryOp},
    evaluator::{Context, Evaluator, EvaluatorError, EvaluatorOptions, HostFnResult},
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
    rewritten::CONTEXT,
};

/// The functions, and how many arguments each is given where it is called by another function, as `$map` does. Those
/// that are [`mended`] come the same way.
pub(super) const BOUNDED: &[(&str, usize)] = &[
    ("base64decode", 1),
    ("decodeUrl", 1),
    ("decodeUrlComponent", 1),
    ("distinct", 1),
    ("encodeUrl", 1),
    ("encodeUrlComponent", 1),
    ("formatInteger", 2),
    ("fromMillis", 3),
    ("join", 2),
    ("keys", 1),
    ("number", 1),
    ("pad", 3),
    ("split", 3),
    ("string", 1),
];

/// The largest number that is written in Roman numerals: a million letters.
const MAX_ROMAN: f64 = 1e9;

/// The widest field of a date's picture. What no width is, such as the timezone +1400, is less.
const MAX_WIDTH: u64 = 10_000;

/// How deep functions may be called within replacements.
const MAX_REPLACEMENTS: usize = 50;

/// What the calls of one evaluation share.
#[derive(Clone)]
pub(super) struct Bounds {
    deadline: Instant,
    /// How many replacements are under way, one within the other.
    replacements: Rc<Cell<usize>>,
}

impl Bounds {
    /// The evaluation begins now.
    pub(super) fn new() -> Self {
        let deadline = Instant::now() + Duration::from_millis(MAX_MILLISECONDS);
        Self { deadline, replacements: Rc::default() }
    }

    /// Calls a function of JSONata within bounds. `given` ends with the context where the call stands in the
    /// expression; where another function calls it, there is none, and arguments that it does not take are left
    /// alone.
    pub(super) fn call(&self, name: &str, arity: usize, given: &[JValue]) -> HostFnResult {
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
            _ => call(name, arguments, Evaluator::with_context, context),
        }
    }

    /// `$replace`. A function that makes the replacement may call what `register` gives an evaluator.
    pub(super) fn replace(&self, given: &[JValue], register: impl Fn(&mut Evaluator)) -> HostFnResult {
        let (arguments, context) = arguments(given, 4);
        check("replace", arguments, context)?;
        if self.replacements.get() == MAX_REPLACEMENTS {
            return Err(failed("D1011: Stack overflow. Check for non-terminating recursive function"));
        }
        self.replacements.set(self.replacements.get() + 1);
        let evaluator = |variables| {
            let mut evaluator = Evaluator::with_options(variables, self.options());
            register(&mut evaluator);
            evaluator
        };
        let replaced = call("replace", arguments, evaluator, context);
        self.replacements.set(self.replacements.get() - 1);
        replaced
    }

    /// The time that is left.
    fn options(&self) -> EvaluatorOptions {
        let left = self.deadline.saturating_duration_since(Instant::now());
        EvaluatorOptions {
            timeout_ms: Some(u64::try_from(left.as_millis()).unwrap_or(MAX_MILLISECONDS)),
            max_sequence_length: Some(MAX_ITEMS),
            ..EvaluatorOptions::default()
        }
    }

    /// `$distinct`, which looks plain items up rather than compare each with all before it.
    fn distinct(&self, items: &JArray) -> HostFnResult {
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

    fn check_time(&self) -> Result<(), EvaluatorError> {
        if Instant::now() < self.deadline {
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

/// A text to look for matches in, of which there may be as many as it has characters.
pub(super) fn searchable(arguments: &[JValue]) -> HostFnResult {
    let text = only(arguments);
    if text.as_str().is_some_and(|text| text.len() > MAX_ITEMS) {
        return Err(failed(format!("D2015: The text to search is longer than {MAX_ITEMS} bytes")));
    }
    Ok(text)
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
fn call(
    name: &str,
    arguments: &[JValue],
    evaluator: impl Fn(Context) -> Evaluator,
    context: &JValue,
) -> HostFnResult {
    let mut variables = Context::new();
    let mut args = Vec::new();
    for (at, argument) in arguments.iter().enumerate() {
        let variable = format!("argument {at}");
        variables.bind(variable.clone(), argument.clone());
        args.push(AstNode::Variable(variable));
    }
    let node = AstNode::Function { name: name.to_owned(), args, is_builtin: true };
    evaluator(variables).evaluate(&node, context)
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
        ("replace", [JValue::String(text), pattern, JValue::String(replacement), ..]) => {
            check_replace(text, pattern, replacement)
        }
        ("replace", [pattern, JValue::String(replacement), ..]) => {
            context.as_str().map_or(Ok(()), |text| check_replace(text, pattern, replacement))
        }
        _ => Ok(()),
    }
}

/// A value that as text is no larger than anything on AWS. Its parts may be shared, so that it takes less memory
/// than it has parts.
pub(super) fn check_size(value: &JValue) -> Result<(), EvaluatorError> {
    let (mut todo, mut bytes) = (vec![value], 0);
    while let Some(value) = todo.pop() {
        match value {
            JValue::String(text) => bytes += text.len(),
            JValue::Array(items) => {
                bytes += items.len();
                check_bytes(bytes)?;
                todo.extend(items.iter());
            }
            JValue::Object(fields) => {
                bytes += fields.keys().map(|name| name.len() + 1).sum::<usize>();
                check_bytes(bytes)?;
                todo.extend(fields.values());
            }
            _ => {}
        }
    }
    check_bytes(bytes)
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
pub(super) fn check_picture(picture: &str) -> Result<(), EvaluatorError> {
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
        _ => 0,
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

//! The signatures of the functions, those of JSONata and AWS's own: of what types their arguments are.
//!
//! Source: <https://github.com/jsonata-js/jsonata/blob/v2.0.6/src/signature.js> and the functions that
//! `jsonata.js` beside it defines, and for AWS's functions
//! <https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html>

use jsonata_core::{evaluator::EvaluatorError, value::JValue};

use super::functions::failed;

/// Every function that there is, without `$`, each with its parameters as the reference writes them: `s` is a string, `n` a number, `b` a
/// boolean, `o` an object, `a` an array or what becomes the one item of one, `a<n>` an array of numbers, `f` a
/// function, `j` any JSON, `x` anything, `(sf)` either. `-` after a parameter: the context stands for it when it
/// is left out. `?`: it may be left out. `+`: there may be more.
const SIGNATURES: &[(&str, &str)] = &[
    ("abs", "n-"),
    ("append", "xx"),
    ("assert", "bs?"),
    ("average", "a<n>"),
    ("base64decode", "s-"),
    ("base64encode", "s-"),
    ("boolean", "x-"),
    ("ceil", "n-"),
    ("contains", "s-(sf)"),
    ("count", "a"),
    ("decodeUrl", "s-"),
    ("decodeUrlComponent", "s-"),
    ("distinct", "x"),
    ("each", "o-f"),
    ("encodeUrl", "s-"),
    ("encodeUrlComponent", "s-"),
    ("error", "s?"),
    ("exists", "x"),
    ("filter", "af"),
    ("floor", "n-"),
    ("formatBase", "n-n?"),
    ("formatInteger", "n-s"),
    ("formatNumber", "n-so?"),
    ("fromMillis", "n-s?s?"),
    ("hash", "ss"),
    ("join", "a<s>s?"),
    ("keys", "x-"),
    ("length", "s-"),
    ("lookup", "x-s"),
    ("lowercase", "s-"),
    ("map", "af"),
    ("match", "s-fn?"),
    ("max", "a<n>"),
    ("merge", "a<o>"),
    ("millis", ""),
    ("min", "a<n>"),
    ("not", "x-"),
    ("now", "s?s?"),
    ("number", "(nsb)-"),
    ("pad", "s-ns?"),
    ("parse", "s"),
    ("parseInteger", "s-s"),
    ("partition", "an"),
    ("power", "n-n"),
    ("random", "n?"),
    ("range", "nnn"),
    ("reduce", "afj?"),
    ("replace", "s-(sf)(sf)n?"),
    ("reverse", "a"),
    ("round", "n-n?"),
    ("shuffle", "a"),
    ("sift", "o-f?"),
    ("single", "af?"),
    ("sort", "af?"),
    ("split", "s-(sf)n?"),
    ("spread", "x-"),
    ("sqrt", "n-"),
    ("string", "x-b?"),
    ("substring", "s-nn?"),
    ("substringAfter", "s-s"),
    ("substringBefore", "s-s"),
    ("sum", "a<n>"),
    ("toMillis", "s-s?"),
    ("trim", "s-"),
    ("type", "x"),
    ("uppercase", "s-"),
    ("uuid", ""),
    ("zip", "a+"),
];

/// A parameter of a function.
struct Parameter {
    /// The symbols of the types that it takes, see [`symbol`].
    takes: String,
    /// The fewest arguments for it.
    fewest: usize,
    /// The most.
    most: usize,
    /// Whether the context stands for it when it is left out.
    or_context: bool,
    /// The type of an array's items.
    items: Option<char>,
}

impl Parameter {
    fn new(takes: impl Into<String>) -> Self {
        Self { takes: takes.into(), fewest: 1, most: 1, or_context: false, items: None }
    }
}

/// How many arguments a function is given where another one calls it, as `$map` does, or `None` if there is no
/// such function.
pub(super) fn arity(function: &str) -> Option<usize> {
    let parameters = parameters(function)?.len();
    // The reference declares `$string` with one parameter, and another that has a default.
    Some(if function == "string" { 1 } else { parameters })
}

/// The fewest and the most arguments of a call of a function, or `None` if there is no such function. Where the context
/// may stand for an argument, that need not be given.
pub(super) fn argument_counts(function: &str) -> Option<(usize, usize)> {
    let parameters = parameters(function)?;
    let most = parameters.iter().map(|parameter| parameter.most);
    Some((parameters.iter().map(|parameter| parameter.fewest).sum(), most.fold(0, usize::saturating_add)))
}

/// Checks the arguments of a call, in the words of the reference. `called` is what the expression calls, as JSON:
/// `"map"` where `$map` calls `$abs`.
pub(super) fn check(
    function: &str,
    called: &str,
    arguments: &[JValue],
    context: &JValue,
) -> Result<(), EvaluatorError> {
    let Some(parameters) = parameters(function) else { return Ok(()) };
    let symbols: Vec<char> = arguments.iter().map(symbol).collect();
    let Some(counts) = fit(&parameters, &symbols, true) else {
        return Err(mismatch(called, fitting(&parameters, &symbols)));
    };
    let mut at = 0;
    for (parameter, given) in parameters.iter().zip(counts) {
        if given == 0 && parameter.or_context && !parameter.takes.contains(symbol(context)) {
            return Err(failed(format!(
                "T0411: Context value is not a compatible type with argument {} of function {called}",
                at + 1
            )));
        }
        for argument in arguments.iter().skip(at).take(given) {
            check_items(parameter, called, argument, at)?;
            at += 1;
        }
    }
    Ok(())
}

/// How many of the arguments each parameter takes, the first as many as it can. `are_all`: none may be left.
fn fit(parameters: &[Parameter], symbols: &[char], are_all: bool) -> Option<Vec<usize>> {
    let Some((first, rest)) = parameters.split_first() else {
        return (symbols.is_empty() || !are_all).then(Vec::new);
    };
    let most = symbols.iter().take(first.most).take_while(|symbol| first.takes.contains(**symbol)).count();
    (first.fewest..=most).rev().find_map(|count| {
        let mut counts = fit(rest, &symbols[count..], are_all)?;
        counts.insert(0, count);
        Some(counts)
    })
}

/// How many arguments fit before one does not.
fn fitting(parameters: &[Parameter], symbols: &[char]) -> usize {
    let fit_first = |count: usize| fit(&parameters[..count], symbols, false);
    (1..=parameters.len()).map_while(fit_first).last().map_or(0, |counts| counts.iter().sum())
}

fn check_items(
    parameter: &Parameter,
    called: &str,
    argument: &JValue,
    at: usize,
) -> Result<(), EvaluatorError> {
    let Some(wanted) = parameter.items.filter(|_| !argument.is_undefined()) else { return Ok(()) };
    let items = argument.as_array().map_or(std::slice::from_ref(argument), Vec::as_slice);
    if items.iter().all(|item| symbol(item) == wanted) {
        return Ok(());
    }
    let (number, items) = (at + 1, plural(wanted));
    Err(failed(format!("T0412: Argument {number} of function {called} must be an array of \"{items}\"")))
}

fn plural(symbol: char) -> &'static str {
    match symbol {
        'n' => "numbers",
        'o' => "objects",
        _ => "strings",
    }
}

fn mismatch(called: &str, at: usize) -> EvaluatorError {
    let number = at + 1;
    failed(format!("T0410: Argument {number} of function {called} does not match function signature"))
}

/// The parameters of a function.
fn parameters(function: &str) -> Option<Vec<Parameter>> {
    let (_, signature) = SIGNATURES.iter().find(|(name, _)| *name == function)?;
    let mut parameters: Vec<Parameter> = Vec::new();
    let mut symbols = signature.chars();
    while let Some(symbol) = symbols.next() {
        match symbol {
            'a' | 'x' => parameters.push(Parameter::new("asnblfom")),
            'j' => parameters.push(Parameter::new("asnblom")),
            'f' => parameters.push(Parameter::new("f")),
            '(' => {
                let either: String = symbols.by_ref().take_while(|symbol| *symbol != ')').collect();
                parameters.push(Parameter::new(either + "m"));
            }
            'b' | 'n' | 'o' | 's' => parameters.push(Parameter::new(format!("{symbol}m"))),
            _ => {
                let last = parameters.last_mut()?;
                match symbol {
                    '<' => last.items = symbols.next(),
                    '?' => last.fewest = 0,
                    '+' => last.most = usize::MAX,
                    '-' => (last.fewest, last.or_context) = (0, true),
                    // `>` ends what `<` began.
                    _ => {}
                }
            }
        }
    }
    Some(parameters)
}

/// What stands for a value's type: `m` (missing) is undefined, `l` is null.
fn symbol(value: &JValue) -> char {
    match value {
        JValue::Undefined => 'm',
        JValue::Null => 'l',
        JValue::Bool(_) => 'b',
        JValue::Number(_) => 'n',
        JValue::String(_) => 's',
        JValue::Array(_) => 'a',
        JValue::Object(_) => 'o',
        JValue::Lambda(_) | JValue::Builtin { .. } | JValue::Regex { .. } => 'f',
    }
}

//! What a failure is called: `jsonata-core` has the codes of the reference, but words of its own.
//!
//! Source: <https://github.com/jsonata-js/jsonata/blob/v2.0.6/src/jsonata.js>, `errorCodes`

use std::borrow::Cow;

use jsonata_core::value::JValue;

use super::bounded::is_larger;

/// How much of a value stands in a message, in bytes.
const MAX_SHOWN: usize = 1024;

/// The messages that hold nothing of the expression: a code, or what `jsonata-core` says instead of one, and what the
/// reference says.
const FIXED: &[(&str, &str)] = &[
    ("Cannot concatenate", "D3001: Attempting to invoke string function on Infinity or NaN"),
    ("D1001", "D1001: Number out of range: null"),
    ("D1012", "D1012: Evaluation timeout after 1000 milliseconds. Check for infinite loop"),
    ("D3001", "D3001: Attempting to invoke string function on Infinity or NaN"),
    ("D3010", "D3010: Second argument of replace function cannot be an empty string"),
    ("D3020", "D3020: Third argument of split function must evaluate to a positive number"),
    ("D3080", "D3080: The picture string must only contain a maximum of two sub-pictures"),
    (
        "D3081",
        "D3081: The sub-picture must not contain more than one instance of the 'decimal-separator' character",
    ),
    ("D3082", "D3082: The sub-picture must not contain more than one instance of the 'percent' character"),
    ("D3083", "D3083: The sub-picture must not contain more than one instance of the 'per-mille' character"),
    ("D3084", "D3084: The sub-picture must not contain both a 'percent' and a 'per-mille' character"),
    (
        "D3085",
        "D3085: The mantissa part of a sub-picture must contain at least one character that is either an \
         'optional digit character' or a member of the 'decimal digit family'",
    ),
    (
        "D3086",
        "D3086: The sub-picture must not contain a passive character that is preceded by an active character and \
         that is followed by another active character",
    ),
    (
        "D3087",
        "D3087: The sub-picture must not contain a 'grouping-separator' character that appears adjacent to a \
         'decimal-separator' character",
    ),
    (
        "D3088",
        "D3088: The sub-picture must not contain a 'grouping-separator' at the end of the integer part",
    ),
    (
        "D3089",
        "D3089: The sub-picture must not contain two adjacent instances of the 'grouping-separator' character",
    ),
    (
        "D3090",
        "D3090: The integer part of the sub-picture must not contain a member of the 'decimal digit family' that \
         is followed by an instance of the 'optional digit character'",
    ),
    (
        "D3091",
        "D3091: The fractional part of the sub-picture must not contain an instance of the 'optional digit \
         character' that is followed by a member of the 'decimal digit family'",
    ),
    (
        "D3092",
        "D3092: A sub-picture that contains a 'percent' or 'per-mille' character must not contain a character \
         treated as an 'exponent-separator'",
    ),
    (
        "D3093",
        "D3093: The exponent part of the sub-picture must comprise only of one or more characters that are members \
         of the 'decimal digit family'",
    ),
    ("D3131", "D3131: In a decimal digit pattern, all digits must be from the same decimal group"),
    ("D3134", "D3134: The timezone integer format specifier cannot have more than four digits"),
    ("D3135: empty", "D3132: Unknown component specifier \"\" in date/time picture string"),
    ("D3135", "D3135: No matching closing bracket ']' in date/time picture string"),
    ("D3136", "D3136: The date/time picture string is missing specifiers required to parse the timestamp"),
    ("D3138", "D3138: The $single() function expected exactly 1 matching result.  Instead it matched more."),
    ("T1006: Attempted to invoke a non-function: $", "T1006: Attempted to invoke a non-function"),
    ("T2003", "T2003: The left side of the range operator (..) must evaluate to an integer"),
    ("T2004", "T2004: The right side of the range operator (..) must evaluate to an integer"),
];

/// The messages that hold a part of what `jsonata-core` says: what its message begins with, what stands before and
/// after that part, and what the reference says with the part for `{}`.
const WITH_PART: &[(&str, &str, &str, &str)] = &[
    ("D3030", "convert '", "' to number", "D3030: Unable to cast value to a number: \"{}\""),
    (
        "D3100",
        "got ",
        "",
        "D3100: The radix of the formatBase function must be between 2 and 36.  It was given {}",
    ),
    (
        "D3130",
        ": ",
        "",
        "D3130: Formatting or parsing an integer as a sequence starting with \"{}\" is not supported by this \
         implementation",
    ),
    ("D3132", ": ", "", "D3132: Unknown component specifier \"{}\" in date/time picture string"),
    (
        "D3133",
        ": ",
        "",
        "D3133: The 'name' modifier can only be applied to months and days in the date/time picture string, not \"{}\"",
    ),
    (
        "T0410: Argument",
        "Argument ",
        " of function does not",
        "T0410: Argument {} of function undefined does not match function signature",
    ),
    (
        "T0410: Argument",
        "Argument ",
        " must be",
        "T0410: Argument {} of function undefined does not match function signature",
    ),
    (
        "T1010",
        "function $",
        " does",
        "T1010: The matcher function argument passed to function \"{}\" does not return the correct object structure",
    ),
    (
        "T2001",
        "of the ",
        " operator",
        "T2001: The left side of the \"{}\" operator must evaluate to a number",
    ),
    (
        "T2002",
        "of the ",
        " operator",
        "T2002: The right side of the \"{}\" operator must evaluate to a number",
    ),
];

/// The codes whose messages in `jsonata-core` lack a name or a value.
const LACKING: &[&str] = &["D1002", "T0410", "T0411", "T0412", "T2007", "T2009", "T2010", "T2011", "T2012"];

/// A failure in the words of the reference, as far as what `jsonata-core` says has them.
pub(super) fn reworded(failure: &str) -> String {
    if let Some((_, message)) = FIXED.iter().find(|(start, _)| failure.starts_with(*start)) {
        return (*message).to_owned();
    }
    let with_part = WITH_PART.iter().filter(|(start, ..)| failure.starts_with(*start));
    let mut messages = with_part.filter_map(|(_, before, after, message)| {
        Some(message.replace("{}", &part(failure, before, after)?))
    });
    messages.next().unwrap_or_else(|| failure.to_owned())
}

/// What stands between two texts, as in a string of JSON.
fn part(text: &str, before: &str, after: &str) -> Option<String> {
    let (_, rest) = text.split_once(before)?;
    let part = if after.is_empty() { rest } else { rest.rsplit_once(after)?.0 };
    let quoted = serde_json::to_string(&shortened(part)).ok()?;
    Some(quoted[1..quoted.len() - 1].to_owned())
}

/// A value in a message, as JSON. Of a large one, a part.
pub(super) fn shown(value: &JValue) -> String {
    match value {
        JValue::Undefined | JValue::Lambda(_) | JValue::Builtin { .. } | JValue::Regex { .. } => {
            "undefined".to_owned()
        }
        JValue::String(text) => serde_json::Value::from(shortened(text)).to_string(),
        JValue::Array(_) if is_larger(value, MAX_SHOWN) => "[…]".to_owned(),
        JValue::Object(_) if is_larger(value, MAX_SHOWN) => "{…}".to_owned(),
        _ => value.to_json_string().unwrap_or_default(),
    }
}

fn shortened(text: &str) -> Cow<'_, str> {
    if text.len() <= MAX_SHOWN {
        return text.into();
    }
    format!("{}…", &text[..text.floor_char_boundary(MAX_SHOWN)]).into()
}

/// Whether what `jsonata-core` says of a failure lacks a name or a value that the reference's message has.
pub(super) fn lacks_something(failure: &str) -> bool {
    code(failure).is_none_or(|code| LACKING.contains(&code))
}

/// Whether an explanation is one of this failure. Of a context that is no argument, `jsonata-core` says T0410 as well.
pub(super) fn explains(explanation: &str, failure: &str) -> bool {
    let Some(found) = code(explanation) else { return false };
    code(failure).is_none_or(|code| code == found || (code, found) == ("T0410", "T0411"))
}

/// The code that a message begins with, such as `T0410`.
fn code(message: &str) -> Option<&str> {
    let (code, _) = message.split_once(": ")?;
    let is_code = code.len() == 5 && code.bytes().skip(1).all(|byte| byte.is_ascii_digit());
    is_code.then_some(code)
}

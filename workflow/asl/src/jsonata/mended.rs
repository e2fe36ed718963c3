//! The functions of JSONata that `jsonata-core` has otherwise than the reference: it reads more than numbers and
//! URLs, and encodes other characters of them.

use std::fmt::Write;

use jsonata_core::{
    evaluator::{EvaluatorError, HostFnResult},
    value::JValue,
};

use super::{functions::failed, message::shown};

/// What of a part of a URL is not encoded, besides letters and digits.
const UNRESERVED: &str = "-_.!~*'()";

/// What separates the parts of a URL.
const RESERVED: &str = ";/?:@&=+$,#";

/// Calls a function with its one argument. `None`: it is not mended, or not for this argument.
pub(super) fn call(name: &str, argument: &JValue) -> Option<HostFnResult> {
    match (name, argument) {
        ("number", JValue::Number(number)) if number.is_finite() => Some(Ok(argument.clone())),
        ("number", JValue::String(text)) => number(text),
        ("base64decode", JValue::String(text)) => check_base64(text).map(Err),
        ("encodeUrl", JValue::String(text)) => Some(Ok(encode(text, &[UNRESERVED, RESERVED]))),
        ("encodeUrlComponent", JValue::String(text)) => Some(Ok(encode(text, &[UNRESERVED]))),
        ("decodeUrl", JValue::String(text)) => Some(decode(name, text, RESERVED)),
        ("decodeUrlComponent", JValue::String(text)) => Some(decode(name, text, "")),
        _ => None,
    }
}

fn number(text: &str) -> Option<HostFnResult> {
    let number = text.parse().ok().filter(|number: &f64| is_decimal(text) && number.is_finite());
    // `0x1F`
    let is_other =
        text.strip_prefix('0').is_some_and(|rest| rest.starts_with(['b', 'B', 'o', 'O', 'x', 'X']));
    match number {
        Some(number) => Some(Ok(number.into())),
        None if is_other => None,
        None => {
            Some(Err(failed(format!("D3030: Unable to cast value to a number: {}", shown(&text.into())))))
        }
    }
}

/// Whether a text is a number such as `-1.5e3`.
fn is_decimal(text: &str) -> bool {
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
    [whole, fraction, exponent.strip_prefix(['+', '-']).unwrap_or(exponent)].into_iter().all(is_digits)
}

/// What is wrong with a text that is to be Base64.
fn check_base64(text: &str) -> Option<EvaluatorError> {
    let is_base64 = |character: char| character.is_ascii_alphanumeric() || "+/=".contains(character);
    let wrong = text.chars().find(|character| !is_base64(*character))?;
    Some(failed(format!("the argument of $base64decode is not Base64: it holds {wrong:?}")))
}

fn encode(text: &str, kept: &[&str]) -> JValue {
    let mut encoded = String::new();
    for byte in text.bytes() {
        let character = char::from(byte);
        if byte.is_ascii_alphanumeric() || kept.iter().any(|kept| kept.contains(character)) {
            encoded.push(character);
        } else {
            write!(encoded, "%{byte:02X}").expect("a string takes all that is written");
        }
    }
    encoded.into()
}

/// What stands for one of the characters that are kept stays as it is.
fn decode(function: &str, text: &str, kept: &str) -> HostFnResult {
    let malformed =
        || failed(format!("D3140: Malformed URL passed to ${function}(): {}", shown(&text.into())));
    let (mut decoded, mut rest) = (Vec::new(), text.as_bytes());
    while let [byte, after @ ..] = rest {
        rest = after;
        if *byte != b'%' {
            decoded.push(*byte);
            continue;
        }
        let (digits, after) = after.split_at_checked(2).ok_or_else(malformed)?;
        rest = after;
        let bytes = hex::decode(digits).map_err(|_| malformed())?;
        if kept.as_bytes().contains(&bytes[0]) {
            decoded.push(b'%');
            decoded.extend_from_slice(digits);
        } else {
            decoded.extend(bytes);
        }
    }
    String::from_utf8(decoded).map(JValue::from).map_err(|_| malformed())
}

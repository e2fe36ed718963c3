//! The functions of numbers, and what needs randomness.

use std::borrow::Cow;

use serde_json::Value;

use super::function::{Outcome, integer};
use crate::{Entropy, Seed};

/// AWS takes integers of 32 bits.
fn integer_32(value: &Value) -> Result<i64, String> {
    let number = integer(value)?;
    i32::try_from(number)
        .map(i64::from)
        .map_err(|_| format!("{number} is out of the range of 32-bit integers"))
}

pub(super) fn add(left: &Value, right: &Value) -> Outcome {
    Ok((integer_32(left)? + integer_32(right)?).into())
}

/// A number from the first, included, to the second, excluded; the same seed gives the same number.
pub(super) fn random(values: &[Cow<'_, Value>], entropy: &dyn Entropy) -> Outcome {
    let (start, end) = (integer_32(&values[0])?, integer_32(&values[1])?);
    let width = u64::try_from(end - start).ok().filter(|width| *width > 0);
    let width = width.ok_or_else(|| format!("the end {end} is not greater than the start {start}"))?;
    let bits = match values.get(2) {
        Some(seed) => Seed::new(integer(seed)?.cast_unsigned()).next_u64(),
        None => entropy.next_u64(),
    };
    Ok(start.saturating_add_unsigned(bits % width).into())
}

/// A version 4 UUID.
pub fn uuid(entropy: &dyn Entropy) -> String {
    let bits = u128::from(entropy.next_u64()) << 64 | u128::from(entropy.next_u64());
    let bits = bits & !(0xf000 << 64) | 0x4000 << 64;
    let bits = bits & !(0xc000 << 48) | 0x8000 << 48;
    let hex = format!("{bits:032x}");
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

//! The functions of arrays.

use std::borrow::Cow;

use serde_json::Value;

use super::function::{Outcome, integer};

/// AWS's limit of `States.ArrayRange`.
const MAX_RANGE: usize = 1000;

pub(super) fn array(values: &[Cow<'_, Value>]) -> Value {
    values.iter().map(|value| (**value).clone()).collect()
}

pub(super) fn items(value: &Value) -> Result<&Vec<Value>, String> {
    value.as_array().ok_or_else(|| format!("expected an array, found {value}"))
}

pub(super) fn partition(array: &Value, size: &Value) -> Outcome {
    let size = usize::try_from(integer(size)?).ok().filter(|size| *size > 0);
    let size = size.ok_or("the chunk size must be positive")?;
    Ok(items(array)?.chunks(size).map(Value::from).collect())
}

pub(super) fn contains(array: &Value, wanted: &Value) -> Outcome {
    Ok(items(array)?.iter().any(|item| equal(item, wanted)).into())
}

pub(super) fn unique(array: &Value) -> Outcome {
    let mut found: Vec<Value> = Vec::new();
    for item in items(array)? {
        if !found.iter().any(|before| equal(before, item)) {
            found.push(item.clone());
        }
    }
    Ok(found.into())
}

pub(super) fn get_item(array: &Value, index: &Value) -> Outcome {
    let (items, index) = (items(array)?, integer(index)?);
    let item = usize::try_from(index).ok().and_then(|index| items.get(index));
    item.cloned().ok_or_else(|| format!("there is no item {index} in an array of {}", items.len()))
}

/// From the first number to the last, both included, by the increment.
pub(super) fn range(values: &[Cow<'_, Value>]) -> Outcome {
    let (first, last, increment) = (integer(&values[0])?, integer(&values[1])?, integer(&values[2])?);
    if increment == 0 {
        return Err("the increment must not be 0".to_owned());
    }
    let within = |number: &i64| if increment > 0 { *number <= last } else { *number >= last };
    let numbers =
        std::iter::successors(Some(first), |number| number.checked_add(increment)).take_while(within);
    let numbers: Vec<Value> = numbers.take(MAX_RANGE + 1).map(Value::from).collect();
    if numbers.len() > MAX_RANGE {
        return Err(format!("the range has more than {MAX_RANGE} items"));
    }
    Ok(numbers.into())
}

/// Numbers are equal by value: 1 is 1.0.
fn equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(one), Value::Number(other)) => one == other || one.as_f64() == other.as_f64(),
        _ => left == right,
    }
}

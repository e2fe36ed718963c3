//! The functions there are: their names, how many arguments they take, and what applies them.

use std::{borrow::Cow, fmt};

use serde_json::{Number, Value};

use super::{arrays, encoding, numbers, text};
use crate::Entropy;

/// A value, or what is wrong with the arguments.
pub(super) type Outcome = Result<Value, String>;

/// An intrinsic function.
pub(super) struct Function {
    pub(super) name: &'static str,
    /// The fewest arguments it takes.
    pub(super) least: usize,
    /// The most arguments it takes.
    pub(super) most: usize,
    /// Applies it to as many arguments as it takes.
    pub(super) apply: fn(&[Cow<'_, Value>], &dyn Entropy) -> Outcome,
}

const ANY: usize = usize::MAX;

const fn function(
    name: &'static str,
    (least, most): (usize, usize),
    apply: fn(&[Cow<'_, Value>], &dyn Entropy) -> Outcome,
) -> Function {
    Function { name, least, most, apply }
}

/// All of them.
pub(super) const FUNCTIONS: &[Function] = &[
    function(text::FORMAT, (1, ANY), |values, _| text::format(values)),
    function("States.StringToJson", (1, 1), |values, _| text::string_to_json(&values[0])),
    function("States.JsonToString", (1, 1), |values, _| Ok(values[0].to_string().into())),
    function("States.Array", (0, ANY), |values, _| Ok(arrays::array(values))),
    function("States.ArrayPartition", (2, 2), |values, _| arrays::partition(&values[0], &values[1])),
    function("States.ArrayContains", (2, 2), |values, _| arrays::contains(&values[0], &values[1])),
    function("States.ArrayRange", (3, 3), |values, _| arrays::range(values)),
    function("States.ArrayGetItem", (2, 2), |values, _| arrays::get_item(&values[0], &values[1])),
    function("States.ArrayLength", (1, 1), |values, _| Ok(arrays::items(&values[0])?.len().into())),
    function("States.ArrayUnique", (1, 1), |values, _| arrays::unique(&values[0])),
    function("States.Base64Encode", (1, 1), |values, _| encoding::encode(&values[0])),
    function("States.Base64Decode", (1, 1), |values, _| encoding::decode(&values[0])),
    function("States.Hash", (2, 2), |values, _| encoding::hash(&values[0], &values[1])),
    function("States.JsonMerge", (3, 3), |values, _| encoding::merge(values)),
    function("States.MathRandom", (2, 3), numbers::random),
    function("States.MathAdd", (2, 2), |values, _| numbers::add(&values[0], &values[1])),
    function("States.StringSplit", (2, 2), |values, _| text::split(&values[0], &values[1])),
    function("States.UUID", (0, 0), |_, entropy| Ok(numbers::uuid(entropy).into())),
];

impl Function {
    /// How many arguments it takes, in words.
    pub(super) fn arity(&self) -> String {
        let Self { name, least, most, .. } = self;
        match most {
            most if most == least => {
                format!("{name} takes {least} argument{}", if *least == 1 { "" } else { "s" })
            }
            &ANY => format!("{name} takes at least {least}"),
            most => format!("{name} takes {least} to {most} arguments"),
        }
    }
}

impl fmt::Debug for Function {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name)
    }
}

impl PartialEq for Function {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

/// An argument that is a string.
pub(super) fn string(value: &Value) -> Result<&str, String> {
    value.as_str().ok_or_else(|| format!("expected a string, found {value}"))
}

/// An argument that is a whole number: AWS rounds to the nearest one, halves up.
pub(super) fn integer(value: &Value) -> Result<i64, String> {
    let rounded = |number: &Number| {
        number.as_i64().or_else(|| {
            let rounded = (number.as_f64()? + 0.5).floor();
            #[allow(clippy::cast_possible_truncation, reason = "a whole number within the range")]
            (rounded.abs() < 9e15).then_some(rounded as i64)
        })
    };
    value.as_number().and_then(rounded).ok_or_else(|| format!("expected a number, found {value}"))
}

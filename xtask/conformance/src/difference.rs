//! Where two values differ.

use std::fmt;

use serde::Serialize;
use serde_json::Value;

/// How much of a value is shown.
const LONGEST: usize = 300;

/// The first place where a value is not as it was recorded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The place, a JSON Pointer.
    pub at: String,
    /// What was recorded there.
    pub expected: String,
    /// What is there.
    pub own: String,
}

impl Difference {
    /// A difference here; `None` where there is nothing.
    pub(crate) fn between(expected: Option<&Value>, own: Option<&Value>) -> Self {
        Self { at: String::new(), expected: shown(expected), own: shown(own) }
    }

    /// The same, seen from what it is within.
    pub(crate) fn within(self, step: impl fmt::Display) -> Self {
        Self { at: format!("/{step}{}", self.at), ..self }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}, not {}", self.at, self.own, self.expected)
    }
}

fn shown(value: Option<&Value>) -> String {
    let Some(value) = value else { return "nothing".to_owned() };
    let text = value.to_string();
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

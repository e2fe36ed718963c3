//! What tasks answer instead of running.

use std::{
    collections::{BTreeMap, VecDeque, btree_map::Entry},
    fmt,
    str::FromStr,
};

use ackflow_engine::Answer;
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::Value;

/// The answers of tasks, by the name of the state that asks.
///
/// ```
/// use ackflow::asl::Mocks;
///
/// let mocks = r#"{
///     "Charge": [{ "error": "Busy", "cause": "Come back later.", "afterSeconds": 5 }, { "output": 42 }],
///     "Ship": { "output": "on its way" }
/// }"#;
/// assert!(mocks.parse::<Mocks>().is_ok());
/// let error = r#"{ "Ship": [{ "output": 1, "error": "Lost" }] }"#.parse::<Mocks>().unwrap_err();
/// assert!(error.to_string().starts_with(r#"the mock 1 of "Ship": "#), "{error}");
/// ```
#[derive(Clone, Debug, Default)]
pub struct Mocks(BTreeMap<String, Script>);

/// The answers to one state.
#[derive(Clone, Debug)]
enum Script {
    /// One after the other.
    InOrder(VecDeque<Answer>),
    /// The same each time.
    Always { answer: Answer, was_given: bool },
}

/// Why mocks can't be read.
#[derive(Debug, thiserror::Error)]
pub enum MocksError {
    /// It is another document.
    #[error("it is no JSON object of states: {0}")]
    NotAnObject(#[from] serde_json::Error),
    /// A state is named twice.
    #[error("the state {state:?} is named twice: put its mocks into one list")]
    Twice {
        /// The state.
        state: String,
    },
    /// A mock is none.
    #[error("the mock{place} of {state:?}: {problem}")]
    Mock {
        /// The state.
        state: String,
        /// Which of a list, counted from 1: ` 2`; empty where there is one only.
        place: String,
        /// What is wrong with it.
        problem: String,
    },
}

impl FromStr for Mocks {
    type Err = MocksError;

    fn from_str(text: &str) -> Result<Self, MocksError> {
        let mut document = serde_json::Deserializer::from_str(text);
        let states = document.deserialize_map(States)?;
        document.end()?;
        let mut scripts = BTreeMap::new();
        for (state, given) in states {
            match scripts.entry(state) {
                Entry::Vacant(place) => {
                    let script = Script::read(place.key(), given)?;
                    place.insert(script);
                }
                Entry::Occupied(place) => return Err(MocksError::Twice { state: place.key().clone() }),
            }
        }
        Ok(Self(scripts))
    }
}

/// Reads states with what is given for each. Of two that are named alike, a map would keep the last.
struct States;

impl<'de> Visitor<'de> for States {
    type Value = Vec<(String, Value)>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Self::Value, A::Error> {
        let mut states = Vec::new();
        while let Some(state) = fields.next_entry()? {
            states.push(state);
        }
        Ok(states)
    }
}

impl Mocks {
    /// The next answer to a state, if one is left.
    pub(super) fn next(&mut self, state: &str) -> Option<Answer> {
        match self.0.get_mut(state)? {
            Script::InOrder(answers) => answers.pop_front(),
            Script::Always { answer, was_given } => {
                *was_given = true;
                Some(answer.clone())
            }
        }
    }

    /// The states that there are, or were, answers to.
    pub(super) fn states(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Whether there are, or were, answers to a state.
    pub(super) fn know(&self, state: &str) -> bool {
        self.0.contains_key(state)
    }

    /// The states that have answers left, and how many: no task asked for these.
    pub fn unused(&self) -> impl Iterator<Item = (&str, usize)> {
        let unused = self.0.iter().map(|(state, script)| (state.as_str(), script.unused()));
        unused.filter(|(_, count)| *count > 0)
    }
}

impl Script {
    fn read(state: &str, given: Value) -> Result<Self, MocksError> {
        let read = |place: String, mock| {
            answer(mock).map_err(|problem| MocksError::Mock { state: state.to_owned(), place, problem })
        };
        match given {
            Value::Array(mocks) => {
                let numbered = mocks.into_iter().enumerate();
                let answers = numbered.map(|(index, mock)| read(format!(" {}", index + 1), mock));
                answers.collect::<Result<_, _>>().map(Self::InOrder)
            }
            mock => read(String::new(), mock).map(|answer| Self::Always { answer, was_given: false }),
        }
    }

    /// How many answers nobody has asked for.
    fn unused(&self) -> usize {
        match self {
            Self::InOrder(answers) => answers.len(),
            Self::Always { was_given, .. } => usize::from(!was_given),
        }
    }
}

/// A mock as it is written.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Mock {
    #[serde(default, deserialize_with = "given")]
    output: Option<Value>,
    error: Option<String>,
    cause: Option<String>,
    #[serde(default)]
    after_seconds: u32,
}

/// A value that is there, be it `null`.
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

fn answer(mock: Value) -> Result<Answer, String> {
    let mock: Mock = serde_json::from_value(mock).map_err(|error| error.to_string())?;
    let answer = match (mock.output, mock.error, mock.cause) {
        (Some(output), None, None) => Answer::gives(output),
        (None, Some(error), cause) => Answer::fails(&error, &cause.unwrap_or_default()),
        _ => return Err("it has either `output`, or `error` and perhaps `cause`".to_owned()),
    };
    Ok(answer.after(i64::from(mock.after_seconds)))
}

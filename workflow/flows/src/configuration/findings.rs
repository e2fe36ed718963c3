//! Collects what is wrong with the file.

use std::ops::RangeInclusive;

use serde::de::DeserializeOwned;
use toml::{Table, Value};

use super::{configuration_error::Problem, draft::Draft, key::Key, nearest::did_you_mean};

/// What was found so far. Keys are those of the draft, in which what is wrong is removed; places are those of the file.
#[derive(Debug)]
pub(super) struct Findings<'a> {
    draft: Draft<'a>,
    problems: Vec<Problem>,
    /// The places where something was missing, and something else stands in for it.
    stand_ins: Vec<Key>,
}

impl<'a> Findings<'a> {
    /// Begins with a text.
    ///
    /// # Errors
    /// The text is no TOML.
    pub(super) fn parse(text: &'a str) -> Result<Self, Vec<Problem>> {
        Ok(Self { draft: Draft::parse(text)?, problems: Vec::new(), stand_ins: Vec::new() })
    }

    /// Reads what can be read, and reports what can't.
    pub(super) fn read<T: DeserializeOwned + Default>(&mut self) -> T {
        loop {
            let error = match serde_path_to_error::deserialize(self.draft.value().clone()) {
                Ok(read) => return read,
                Err(error) => error,
            };
            let key = Key::from(error.path());
            let said = error.inner().message();
            if let Some(field) = missing_field(said) {
                let field = key.child(field);
                self.missing(&field);
                if self.put_stand_in::<T>(&field) {
                    continue;
                }
            } else {
                self.refused(&key, said);
            }
            if key.steps().is_empty() {
                return T::default();
            }
            self.draft.remove(&key);
        }
    }

    /// Reports a problem, unless it is one of what stands in for something that is missing.
    pub(super) fn add(&mut self, key: &Key, message: impl Into<String>, remedy: impl Into<String>) {
        let place = self.draft.place(key);
        if self.stand_ins.iter().any(|stand_in| place.is_within(stand_in)) {
            return;
        }
        self.problems.push(Problem {
            key: place.to_string(),
            line: self.draft.document().line(&place),
            message: message.into(),
            remedy: remedy.into(),
        });
    }

    /// Reports a problem, and keeps its place from being looked at again.
    pub(super) fn add_and_remove(&mut self, key: &Key, message: &str, remedy: &str) {
        self.add(key, message, remedy);
        self.draft.remove(key);
    }

    /// Checks that a number is within its range.
    pub(super) fn check_range(&mut self, key: &Key, number: u64, range: &RangeInclusive<u64>) {
        if !range.contains(&number) {
            let (least, most) = (range.start(), range.end());
            self.add(
                key,
                format!("{number} is out of range"),
                format!("write a number from {least} to {most}"),
            );
        }
    }

    /// Checks that a text says something.
    pub(super) fn check_not_empty(&mut self, key: &Key, text: &str) {
        if text.trim().is_empty() {
            self.add(key, "it is empty", "fill it in, or leave out what it stands in");
        }
    }

    /// The place of a text in the array at a place.
    pub(super) fn item(&self, key: &Key, text: &str) -> Key {
        self.draft.item(key, text)
    }

    /// Whether the file has something at a place, be it right or wrong. Counts removed items.
    pub(super) fn has(&self, place: &Key) -> bool {
        self.draft.document().has(place)
    }

    /// The keys that the file has in the table at a place, be they right or wrong. Counts removed items.
    pub(super) fn names(&self, place: &Key) -> Vec<&str> {
        self.draft.document().names(place)
    }

    /// Whether the file has an array without items at a place.
    pub(super) fn is_empty_array(&self, place: &Key) -> bool {
        self.draft.document().is_empty_array(place)
    }

    /// Every string of the file with its place; those of an array in its order.
    pub(super) fn strings(&self) -> Vec<(Key, String)> {
        self.draft.document().strings()
    }

    /// Everything that was found, in the file's order.
    pub(super) fn into_problems(mut self) -> Vec<Problem> {
        self.problems.sort_by_key(|problem| problem.line);
        self.problems
    }

    /// Reports what is missing, unless the file has it: what was removed because it is wrong is reported already.
    fn missing(&mut self, key: &Key) {
        if !self.has(&self.draft.place(key)) {
            self.add(key, "it is missing", "ackflow.example.toml says what to write");
        }
    }

    /// Has something stand in for what is missing, so that what stands around it is checked in the same run. Says
    /// whether something of the right shape was found.
    fn put_stand_in<T: DeserializeOwned>(&mut self, key: &Key) -> bool {
        for stand_in in stand_ins() {
            if !self.draft.put(key, stand_in) {
                return false;
            }
            let read: Result<T, _> = serde_path_to_error::deserialize(self.draft.value().clone());
            if read.err().is_none_or(|error| !Key::from(error.path()).is_within(key)) {
                self.stand_ins.push(self.draft.place(key));
                return true;
            }
        }
        self.draft.remove(key);
        false
    }

    /// Reports what serde says of a place. It says it in words alone: of these, the names are picked out.
    fn refused(&mut self, key: &Key, said: &str) {
        let names = |text: &str| text.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>();
        if let Some((unknown, expected)) =
            said.rsplit_once(", expected ").filter(|_| said.starts_with("unknown "))
        {
            let unknown = names(unknown).concat();
            let remedy = did_you_mean(&unknown, names(expected).iter().map(String::as_str));
            self.add(key, format!("there is no key {unknown:?} here"), remedy);
        } else if said.starts_with("wanted exactly 1 element") {
            // The one that the file has may be removed because it is wrong: then that is reported already.
            if self.names(&self.draft.place(key)).len() != 1 {
                self.add(key, "it has to hold exactly one key", "ackflow.example.toml says which there are");
            }
        } else {
            let (message, remedy) =
                said.split_once("; ").unwrap_or((said, "ackflow.example.toml shows how it is written"));
            self.add(key, message, remedy);
        }
    }
}

/// The field that serde misses, if that is what it says.
fn missing_field(said: &str) -> Option<&str> {
    said.strip_prefix("missing field `")?.split_once('`').map(|(field, _)| field)
}

/// What may stand in for a missing value: for nearly every key, one of these has the right shape. The last is a target.
fn stand_ins() -> [Value; 5] {
    let text = || Value::String(String::new());
    let table = |key: &str, value| Value::Table(Table::from_iter([(key.to_owned(), value)]));
    [
        Value::Boolean(false),
        text(),
        Value::Array(Vec::new()),
        Value::Table(Table::new()),
        table("codebuild", table("project", text())),
    ]
}

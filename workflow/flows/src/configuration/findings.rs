//! Collects what is wrong with the file.

use std::ops::RangeInclusive;

use serde::de::DeserializeOwned;

use super::{configuration_error::Problem, draft::Draft, key::Key, nearest::did_you_mean};

/// What was found so far. Keys are those of the draft, in which what is wrong is removed; places are those of the file.
#[derive(Debug)]
pub(super) struct Findings<'a> {
    draft: Draft<'a>,
    problems: Vec<Problem>,
}

impl<'a> Findings<'a> {
    /// Begins with a text.
    ///
    /// # Errors
    /// The text is no TOML.
    pub(super) fn parse(text: &'a str) -> Result<Self, Vec<Problem>> {
        Ok(Self { draft: Draft::parse(text)?, problems: Vec::new() })
    }

    /// Reads what can be read, and reports what can't.
    pub(super) fn read<T: DeserializeOwned + Default>(&mut self) -> T {
        loop {
            match serde_path_to_error::deserialize(self.draft.value().clone()) {
                Ok(read) => return read,
                Err(error) => {
                    let key = Key::from(error.path());
                    self.refused(&key, error.inner().message());
                    if key.steps().is_empty() {
                        return T::default();
                    }
                    self.draft.remove(&key);
                }
            }
        }
    }

    /// Reports a problem.
    pub(super) fn add(&mut self, key: &Key, message: impl Into<String>, remedy: impl Into<String>) {
        let place = self.draft.place(key);
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

    /// Every string of the file with its place; those of an array in its order.
    pub(super) fn strings(&self) -> Vec<(Key, String)> {
        self.draft.document().strings()
    }

    /// Everything that was found, in the file's order.
    pub(super) fn into_problems(mut self) -> Vec<Problem> {
        self.problems.sort_by_key(|problem| problem.line);
        self.problems
    }

    /// Reports what serde says of a place. It says it in words alone: of these, the names are picked out.
    fn refused(&mut self, key: &Key, said: &str) {
        let names = |text: &str| text.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>();
        if let Some(field) = names(said).first().filter(|_| said.starts_with("missing field")) {
            let key = key.child(field);
            // What was removed because it is wrong is reported already.
            if !self.has(&self.draft.place(&key)) {
                self.add(&key, "it is missing", "ackflow.example.toml says what to write");
            }
        } else if let Some((unknown, expected)) =
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

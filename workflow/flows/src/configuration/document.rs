//! The file as it is written: what stands where.

use toml::de::{DeTable, DeValue, Error};

use super::{
    configuration_error::Problem,
    key::{Key, Step},
};

/// A TOML document whose values know their lines.
#[derive(Debug)]
pub(super) struct Document<'a> {
    text: &'a str,
    root: DeValue<'a>,
}

impl<'a> Document<'a> {
    /// Reads a document.
    ///
    /// # Errors
    /// Every line that is no TOML.
    pub(super) fn parse(text: &'a str) -> Result<Self, Vec<Problem>> {
        let (root, errors) = DeTable::parse_recoverable(text);
        let mut problems: Vec<Problem> = errors.iter().map(|error| no_toml(text, error)).collect();
        // One slip often gives several errors on its line: the first one says what it is.
        problems.dedup_by_key(|problem| problem.line);
        if problems.is_empty() {
            Ok(Self { text, root: DeValue::Table(root.into_inner()) })
        } else {
            Err(problems)
        }
    }

    /// The line of a place; if it is not in the file, of what it would stand in.
    pub(super) fn line(&self, key: &Key) -> Option<usize> {
        self.walk(key).last().map(|(offset, _)| line_at(self.text, *offset))
    }

    /// Whether something stands at a place.
    pub(super) fn has(&self, key: &Key) -> bool {
        self.walk(key).len() == key.steps().len()
    }

    /// The keys of the table at a place; none if there is no table.
    pub(super) fn names(&self, key: &Key) -> Vec<&str> {
        match self.walk(key).last() {
            Some((_, DeValue::Table(table))) if self.has(key) => {
                table.keys().map(|name| &**name.get_ref()).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Whether an array without items stands at a place.
    pub(super) fn is_empty_array(&self, key: &Key) -> bool {
        matches!(self.walk(key).last(), Some((_, DeValue::Array(items))) if self.has(key) && items.is_empty())
    }

    /// Every string with its place; those of an array in its order.
    pub(super) fn strings(&self) -> Vec<(Key, String)> {
        let mut found = Vec::new();
        strings(&self.root, &Key::default(), &mut found);
        found
    }

    /// The way to a place, as far as it exists: where each step stands in the text, and what stands there.
    fn walk(&self, key: &Key) -> Vec<(usize, &DeValue<'a>)> {
        let mut walked = Vec::new();
        let mut here = &self.root;
        for step in key.steps() {
            let next = match (step, here) {
                (Step::Name(name), DeValue::Table(table)) => table
                    .get_key_value(name.as_str())
                    .map(|(name, value)| (name.span().start, value.get_ref())),
                (Step::Item(index), DeValue::Array(items)) => {
                    items.get(*index).map(|item| (item.span().start, item.get_ref()))
                }
                _ => None,
            };
            let Some((offset, value)) = next else { break };
            walked.push((offset, value));
            here = value;
        }
        walked
    }
}

/// What an error of the TOML parser says, without the text around it: a secret may stand there.
pub(super) fn no_toml(text: &str, error: &Error) -> Problem {
    Problem {
        key: String::new(),
        line: error.span().map(|span| line_at(text, span.start)),
        message: format!("this is no TOML: {}", error.message()),
        remedy: "https://toml.io/en/v1.0.0 says how it is written".to_owned(),
    }
}

fn line_at(text: &str, offset: usize) -> usize {
    1 + text.get(..offset).unwrap_or(text).matches('\n').count()
}

fn strings(value: &DeValue<'_>, key: &Key, found: &mut Vec<(Key, String)>) {
    match value {
        DeValue::String(text) => found.push((key.clone(), text.to_string())),
        DeValue::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                strings(item.get_ref(), &key.item(index), found);
            }
        }
        DeValue::Table(table) => {
            for (name, value) in table {
                strings(value.get_ref(), &key.child(name.get_ref()), found);
            }
        }
        _ => {}
    }
}

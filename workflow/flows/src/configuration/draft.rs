//! The file as far as it could be read.

use toml::{Table, Value};

use super::{
    configuration_error::Problem,
    document::{Document, no_toml},
    key::{Key, Step},
};

/// The file without what was found to be wrong in it. serde stops at the first error: it is shown the rest once what
/// it stumbled over is removed.
#[derive(Debug)]
pub(super) struct Draft<'a> {
    document: Document<'a>,
    value: Value,
    /// The items of arrays that were removed, as they are numbered in the file.
    removed: Vec<Key>,
}

impl<'a> Draft<'a> {
    pub(super) fn parse(text: &'a str) -> Result<Self, Vec<Problem>> {
        let document = Document::parse(text)?;
        // A number can be well written and still be too large.
        let table: Table = toml::from_str(text).map_err(|error| vec![no_toml(text, &error)])?;
        Ok(Self { document, value: Value::Table(table), removed: Vec::new() })
    }

    /// The file as it is written.
    pub(super) fn document(&self) -> &Document<'a> {
        &self.document
    }

    /// What is left of the file.
    pub(super) fn value(&self) -> &Value {
        &self.value
    }

    /// Removes what stands at a place, or else what that would stand in.
    pub(super) fn remove(&mut self, key: &Key) {
        let Some((parent, last)) = key.split_last() else {
            self.value = Value::Table(Table::new());
            return;
        };
        let place = self.place(key);
        let is_removed = match (at(&mut self.value, &parent), last) {
            (Some(Value::Table(table)), Step::Name(name)) => table.remove(name).is_some(),
            (Some(Value::Array(items)), Step::Item(index)) if *index < items.len() => {
                items.remove(*index);
                self.removed.push(place);
                true
            }
            _ => false,
        };
        if !is_removed {
            self.remove(&parent);
        }
    }

    /// Puts a value into the table that a key is missing in. Says whether there is such a table.
    pub(super) fn put(&mut self, key: &Key, value: Value) -> bool {
        let Some((parent, Step::Name(name))) = key.split_last() else { return false };
        let Some(Value::Table(table)) = at(&mut self.value, &parent) else { return false };
        table.insert(name.clone(), value);
        true
    }

    /// Where in the file a place in this draft is: the items that were removed before it count again.
    pub(super) fn place(&self, key: &Key) -> Key {
        key.steps().iter().fold(Key::default(), |place, step| match step {
            Step::Name(name) => place.child(name),
            Step::Item(index) => (0..)
                .map(|number| place.item(number))
                .filter(|item| !self.removed.contains(item))
                .nth(*index)
                .expect("there is always a number that was not removed"),
        })
    }

    /// The place of this text in the array at a place; that of the array if it is not there.
    pub(super) fn item(&self, key: &Key, text: &str) -> Key {
        let array = key.steps().iter().try_fold(&self.value, |value, step| match step {
            Step::Name(name) => value.get(name),
            Step::Item(index) => value.get(*index),
        });
        let index = array
            .and_then(Value::as_array)
            .and_then(|items| items.iter().position(|item| item.as_str() == Some(text)));
        index.map_or_else(|| key.clone(), |index| key.item(index))
    }
}

/// What stands at a place.
fn at<'v>(value: &'v mut Value, key: &Key) -> Option<&'v mut Value> {
    key.steps().iter().try_fold(value, |value, step| match step {
        Step::Name(name) => value.get_mut(name),
        Step::Item(index) => value.get_mut(*index),
    })
}

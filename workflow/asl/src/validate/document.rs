//! Reads JSON and finds names that stand twice in one object, which `serde_json` would drop silently.

use std::{cell::RefCell, fmt};

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::{
    document_place,
    findings::{DUPLICATE_FIELD, DUPLICATE_STATE, Findings},
    not_an_object,
    place::Place,
};

/// The document, unless the text is not JSON.
pub(super) fn read(text: &str, findings: &mut Findings) -> Option<Value> {
    if text.trim().is_empty() {
        not_an_object(findings);
        return None;
    }
    let findings_cell = RefCell::new(findings);
    let reader = Reader { place: document_place(), holds_states: false, findings: &findings_cell };
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let read = reader.deserialize(&mut deserializer).and_then(|value| deserializer.end().map(|()| value));
    read.map_err(|error| {
        let at = offset(text, error.line(), error.column());
        let (message, remedy) = wrong(text, at, &error);
        findings_cell.into_inner().not_json(&document_place(), message, remedy, at..at);
    })
    .ok()
}

/// What is wrong at this place, and what to do about it.
fn wrong(text: &str, at: usize, error: &serde_json::Error) -> (String, &'static str) {
    // The error counts in bytes.
    let before = text[..at].rsplit('\n').next().unwrap_or_default();
    let column = error.column() - (before.len() - before.chars().count());
    let place = format!("line {} column {column}", error.line());
    let error = error.to_string();
    let what = error.split(" at line ").next().unwrap_or_default();
    if what.starts_with("recursion limit exceeded") {
        let message = format!("the definition nests deeper than 127 objects and arrays at {place}");
        return (message, "make the inner states a state machine of their own, and start it by a Task");
    }
    (format!("the text is not JSON: {what} at {place}"), "mend the JSON at this place")
}

/// Where in the text a line and a column are, both counted from 1.
fn offset(text: &str, line: usize, column: usize) -> usize {
    let lines = text.split_inclusive('\n').take(line.saturating_sub(1));
    let at = lines.map(str::len).sum::<usize>() + column.saturating_sub(1);
    (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

struct Reader<'a, 'f> {
    place: Place,
    /// Whether the object here is a `States`: its names are states.
    holds_states: bool,
    findings: &'a RefCell<&'f mut Findings>,
}

impl Reader<'_, '_> {
    fn field(&self, name: &str) -> Self {
        let place = if self.holds_states {
            self.place.state(name)
        } else if name == "States" {
            // The place of a state names `States` itself.
            self.place.clone()
        } else {
            self.place.field(name)
        };
        Self { place, holds_states: name == "States" && !self.holds_states, findings: self.findings }
    }

    fn report(&self, name: &str) {
        let mut findings = self.findings.borrow_mut();
        if self.holds_states {
            let place = self.place.state(name);
            let remedy = "rename one: the second would replace the first";
            findings.coded(DUPLICATE_STATE, &place, format!("Duplicate State name: {name}"), remedy);
        } else {
            let place = self.place.field(name);
            let remedy = "keep one: the second would replace the first";
            findings.warn(DUPLICATE_FIELD, &place, "the field is there twice", remedy);
        }
    }
}

impl<'de> DeserializeSeed<'de> for Reader<'_, '_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Reader<'_, '_> {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("a number that is not finite"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut read = Vec::new();
        loop {
            let reader =
                Reader { place: self.place.item(read.len()), holds_states: false, findings: self.findings };
            match items.next_element_seed(reader)? {
                Some(item) => read.push(item),
                None => return Ok(read.into()),
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Value, A::Error> {
        let mut read = Map::new();
        while let Some(name) = fields.next_key::<String>()? {
            let value = fields.next_value_seed(self.field(&name))?;
            if self.holds_states {
                self.findings.borrow_mut().note(&name);
            }
            if read.contains_key(&name) {
                self.report(&name);
            }
            read.insert(name, value);
        }
        Ok(read.into())
    }
}

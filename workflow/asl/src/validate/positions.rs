//! Where in the text each value of the document is.

use std::ops::Range;

use indexmap::IndexMap;

use super::place::Step;

/// A value's place in the text, and those of its fields or items.
pub(super) struct Positions {
    range: Range<usize>,
    parts: IndexMap<Step, Positions>,
}

impl Positions {
    /// Reads a text that is known to be JSON.
    pub(super) fn of(text: &str) -> Option<Self> {
        let mut scanner = Scanner { text, at: 0 };
        scanner.skip_separators();
        scanner.value()
    }

    /// Where a value is: a plain one with its name, an object or an array by its name alone. What is not there is
    /// missing from the value around it.
    pub(super) fn find(&self, path: &[Step]) -> Range<usize> {
        let mut found = self;
        for step in path {
            let Some(part) = found.parts.get(step) else { break };
            found = part;
        }
        found.range.clone()
    }
}

struct Scanner<'a> {
    text: &'a str,
    at: usize,
}

impl Scanner<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_while(&mut self, skipped: impl Fn(u8) -> bool) {
        while self.peek().is_some_and(&skipped) {
            self.at += 1;
        }
    }

    fn skip_separators(&mut self) {
        self.skip_while(|byte| b" \t\r\n,:".contains(&byte));
    }

    fn value(&mut self) -> Option<Positions> {
        let start = self.at;
        match self.peek()? {
            b'{' => return self.parts(true),
            b'[' => return self.parts(false),
            b'"' => {
                self.string()?;
            }
            _ => self.skip_while(|byte| !b" \t\r\n,]}".contains(&byte)),
        }
        Some(Positions { range: start..self.at, parts: IndexMap::new() })
    }

    /// The fields of an object, or the items of an array.
    fn parts(&mut self, is_object: bool) -> Option<Positions> {
        let range = self.at..self.at + 1;
        self.at += 1;
        let mut parts = IndexMap::new();
        loop {
            self.skip_separators();
            let start = self.at;
            if matches!(self.peek()?, b'}' | b']') {
                self.at += 1;
                return Some(Positions { range, parts });
            }
            let step = if is_object { Step::Name(self.string()?) } else { Step::Index(parts.len()) };
            let name_end = self.at;
            self.skip_separators();
            let is_plain = !matches!(self.peek()?, b'{' | b'[');
            let mut part = self.value()?;
            if is_object {
                part.range = start..if is_plain { self.at } else { name_end };
            }
            // Of two fields of one name the second is read.
            parts.insert(step, part);
        }
    }

    /// A string's content.
    fn string(&mut self) -> Option<String> {
        let start = self.at;
        self.at += 1;
        loop {
            match self.peek()? {
                b'"' => break,
                b'\\' => self.at += 2,
                _ => self.at += 1,
            }
        }
        self.at += 1;
        serde_json::from_str(&self.text[start..self.at]).ok()
    }
}

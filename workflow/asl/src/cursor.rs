//! Reads a text from left to right: what the parsers of paths, filters and intrinsic calls share.

use crate::SyntaxError;

/// How deep brackets, calls and negations may nest: more is no text that a person wrote.
const MAX_DEPTH: usize = 64;

/// A place in a text.
pub(crate) struct Cursor<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self { text, at: 0, depth: 0 }
    }

    pub(crate) fn at(&self) -> usize {
        self.at
    }

    /// The text from a place read before up to here.
    pub(crate) fn since(&self, start: usize) -> &'a str {
        &self.text[start..self.at]
    }

    pub(crate) fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    pub(crate) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub(crate) fn next(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at += next.len_utf8();
        Some(next)
    }

    /// Takes `wanted` if it comes next.
    pub(crate) fn eat(&mut self, wanted: &str) -> bool {
        let found = self.rest().starts_with(wanted);
        if found {
            self.at += wanted.len();
        }
        found
    }

    pub(crate) fn expect(&mut self, wanted: &str) -> Result<(), SyntaxError> {
        if self.eat(wanted) {
            return Ok(());
        }
        Err(self.error(format!("expected `{wanted}`")))
    }

    pub(crate) fn take_while(&mut self, wanted: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let taken = &rest[..rest.find(|c| !wanted(c)).unwrap_or(rest.len())];
        self.at += taken.len();
        taken
    }

    pub(crate) fn skip_space(&mut self) {
        self.take_while(char::is_whitespace);
    }

    /// Reads one level deeper, unless that is too deep.
    pub(crate) fn nested<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, SyntaxError>,
    ) -> Result<T, SyntaxError> {
        if self.depth == MAX_DEPTH {
            return Err(self.error("nested too deep"));
        }
        self.depth += 1;
        let read = read(self);
        self.depth -= 1;
        read
    }

    /// The text between quotes, the opening one being next. A backslash keeps the character after it.
    pub(crate) fn quoted(&mut self) -> Result<String, SyntaxError> {
        let Some(quote @ ('\'' | '"')) = self.next() else {
            return Err(self.error("expected a quoted name"));
        };
        let mut text = String::new();
        loop {
            match self.next() {
                Some(end) if end == quote => return Ok(text),
                Some('\\') => text.extend(self.next()),
                Some(other) => text.push(other),
                None => return Err(self.error("the quote is not closed")),
            }
        }
    }

    /// Goes back to a place read before.
    pub(crate) fn rewind(&mut self, at: usize) {
        self.at = at;
    }

    /// An error of the text as a whole.
    pub(crate) fn wrong(&self, message: impl Into<String>) -> SyntaxError {
        SyntaxError::new(self.text, message)
    }

    /// An error at this place.
    pub(crate) fn error(&self, message: impl Into<String>) -> SyntaxError {
        let message = message.into();
        let place = match self.peek() {
            Some(found) => format!("{message} at character {}, found `{found}`", self.column()),
            None => format!("{message} at the end"),
        };
        self.wrong(place)
    }

    fn column(&self) -> usize {
        self.text[..self.at].chars().count() + 1
    }
}

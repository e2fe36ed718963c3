//! Reads a path.

use super::{Path, Root, Segment, filter};
use crate::{SyntaxError, cursor::Cursor};

/// More steps than any path has; evaluation recurses by them.
const MAX_SEGMENTS: usize = 256;

/// Where a path ends: that decides which characters an unquoted name may hold.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Ends {
    /// It is the whole text.
    WithText,
    /// It is an argument of an intrinsic call.
    InCall,
    /// It is an operand of a filter.
    InFilter,
}

impl Ends {
    fn allows(self, name: char) -> bool {
        match self {
            _ if name.is_whitespace() || name == '.' || name == '[' => false,
            Self::WithText => true,
            Self::InCall => !",)".contains(name),
            Self::InFilter => !",)]=!<>&|~".contains(name),
        }
    }
}

impl Path {
    /// Reads the path that starts here.
    pub(crate) fn read(cursor: &mut Cursor, ends: Ends) -> Result<Self, SyntaxError> {
        let start = cursor.at();
        if !cursor.eat("$") {
            return Err(cursor.error("a path starts with `$`"));
        }
        let root = if cursor.eat("$") {
            Root::Context
        } else {
            match name(cursor, ends) {
                "" => Root::Input,
                variable => Root::Variable(variable.to_owned()),
            }
        };
        let segments = segments(cursor, ends)?;
        Ok(Self { text: cursor.since(start).to_owned(), root, segments })
    }
}

/// Reads the steps after a path's root.
pub(super) fn segments(cursor: &mut Cursor, ends: Ends) -> Result<Vec<Segment>, SyntaxError> {
    let mut segments = Vec::new();
    loop {
        let dotted = if cursor.eat("..") {
            segments.push(Segment::Descend);
            true
        } else {
            cursor.eat(".")
        };
        if cursor.peek() == Some('[') {
            segments.push(bracket(cursor)?);
        } else if dotted {
            segments.push(match name(cursor, ends) {
                "" => {
                    return Err(
                        cursor.error("expected a name (a name with spaces goes in brackets: `['a b']`)")
                    );
                }
                "*" => Segment::Wildcard,
                name => Segment::Name(name.to_owned()),
            });
        } else {
            return Ok(segments);
        }
        if segments.len() > MAX_SEGMENTS {
            return Err(cursor.error("the path has too many steps"));
        }
    }
}

/// An unquoted name; `()` may be part of it, as in `length()`.
fn name<'a>(cursor: &mut Cursor<'a>, ends: Ends) -> &'a str {
    let start = cursor.at();
    loop {
        let before = cursor.at();
        cursor.take_while(|c| ends.allows(c) && (c != '(' || ends == Ends::WithText));
        cursor.eat("()");
        if cursor.at() == before {
            return cursor.since(start);
        }
    }
}

fn bracket(cursor: &mut Cursor) -> Result<Segment, SyntaxError> {
    cursor.expect("[")?;
    cursor.skip_space();
    let segment = match cursor.peek() {
        Some('*') => {
            cursor.next();
            Segment::Wildcard
        }
        Some('?') => {
            cursor.next();
            cursor.skip_space();
            Segment::Filter(filter::read(cursor)?)
        }
        Some('(') => from_end(cursor)?,
        Some('\'' | '"') => {
            let mut names = list(cursor, Cursor::quoted)?;
            if names.len() == 1 { Segment::Name(names.remove(0)) } else { Segment::Names(names) }
        }
        _ => indexes(cursor)?,
    };
    cursor.skip_space();
    cursor.expect("]")?;
    Ok(segment)
}

/// `(@.length-1)`: the only script that Jayway knows.
fn from_end(cursor: &mut Cursor) -> Result<Segment, SyntaxError> {
    for part in ["(", "@.length", "-"] {
        cursor.expect(part)?;
        cursor.skip_space();
    }
    let back = cursor.take_while(|c| c.is_ascii_digit());
    let back = back.parse().map_err(|_| cursor.error("expected how far from the end"))?;
    cursor.skip_space();
    cursor.expect(")")?;
    Ok(Segment::FromEnd(back))
}

fn indexes(cursor: &mut Cursor) -> Result<Segment, SyntaxError> {
    let from = if cursor.peek() == Some(':') { None } else { Some(index(cursor)?) };
    cursor.skip_space();
    if cursor.eat(":") {
        cursor.skip_space();
        let to = if cursor.peek() == Some(']') { None } else { Some(index(cursor)?) };
        return match (from, to) {
            (None, None) => Err(cursor.error("a slice has a start or an end")),
            _ => Ok(Segment::Slice(from, to)),
        };
    }
    let mut indexes: Vec<i64> = from.into_iter().collect();
    if cursor.eat(",") {
        cursor.skip_space();
        indexes.extend(list(cursor, index)?);
    }
    Ok(if let [index] = indexes[..] { Segment::Index(index) } else { Segment::Indexes(indexes) })
}

fn index(cursor: &mut Cursor) -> Result<i64, SyntaxError> {
    let start = cursor.at();
    cursor.eat("-");
    cursor.take_while(|c| c.is_ascii_digit());
    cursor.since(start).parse().map_err(|_| cursor.error("expected a quoted name, an index, `*` or `?(`"))
}

/// One or more, with commas between.
fn list<'a, T>(
    cursor: &mut Cursor<'a>,
    one: impl Fn(&mut Cursor<'a>) -> Result<T, SyntaxError>,
) -> Result<Vec<T>, SyntaxError> {
    let mut items = vec![one(cursor)?];
    loop {
        cursor.skip_space();
        if !cursor.eat(",") {
            return Ok(items);
        }
        cursor.skip_space();
        items.push(one(cursor)?);
    }
}

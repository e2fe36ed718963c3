//! What goes to the terminal.

use std::{
    io::{self, Write},
    iter,
};

use miette::IntoDiagnostic;
use serde::Serialize;

/// Prints a JSON document. A reader that has seen enough (`| head`) is no error.
pub(super) fn print_json(document: &impl Serialize) -> miette::Result<()> {
    let mut text = serde_json::to_string_pretty(document).into_diagnostic()?;
    text.push('\n');
    print(&text)
}

/// Prints text. A reader that has seen enough is no error.
pub(super) fn print(text: &str) -> miette::Result<()> {
    match io::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written.into_diagnostic(),
    }
}

/// Text from outside, without what could drive the terminal or turn the direction of what follows.
pub(super) fn plain(text: &str) -> String {
    text.chars().map(|char| if drives(char) { '\u{fffd}' } else { char }).collect()
}

/// The same, with each byte in its place, and with the ends of lines and the tabs of any document.
pub(super) fn plain_in_place(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for char in text.chars() {
        if drives(char) && !matches!(char, '\r' | '\t') {
            plain.extend(iter::repeat_n('?', char.len_utf8()));
        } else {
            plain.push(char);
        }
    }
    plain
}

fn drives(char: char) -> bool {
    match char {
        '\n' => false,
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => true,
        other => other.is_control(),
    }
}

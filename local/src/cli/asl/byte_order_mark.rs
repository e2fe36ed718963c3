//! What some editors begin a file with.

/// A text without the mark that it may begin with, which is no part of JSON.
///
/// Source: <https://www.rfc-editor.org/rfc/rfc8259#section-8.1>
pub(super) fn strip(mut text: String) -> String {
    const MARK: char = '\u{feff}';
    if text.starts_with(MARK) {
        text.drain(..MARK.len_utf8());
    }
    text
}

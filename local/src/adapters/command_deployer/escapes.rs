//! The escape sequences by which programs drive a terminal: colours, titles, links.
//!
//! Source: <https://ecma-international.org/publications-and-standards/standards/ecma-48/>

const ESC: char = '\u{1b}';
const BEL: char = '\u{7}';

/// The text without its escape sequences.
pub(super) fn strip(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, sequence)) = rest.split_once(ESC) {
        plain.push_str(before);
        rest = after(sequence);
    }
    plain + rest
}

/// What follows a sequence that begins here, behind its ESC.
fn after(sequence: &str) -> &str {
    // A control sequence, such as a colour: `[`, parameters, and one character that ends it.
    if let Some(control) = sequence.strip_prefix('[') {
        let end = control.trim_start_matches(|char: char| matches!(char, ' '..='?'));
        return end.strip_prefix(|char: char| matches!(char, '@'..='~')).unwrap_or(end);
    }
    // A control string, such as a title or a link: until BEL, or until ESC \, which is a sequence of its own.
    if let Some(string) = sequence.strip_prefix([']', 'P', 'X', '^', '_']) {
        let end = string.trim_start_matches(|char: char| !matches!(char, BEL | ESC | '\n'));
        return end.strip_prefix(BEL).unwrap_or(end);
    }
    let end = sequence.trim_start_matches(|char: char| matches!(char, ' '..='/'));
    end.strip_prefix(|char: char| matches!(char, '0'..='~')).unwrap_or(end)
}

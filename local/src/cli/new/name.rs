//! The name of a flow or a step, in each form that it is written in.

use std::str::FromStr;

/// So that a function's name, which has a prefix and the environment around it, stays within the 64 characters of AWS.
///
/// Source: <https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html>
const MAX_LENGTH: usize = 40;

/// Words that Rust, or a flow's own file, or whoever talks to the bot, has another meaning for.
///
/// Source: <https://doc.rust-lang.org/reference/keywords.html>
const RESERVED: [&str; 60] = [
    "abstract", "alloc", "as", "async", "await", "become", "box", "break", "const", "continue", "core",
    "crate", "deploy", "do", "dyn", "else", "enum", "extern", "false", "final", "flow", "fn", "for", "gen",
    "help", "if", "impl", "in", "let", "loop", "macro", "match", "mod", "move", "mut", "override", "priv",
    "pub", "publish", "ref", "return", "self", "static", "status", "std", "struct", "super", "task", "trait",
    "true", "try", "type", "typeof", "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

/// A name in kebab-case, such as `count-votes`.
#[derive(Clone, Debug)]
pub(super) struct Name(String);

impl Name {
    /// The name of the step that handles what a flow of this name is started by: `handle-count-votes`.
    pub(super) fn handle(&self) -> Self {
        Self(format!("handle-{}", self.0))
    }

    /// As flows are called: `count-votes`.
    pub(super) fn kebab(&self) -> &str {
        &self.0
    }

    /// As files and modules are called: `count_votes`.
    pub(super) fn snake(&self) -> String {
        self.0.replace('-', "_")
    }

    /// As constants are called: `COUNT_VOTES`.
    pub(super) fn screaming(&self) -> String {
        self.snake().to_uppercase()
    }

    /// As steps and types are called: `CountVotes`.
    pub(super) fn pascal(&self) -> String {
        self.0.split('-').map(|word| word[..1].to_uppercase() + &word[1..]).collect()
    }
}

impl FromStr for Name {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let is_word = |word: &str| {
            word.starts_with(|first: char| first.is_ascii_lowercase())
                && word.chars().all(|char| char.is_ascii_lowercase() || char.is_ascii_digit())
        };
        if !text.split('-').all(is_word) {
            return Err("write words of a–z and 0–9 that begin with a letter, joined by hyphens".to_owned());
        }
        if text.len() > MAX_LENGTH {
            return Err(format!("write {MAX_LENGTH} characters or less"));
        }
        if RESERVED.contains(&text) {
            return Err(
                "this word has another meaning, in the code or to the bot: choose another, or add a second"
                    .to_owned(),
            );
        }
        Ok(Self(text.to_owned()))
    }
}

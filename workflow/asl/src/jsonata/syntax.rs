//! Reads expressions as JSONata 2.0.6 does, and says what is wrong with them in its words: `jsonata-core` names
//! tokens as its source does, and reads a little more.
//!
//! Source: <https://github.com/jsonata-js/jsonata/blob/v2.0.6/src/parser.js>

use jsonata_core::{
    ast::{AstNode, BinaryOp, PathStep, Stage},
    parser::{self, Lexer, ParserError, Token},
    value::with_stack,
};

use super::rewritten::for_each_child;

/// The tokens, by their names in `jsonata-core`.
const SYMBOLS: &[(&str, &str)] = &[
    ("Ampersand", "&"),
    ("And", "and"),
    ("At", "@"),
    ("Caret", "^"),
    ("Colon", ":"),
    ("ColonEqual", ":="),
    ("Comma", ","),
    ("Dot", "."),
    ("DotDot", ".."),
    ("Equal", "="),
    ("GreaterThan", ">"),
    ("GreaterThanOrEqual", ">="),
    ("Hash", "#"),
    ("In", "in"),
    ("LeftBrace", "{"),
    ("LeftBracket", "["),
    ("LeftParen", "("),
    ("LessThan", "<"),
    ("LessThanOrEqual", "<="),
    ("Minus", "-"),
    ("NotEqual", "!="),
    ("Or", "or"),
    ("Percent", "%"),
    ("Pipe", "|"),
    ("Plus", "+"),
    ("Question", "?"),
    ("QuestionColon", "?"),
    ("QuestionQuestion", "?"),
    ("RightBrace", "}"),
    ("RightBracket", "]"),
    ("RightParen", ")"),
    ("Semicolon", ";"),
    ("Slash", "/"),
    ("Star", "*"),
    ("StarStar", "**"),
    ("TildeArrow", "~>"),
];

/// How `jsonata-core` names the end of the text.
const END: &str = "Eof";

/// Reads an expression, or says what is wrong with it.
pub(super) fn parse(text: &str) -> Result<AstNode, String> {
    let mut tree = parser::parse(text).map_err(|error| message(text, &error))?;
    let mut refusal = None;
    refuse(&mut tree, None, &mut refusal);
    refusal.map_or(Ok(tree), Err)
}

fn message(text: &str, error: &ParserError) -> String {
    match error {
        ParserError::UnexpectedToken(token) => unexpected_token(text, token),
        ParserError::Expected { expected, found } => expected_token(text, expected, found),
        ParserError::UnclosedString if is_regex_open(text) => {
            "S0302: No terminating / in regular expression".to_owned()
        }
        ParserError::UnclosedComment => "S0106: Comment has no closing tag".to_owned(),
        ParserError::InvalidEscape(sequence) if !sequence.starts_with("\\u") => {
            format!("S0103: Unsupported escape sequence: \\\"{}\"", sequence.trim_start_matches('\\'))
        }
        ParserError::Coded { code: "S0214", message } if message.ends_with(['@', '#']) => {
            let symbol = &message[message.len() - 1..];
            format!("S0214: The right side of \"{symbol}\" must be a variable name (start with $)")
        }
        ParserError::InvalidSyntax(message) => match message.strip_prefix("S0201: Syntax error: ") {
            Some(token) => format!("S0201: Syntax error: {}", token_value(token)),
            None => message.clone(),
        },
        ParserError::InvalidNumber(message) => match message.strip_prefix("S0102: Number out of range: ") {
            Some(number) => format!("S0102: Number out of range: \"{number}\""),
            None => message.clone(),
        },
        other => other.to_string(),
    }
}

/// A token stands where an operand is expected.
fn unexpected_token(text: &str, token: &str) -> String {
    if token == END {
        return match open_at_end(text) {
            Some(closing) => format!("S0203: Expected \"{closing}\" before end of expression"),
            None => "S0207: Unexpected end of expression".to_owned(),
        };
    }
    if let Some(found) = token.strip_prefix("Unexpected token in signature: ") {
        return expected_token(text, ">", found);
    }
    match symbol(token) {
        Some(symbol) => format!("S0211: The symbol \"{symbol}\" cannot be used as a unary operator"),
        None => format!("S0204: Unknown operator: \"{token}\""),
    }
}

/// A token stands where another one is expected.
fn expected_token(text: &str, expected: &str, found: &str) -> String {
    if expected == "parameter name" {
        return match (found, symbol(found)) {
            (END, _) => "S0203: Expected \")\" before end of expression".to_owned(),
            (_, Some(_)) => unexpected_token(text, found),
            _ => format!(
                "S0208: Parameter {} of function definition must be a variable name (start with $)",
                wrong_parameter(text)
            ),
        };
    }
    let expected = symbol(expected).unwrap_or(expected);
    if found == END {
        return format!("S0203: Expected \"{expected}\" before end of expression");
    }
    format!("S0202: Expected \"{expected}\", got {}", token_value(found))
}

fn symbol(token: &str) -> Option<&'static str> {
    SYMBOLS.iter().find(|(name, _)| *name == token).map(|(_, symbol)| *symbol)
}

/// A token's value as JSON: `Number(2.0)` is 2.
fn token_value(token: &str) -> String {
    if let Some(symbol) = symbol(token) {
        return format!("\"{symbol}\"");
    }
    let value = token.split_once('(').map(|(kind, value)| (kind, value.strip_suffix(')').unwrap_or(value)));
    match value {
        Some(("Number", number)) => number.strip_suffix(".0").unwrap_or(number).to_owned(),
        Some((_, quoted)) => quoted.to_owned(),
        None => token.to_lowercase(),
    }
}

/// Whether what is not closed in a text is a regular expression: no quote closes it.
fn is_regex_open(text: &str) -> bool {
    let is_open =
        |quote| matches!(parser::parse(&format!("{text}{quote}")), Err(ParserError::UnclosedString));
    is_open('"') && is_open('\'')
}

/// What is to follow at least, where a text ends within brackets.
fn open_at_end(text: &str) -> Option<&'static str> {
    let (mut open, mut bars, mut is_body) = (Vec::new(), 0, false);
    for token in tokens(text) {
        match token {
            Token::LeftParen => open.push(")"),
            Token::LeftBracket => open.push("]"),
            Token::LeftBrace if is_body => {
                open.push("}");
                is_body = false;
            }
            Token::LeftBrace => open.push(":"),
            Token::RightParen | Token::RightBracket | Token::RightBrace => {
                open.pop();
            }
            Token::Function(_) => is_body = true,
            // `|location|update|`
            Token::Pipe => {
                bars += 1;
                match bars % 3 {
                    1 => open.push("|"),
                    0 => open.truncate(open.len().saturating_sub(1)),
                    _ => {}
                }
            }
            // After a key comes its value, and after that the next key.
            Token::Colon | Token::Comma => match open.last_mut() {
                Some(last) if *last == ":" && token == Token::Colon => *last = "}",
                Some(last) if *last == "}" && token == Token::Comma => *last = ":",
                _ => {}
            },
            _ => {}
        }
    }
    open.pop()
}

/// The number of the first parameter that is no variable.
fn wrong_parameter(text: &str) -> usize {
    let mut number = None;
    for token in tokens(text) {
        match (token, number) {
            (Token::Function(_), _) => number = Some(1),
            (Token::RightParen, _) => number = None,
            (Token::Comma, Some(last)) => number = Some(last + 1),
            (Token::LeftParen | Token::Variable(_), _) | (_, None) => {}
            (_, Some(wrong)) => return wrong,
        }
    }
    1
}

fn tokens(text: &str) -> impl Iterator<Item = Token> {
    let mut lexer = Lexer::new(text.to_owned());
    std::iter::from_fn(move || lexer.next_token().ok().filter(|token| *token != Token::Eof))
}

/// Finds what `jsonata-core` reads and JSONata 2.0.6 does not. `closing` is what is expected where the node ends.
fn refuse(node: &mut AstNode, closing: Option<&str>, refusal: &mut Option<String>) {
    if refusal.is_none() {
        with_stack(|| {
            *refusal = refusal_of(node, closing);
            refuse_in(node, closing, refusal);
        });
    }
}

fn refusal_of(node: &AstNode, closing: Option<&str>) -> Option<String> {
    let unexpected = |token: &str| match closing {
        Some(closing) => format!("S0202: Expected \"{closing}\", got \"{token}\""),
        None => format!("S0201: Syntax error: \"{token}\""),
    };
    match node {
        AstNode::Binary { op: BinaryOp::Range, .. } => Some(unexpected("..")),
        AstNode::Binary { op: BinaryOp::ColonEqual, lhs, .. } if !matches!(**lhs, AstNode::Variable(_)) => {
            Some("S0212: The left side of := must be a variable name (start with $)".to_owned())
        }
        AstNode::Regex { pattern, .. } if pattern.is_empty() => {
            Some("S0301: Empty regular expressions are not allowed".to_owned())
        }
        AstNode::Regex { flags, .. } => {
            let unknown = flags.trim_start_matches(['i', 'm']);
            (!unknown.is_empty()).then(|| unexpected(unknown))
        }
        _ => None,
    }
}

fn refuse_in(node: &mut AstNode, closing: Option<&str>, refusal: &mut Option<String>) {
    let closing = match node {
        // Ranges are items of arrays, and nothing else.
        AstNode::Array(items) | AstNode::ArrayGroup(items) => {
            for item in items {
                if let AstNode::Binary { op: BinaryOp::Range, lhs, rhs } = item {
                    refuse(lhs, Some("]"), refusal);
                    refuse(rhs, Some("]"), refusal);
                } else {
                    refuse(item, Some("]"), refusal);
                }
            }
            return;
        }
        AstNode::Path { steps } => {
            for PathStep { node, stages, .. } in steps {
                refuse(node, closing, refusal);
                for stage in stages {
                    if let Stage::Filter(filter) = stage {
                        refuse(filter, Some("]"), refusal);
                    }
                }
            }
            return;
        }
        AstNode::Block(_) | AstNode::Function { .. } | AstNode::Call { .. } => Some(")"),
        AstNode::Object(_) | AstNode::Lambda { .. } => Some("}"),
        AstNode::Transform { .. } => Some("|"),
        _ => closing,
    };
    for_each_child(node, &mut |child: &mut AstNode| refuse(child, closing, refusal));
}

//! Intrinsic functions: `States.Format('{}/{}', $.team, $.id)` ("Intrinsic Functions" of the specification).

mod arrays;
pub(crate) mod encoding;
mod function;
pub(crate) mod numbers;
mod text;

use std::{borrow::Cow, fmt};

use serde_json::Value;

use crate::{DataError, ErrorName, Path, Scope, SyntaxError, cursor::Cursor, nearest::nearest, path::Ends};
use function::{FUNCTIONS, Function};
pub use numbers::uuid;

/// A call and ten calls nested in it: AWS's limit.
const MAX_CALLS_DEEP: usize = 11;

/// A call of an intrinsic function.
///
/// ```
/// # use ackflow_asl::{Intrinsic, Scope, Seed};
/// # use serde_json::json;
/// let (input, context) = (json!({ "id": "F1" }), json!({}));
/// let seed = Seed::new(0);
/// let scope = Scope::new(&input, &context, &seed);
/// let key = Intrinsic::parse("States.Format('files/{}', $.id)")?;
/// assert_eq!(key.evaluate(&scope)?, json!("files/F1"));
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Intrinsic {
    text: String,
    call: Call,
}

#[derive(Clone, Debug, PartialEq)]
struct Call {
    function: &'static Function,
    arguments: Vec<Argument>,
}

#[derive(Clone, Debug, PartialEq)]
enum Argument {
    /// Between single quotes, its escapes not yet resolved: `States.Format` needs them.
    Text(String),
    /// A number, true, false or null.
    Literal(Value),
    Path(Path),
    Call(Call),
}

/// Why a call has no value.
enum Problem {
    /// A function can't do it.
    Failed(String),
    /// An argument's path finds nothing.
    Missing(String),
}

impl Intrinsic {
    /// Reads a call.
    pub fn parse(text: &str) -> Result<Self, SyntaxError> {
        let mut cursor = Cursor::new(text.trim());
        let call = Call::read(&mut cursor, 1)?;
        if !cursor.rest().is_empty() {
            return Err(cursor.error("expected nothing after the call"));
        }
        Ok(Self { text: text.to_owned(), call })
    }

    /// The call's text, as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The call's value.
    ///
    /// # Errors
    /// `States.IntrinsicFailure` when a function fails, `States.Runtime` when a path finds nothing.
    pub fn evaluate(&self, scope: &Scope) -> Result<Value, DataError> {
        self.call.evaluate(scope).map_err(|problem| {
            let (name, reason) = match problem {
                Problem::Failed(reason) => (ErrorName::INTRINSIC_FAILURE, reason),
                Problem::Missing(reason) => (ErrorName::RUNTIME, reason),
            };
            DataError::new(name, format!("The function '{}' had the following error: {reason}", self.text))
        })
    }

    /// Whether an argument of it is read from the context object.
    pub fn reads_context(&self) -> bool {
        self.call.reads_context()
    }

    /// The variables (`$name`) among its arguments.
    pub(crate) fn variables(&self) -> Vec<&str> {
        self.call.variables()
    }
}

impl fmt::Display for Intrinsic {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

impl Call {
    fn read(cursor: &mut Cursor, depth: usize) -> Result<Self, SyntaxError> {
        if depth > MAX_CALLS_DEEP {
            return Err(cursor.error("more than ten calls are nested"));
        }
        let name = cursor.take_while(|c| c.is_ascii_alphanumeric() || c == '.' || c == '_');
        let Some(function) = FUNCTIONS.iter().find(|function| function.name == name) else {
            let known = FUNCTIONS.iter().map(|function| function.name);
            let hint = nearest(name, known).map(|name| format!("; did you mean {name}?")).unwrap_or_default();
            if name.is_empty() {
                return Err(cursor.error("expected `States.`"));
            }
            return Err(cursor.wrong(format!("there is no function {name}{hint}")));
        };
        cursor.skip_space();
        cursor.expect("(")?;
        let arguments = arguments(cursor, depth)?;
        if !(function.least..=function.most).contains(&arguments.len()) {
            return Err(cursor.wrong(format!("{}, not {}", function.arity(), arguments.len())));
        }
        Ok(Self { function, arguments })
    }

    fn evaluate(&self, scope: &Scope) -> Result<Value, Problem> {
        let keeps_escapes = |at: usize| at == 0 && self.function.name == text::FORMAT;
        let values = self.arguments.iter().enumerate();
        let values = values.map(|(at, argument)| argument.evaluate(keeps_escapes(at), scope));
        (self.function.apply)(&values.collect::<Result<Vec<_>, _>>()?, scope.entropy).map_err(Problem::Failed)
    }

    fn reads_context(&self) -> bool {
        self.arguments.iter().any(|argument| match argument {
            Argument::Path(path) => path.is_context(),
            Argument::Call(call) => call.reads_context(),
            Argument::Text(_) | Argument::Literal(_) => false,
        })
    }

    fn variables(&self) -> Vec<&str> {
        self.arguments.iter().flat_map(Argument::variables).collect()
    }
}

impl Argument {
    fn evaluate<'s>(&'s self, keeps_escapes: bool, scope: &Scope<'s>) -> Result<Cow<'s, Value>, Problem> {
        match self {
            Self::Text(text) if keeps_escapes => Ok(Cow::Owned(text.as_str().into())),
            Self::Text(text) => Ok(Cow::Owned(text::unescape(text).into())),
            Self::Literal(value) => Ok(Cow::Borrowed(value)),
            Self::Call(call) => call.evaluate(scope).map(Cow::Owned),
            Self::Path(path) => path.find(scope).map_err(|_| {
                Problem::Missing(format!(
                    "The JsonPath argument for the field '{path}' could not be found in the input '{}'",
                    scope.input
                ))
            }),
        }
    }

    fn variables(&self) -> Vec<&str> {
        match self {
            Self::Path(path) => path.variable().into_iter().collect(),
            Self::Call(call) => call.variables(),
            Self::Text(_) | Self::Literal(_) => Vec::new(),
        }
    }
}

/// The arguments up to the closing parenthesis.
fn arguments(cursor: &mut Cursor, depth: usize) -> Result<Vec<Argument>, SyntaxError> {
    let mut arguments = Vec::new();
    loop {
        cursor.skip_space();
        if arguments.is_empty() && cursor.eat(")") {
            return Ok(arguments);
        }
        arguments.push(argument(cursor, depth)?);
        cursor.skip_space();
        if cursor.eat(")") {
            return Ok(arguments);
        }
        if !cursor.eat(",") {
            return Err(cursor.error("expected `,` or `)`"));
        }
    }
}

fn argument(cursor: &mut Cursor, depth: usize) -> Result<Argument, SyntaxError> {
    match cursor.peek() {
        Some('\'') => text::read(cursor).map(Argument::Text),
        Some('$') => Path::read(cursor, Ends::InCall).map(Argument::Path),
        Some('S') => Call::read(cursor, depth + 1).map(Argument::Call),
        _ => {
            let start = cursor.at();
            let word = cursor.take_while(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
            let wanted = "expected a path, a call, a string in single quotes, a number, true, false or null";
            serde_json::from_str(word).map(Argument::Literal).map_err(|_| {
                cursor.rewind(start);
                cursor.error(wanted)
            })
        }
    }
}

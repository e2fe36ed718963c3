//! Data with expressions in it: payload templates of JSONPath, and values of JSONata.

use std::{fmt, sync::OnceLock};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

use crate::{
    DataError, Expression, QueryLanguage, Scope, SyntaxError,
    jsonata::{Bindings, Query, QueryError},
};

/// Data in which expressions are replaced by what they give.
///
/// In JSONPath ("Payload Template" of the specification) these are the fields whose names end in `.$`, each of which
/// holds a path or an intrinsic call; in JSONata they are the strings that stand between `{%` and `%}`.
///
/// ```
/// # use ackflow_asl::{Scope, Seed, Template};
/// # use serde_json::json;
/// let template = Template::new(json!({ "kind": "file", "id.$": "$.file.id" }))?;
/// let (input, context) = (json!({ "file": { "id": "F1" } }), json!({}));
/// let seed = Seed::new(0);
/// let scope = Scope::new(&input, &context, &seed);
/// assert_eq!(template.render("Parameters", &scope)?, json!({ "kind": "file", "id": "F1" }));
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Template {
    source: Value,
    /// Compiled once it is wanted: until then nobody knows the language of the state around it.
    compiled: OnceLock<Compiled>,
}

/// What a template is in the language of the state around it.
#[derive(Clone, Debug)]
struct Compiled {
    node: Node,
    reads_context: bool,
}

#[derive(Clone, Debug)]
enum Node {
    /// Holds nothing to replace.
    Fixed(Value),
    Array(Vec<Node>),
    Object(Vec<(String, Node)>),
    /// The value of a `.$` field, with the field's whole name.
    Expression(String, Expression),
    /// A string of JSONata, with its place in the template (`/FunctionName`).
    Query(String, Query),
    /// What the validator would have refused.
    Invalid(TemplateError),
}

/// An expression in a template that can't be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the field {field}: {problem}")]
pub struct TemplateError {
    /// The expression's place in the template: `Payload.id.$`.
    pub field: String,
    /// What is wrong with its value.
    pub problem: SyntaxError,
}

/// A type of JSON, as an expression's field wants it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `[…]`
    Array,
    /// `true` or `false`
    Boolean,
    /// A number.
    Number,
    /// Text.
    String,
}

impl Template {
    /// A payload template of JSONPath.
    ///
    /// # Errors
    /// The first field that ends in `.$` and holds neither a path nor an intrinsic call.
    pub fn new(source: Value) -> Result<Self, TemplateError> {
        let template = Self::from(source);
        template.problems(QueryLanguage::JsonPath).into_iter().next().map_or(Ok(template), Err)
    }

    /// Every expression that can't be read.
    pub(crate) fn problems(&self, language: QueryLanguage) -> Vec<TemplateError> {
        let mut errors = Vec::new();
        self.node(language).problems(&mut errors);
        errors
    }

    /// The template as JSON, as it was written.
    pub fn as_json(&self) -> &Value {
        &self.source
    }

    /// The data that the template gives. `field` is the field that it stands in, for people.
    ///
    /// # Errors
    /// In JSONPath `States.Runtime` when a path finds nothing, `States.IntrinsicFailure` when a call fails; in JSONata
    /// `States.QueryEvaluationError`.
    pub fn render(&self, field: &str, scope: &Scope) -> Result<Value, DataError> {
        self.node(scope.language).render(field, scope)
    }

    /// The same, where the field wants a value of this type.
    ///
    /// # Errors
    /// The same, and when an expression of JSONata gives a value of another type.
    pub fn render_as(&self, kind: Kind, field: &str, scope: &Scope) -> Result<Value, DataError> {
        let value = self.render(field, scope)?;
        match self.node(scope.language) {
            Node::Query(_, query) => kind.check(query, field, &value).map(|()| value),
            _ => Ok(value),
        }
    }

    /// Whether an expression in it reads the context object.
    pub fn reads_context(&self, language: QueryLanguage) -> bool {
        self.compiled(language).reads_context
    }

    fn node(&self, language: QueryLanguage) -> &Node {
        &self.compiled(language).node
    }

    fn compiled(&self, language: QueryLanguage) -> &Compiled {
        self.compiled.get_or_init(|| {
            let node = match language {
                QueryLanguage::JsonPath => compile_paths(&self.source, ""),
                QueryLanguage::Jsonata => compile_queries(&self.source, ""),
            };
            Compiled { reads_context: node.reads_context(), node }
        })
    }
}

impl Kind {
    /// Refuses what an expression of JSONata gave for a field that wants a value of this type.
    ///
    /// # Errors
    /// `States.QueryEvaluationError` for a value of another type.
    pub fn check(self, query: impl fmt::Display, field: &str, value: &Value) -> Result<(), DataError> {
        let (wanted, found) = (self.name(), type_name(value));
        if wanted == found {
            return Ok(());
        }
        let cause = format!(
            "The JSONata expression '{query}' specified for the field '{field}' returned an unexpected result type. \
             Expected '{wanted}', but was '{found}' for value: {value}"
        );
        Err(DataError::query(field, cause))
    }

    fn name(self) -> &'static str {
        match self {
            Self::Array => "array",
            Self::Boolean => "boolean",
            Self::Number => "number",
            Self::String => "string",
        }
    }
}

fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

fn compile_paths(source: &Value, place: &str) -> Node {
    let node = match source {
        Value::Array(items) => {
            let items = items.iter().enumerate();
            Node::Array(items.map(|(at, item)| compile_paths(item, &format!("{place}[{at}]"))).collect())
        }
        Value::Object(fields) => {
            Node::Object(fields.iter().map(|(name, value)| path_field(name, value, place)).collect())
        }
        plain => Node::Fixed(plain.clone()),
    };
    node.or_fixed(source)
}

fn path_field(name: &str, value: &Value, place: &str) -> (String, Node) {
    let place = if place.is_empty() { name.to_owned() } else { format!("{place}.{name}") };
    let Some(short) = name.strip_suffix(".$") else {
        return (name.to_owned(), compile_paths(value, &place));
    };
    let expression = match value {
        Value::String(text) => Expression::parse(text),
        other => Err(SyntaxError::new(&other.to_string(), "a field that ends in `.$` holds a string")),
    };
    let node = match expression {
        Ok(expression) => Node::Expression(name.to_owned(), expression),
        Err(problem) => Node::Invalid(TemplateError { field: place, problem }),
    };
    (short.to_owned(), node)
}

fn compile_queries(source: &Value, place: &str) -> Node {
    let node = match source {
        Value::String(text) => match Query::delimited(text).map(Query::parse) {
            None => Node::Fixed(source.clone()),
            Some(Ok(query)) => Node::Query(place.to_owned(), query),
            Some(Err(problem)) => {
                let field = place.trim_start_matches('/').to_owned();
                Node::Invalid(TemplateError { field, problem })
            }
        },
        Value::Array(items) => {
            let items = items.iter().enumerate();
            Node::Array(items.map(|(at, item)| compile_queries(item, &format!("{place}[{at}]"))).collect())
        }
        Value::Object(fields) => {
            let field = |(name, value): (&String, &Value)| {
                (name.clone(), compile_queries(value, &format!("{place}/{name}")))
            };
            Node::Object(fields.iter().map(field).collect())
        }
        plain => Node::Fixed(plain.clone()),
    };
    node.or_fixed(source)
}

impl Node {
    /// One node for everything below it, where there is nothing to replace.
    fn or_fixed(self, source: &Value) -> Self {
        let is_fixed = match &self {
            Self::Array(items) => items.iter().all(Self::is_fixed),
            Self::Object(fields) => fields.iter().all(|(_, field)| field.is_fixed()),
            _ => false,
        };
        if is_fixed { Self::Fixed(source.clone()) } else { self }
    }

    fn is_fixed(&self) -> bool {
        matches!(self, Self::Fixed(_))
    }

    fn render(&self, field: &str, scope: &Scope) -> Result<Value, DataError> {
        match self {
            Self::Fixed(value) => Ok(value.clone()),
            Self::Array(items) => items.iter().map(|item| item.render(field, scope)).collect(),
            Self::Object(fields) => {
                let fields = fields.iter().map(|(name, node)| Ok((name.clone(), node.render(field, scope)?)));
                fields.collect::<Result<Map<_, _>, _>>().map(Value::Object)
            }
            Self::Expression(name, expression) => expression.evaluate(name, scope),
            Self::Query(place, query) => evaluate(query, field, place, scope),
            Self::Invalid(error) => Err(DataError::runtime(error.to_string())),
        }
    }

    fn reads_context(&self) -> bool {
        match self {
            Self::Fixed(_) | Self::Invalid(_) => false,
            Self::Array(items) => items.iter().any(Self::reads_context),
            Self::Object(fields) => fields.iter().any(|(_, field)| field.reads_context()),
            Self::Expression(_, expression) => expression.reads_context(),
            Self::Query(_, query) => {
                query.reads_all_states() || query.states_fields().iter().any(|field| field == "context")
            }
        }
    }

    fn problems(&self, errors: &mut Vec<TemplateError>) {
        match self {
            Self::Fixed(_) | Self::Expression(..) | Self::Query(..) => {}
            Self::Array(items) => items.iter().for_each(|item| item.problems(errors)),
            Self::Object(fields) => fields.iter().for_each(|(_, field)| field.problems(errors)),
            Self::Invalid(error) => errors.push(error.clone()),
        }
    }
}

/// The value of a query at this place in a field.
fn evaluate(query: &Query, field: &str, place: &str, scope: &Scope) -> Result<Value, DataError> {
    let states = [
        ("input", Some(scope.input)),
        ("context", Some(scope.context)),
        ("result", scope.result),
        ("errorOutput", scope.error_output),
    ];
    let states: Vec<_> = states.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
    let none = Map::new();
    let variables = scope.variables.unwrap_or(&none);
    let bindings = Bindings { states: &states, variables, entropy: scope.entropy, now: scope.now };
    query.evaluate(&bindings).map_err(|error| {
        let location = format!("{field}{place}");
        let what = match error {
            QueryError::Undefined => "returned nothing (undefined).".to_owned(),
            QueryError::Failed { message } => format!("threw an error during evaluation. {message}"),
        };
        let cause = format!("The JSONata expression '{query}' specified for the field '{location}' {what}");
        DataError::query(&location, cause)
    })
}

/// Compiled as the language is known: [`Template::new`] checks a payload template at once.
impl From<Value> for Template {
    fn from(source: Value) -> Self {
        Self { source, compiled: OnceLock::new() }
    }
}

impl PartialEq for Template {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source
    }
}

impl Serialize for Template {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.source.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Template {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Value::deserialize(deserializer).map(Self::from)
    }
}

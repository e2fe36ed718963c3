//! Payload templates: `Parameters`, `ItemSelector`, `ResultSelector` ("Payload Template" of the specification).

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use serde_json::{Map, Value};

use crate::{DataError, Expression, Scope, SyntaxError};

/// Data in which every field whose name ends in `.$` is replaced by what its path or intrinsic call gives.
///
/// ```
/// # use ackflow_asl::{Scope, Seed, Template};
/// # use serde_json::json;
/// let template = Template::new(json!({ "kind": "file", "id.$": "$.file.id" }))?;
/// let (input, context) = (json!({ "file": { "id": "F1" } }), json!({}));
/// let scope = Scope { input: &input, context: &context, entropy: &Seed::new(0) };
/// assert_eq!(template.render(&scope)?, json!({ "kind": "file", "id": "F1" }));
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Template {
    source: Value,
    node: Node,
}

#[derive(Clone, Debug, PartialEq)]
enum Node {
    /// Holds nothing to replace.
    Fixed(Value),
    Array(Vec<Node>),
    Object(Vec<(String, Node)>),
    /// The value of a `.$` field, with the field's whole name.
    Expression(String, Expression),
}

/// A `.$` field that holds neither a path nor an intrinsic call.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the field {field}: {problem}")]
pub struct TemplateError {
    /// The field's place in the template: `Payload.id.$`.
    pub field: String,
    /// What is wrong with its value.
    pub problem: SyntaxError,
}

impl Template {
    /// Compiles a template.
    ///
    /// # Errors
    /// The first field that ends in `.$` and holds neither a path nor an intrinsic call.
    pub fn new(source: Value) -> Result<Self, TemplateError> {
        let (template, errors) = Self::compile(source);
        errors.into_iter().next().map_or(Ok(template), Err)
    }

    /// The template, and every field that is wrong.
    pub(crate) fn compile(source: Value) -> (Self, Vec<TemplateError>) {
        let mut errors = Vec::new();
        let node = compile(&source, "", &mut errors);
        (Self { source, node }, errors)
    }

    /// The template as JSON, as it was written.
    pub fn as_json(&self) -> &Value {
        &self.source
    }

    /// The data that the template gives.
    ///
    /// # Errors
    /// `States.Runtime` when a path finds nothing, `States.IntrinsicFailure` when a call fails.
    pub fn render(&self, scope: &Scope) -> Result<Value, DataError> {
        self.node.render(scope)
    }

    /// The variables (`$name`) that it refers to.
    pub(crate) fn variables(&self) -> Vec<&str> {
        self.node.variables()
    }
}

fn compile(source: &Value, place: &str, errors: &mut Vec<TemplateError>) -> Node {
    let node = match source {
        Value::Array(items) => {
            let items = items.iter().enumerate();
            Node::Array(items.map(|(at, item)| compile(item, &format!("{place}[{at}]"), errors)).collect())
        }
        Value::Object(fields) => {
            Node::Object(fields.iter().map(|(name, value)| field(name, value, place, errors)).collect())
        }
        plain => Node::Fixed(plain.clone()),
    };
    let is_fixed = match &node {
        Node::Array(items) => items.iter().all(Node::is_fixed),
        Node::Object(fields) => fields.iter().all(|(_, field)| field.is_fixed()),
        Node::Fixed(_) | Node::Expression(..) => false,
    };
    if is_fixed { Node::Fixed(source.clone()) } else { node }
}

fn field(name: &str, value: &Value, place: &str, errors: &mut Vec<TemplateError>) -> (String, Node) {
    let place = if place.is_empty() { name.to_owned() } else { format!("{place}.{name}") };
    let Some(short) = name.strip_suffix(".$") else {
        return (name.to_owned(), compile(value, &place, errors));
    };
    let expression = match value {
        Value::String(text) => Expression::parse(text),
        other => Err(SyntaxError::new(&other.to_string(), "a field that ends in `.$` holds a string")),
    };
    let node = expression.map_or_else(
        |problem| {
            errors.push(TemplateError { field: place, problem });
            Node::Fixed(Value::Null)
        },
        |expression| Node::Expression(name.to_owned(), expression),
    );
    (short.to_owned(), node)
}

impl Node {
    fn is_fixed(&self) -> bool {
        matches!(self, Self::Fixed(_))
    }

    fn render(&self, scope: &Scope) -> Result<Value, DataError> {
        match self {
            Self::Fixed(value) => Ok(value.clone()),
            Self::Array(items) => items.iter().map(|item| item.render(scope)).collect(),
            Self::Object(fields) => {
                let fields = fields.iter().map(|(name, field)| Ok((name.clone(), field.render(scope)?)));
                fields.collect::<Result<Map<_, _>, _>>().map(Value::Object)
            }
            Self::Expression(field, expression) => expression.evaluate(field, scope),
        }
    }

    fn variables(&self) -> Vec<&str> {
        match self {
            Self::Fixed(_) => Vec::new(),
            Self::Array(items) => items.iter().flat_map(Self::variables).collect(),
            Self::Object(fields) => fields.iter().flat_map(|(_, field)| field.variables()).collect(),
            Self::Expression(_, expression) => expression.variables(),
        }
    }
}

impl TryFrom<Value> for Template {
    type Error = TemplateError;

    fn try_from(source: Value) -> Result<Self, TemplateError> {
        Self::new(source)
    }
}

impl Serialize for Template {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.source.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Template {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(Value::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

//! Choice rules ("Choice State" of the specification).

mod operator;

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _, ser::SerializeMap};
use serde_json::{Map, Value};

use crate::{DataError, Kind, Path, QueryLanguage, Scope, Template};
pub(crate) use operator::Operator;

/// More nesting than any rule has; reading and evaluation recurse by it.
const MAX_DEPTH: usize = 64;

/// Fields of a rule that test nothing.
const NOT_OPERATORS: [&str; 4] = ["Comment", "Next", "Assign", "Output"];

/// What must hold for a Choice state to go somewhere.
///
/// ```
/// # use ackflow_asl::{Rule, Scope, Seed};
/// # use serde_json::json;
/// let rule: Rule = serde_json::from_value(json!({ "Variable": "$.env", "StringEquals": "prod" }))?;
/// let (input, context) = (json!({ "env": "prod" }), json!({}));
/// assert!(rule.holds(0, &Scope::new(&input, &context, &Seed::new(0)))?);
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum Rule {
    /// Every one holds.
    And(Vec<Rule>),
    /// At least one holds.
    Or(Vec<Rule>),
    /// It does not hold.
    Not(Box<Rule>),
    /// A value compares as wanted.
    Comparison(Comparison),
    /// JSONata: an expression gives `true`.
    Condition(Template),
}

/// The comparison of a value with another.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    variable: Path,
    operator: Operator,
    operand: Operand,
}

#[derive(Clone, Debug, PartialEq)]
enum Operand {
    Literal(Value),
    Path(Path),
}

impl Comparison {
    /// A comparison as the States Language writes it: `StringEquals` and a string, `StringEqualsPath` and a path.
    ///
    /// # Errors
    /// The operator is unknown, or the operand is not of its type; the message says so.
    pub fn new(variable: Path, operator: &str, operand: Value) -> Result<Self, String> {
        let (known, by_path) =
            Operator::find(operator).ok_or_else(|| format!("there is no operator {operator}"))?;
        let operand = if by_path {
            let text = operand.as_str().ok_or_else(|| format!("{operator} takes a path"))?;
            Operand::Path(Path::parse(text).map_err(|error| format!("{operator}: {error}"))?)
        } else {
            known.check(&operand).map_err(|wanted| format!("{operator} takes {wanted}, not {operand}"))?;
            Operand::Literal(operand)
        };
        Ok(Self { variable, operator: known, operand })
    }

    /// Where the value is.
    pub fn variable(&self) -> &Path {
        &self.variable
    }

    /// The path of the value to compare with, if it is read from the data.
    pub fn operand_path(&self) -> Option<&Path> {
        match &self.operand {
            Operand::Path(path) => Some(path),
            Operand::Literal(_) => None,
        }
    }

    fn holds(&self, scope: &Scope) -> Result<bool, DataError> {
        if self.operator == Operator::IsPresent {
            return Ok(self.operand == Operand::Literal(self.variable.find(scope).is_ok().into()));
        }
        let value = referred(&self.variable, scope)?;
        match &self.operand {
            Operand::Literal(literal) => Ok(self.operator.holds(&value, literal)),
            Operand::Path(path) => Ok(self.operator.holds(&value, &*referred(path, scope)?)),
        }
    }
}

/// What a comparison refers to.
fn referred<'s>(path: &Path, scope: &Scope<'s>) -> Result<Cow<'s, Value>, DataError> {
    path.find_or(scope, || {
        format!("Invalid path '{path}': The choice state's condition path references an invalid value.")
    })
}

impl Rule {
    /// Whether the rule holds for the data. Values of another type than the operator's do not compare. `at` is the rule's
    /// index among the state's `Choices`, for people.
    ///
    /// # Errors
    /// `States.Runtime` when a path finds nothing, but for `IsPresent`.
    pub fn holds(&self, at: usize, scope: &Scope) -> Result<bool, DataError> {
        match self {
            Self::And(rules) => {
                for rule in rules {
                    if !rule.holds(at, scope)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Self::Or(rules) => {
                for rule in rules {
                    if rule.holds(at, scope)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            Self::Not(rule) => Ok(!rule.holds(at, scope)?),
            Self::Comparison(comparison) => comparison.holds(scope),
            Self::Condition(condition) => {
                let field = format!("Choices[{at}]/Condition");
                Ok(condition.render_as(Kind::Boolean, &field, scope)? == Value::Bool(true))
            }
        }
    }

    /// Whether it reads the context object.
    pub fn reads_context(&self) -> bool {
        match self {
            Self::And(rules) | Self::Or(rules) => rules.iter().any(Self::reads_context),
            Self::Not(rule) => rule.reads_context(),
            Self::Comparison(comparison) => {
                comparison.variable.is_context() || comparison.operand_path().is_some_and(Path::is_context)
            }
            Self::Condition(condition) => condition.reads_context(QueryLanguage::Jsonata),
        }
    }

    fn read(mut fields: Map<String, Value>, depth: usize) -> Result<Self, String> {
        if depth > MAX_DEPTH {
            return Err("the rules are nested too deep".to_owned());
        }
        let nested = |rule: Value| match rule {
            Value::Object(fields) => Self::read(fields, depth + 1),
            other => Err(format!("a rule is an object, not {other}")),
        };
        let many = |rules: Value| match rules {
            Value::Array(rules) => rules.into_iter().map(nested).collect::<Result<Vec<_>, _>>(),
            other => Err(format!("And and Or take an array of rules, not {other}")),
        };
        if let Some(rules) = fields.remove("And") {
            return many(rules).map(Self::And);
        }
        if let Some(rules) = fields.remove("Or") {
            return many(rules).map(Self::Or);
        }
        if let Some(rule) = fields.remove("Not") {
            return nested(rule).map(|rule| Self::Not(Box::new(rule)));
        }
        if let Some(condition) = fields.remove("Condition") {
            return Ok(Self::Condition(condition.into()));
        }
        let variable = fields.remove("Variable").ok_or("a rule has a Variable, And, Or or Not")?;
        let variable = variable.as_str().ok_or("Variable is a path")?;
        let variable = Path::parse(variable).map_err(|error| format!("Variable: {error}"))?;
        let mut operators = fields.into_iter().filter(|(name, _)| !NOT_OPERATORS.contains(&name.as_str()));
        let (operator, operand) = operators.next().ok_or("the rule has no operator")?;
        if let Some((second, _)) = operators.next() {
            return Err(format!("a rule has one operator, not both {operator} and {second}"));
        }
        Comparison::new(variable, &operator, operand).map(Self::Comparison)
    }
}

impl Serialize for Rule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_map(None)?;
        match self {
            Self::And(rules) => fields.serialize_entry("And", rules)?,
            Self::Or(rules) => fields.serialize_entry("Or", rules)?,
            Self::Not(rule) => fields.serialize_entry("Not", rule)?,
            Self::Condition(condition) => fields.serialize_entry("Condition", condition)?,
            Self::Comparison(Comparison { variable, operator, operand }) => {
                fields.serialize_entry("Variable", variable)?;
                match operand {
                    Operand::Literal(value) => fields.serialize_entry(&operator.name(), value)?,
                    Operand::Path(path) => {
                        fields.serialize_entry(&format!("{}Path", operator.name()), path)?;
                    }
                }
            }
        }
        fields.end()
    }
}

impl<'de> Deserialize<'de> for Rule {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::read(Map::deserialize(deserializer)?, 0).map_err(D::Error::custom)
    }
}

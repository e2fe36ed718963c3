//! Checks a mocked result against the API of the service that it would come from.
//!
//! `models/` says for each service what its operations give: each field's type, whether it is always there,
//! and the least and the most of a number or of a string's length. Field names begin with a capital letter, as
//! Step Functions has them. To make another operation known, add it there, and to [`FieldValidationMode`].
//!
//! Source: the API reference of each service, such as
//! <https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html>

use std::collections::HashMap;

use indexmap::IndexMap;
use serde::Deserialize;
use serde_json::Value;

use super::{FieldValidationMode, TestStateError};

/// The models, by the names that a Task's `Resource` has for the service.
const MODELS: &[(&[&str], &str)] = &[
    (&["dynamodb"], include_str!("models/dynamodb.json")),
    (&["eventbridge", "events"], include_str!("models/eventbridge.json")),
    (&["kms"], include_str!("models/kms.json")),
    (&["lambda"], include_str!("models/lambda.json")),
    (&["s3"], include_str!("models/s3.json")),
    (&["secretsmanager"], include_str!("models/secretsmanager.json")),
    (&["sfn", "states"], include_str!("models/sfn.json")),
    (&["sns"], include_str!("models/sns.json")),
    (&["sqs"], include_str!("models/sqs.json")),
    (&["ssm"], include_str!("models/ssm.json")),
];

/// The fields of an object, in the order of the API's model.
type Fields = IndexMap<String, Field>;

#[derive(Clone, Debug, Deserialize)]
struct Field {
    #[serde(default)]
    required: bool,
    #[serde(flatten)]
    shape: Shape,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Shape {
    Any,
    Boolean,
    Number {
        min: Option<f64>,
        max: Option<f64>,
    },
    String {
        min: Option<usize>,
        max: Option<usize>,
        #[serde(rename = "enum")]
        values: Option<Vec<String>>,
    },
    List {
        of: Box<Shape>,
    },
    Map {
        of: Box<Shape>,
    },
    Structure {
        /// Absent: they are not checked.
        #[serde(default)]
        fields: Fields,
    },
}

/// Whether the result is one that the resource could give.
pub(super) fn check(resource: &str, result: &Value, mode: FieldValidationMode) -> Result<(), TestStateError> {
    let Some(fields) = fields_of(resource).filter(|_| mode != FieldValidationMode::None) else {
        return Ok(());
    };
    let checked = match result {
        Value::Object(_) => check_fields(&fields, result, mode),
        _ => Err("The result must be an object".to_owned()),
    };
    checked.map_err(|why| TestStateError::validation(format!("Mock result schema validation error: {why}")))
}

/// What an operation gives, if it is known.
fn fields_of(resource: &str) -> Option<Fields> {
    let (_, integration) = resource.split_once(":states:::")?;
    let (service, operation) = integration.trim_start_matches("aws-sdk:").split_once(':')?;
    let (_, model) = MODELS.iter().find(|(names, _)| names.contains(&service))?;
    let mut model: HashMap<String, Fields> =
        serde_json::from_str(model).expect("the models are part of the program, and a test reads each");
    model.remove(operation)
}

fn check_fields(fields: &Fields, object: &Value, mode: FieldValidationMode) -> Result<(), String> {
    let given = |name: &str| object.get(name).filter(|value| !value.is_null());
    if mode == FieldValidationMode::Strict
        && let Some((name, _)) = fields.iter().find(|(name, field)| field.required && given(name).is_none())
    {
        return Err(format!("Required field '{name}' is missing"));
    }
    fields.iter().try_for_each(|(name, field)| match given(name) {
        Some(value) => check_value(&field.shape, name, value, mode),
        None => Ok(()),
    })
}

/// `name` is that of the innermost field that the value is in.
fn check_value(shape: &Shape, name: &str, value: &Value, mode: FieldValidationMode) -> Result<(), String> {
    let wrong = |what: &str| Err(format!("Field '{name}' {what}"));
    match shape {
        Shape::Any => Ok(()),
        Shape::Boolean if value.is_boolean() => Ok(()),
        Shape::Boolean => wrong("must be a boolean"),
        Shape::Number { min, max } => match value.as_f64() {
            None => wrong("must be a number"),
            Some(number) if min.is_some_and(|min| number < min) => wrong("is less than the minimum value"),
            Some(number) if max.is_some_and(|max| number > max) => wrong("exceeds the maximum value"),
            Some(_) => Ok(()),
        },
        Shape::String { min, max, values } => {
            let Some(text) = value.as_str() else { return wrong("must be a string") };
            let length = text.chars().count();
            if values.as_ref().is_some_and(|values| !values.iter().any(|value| value == text)) {
                wrong("is not an expected value")
            } else if min.is_some_and(|min| length < min) {
                wrong("is smaller than the minimum length")
            } else if max.is_some_and(|max| length > max) {
                wrong("exceeds the maximum length")
            } else {
                Ok(())
            }
        }
        Shape::List { of } => match value.as_array() {
            Some(items) => items.iter().try_for_each(|item| check_value(of, name, item, mode)),
            None => wrong("must be an array"),
        },
        Shape::Map { of } => match value.as_object() {
            Some(values) => values.values().try_for_each(|value| check_value(of, name, value, mode)),
            None => wrong("must be an object"),
        },
        Shape::Structure { fields } if value.is_object() => check_fields(fields, value, mode),
        Shape::Structure { .. } => wrong("must be an object"),
    }
}

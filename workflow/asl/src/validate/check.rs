//! What a field holds.

use serde_json::Value;

use super::{
    MachineType, assign, block, distributed, errors, express,
    fields::short,
    findings::{Findings, INVALID_LABEL, NO_PATH, STATIC_RESULT},
    integration::{self, Service},
    place::Place,
    rules, template,
};
use crate::{Expression, Path, Query, QueryLanguage, ReferencePath, SyntaxError, parse_timestamp};

/// What a field holds.
#[derive(Clone, Copy)]
pub(super) enum Check {
    Text,
    /// Text that no path gives.
    PlainText,
    Texts,
    Flag,
    Any,
    /// A whole number in a range.
    Whole(u64, u64),
    /// A number in a range.
    Number(f64, f64),
    OneOf(&'static [&'static str]),
    /// The same, or an expression in a state of JSONata.
    OrQuery(&'static Check),
    /// The same, where `$states.result` is there.
    WithResult(&'static Check),
    Path,
    /// A path, or null.
    PathOrNull,
    /// A path to a number of a Map: one value of the input or of a variable.
    NumberPath,
    /// A reference path, or null.
    ReferencePathOrNull,
    /// A path or an intrinsic call.
    Expression,
    /// Data with expressions of the state's language.
    Template,
    /// Variables, each a name and such data.
    Assign,
    /// The fixed result of a Pass.
    FixedResult,
    /// An array, an object, or an expression.
    Items,
    Credentials,
    /// An ARN, with what it may call.
    Resource(&'static [Service]),
    Timestamp,
    Label,
    ErrorNames,
    Processor,
    ProcessorConfig,
    Branches,
    Retry,
    Catch,
    Choices,
    ItemReader,
    ReaderConfig,
    ItemBatcher,
    ResultWriter,
    WriterConfig,
}

impl Check {
    pub(super) fn apply(self, value: &Value, place: &Place, findings: &mut Findings) {
        match self {
            Self::Any => {}
            Self::Text | Self::Texts | Self::Flag | Self::PlainText => self.plain(value, place, findings),
            Self::Whole(least, most) => whole(value, least, most, place, findings),
            Self::Number(least, most) => number(value, least, most, place, findings),
            Self::OneOf(words) => one_of(value, words, place, findings),
            Self::OrQuery(check) => match expression(value, place) {
                Some(text) => template::query(text, place, findings),
                None => check.apply(value, place, findings),
            },
            Self::WithResult(check) => check.apply(value, &place.with_states_field("result"), findings),
            Self::PathOrNull | Self::ReferencePathOrNull if value.is_null() => {}
            Self::Path
            | Self::PathOrNull
            | Self::NumberPath
            | Self::ReferencePathOrNull
            | Self::Expression => match value.as_str() {
                Some(text) => self.path(text, place, findings),
                None => wrong_type("String", "a path (a string)", value, place, findings),
            },
            Self::Template => template::check(value, place, findings),
            Self::Assign => assign::check(value, place, findings),
            Self::FixedResult => fixed_result(value, place, findings),
            Self::Items => items(value, place, findings),
            Self::Credentials => credentials(value, place, findings),
            Self::Resource(services) => resource(value, services, place, findings),
            Self::Timestamp => timestamp(value, place, findings),
            Self::Label => label(value, place, findings),
            Self::ErrorNames => errors::names(value, place, findings),
            Self::Processor => block::processor(value, place, findings),
            Self::ProcessorConfig => block::processor_config(value, place, findings),
            Self::Branches => block::branches(value, place, findings),
            Self::Retry => errors::retry(value, place, findings),
            Self::Catch => errors::catch(value, place, findings),
            Self::Choices => rules::choices(value, place, findings),
            Self::ItemReader => distributed::item_reader(value, place, findings),
            Self::ReaderConfig => distributed::reader_config(value, place, findings),
            Self::ItemBatcher => distributed::item_batcher(value, place, findings),
            Self::ResultWriter => distributed::result_writer(value, place, findings),
            Self::WriterConfig => distributed::writer_config(value, place, findings),
        }
    }

    /// A value of a plain type.
    fn plain(self, value: &Value, place: &Place, findings: &mut Findings) {
        let is_texts = || value.as_array().is_some_and(|items| items.iter().all(Value::is_string));
        let is_path = || {
            place.language() == QueryLanguage::JsonPath
                && value.as_str().is_some_and(template::looks_like_path)
        };
        match self {
            Self::Flag if !value.is_boolean() => {
                wrong_type("Boolean", "true or false", value, place, findings);
            }
            Self::Texts if !is_texts() => wrong_type("Array", "an array of strings", value, place, findings),
            Self::Text | Self::PlainText if !value.is_string() => {
                wrong_type("String", "a string", value, place, findings);
            }
            Self::PlainText if is_path() => looks_like_path(value, place, findings),
            Self::PlainText => template::check(value, place, findings),
            _ => {}
        }
    }

    /// A text that holds a path, or may.
    fn path(self, text: &str, place: &Place, findings: &mut Findings) {
        let read = match self {
            Self::Expression => Expression::parse(text).map(|read| owned(read.variables())),
            Self::ReferencePathOrNull => ReferencePath::parse(text).map(|_| Vec::new()),
            Self::NumberPath => number_path(text).map(|path| owned(path.variable())),
            _ => Path::parse(text).map(|path| owned(path.variable())),
        };
        match read {
            Ok(names) => findings.reads(place, names.iter().map(String::as_str)),
            Err(_) if text.trim_start().starts_with("States.") && !matches!(self, Self::Expression) => {
                let remedy =
                    "it takes no intrinsic function: call it in Parameters, ItemSelector or ResultSelector";
                findings.add(place, self.wrong_path(text), remedy);
            }
            Err(error) => {
                let example = match self {
                    Self::Expression => "a path such as \"$.error\", or an intrinsic call",
                    Self::ReferencePathOrNull => "a reference path such as \"$.result\", or null",
                    Self::NumberPath => "a path to a number, such as \"$.limit\" or \"$limit\"",
                    _ => "a path such as \"$.items\"",
                };
                findings.add(place, self.wrong_path(text), format!("write {example} ({error})"));
            }
        }
    }

    /// What AWS says of a path that is none.
    fn wrong_path(self, text: &str) -> String {
        match self {
            Self::Expression => {
                "Value must be a valid JSONPath or a valid intrinsic function call".to_owned()
            }
            Self::NumberPath | Self::ReferencePathOrNull => wrong_reference_path(text),
            _ => "Value must be a valid JSONPath.".to_owned(),
        }
    }
}

/// What AWS says of a reference path that is none.
pub(super) fn wrong_reference_path(text: &str) -> String {
    let why = if text.starts_with('$') { "" } else { ": Reference path didn't start with '$'" };
    format!("Value is not a Reference Path{why}")
}

/// A path that names one place, and none in the context object.
fn number_path(text: &str) -> Result<Path, SyntaxError> {
    let path = Path::parse(text)?;
    if path.is_context() {
        return Err(SyntaxError::new(text, "the context object can't be read here"));
    }
    if !path.is_definite() {
        return Err(SyntaxError::new(text, "it may name several places"));
    }
    Ok(path)
}

/// The expression of JSONata that a value is.
fn expression<'a>(value: &'a Value, place: &Place) -> Option<&'a str> {
    let text = value.as_str().filter(|_| place.language() == QueryLanguage::Jsonata)?;
    Query::delimited(text)
}

/// The value is of another type than the field's.
pub(super) fn wrong_type(kind: &str, wanted: &str, value: &Value, place: &Place, findings: &mut Findings) {
    let remedy = format!("write {wanted} in place of {}", short(value));
    findings.add(place, format!("Expected value of type {kind}"), remedy);
}

/// The array needs an item.
///
/// Source: <https://github.com/badmintoncryer/cdk-preflight>, `pf-sfn-asl-branch-shape`, measured on AWS
pub(super) fn not_empty(items: &[Value], remedy: &str, place: &Place, findings: &mut Findings) {
    if items.is_empty() {
        findings.add(place, "Value cannot be empty", remedy);
    }
}

/// A path where plain text stands.
pub(super) fn looks_like_path(value: &Value, place: &Place, findings: &mut Findings) {
    let field = place.last();
    let message = format!("{} is plain text here, although it looks like a path", short(value));
    findings.warn(NO_PATH, place, message, format!("write {field}Path to read it from the data"));
}

fn whole(value: &Value, least: u64, most: u64, place: &Place, findings: &mut Findings) {
    let upper = if most == u64::MAX { String::new() } else { format!(" and at most {most}") };
    let wanted = format!("a whole number of at least {least}{upper}");
    let message = match value.as_u64() {
        Some(number) if number < least => format!("Minimum value is {least}"),
        Some(number) if number > most => format!("Maximum value is {most}"),
        Some(_) => return,
        // It is negative.
        None if value.is_i64() => format!("Minimum value is {least}"),
        None => return wrong_type("Integer", &wanted, value, place, findings),
    };
    findings.add(place, message, format!("write {wanted}"));
}

fn number(value: &Value, least: f64, most: f64, place: &Place, findings: &mut Findings) {
    let upper = if most.is_finite() { format!(" and at most {most:?}") } else { String::new() };
    let wanted = format!("a number of at least {least:?}{upper}");
    let message = match value.as_f64() {
        Some(number) if number < least => format!("Minimum value is {least:?}"),
        Some(number) if number > most => format!("Maximum value is {most:?}"),
        Some(_) => return,
        None => return wrong_type("Number", &wanted, value, place, findings),
    };
    findings.add(place, message, format!("write {wanted}"));
}

fn one_of(value: &Value, words: &[&str], place: &Place, findings: &mut Findings) {
    if !value.as_str().is_some_and(|word| words.contains(&word)) {
        let message = format!("Value is not one of the following: [{}]", words.join(", "));
        findings.add(place, message, format!("write one of them in place of {}", short(value)));
    }
}

fn fixed_result(value: &Value, place: &Place, findings: &mut Findings) {
    if template::holds_path(value) {
        let message = "the result is fixed, although it holds what looks like a path";
        findings.warn(STATIC_RESULT, place, message, "write Parameters to build it from the data");
    }
}

fn items(value: &Value, place: &Place, findings: &mut Findings) {
    if value.is_array() || value.is_object() || expression(value, place).is_some() {
        return template::check(value, place, findings);
    }
    wrong_type("Array", "an array, an object or an expression", value, place, findings);
}

fn credentials(value: &Value, place: &Place, findings: &mut Findings) {
    let Some(fields) = value.as_object() else {
        return wrong_type("Object", "an object with RoleArn", value, place, findings);
    };
    if !fields.contains_key("RoleArn") && !fields.contains_key("RoleArn.$") {
        let message = "The field 'RoleArn' is required but was missing";
        findings.add(place, message, "add RoleArn, the ARN of the role to assume");
    }
    template::check(value, place, findings);
}

fn resource(value: &Value, services: &[Service], place: &Place, findings: &mut Findings) {
    let Some(text) = value.as_str() else {
        return wrong_type("String", "an ARN", value, place, findings);
    };
    if !text.starts_with("arn:") && !text.contains("${") {
        let remedy = "write an ARN, or a ${Name} that CloudFormation replaces by one";
        findings.add(place, "Value is not a valid resource ARN", remedy);
    }
    integration::check(text, services, place, findings);
    if place.machine_type() == MachineType::Express {
        express::check(text, place, findings);
    }
}

fn timestamp(value: &Value, place: &Place, findings: &mut Findings) {
    if value.as_str().and_then(parse_timestamp).is_none() {
        let remedy = "write a timestamp with `T` and `Z` or an offset: \"2016-12-05T21:29:29Z\"";
        findings.add(place, "Value must be a valid timestamp", remedy);
    }
}

/// Source: <https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html>, "Label".
fn label(value: &Value, place: &Place, findings: &mut Findings) {
    let Some(text) = value.as_str() else {
        return wrong_type("String", "a label", value, place, findings);
    };
    let is_excluded = |c: char| c.is_whitespace() || c.is_control() || "?*<>{}[]:;,\\|^~$#%&`\"".contains(c);
    if text.is_empty() || text.chars().count() > 40 || text.contains(is_excluded) {
        let remedy =
            "write 1 to 40 characters without spaces, control characters and ?*<>{}[]:;,\\|^~$#%&`\"";
        findings.coded(INVALID_LABEL, place, format!("Invalid Label name: {text}"), remedy);
    }
    findings.label(text, place);
}

fn owned<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    names.into_iter().map(str::to_owned).collect()
}

//! Which fields each state has, and what each holds.

use serde_json::{Map, Value};

use super::{
    block, errors,
    findings::{Findings, Place},
    rules,
};
use crate::{Expression, Path, ReferencePath, Template, nearest::nearest, parse_timestamp};

/// What a field holds.
#[derive(Clone, Copy)]
pub(super) enum Check {
    Text,
    Flag,
    Any,
    /// A whole number in a range.
    Whole(u64, u64),
    /// A number that is not less.
    AtLeast(f64),
    OneOf(&'static [&'static str]),
    Path,
    /// A path, or null.
    PathOrNull,
    /// A reference path, or null.
    ReferencePathOrNull,
    Template,
    /// A path or an intrinsic call.
    Expression,
    Resource,
    Timestamp,
    ErrorNames,
    Processor,
    Branches,
    Retry,
    Catch,
    Choices,
    /// What this version can't run, in words.
    Unsupported(&'static str),
}

/// A field's name and what it holds.
pub(super) type Field = (&'static str, Check);

/// The longest time, in seconds, that AWS takes.
pub(super) const MAX_SECONDS: u64 = 99_999_999;

const VARIABLES: Field = ("Assign", Check::Unsupported("Assign (variables)"));
const DISTRIBUTED: Check = Check::Unsupported("a field of a distributed Map");
const COMMON: &[Field] =
    &[("Type", Check::Text), ("Comment", Check::Text), ("QueryLanguage", Check::OneOf(&["JSONPath"]))];
const INPUT_OUTPUT: &[Field] = &[("InputPath", Check::PathOrNull), ("OutputPath", Check::PathOrNull)];
const NEXT: &[Field] = &[("Next", Check::Text), ("End", Check::Flag)];
const RESULT: &[Field] = &[("ResultPath", Check::ReferencePathOrNull), VARIABLES];
const WORK: &[Field] =
    &[("ResultSelector", Check::Template), ("Retry", Check::Retry), ("Catch", Check::Catch)];

/// Each type's fields.
pub(super) const TYPES: &[(&str, &[&[Field]])] = &[
    (
        "Task",
        &[
            COMMON,
            INPUT_OUTPUT,
            NEXT,
            RESULT,
            WORK,
            &[
                ("Resource", Check::Resource),
                ("Parameters", Check::Template),
                ("Credentials", Check::Template),
                ("TimeoutSeconds", Check::Whole(1, MAX_SECONDS)),
                ("TimeoutSecondsPath", Check::Path),
                ("HeartbeatSeconds", Check::Whole(1, MAX_SECONDS)),
                ("HeartbeatSecondsPath", Check::Path),
            ],
        ],
    ),
    (
        "Map",
        &[
            COMMON,
            INPUT_OUTPUT,
            NEXT,
            RESULT,
            WORK,
            &[
                ("ItemsPath", Check::Path),
                ("ItemSelector", Check::Template),
                ("Parameters", Check::Template),
                ("ItemProcessor", Check::Processor),
                ("Iterator", Check::Processor),
                ("MaxConcurrency", Check::Whole(0, u64::MAX)),
                ("MaxConcurrencyPath", Check::Path),
                ("ItemReader", DISTRIBUTED),
                ("ItemBatcher", DISTRIBUTED),
                ("ResultWriter", DISTRIBUTED),
                ("Label", DISTRIBUTED),
                ("ToleratedFailureCount", DISTRIBUTED),
                ("ToleratedFailureCountPath", DISTRIBUTED),
                ("ToleratedFailurePercentage", DISTRIBUTED),
                ("ToleratedFailurePercentagePath", DISTRIBUTED),
            ],
        ],
    ),
    (
        "Parallel",
        &[
            COMMON,
            INPUT_OUTPUT,
            NEXT,
            RESULT,
            WORK,
            &[("Branches", Check::Branches), ("Parameters", Check::Template)],
        ],
    ),
    ("Choice", &[COMMON, INPUT_OUTPUT, &[("Choices", Check::Choices), ("Default", Check::Text), VARIABLES]]),
    (
        "Pass",
        &[COMMON, INPUT_OUTPUT, NEXT, RESULT, &[("Parameters", Check::Template), ("Result", Check::Any)]],
    ),
    (
        "Wait",
        &[
            COMMON,
            INPUT_OUTPUT,
            NEXT,
            &[
                ("Seconds", Check::Whole(0, MAX_SECONDS)),
                ("SecondsPath", Check::Path),
                ("Timestamp", Check::Timestamp),
                ("TimestampPath", Check::Path),
                VARIABLES,
            ],
        ],
    ),
    ("Succeed", &[COMMON, INPUT_OUTPUT]),
    (
        "Fail",
        &[
            COMMON,
            &[
                ("Error", Check::Text),
                ("ErrorPath", Check::Expression),
                ("Cause", Check::Text),
                ("CausePath", Check::Expression),
            ],
        ],
    ),
];

/// Fields that only JSONata has, and what does the same in JSONPath.
const JSONATA: &[(&str, &str)] = &[
    ("Arguments", "Parameters"),
    ("Output", "ResultSelector, ResultPath and OutputPath"),
    ("Items", "ItemsPath"),
    ("Condition", "Variable with an operator"),
];

/// Checks every field of an object called `what` against the fields that it may have.
pub(super) fn check(
    object: &Map<String, Value>,
    known: &[&[Field]],
    what: &str,
    place: &Place,
    findings: &mut Findings,
) {
    for (name, value) in object {
        let place = place.field(name);
        match known.iter().copied().flatten().find(|(field, _)| field == name) {
            Some((_, check)) => check.apply(value, &place, findings),
            None => unknown(name, known, what, &place, findings),
        }
    }
}

fn unknown(name: &str, known: &[&[Field]], what: &str, place: &Place, findings: &mut Findings) {
    let message = format!("{what} has no field {name}");
    let remedy = if let Some((_, instead)) = JSONATA.iter().find(|(field, _)| *field == name) {
        format!("it is a field of JSONata; in JSONPath use {instead}")
    } else if let Some(meant) = nearest(name, known.iter().copied().flatten().map(|(field, _)| *field)) {
        format!("did you mean {meant}?")
    } else {
        let has = |fields: &[&[Field]]| fields.iter().copied().flatten().any(|(field, _)| *field == name);
        let types: Vec<_> = TYPES.iter().filter(|(_, fields)| has(fields)).map(|(kind, _)| *kind).collect();
        if types.is_empty() {
            "leave it out".to_owned()
        } else {
            format!("leave it out: only {} may have it", types.join(", "))
        }
    };
    findings.add(place, message, remedy);
}

impl Check {
    fn apply(self, value: &Value, place: &Place, findings: &mut Findings) {
        let mut wrong = |wanted: &str| {
            findings.add(place, format!("it holds {}", short(value)), format!("write {wanted}"));
        };
        match self {
            Self::Text if !value.is_string() => wrong("a string"),
            Self::Flag if !value.is_boolean() => wrong("true or false"),
            Self::Any | Self::Text | Self::Flag => {}
            Self::Whole(least, most) => {
                if !value.as_u64().is_some_and(|number| (least..=most).contains(&number)) {
                    let upper = if most == u64::MAX { String::new() } else { format!(" and at most {most}") };
                    wrong(&format!("a whole number of at least {least}{upper}"));
                }
            }
            Self::AtLeast(least) => {
                if !value.as_f64().is_some_and(|number| number >= least) {
                    wrong(&format!("a number of at least {least:?}"));
                }
            }
            Self::OneOf(words) => {
                if !value.as_str().is_some_and(|word| words.contains(&word)) {
                    wrong(&words.iter().map(|word| format!("{word:?}")).collect::<Vec<_>>().join(" or "));
                }
            }
            Self::PathOrNull | Self::ReferencePathOrNull if value.is_null() => {}
            Self::Path | Self::PathOrNull | Self::ReferencePathOrNull | Self::Expression => {
                let Some(text) = value.as_str() else { return wrong("a path (a string)") };
                self.path(text, place, findings);
            }
            Self::Template => template(value, place, findings),
            Self::Resource => {
                if !value.as_str().is_some_and(|text| text.starts_with("arn:") || text.contains("${")) {
                    wrong("an ARN, or a ${Name} that CloudFormation replaces by one");
                }
            }
            Self::Timestamp => {
                if value.as_str().and_then(parse_timestamp).is_none() {
                    wrong("a timestamp with `T` and `Z` or an offset: \"2016-12-05T21:29:29Z\"");
                }
            }
            Self::ErrorNames => errors::names(value, place, findings),
            Self::Processor => block::processor(value, place, findings),
            Self::Branches => block::branches(value, place, findings),
            Self::Retry => errors::retry(value, place, findings),
            Self::Catch => errors::catch(value, place, findings),
            Self::Choices => rules::choices(value, place, findings),
            Self::Unsupported(what) => findings.unsupported(place, what),
        }
    }

    /// A text that holds a path, or may.
    fn path(self, text: &str, place: &Place, findings: &mut Findings) {
        let is_call = text.trim_start().starts_with("States.");
        let read = match self {
            Self::Expression => Expression::parse(text).map(|read| owned(read.variables())),
            Self::ReferencePathOrNull => ReferencePath::parse(text).map(|_| Vec::new()),
            _ => Path::parse(text).map(|path| owned(path.variable())),
        };
        match read {
            Ok(names) => variables(&names, place, findings),
            Err(_) if is_call && !matches!(self, Self::Expression) => {
                let message = format!("{} takes no intrinsic function", place.last());
                findings.add(place, message, "call it in Parameters, ItemSelector or ResultSelector");
            }
            Err(error) => {
                let remedy = match self {
                    Self::Expression => "write a path such as \"$.error\", or an intrinsic call",
                    Self::ReferencePathOrNull => "write a reference path such as \"$.result\", or null",
                    _ => "write a path such as \"$.items\"",
                };
                findings.add(place, error.to_string(), remedy);
            }
        }
    }
}

/// A payload template.
fn template(value: &Value, place: &Place, findings: &mut Findings) {
    let (template, errors) = Template::compile(value.clone());
    for error in errors {
        let remedy = "write a path or an intrinsic call, or drop the `.$` to keep the value as it is";
        findings.add(&place.field(&error.field), error.problem.to_string(), remedy);
    }
    variables(&owned(template.variables()), place, findings);
}

fn owned<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    names.into_iter().map(str::to_owned).collect()
}

fn variables(names: &[String], place: &Place, findings: &mut Findings) {
    for name in names {
        findings.unsupported(place, &format!("the variable ${name}"));
    }
}

/// A value in a message, cut when it is long.
pub(super) fn short(value: &Value) -> String {
    let text = value.to_string();
    if text.chars().count() <= 60 {
        return text;
    }
    text.chars().take(59).chain(['…']).collect()
}

//! Which fields each type of state has, in which of the query languages, and what each holds.

use serde_json::{Map, Value};

use super::{check::Check, findings::Findings, integration, place::Place};
use crate::{QueryLanguage, nearest::nearest};

/// A field's name, what it holds, and the only language that has it if there is one.
pub(super) type Field = (&'static str, Check, Option<QueryLanguage>);

/// A field of both languages.
pub(super) const BOTH: Option<QueryLanguage> = None;
/// A field of JSONPath only.
pub(super) const JSONPATH: Option<QueryLanguage> = Some(QueryLanguage::JsonPath);
/// A field of JSONata only.
pub(super) const JSONATA: Option<QueryLanguage> = Some(QueryLanguage::Jsonata);

/// The longest time, in seconds, that AWS takes.
pub(super) const MAX_SECONDS: u64 = 99_999_999;

/// `QueryLanguage` of a machine and of a state.
pub(super) const LANGUAGE: Field = ("QueryLanguage", Check::OneOf(&["JSONPath", "JSONata"]), BOTH);

const SECONDS: Check = Check::OrQuery(&Check::Whole(1, MAX_SECONDS));
const ANY_COUNT: Check = Check::OrQuery(&Check::Whole(0, u64::MAX));

const COMMON: &[Field] = &[("Type", Check::Text, BOTH), ("Comment", Check::Text, BOTH), LANGUAGE];
const INPUT_OUTPUT: &[Field] =
    &[("InputPath", Check::PathOrNull, JSONPATH), ("OutputPath", Check::PathOrNull, JSONPATH)];
const NEXT: &[Field] = &[("Next", Check::Text, BOTH), ("End", Check::Flag, BOTH)];
const OUTPUT: &[Field] = &[("Output", Check::Template, JSONATA)];
const ASSIGN: &[Field] = &[("Assign", Check::Assign, BOTH)];
/// What a Task, a Map and a Parallel have: they do work that gives a result and may fail.
const WORK: &[Field] = &[
    ("ResultSelector", Check::Template, JSONPATH),
    ("ResultPath", Check::ReferencePathOrNull, JSONPATH),
    ("Output", Check::WithResult(&Check::Template), JSONATA),
    ("Assign", Check::WithResult(&Check::Assign), BOTH),
    ("Retry", Check::Retry, BOTH),
    ("Catch", Check::Catch, BOTH),
];

/// Each type's fields.
pub(super) const TYPES: &[(&str, &[&[Field]])] = &[
    (
        "Task",
        &[
            COMMON,
            INPUT_OUTPUT,
            NEXT,
            WORK,
            &[
                ("Resource", Check::Resource(integration::TASK), BOTH),
                ("Parameters", Check::Template, JSONPATH),
                ("Arguments", Check::Template, JSONATA),
                ("Credentials", Check::Credentials, BOTH),
                ("TimeoutSeconds", SECONDS, BOTH),
                ("TimeoutSecondsPath", Check::Path, JSONPATH),
                ("HeartbeatSeconds", SECONDS, BOTH),
                ("HeartbeatSecondsPath", Check::Path, JSONPATH),
            ],
        ],
    ),
    (
        "Map",
        &[
            COMMON,
            INPUT_OUTPUT,
            NEXT,
            WORK,
            &[
                ("ItemsPath", Check::Path, JSONPATH),
                ("Items", Check::Items, JSONATA),
                ("ItemSelector", Check::Template, BOTH),
                ("Parameters", Check::Template, JSONPATH),
                ("ItemProcessor", Check::Processor, BOTH),
                ("Iterator", Check::Processor, BOTH),
                ("MaxConcurrency", ANY_COUNT, BOTH),
                ("MaxConcurrencyPath", Check::NumberPath, JSONPATH),
                ("ToleratedFailureCount", ANY_COUNT, BOTH),
                ("ToleratedFailureCountPath", Check::NumberPath, JSONPATH),
                ("ToleratedFailurePercentage", Check::OrQuery(&Check::Number(0.0, 100.0)), BOTH),
                ("ToleratedFailurePercentagePath", Check::NumberPath, JSONPATH),
                ("ItemReader", Check::ItemReader, BOTH),
                ("ItemBatcher", Check::ItemBatcher, BOTH),
                ("ResultWriter", Check::ResultWriter, BOTH),
                ("Label", Check::Label, BOTH),
            ],
        ],
    ),
    (
        "Parallel",
        &[
            COMMON,
            INPUT_OUTPUT,
            NEXT,
            WORK,
            &[
                ("Branches", Check::Branches, BOTH),
                ("Parameters", Check::Template, JSONPATH),
                ("Arguments", Check::Template, JSONATA),
            ],
        ],
    ),
    (
        "Choice",
        &[
            COMMON,
            INPUT_OUTPUT,
            OUTPUT,
            ASSIGN,
            &[("Choices", Check::Choices, BOTH), ("Default", Check::Text, BOTH)],
        ],
    ),
    (
        "Pass",
        &[
            COMMON,
            INPUT_OUTPUT,
            OUTPUT,
            ASSIGN,
            NEXT,
            &[
                ("Parameters", Check::Template, JSONPATH),
                ("Result", Check::FixedResult, JSONPATH),
                ("ResultPath", Check::ReferencePathOrNull, JSONPATH),
            ],
        ],
    ),
    (
        "Wait",
        &[
            COMMON,
            INPUT_OUTPUT,
            OUTPUT,
            ASSIGN,
            NEXT,
            &[
                ("Seconds", Check::OrQuery(&Check::Whole(0, MAX_SECONDS)), BOTH),
                ("SecondsPath", Check::Path, JSONPATH),
                ("Timestamp", Check::OrQuery(&Check::Timestamp), BOTH),
                ("TimestampPath", Check::Path, JSONPATH),
            ],
        ],
    ),
    ("Succeed", &[COMMON, INPUT_OUTPUT, OUTPUT]),
    (
        "Fail",
        &[
            COMMON,
            &[
                ("Error", Check::OrQuery(&Check::PlainText), BOTH),
                ("ErrorPath", Check::Expression, JSONPATH),
                ("Cause", Check::OrQuery(&Check::PlainText), BOTH),
                ("CausePath", Check::Expression, JSONPATH),
            ],
        ],
    ),
];

/// Fields of one language, and what does the same in the other.
const INSTEAD: &[(&str, &str)] = &[
    ("Arguments", "Parameters"),
    ("Output", "ResultSelector, ResultPath and OutputPath"),
    ("Items", "ItemsPath"),
    ("Condition", "Variable with an operator"),
    ("InputPath", "expressions that read $states.input"),
    ("Parameters", "Arguments, or Output in a Pass"),
    ("Result", "Output"),
    ("ResultSelector", "Output"),
    ("ResultPath", "Output"),
    ("OutputPath", "Output"),
    ("Variable", "Condition"),
    ("And", "Condition"),
    ("Or", "Condition"),
    ("Not", "Condition"),
];

/// Checks every field of an object against the fields that it may have.
pub(super) fn check(object: &Map<String, Value>, known: &[&[Field]], place: &Place, findings: &mut Findings) {
    for (name, value) in object {
        check_one(name, value, known, place, findings);
    }
}

/// Checks a field of the object that stands here.
pub(super) fn check_one(
    name: &str,
    value: &Value,
    known: &[&[Field]],
    place: &Place,
    findings: &mut Findings,
) {
    match known.iter().copied().flatten().find(|(field, ..)| *field == name) {
        None => unknown(name, known, place, findings),
        Some((_, _, Some(only))) if *only != place.language() => {
            of_other_language(name, place, findings);
        }
        Some((_, check, _)) => check.apply(value, &place.field(name), findings),
    }
}

/// The fields that an object needs.
pub(super) fn required(object: &Map<String, Value>, names: &[&str], place: &Place, findings: &mut Findings) {
    let missing: Vec<_> = names.iter().copied().filter(|name| !object.contains_key(*name)).collect();
    if !missing.is_empty() {
        let missing = missing.join(", ");
        findings.add(place, format!("These fields are required: [{missing}]"), format!("add {missing}"));
    }
}

/// Fields of which an object has one at most. Tells whether it has one.
pub(super) fn alternatives(
    object: &Map<String, Value>,
    names: &[&str],
    place: &Place,
    findings: &mut Findings,
) -> bool {
    let present: Vec<_> = names.iter().copied().filter(|name| object.contains_key(*name)).collect();
    if let [_, second, ..] = present[..] {
        let message = format!("There should only be one of the following fields: [{}]", present.join(", "));
        findings.add(&place.part(second), message, "keep one of them");
    }
    !present.is_empty()
}

fn unknown(name: &str, known: &[&[Field]], place: &Place, findings: &mut Findings) {
    let known = known.iter().copied().flatten().map(|(field, ..)| *field);
    let remedy = nearest(name, known).map_or_else(
        || {
            let has =
                |fields: &[&[Field]]| fields.iter().copied().flatten().any(|(field, ..)| *field == name);
            let types: Vec<_> =
                TYPES.iter().filter(|(_, fields)| has(fields)).map(|(kind, _)| *kind).collect();
            match &types[..] {
                [] => "leave it out".to_owned(),
                types => format!("leave it out: only {} may have it", types.join(", ")),
            }
        },
        |meant| format!("did you mean {meant}?"),
    );
    findings.add(&place.part(name), format!("Field '{name}' is not supported"), remedy);
}

fn of_other_language(name: &str, place: &Place, findings: &mut Findings) {
    let (own, other) = match place.language() {
        QueryLanguage::JsonPath => ("JSONPath", "JSONata"),
        QueryLanguage::Jsonata => ("JSONata", "JSONPath"),
    };
    let message = format!(
        "The QueryLanguage is set to '{own}', but field '{name}' is only supported for the '{other}' QueryLanguage"
    );
    let instead = INSTEAD.iter().find(|(field, _)| *field == name).map(|(_, instead)| *instead);
    let remedy = match (instead, name.strip_suffix("Path")) {
        (Some(instead), _) => format!("use {instead}, or set the state's QueryLanguage"),
        (None, Some(plain)) => format!("use {plain} with an expression: \"{{% … %}}\""),
        (None, None) => "leave it out".to_owned(),
    };
    findings.add(&place.part(name), message, remedy);
}

/// A value in a message, cut when it is long.
pub(super) fn short(value: &Value) -> String {
    let text = value.to_string();
    if text.chars().count() <= 60 {
        return text;
    }
    text.chars().take(59).chain(['…']).collect()
}

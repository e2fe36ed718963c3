//! What only a distributed Map has: where its items are read, how they are batched, where its results go.
//!
//! Source: <https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html>

use serde_json::Value;

use super::{
    check::{Check, wrong_type},
    fields::{self, BOTH, Field, JSONATA, JSONPATH},
    findings::{Findings, UNREADABLE_ITEMS, WITHOUT_EFFECT},
    integration,
    place::Place,
};

/// A limit of items or bytes.
const LIMIT: Check = Check::OrQuery(&Check::Whole(0, u64::MAX));

const ITEM_READER: &[Field] = &[
    ("Resource", Check::Resource(integration::ITEM_READER), BOTH),
    ("Parameters", Check::Template, JSONPATH),
    ("Arguments", Check::Template, JSONATA),
    ("ReaderConfig", Check::ReaderConfig, BOTH),
];

const READER_CONFIG: &[Field] = &[
    ("InputType", Check::OneOf(&["CSV", "JSON", "JSONL", "MANIFEST", "PARQUET"]), BOTH),
    ("Transformation", Check::OneOf(&["NONE", "LOAD_AND_FLATTEN"]), BOTH),
    ("ManifestType", Check::OneOf(&["ATHENA_DATA", "S3_INVENTORY"]), BOTH),
    ("ItemsPointer", Check::Text, BOTH),
    ("CSVDelimiter", Check::OneOf(&["COMMA", "PIPE", "SEMICOLON", "SPACE", "TAB"]), BOTH),
    ("CSVHeaderLocation", Check::OneOf(&["FIRST_ROW", "GIVEN"]), BOTH),
    ("CSVHeaders", Check::Texts, BOTH),
    ("MaxItems", Check::OrQuery(&Check::Whole(0, 100_000_000)), BOTH),
    ("MaxItemsPath", Check::NumberPath, JSONPATH),
];

const ITEM_BATCHER: &[Field] = &[
    ("BatchInput", Check::Template, BOTH),
    ("MaxItemsPerBatch", LIMIT, BOTH),
    ("MaxItemsPerBatchPath", Check::NumberPath, JSONPATH),
    ("MaxInputBytesPerBatch", LIMIT, BOTH),
    ("MaxInputBytesPerBatchPath", Check::NumberPath, JSONPATH),
];

const RESULT_WRITER: &[Field] = &[
    ("Resource", Check::Resource(integration::RESULT_WRITER), BOTH),
    ("Parameters", Check::Template, JSONPATH),
    ("Arguments", Check::Template, JSONATA),
    ("WriterConfig", Check::WriterConfig, BOTH),
];

const WRITER_CONFIG: &[Field] = &[
    ("Transformation", Check::OneOf(&["NONE", "COMPACT", "FLATTEN"]), BOTH),
    ("OutputType", Check::OneOf(&["JSON", "JSONL"]), BOTH),
];

/// `ItemReader`.
pub(super) fn item_reader(value: &Value, place: &Place, findings: &mut Findings) {
    object(value, ITEM_READER, &["Resource"], &[], place, findings);
}

/// `ReaderConfig`.
pub(super) fn reader_config(value: &Value, place: &Place, findings: &mut Findings) {
    object(value, READER_CONFIG, &[], &[&["MaxItems", "MaxItemsPath"]], place, findings);
    input_type(value, &place.part("InputType"), findings);
}

/// Whether `InputType` goes with the rest of a `ReaderConfig`. Whether AWS refuses one that does not is not known.
///
/// Source: <https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itemreader.html>
fn input_type(config: &Value, place: &Place, findings: &mut Findings) {
    let text = |name: &str| config.get(name).and_then(Value::as_str);
    match (text("ManifestType"), text("InputType")) {
        // `MANIFEST` is the older way to say the same.
        (Some("S3_INVENTORY"), Some(given)) if given != "MANIFEST" => {
            let message = "the manifest of an S3 inventory tells the form of the items itself";
            findings.warn(WITHOUT_EFFECT, place, message, "leave InputType out");
        }
        (Some("ATHENA_DATA"), None | Some("JSON" | "MANIFEST")) => {
            let message = "objects that a manifest of Athena names can't be read without their form";
            findings.warn(UNREADABLE_ITEMS, place, message, "write CSV, JSONL or PARQUET");
        }
        (_, None) if text("Transformation") == Some("LOAD_AND_FLATTEN") => {
            let message = "listed objects can't be loaded without their form";
            findings.warn(UNREADABLE_ITEMS, place, message, "write CSV, JSON, JSONL or PARQUET");
        }
        _ => {}
    }
}

/// `ItemBatcher`.
pub(super) fn item_batcher(value: &Value, place: &Place, findings: &mut Findings) {
    let alternatives: &[&[&str]] = &[
        &["MaxItemsPerBatch", "MaxItemsPerBatchPath"],
        &["MaxInputBytesPerBatch", "MaxInputBytesPerBatchPath"],
    ];
    object(value, ITEM_BATCHER, &[], alternatives, place, findings);
}

/// `ResultWriter`.
pub(super) fn result_writer(value: &Value, place: &Place, findings: &mut Findings) {
    object(value, RESULT_WRITER, &[], &[], place, findings);
}

/// `WriterConfig`.
pub(super) fn writer_config(value: &Value, place: &Place, findings: &mut Findings) {
    object(value, WRITER_CONFIG, &[], &[], place, findings);
}

fn object(
    value: &Value,
    known: &[Field],
    required: &[&str],
    alternatives: &[&[&str]],
    place: &Place,
    findings: &mut Findings,
) {
    let Some(fields) = value.as_object() else {
        return wrong_type("Object", "an object", value, place, findings);
    };
    fields::required(fields, required, place, findings);
    fields::check(fields, &[known], place, findings);
    for names in alternatives {
        fields::alternatives(fields, names, place, findings);
    }
}

//! The schemas as they lie in their folders, ready to validate.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use jsonschema::{Registry, ValidationError, Validator};
use serde_json::Value;

/// Every schema by its path below `schemas/`, for example `slack/message.json`.
pub(crate) fn read() -> BTreeMap<String, Value> {
    let mut schemas = BTreeMap::new();
    for folder in ["slack", "document", "devops", "notice"] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        for entry in fs::read_dir(path).expect("the folder of schemas can be read") {
            let entry = entry.expect("the folder of schemas can be listed");
            let name = format!("{folder}/{}", entry.file_name().display());
            let text = fs::read_to_string(entry.path()).expect("a schema can be read");
            let schema = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
            schemas.insert(name, schema);
        }
    }
    schemas
}

/// A validator for each schema, references between the files resolved by their `$id`.
pub(crate) fn validators() -> BTreeMap<String, Validator> {
    let schemas = read();
    let mut registry = Registry::new();
    for schema in schemas.values() {
        let id = schema["$id"].as_str().expect("a schema has an $id");
        registry = registry.add(id, schema.clone()).expect("an $id is a URI");
    }
    let registry = registry.prepare().expect("every $ref leads to a schema");
    let options = jsonschema::draft7::options().with_registry(&registry).should_validate_formats(true);
    let validator = |schema: &Value| options.clone().build(schema).expect("a schema compiles");
    schemas.iter().map(|(name, schema)| (name.clone(), validator(schema))).collect()
}

/// What is wrong with a document; empty when it is valid.
pub(crate) fn faults(validator: &Validator, document: &Value) -> String {
    let fault = |error: ValidationError<'_>| format!("{}: {error}", error.instance_path());
    validator.iter_errors(document).map(fault).collect::<Vec<_>>().join("; ")
}

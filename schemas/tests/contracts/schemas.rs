//! The schemas themselves: valid, linked, described.

use serde_json::Value;

use crate::schema_files;

#[test]
fn every_schema_is_valid_draft_07() {
    for (name, schema) in schema_files::read() {
        assert_eq!(schema["$schema"], "http://json-schema.org/draft-07/schema#", "{name}");
        assert_eq!(schema["$id"], format!("https://ackflow.dev/schemas/{name}"), "{name}");
        if let Err(error) = jsonschema::draft7::meta::validate(&schema) {
            panic!("{name} at {}: {error}", error.instance_path());
        }
    }
    // Building the validators follows every reference.
    assert_eq!(schema_files::validators().len(), schema_files::read().len());
}

#[test]
fn every_type_and_every_property_is_described() {
    for (name, schema) in schema_files::read() {
        assert!(schema["title"].is_string(), "{name} has no title");
        assert_described(&name, &schema);
        if name.starts_with("slack/") {
            let description = schema["description"].as_str().unwrap();
            assert!(description.contains("Source: <https://docs.slack.dev/"), "{name} names no source");
        }
    }
}

#[test]
fn unknown_fields_are_allowed_everywhere() {
    for (name, schema) in schema_files::read() {
        assert!(!schema.to_string().contains("additionalProperties"), "{name} closes an object");
    }
}

#[test]
fn only_notices_refer_to_another_folder() {
    for (name, schema) in schema_files::read().into_iter().filter(|(name, _)| !name.starts_with("notice/")) {
        let text = schema.to_string();
        assert!(!text.contains(r#""$ref":".."#), "{name} refers to another folder");
    }
}

fn assert_described(path: &str, schema: &Value) {
    let description = schema["description"].as_str().unwrap_or_default();
    assert!(!description.is_empty(), "{path} is not described");
    for (property, schema) in schema["properties"].as_object().into_iter().flatten() {
        assert_described(&format!("{path}: {property}"), schema);
    }
    for variant in schema["oneOf"].as_array().into_iter().flatten() {
        assert_described(&format!("{path}: {}", variant["title"]), variant);
    }
}

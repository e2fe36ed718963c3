//! Steps by name, JSON in and JSON out.

use ackflow_asl::{Call, Failure};
use ackflow_flows::{RewriteTags, RewriteTagsError};
use ackflow_handlers::{StepHandler, Steps, StepsError};
use ackflow_schemas::document::{CommentEdit, CommentEditReport};
use async_trait::async_trait;
use serde_json::{Value, json};

/// Finds no metadata of a file called `missing`.
struct Handler;

#[async_trait]
impl StepHandler<RewriteTags> for Handler {
    async fn run(
        &self,
        Call { input: edit, .. }: Call<CommentEdit>,
    ) -> Result<CommentEditReport, Failure<RewriteTagsError>> {
        if edit.file_ids == ["missing"] {
            return Err(Failure::new(RewriteTagsError::MetadataNotFound, "There is none."));
        }
        Ok(CommentEditReport { rewritten: vec![], unchanged: edit.file_ids })
    }
}

fn input(file: &str) -> Value {
    let message = json!({
        "event_id": "Ev1", "team_id": "T1", "channel_id": "C1", "user_id": "U1",
        "ts": "1670631527.874149", "text": "", "posted_at": "2022-12-10T00:18:47.874149Z",
    });
    json!({ "message": message, "file_ids": [file] })
}

async fn run(step: &str, input: Value) -> Result<Value, StepsError> {
    Steps::default()
        .with::<RewriteTags>(Handler)
        .run(step, json!({ "execution": "T1-Ev1", "input": input }))
        .await
}

#[tokio::test]
async fn a_step_is_run_by_its_name() {
    let output = run("RewriteTags", input("F1")).await;
    assert_eq!(output, Ok(json!({ "rewritten": [], "unchanged": ["F1"] })));
}

#[tokio::test]
async fn a_failure_has_the_name_that_error_equals_matches() {
    let failure = run("RewriteTags", input("missing")).await.unwrap_err();
    assert_eq!((&*failure.error, &*failure.cause), ("MetadataNotFound", "There is none."));
}

#[tokio::test]
async fn an_input_of_another_type_is_its_own_error_and_names_step_and_field() {
    for (input, named) in [
        (json!({ "message": input("F1")["message"] }), "file_ids"),
        (json!({ "message": {}, "file_ids": [] }), "event_id"),
        (json!([]), "RewriteTags"),
        (Value::Null, "RewriteTags"),
    ] {
        let failure = run("RewriteTags", input).await.unwrap_err();
        assert_eq!(failure.error, "InvalidStepInput");
        assert!(failure.cause.contains("RewriteTags") && failure.cause.contains(named), "{failure}");
    }
}

#[tokio::test]
async fn a_step_that_nothing_implements_is_its_own_error_and_is_named() {
    let failure = run("BrewCoffee", json!({})).await.unwrap_err();
    assert_eq!(failure.error, "UnknownStep");
    assert!(failure.cause.contains("BrewCoffee"), "{failure}");
}

//! What Slack documents and what it has sent, kept outside the repository.

use std::path::{Path, PathBuf};

/// A path within the collection; `None`, said aloud, where the collection is absent.
pub(crate) fn path(within: &str) -> Option<PathBuf> {
    let collection = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/slack-payloads");
    if collection.is_dir() {
        return Some(collection.join(within));
    }
    let required = std::env::var("ACKFLOW_REQUIRE_SHARED").is_ok_and(|value| value == "1");
    assert!(!required, "ACKFLOW_REQUIRE_SHARED=1, but there is no {}", collection.display());
    eprintln!("SKIPPED: there is no {}, nothing was checked", collection.display());
    None
}

/// A JSON document of the collection.
pub(crate) fn json(within: &str) -> Option<serde_json::Value> {
    let text = std::fs::read(path(within)?).expect("a document of the collection can be read");
    Some(serde_json::from_slice(&text).expect("a document of the collection is JSON"))
}

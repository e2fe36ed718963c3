//! Recorded payloads, kept outside the repository.

use std::fs;
use std::path::{Path, PathBuf};

/// Every payload below a folder of the collection, with its path; `None`, said aloud, where the collection is absent.
pub(crate) fn read(folder: &str) -> Option<Vec<(String, Vec<u8>)>> {
    let collection = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/slack-payloads");
    if !collection.is_dir() {
        let required = std::env::var("ACKFLOW_REQUIRE_SHARED").is_ok_and(|value| value == "1");
        assert!(!required, "ACKFLOW_REQUIRE_SHARED=1, but there is no {}", collection.display());
        eprintln!("SKIPPED: no recorded payloads at {}, nothing was checked", collection.display());
        return None;
    }
    let mut files = Vec::new();
    collect(&collection.join(folder), &mut files);
    files.sort();
    assert!(!files.is_empty(), "no payloads in {folder}");
    let read = |file: PathBuf| {
        let name = file.strip_prefix(&collection).unwrap_or(&file).display().to_string();
        (name, fs::read(&file).expect("a payload can be read"))
    };
    Some(files.into_iter().map(read).collect())
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder of payloads can be read") {
        let path = entry.expect("a folder of payloads can be listed").path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "json") {
            files.push(path);
        }
    }
}

//! Reads the scenarios of a folder.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
};

use crate::Scenario;

/// Scenarios that can't be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The folder or a file.
    #[error("{} can't be read; name the folder that holds the scenarios", .path.display())]
    Io {
        /// Which one.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// What a file holds.
    #[error("{} is no scenario; the README of the scenarios describes their fields", .path.display())]
    Malformed {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: serde_json::Error,
    },
}

/// The scenarios of a folder, or of the folder `scenarios` in it, by their names.
///
/// # Errors
/// When the folder can't be read, or a file in it is no scenario.
pub fn read(folder: &Path) -> Result<Vec<Scenario>, ReadError> {
    let inner = folder.join("scenarios");
    let folder = if inner.is_dir() { inner } else { folder.to_owned() };
    let failed = |path: &Path, source| ReadError::Io { path: path.to_owned(), source };
    let mut files = Vec::new();
    for entry in fs::read_dir(&folder).map_err(|error| failed(&folder, error))? {
        let path = entry.map_err(|error| failed(&folder, error))?.path();
        if path.extension().is_some_and(|extension| extension == "json") {
            files.push(path);
        }
    }
    files.sort();
    let scenario = |path: PathBuf| -> Result<Scenario, ReadError> {
        let text = fs::read_to_string(&path).map_err(|error| failed(&path, error))?;
        serde_json::from_str(&text).map_err(|source| ReadError::Malformed { path, source })
    };
    files.into_iter().map(scenario).collect()
}

/// The scenarios beside the repository. None, and a line that says so, where they are not on this machine; but they
/// have to be where `ACKFLOW_REQUIRE_SHARED` is 1.
///
/// # Errors
/// Those of [`read`].
pub fn shared() -> Result<Vec<Scenario>, ReadError> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/asl-conformance");
    let is_required = env::var("ACKFLOW_REQUIRE_SHARED").is_ok_and(|required| required == "1");
    if !is_required && !folder.exists() {
        eprintln!("SKIPPED: the recorded scenarios are not at {}", folder.display());
        return Ok(Vec::new());
    }
    read(&folder)
}

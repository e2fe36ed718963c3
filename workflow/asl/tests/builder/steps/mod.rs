//! Two steps that fit each other, and the data between them.

use ackflow_asl::{Step, StepError, each};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
pub struct Page;

#[derive(Serialize, Deserialize)]
pub struct Summary;

#[derive(Serialize, Deserialize)]
pub struct Book {
    pub title: String,
    pub pages: Vec<Page>,
}

#[derive(Serialize, Deserialize)]
pub struct Digest {
    pub title: String,
    pub pages: Vec<Summary>,
}

each!(pub Pages: Book.pages[Page] => Digest[Summary], keeping title);

/// From a page to its summary.
pub struct Summarise;

impl Step for Summarise {
    const NAME: &'static str = "Summarise";
    const COMMENT: &'static str = "Sums up a page.";
    const TIMEOUT_SECONDS: u64 = 5;
    type Input = Page;
    type Output = Summary;
    type Error = SummariseError;
}

/// From all summaries to a shelf.
pub struct Shelve;

impl Step for Shelve {
    const NAME: &'static str = "Shelve";
    const COMMENT: &'static str = "Puts a digest on its shelf.";
    const TIMEOUT_SECONDS: u64 = 5;
    type Input = Digest;
    type Output = Digest;
    type Error = ShelveError;
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SummariseError {
    Illegible,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShelveError {
    ShelfFull,
}

impl StepError for SummariseError {
    const ALL: &'static [Self] = &[Self::Illegible];

    fn name(self) -> &'static str {
        "Illegible"
    }

    fn is_transient(self) -> bool {
        true
    }
}

impl StepError for ShelveError {
    const ALL: &'static [Self] = &[Self::ShelfFull];

    fn name(self) -> &'static str {
        "ShelfFull"
    }

    fn is_transient(self) -> bool {
        true
    }
}

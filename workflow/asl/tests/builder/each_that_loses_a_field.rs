//! A book has a title, and nothing says what becomes of it.

mod steps;

use ackflow_asl::each;
use steps::{Book, Page, Summary};

pub struct Untitled {
    pub pages: Vec<Summary>,
}

each!(Pages: Book.pages[Page] => Untitled[Summary], keeping);

fn main() {}

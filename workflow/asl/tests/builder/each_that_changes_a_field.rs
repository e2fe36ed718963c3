//! A Map changes the field that it runs over, and no other.

mod steps;

use ackflow_asl::each;
use steps::{Book, Page, Summary};

pub struct Numbered {
    pub title: u64,
    pub pages: Vec<Summary>,
}

each!(Pages: Book.pages[Page] => Numbered[Summary], keeping title);

fn main() {}

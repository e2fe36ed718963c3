//! A book holds pages, not summaries.

mod steps;

use ackflow_asl::each;
use steps::{Book, Digest, Summary};

each!(Pages: Book.pages[Summary] => Digest[Summary], keeping title);

fn main() {}

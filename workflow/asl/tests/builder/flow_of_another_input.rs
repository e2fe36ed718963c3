//! The flow promises to take a book, its first step takes a page.

mod steps;

use ackflow_asl::builder::{Chain, Flow, task};
use steps::{Book, Summarise};

fn main() {
    let summarise = Chain::from(task::<Summarise>());
    let _: Flow<Book> = Flow::new("digest", "Sums up a book.", 60, summarise);
}

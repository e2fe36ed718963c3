//! Where `Summarise` would have given a summary, the way around it gives a page.

mod steps;

use ackflow_asl::{
    Step,
    builder::{Caught, task},
};
use steps::{Page, Summarise, SummariseError};

struct GivePageBack;

impl Step for GivePageBack {
    const NAME: &'static str = "GivePageBack";
    const COMMENT: &'static str = "Gives the page back.";
    const TIMEOUT_SECONDS: u64 = 5;
    type Input = Caught<Page>;
    type Output = Page;
    type Error = SummariseError;
}

fn main() {
    let _ = task::<Summarise>().recover(task::<GivePageBack>());
}

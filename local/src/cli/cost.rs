//! `ackflow cost`.

use std::fmt::Write;

use bytesize::ByteSize;
use clap::Args;
use miette::Result;
use serde_json::json;

use super::terminal::{print, print_json};
use crate::cost::{PRICES_OF, REGION, Traffic, estimate};

/// Far more than any workspace sends in a month.
const MOST: u64 = 1_000_000_000_000;

/// The largest file that Slack takes.
///
/// Source: <https://slack.com/help/articles/201330736-Add-files-to-Slack>
const LARGEST: ByteSize = ByteSize::gib(1);

/// Estimate what a deployment on AWS costs a month, by service
///
/// Without free tiers, taxes and discounts. Most events are messages without files: they are acknowledged and
/// forgotten. Each file starts a flow.
#[derive(Debug, Args)]
pub(super) struct Cost {
    /// Events a month, of all kinds.
    #[arg(long, value_name = "N", value_parser = count, allow_negative_numbers = true)]
    events: u64,
    /// Files a month.
    #[arg(long, value_name = "M", value_parser = count, allow_negative_numbers = true)]
    files: u64,
    /// The size of a file.
    #[arg(long, value_name = "S", default_value = "2MB", value_parser = size, allow_negative_numbers = true)]
    size: ByteSize,
    /// Print one JSON document.
    #[arg(long)]
    json: bool,
}

impl Cost {
    pub(super) fn run(self) -> Result<()> {
        let traffic = Traffic { events: self.events, files: self.files, size: self.size.as_u64() };
        let costs = estimate(traffic);
        let total: f64 = costs.iter().map(|cost| cost.dollars).sum();
        if self.json {
            return print_json(&json!({
                "prices_of": PRICES_OF,
                "region": REGION,
                "traffic": traffic,
                "costs": costs,
                "dollars_a_month": total,
            }));
        }
        let mut text = String::new();
        for cost in &costs {
            let _ = writeln!(text, "{:>12.2}  {:<15}  {}", cost.dollars, cost.service, cost.of);
        }
        let _ = writeln!(text, "{total:>12.2}  dollars a month, {REGION}, prices of {PRICES_OF}");
        print(&text)
    }
}

fn count(text: &str) -> Result<u64, String> {
    let count = text.parse::<u64>().ok().filter(|count| *count <= MOST);
    count.ok_or_else(|| format!("write it in digits, such as 1000000, up to {MOST}"))
}

fn size(text: &str) -> Result<ByteSize, String> {
    let size = text.parse::<ByteSize>().ok().filter(|size| *size <= LARGEST);
    size.ok_or_else(|| format!("write a number with its unit, such as 2MB, up to Slack's limit of {LARGEST}"))
}

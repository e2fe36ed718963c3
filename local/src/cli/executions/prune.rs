//! `ackflow executions prune`.

use ackflow_engine::{Database, Journal};
use bytesize::ByteSize;
use clap::Args;
use jiff::Timestamp;
use miette::{IntoDiagnostic, Result};
use serde_json::json;

use super::super::terminal::{print, print_json};
use crate::retention::{self, FEWEST_DAYS, days_before};

/// Delete executions that ended long ago, with their notices, and make the database smaller
///
/// It may be run while `ackflow dev` serves from the folder, which does the same each hour with what is older than its
/// --retention.
#[derive(Debug, Args)]
pub(super) struct Prune {
    /// How long ago they ended, in days: 30d, say. At least 3d, since Slack delivers events again.
    #[arg(long, value_name = "DAYS", value_parser = days)]
    older_than: u16,
    /// Delete nothing, and say what would be deleted.
    #[arg(long)]
    dry_run: bool,
}

impl Prune {
    pub(super) async fn run(&self, database: &Database, journal: &Journal, json: bool) -> Result<()> {
        let now = Timestamp::now();
        let before = days_before(now, self.older_than);
        let prunable = journal.prunable(before).await.into_diagnostic()?;
        let space = database.space().await.into_diagnostic()?;
        let (executions, bytes) = if self.dry_run {
            let share = space.used.saturating_mul(prunable.executions) / prunable.of.max(1);
            (prunable.executions, share)
        } else {
            let executions = retention::prune(database, now, self.older_than).await.into_diagnostic()?;
            retention::shrink(database).await.into_diagnostic()?;
            let left = database.space().await.into_diagnostic()?;
            (executions as u64, space.used.saturating_sub(left.used))
        };
        if json {
            return print_json(&json!({
                "ended_before": before,
                "executions": executions,
                "of": prunable.of,
                "bytes": bytes,
                "dry_run": self.dry_run,
            }));
        }
        let of = prunable.of;
        let (would, about) = if self.dry_run { ("Would delete", "about ") } else { ("Deleted", "") };
        print(&format!(
            "{would} {executions} of {of} executions, which ended before {}: {about}{} of the database.\n",
            before.strftime("%Y-%m-%d %H:%M:%SZ"),
            ByteSize(bytes)
        ))
    }
}

fn days(text: &str) -> Result<u16, String> {
    let days = text.strip_suffix('d').unwrap_or(text).parse::<u16>().ok();
    days.filter(|days| *days >= FEWEST_DAYS)
        .ok_or_else(|| format!("it is a number of days, {FEWEST_DAYS} or more, such as 30d"))
}

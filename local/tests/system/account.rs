//! Tells for reviewers what happened to a post: which attempts failed, what is stored, what the thread reads.

use std::{collections::BTreeMap, fmt::Write as _};

use ackflow_engine::HistoryEvent;

use super::stage::{Post, Stage};

impl Stage {
    /// The account of a post, the same in every run.
    pub(crate) async fn account(&self, post: &Post) -> String {
        let execution = post.execution();
        let history = self.history(&execution).await;
        let mut text = String::new();
        for ((state, error, cause), times) in failures(&history) {
            let _ = writeln!(text, "{state} fails {times}×\n  error   {error}\n  cause   {cause}");
        }
        let status = self.process.journal.find(None, &execution).await.unwrap().status;
        let _ = writeln!(text, "execution {}\n\nstored", status.name());
        for (key, content) in self.objects() {
            let _ = if key.starts_with("files/") {
                writeln!(text, "  {key}  {} bytes", content.len())
            } else {
                writeln!(text, "  {key}")
            };
        }
        let _ = writeln!(text, "\nthread");
        for message in self.simulator.thread(&self.channel, &post.message.ts) {
            let author = if message.bot_id.is_some() { "ackflow" } else { "dana" };
            for (number, line) in message.text.lines().enumerate() {
                let _ = writeln!(text, "  {:<8} {line}", if number == 0 { author } else { "" });
            }
        }
        self.stable(&text)
    }

    /// Compares the account of a post with what reviewers agreed to; `fault` tells them what went wrong.
    pub(crate) async fn check_account(&self, name: &str, fault: &str, post: &Post) {
        let account = format!("{fault}\n\n{}", self.account(post).await);
        super::snapshots("faults").bind(|| insta::assert_snapshot!(name, account));
    }
}

/// How often each state failed, with which error and why.
fn failures(history: &[HistoryEvent]) -> BTreeMap<(String, String, String), usize> {
    let mut failures = BTreeMap::new();
    for event in history {
        let is_attempt = ["LambdaFunctionFailed", "LambdaFunctionTimedOut", "TaskFailed", "TaskTimedOut"]
            .contains(&event.event_type);
        if is_attempt {
            let text = |field: &str| event.details[field].as_str().unwrap_or_default().to_owned();
            let state = event.state.as_deref().unwrap_or_default().to_owned();
            *failures.entry((state, text("error"), text("cause"))).or_default() += 1;
        }
    }
    failures
}

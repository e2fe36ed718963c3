//! `ackflow join`.

mod attempt;
mod pace;

use std::{fmt::Write, sync::Arc, time::Duration};

use ackflow_handlers::{SLACK_API_URL, SlackClient, SlackError, http, is_slack_id};
use ackflow_schemas::slack::Channel;
use clap::Args;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use miette::{IntoDiagnostic, Report, Result, miette};
use serde_json::json;

use self::{
    attempt::{Attempt, Outcome},
    pace::Pace,
};
use super::{
    config::web_api,
    terminal::{plain, print, print_json},
};
use crate::clock::SystemClock;

/// How long each call waits when Slack says when to come back.
const PATIENCE: Duration = Duration::from_mins(10);

/// Bring the bot into public channels: events come from the channels only that it is in
///
/// Channels that the bot is in are passed over, so an interrupted run loses nothing: the next one goes on where it
/// stopped. Into a private channel, somebody in it has to invite the bot. The exit status is 1 when a channel could not
/// be joined.
#[derive(Debug, Args)]
pub(super) struct Join {
    /// The channels, by their ids (C…).
    #[arg(value_name = "CHANNEL", required_unless_present = "all")]
    channels: Vec<String>,
    /// Join every public channel that is not archived.
    #[arg(long, conflicts_with = "channels")]
    all: bool,
    /// Tell what would be joined, and join nothing.
    #[arg(long)]
    dry_run: bool,
    /// How many channels to join a minute; Slack allows at least 50.
    #[arg(long, default_value_t = 50, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    per_minute: u32,
    /// The app's bot token (xoxb-…).
    #[arg(long, env = "SLACK_BOT_TOKEN", hide_env_values = true, value_name = "TOKEN")]
    bot_token: Option<String>,
    /// Slack's Web API.
    #[arg(long, env = "SLACK_API_URL", default_value = SLACK_API_URL, value_name = "URL")]
    api_url: String,
    /// Print one JSON document.
    #[arg(long)]
    json: bool,
}

impl Join {
    pub(super) async fn run(self) -> Result<()> {
        self.check_ids()?;
        let (token, api_url) = web_api(self.bot_token.as_deref(), &self.api_url)?;
        let http = http::client(&api_url).into_diagnostic()?;
        let slack = SlackClient::new(http, api_url, token, Arc::new(SystemClock)).patient(PATIENCE);
        let mut attempts = Vec::new();
        let ended = if self.all {
            self.join_all(&slack, &mut attempts).await
        } else {
            self.join_named(&slack, &mut attempts).await
        };
        if ended.is_ok() || !attempts.is_empty() {
            self.report(&attempts)?;
        }
        ended.map_err(|error| stopped(&error))?;
        match attempts.iter().filter(|attempt| attempt.outcome.has_failed()).count() {
            0 => Ok(()),
            failed => Err(miette!(
                help = "the reason stands beside each; once it is gone, run the same command again",
                "the bot could not join {failed} of {} channels",
                attempts.len()
            )),
        }
    }

    fn check_ids(&self) -> Result<()> {
        match self.channels.iter().find(|id| !is_slack_id(id, &['C', 'G'])) {
            None => Ok(()),
            Some(other) => Err(miette!(
                help = "copy the id (C…) from the channel's details, at the bottom of About",
                "{} is no channel id",
                plain(other)
            )),
        }
    }

    async fn join_all(&self, slack: &SlackClient, attempts: &mut Vec<Attempt>) -> Result<(), SlackError> {
        let channels = self.list(slack).await?;
        let bar = self.progress_bar(channels.len());
        let mut pace = Pace::new(self.interval());
        for channel in channels {
            bar.set_message(plain(channel.name.as_deref().unwrap_or_default()));
            let outcome = self.join(slack, &channel, &mut pace).await?;
            attempts.push(Attempt::new(channel, outcome));
            bar.inc(1);
        }
        bar.finish_and_clear();
        Ok(())
    }

    async fn join_named(&self, slack: &SlackClient, attempts: &mut Vec<Attempt>) -> Result<(), SlackError> {
        let bar = self.progress_bar(self.channels.len());
        let mut pace = Pace::new(self.interval());
        for id in &self.channels {
            attempts.push(match pace.persist(|| slack.channel(id)).await {
                Ok(channel) => {
                    let outcome = self.join(slack, &channel, &mut pace).await?;
                    Attempt::new(channel, outcome)
                }
                Err(error) => Attempt::unknown(id, Outcome::of_error(error)?),
            });
            bar.inc(1);
        }
        bar.finish_and_clear();
        Ok(())
    }

    /// All channels that Slack lists, a page after the other.
    async fn list(&self, slack: &SlackClient) -> Result<Vec<Channel>, SlackError> {
        // A method of tier 2 may be called two times where one of tier 3 may be called five times.
        // Source: <https://docs.slack.dev/apis/web-api/rate-limits/>
        let mut pace = Pace::new(self.interval() * 5 / 2);
        let mut channels = Vec::new();
        let mut cursor = String::new();
        loop {
            pace.keep().await;
            let (found, next) = pace.persist(|| slack.channels(&cursor)).await?;
            channels.extend(found);
            if next.is_empty() {
                return Ok(channels);
            }
            cursor = next;
        }
    }

    /// Joins one channel, if need be. The error is one that the next channel would meet too.
    async fn join(
        &self,
        slack: &SlackClient,
        channel: &Channel,
        pace: &mut Pace,
    ) -> Result<Outcome, SlackError> {
        if let Some(outcome) = Outcome::foreseen(channel) {
            return Ok(outcome);
        }
        if self.dry_run {
            return Ok(Outcome::WouldJoin);
        }
        pace.keep().await;
        let answered = pace.persist(|| slack.join_channel(&channel.id)).await;
        answered.map_or_else(Outcome::of_error, |()| Ok(Outcome::Joined))
    }

    /// How long to wait between two channels.
    fn interval(&self) -> Duration {
        Duration::from_mins(1) / self.per_minute
    }

    /// How far it is, where somebody looks on.
    fn progress_bar(&self, channels: usize) -> ProgressBar {
        let target = if self.json { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
        let style = ProgressStyle::with_template("{pos} of {len} channels [{bar:30}] {msg}");
        let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
        ProgressBar::with_draw_target(Some(channels as u64), target).with_style(style)
    }

    fn report(&self, attempts: &[Attempt]) -> Result<()> {
        if self.json {
            return print_json(&json!({ "dry_run": self.dry_run, "channels": attempts }));
        }
        let count =
            |is: fn(&Attempt) -> bool| attempts.iter().filter(|attempt| is(attempt)).count().to_string();
        let mut text = String::new();
        for attempt in attempts.iter().filter(|attempt| attempt.outcome != Outcome::AlreadyIn) {
            let _ = writeln!(text, "{attempt}");
        }
        let joined = if self.dry_run {
            format!("Would join: {}", count(|attempt| attempt.outcome == Outcome::WouldJoin))
        } else {
            format!("Joined: {}", count(|attempt| attempt.outcome == Outcome::Joined))
        };
        let already = count(|attempt| attempt.outcome == Outcome::AlreadyIn);
        let refused = count(|attempt| matches!(attempt.outcome, Outcome::Refused { .. }));
        let _ = write!(text, "{joined}. Already in: {already}. Refused: {refused}.");
        let unanswered = count(|attempt| matches!(attempt.outcome, Outcome::Unanswered { .. }));
        if unanswered != "0" {
            let _ = write!(text, " Not answered: {unanswered}.");
        }
        text.push('\n');
        if self.all {
            let private = count(|attempt| attempt.is_private);
            let _ = writeln!(
                text,
                "Of the private channels, Slack shows the bot only those that it is in ({private}). Into any other, somebody there has to /invite it."
            );
        }
        print(&text)
    }
}

/// Why the run ended early.
fn stopped(error: &SlackError) -> Report {
    let help = match error {
        SlackError::Refused { .. } => "`ackflow doctor` examines the token and its scopes",
        _ => "run the same command again later: it goes on where it stopped",
    };
    miette!(help = help, "the run stopped: {}", plain(&error.to_string()))
}

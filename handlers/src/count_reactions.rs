//! `CountReactions`: the reactions on a message, as Slack counts them now.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use ackflow_asl::{Call, Failure};
use ackflow_flows::{CountReactions, CountReactionsError};
use ackflow_schemas::{
    devops::{CountRequest, ReactionCount, Tally},
    slack::Reaction,
};
use async_trait::async_trait;
use jiff::Timestamp;

use crate::{
    document_store::{DocumentError, DocumentStore},
    object_key::ObjectKey,
    ports::{Clock, ObjectStore},
    slack_client::{SlackClient, SlackError},
    steps::StepHandler,
};

/// How long the step waits by itself when Slack says when to come back.
const PATIENCE: Duration = Duration::from_mins(1);

type CountFailure = Failure<CountReactionsError>;

/// Counts reactions.
pub struct CountReactionsHandler {
    slack: SlackClient,
    documents: DocumentStore,
    clock: Arc<dyn Clock>,
}

impl CountReactionsHandler {
    /// A handler that reads from Slack, and keeps the counts in a bucket.
    pub fn new(slack: &SlackClient, objects: Arc<dyn ObjectStore>, clock: Arc<dyn Clock>) -> Self {
        Self { slack: slack.patient(PATIENCE), documents: DocumentStore::new(objects), clock }
    }
}

#[async_trait]
impl StepHandler<CountReactions> for CountReactionsHandler {
    async fn run(&self, Call { input, .. }: Call<CountRequest>) -> Result<Tally, CountFailure> {
        let CountRequest { team_id, channel_id, ts, .. } = input;
        // Taken before the answer: what comes later than this may be missing from it.
        let counted_at = self.clock.now();
        let message = match self.slack.reactions(&channel_id, &ts).await {
            Ok(message) => Some(message),
            Err(SlackError::Refused { error, .. }) if error == "message_not_found" => None,
            Err(error) => return Err(of_slack(&error)),
        };
        let key = ObjectKey::tally(&team_id, &channel_id, &ts).map_err(|error| failure(&error.into()))?;
        let tally = Tally {
            team_id,
            channel_id,
            ts,
            counted_at: counted_at.to_string(),
            is_gone: message.is_none(),
            thread_ts: message.as_ref().and_then(|message| message.thread_ts.clone()),
            reactions: counts(message.and_then(|message| message.reactions).unwrap_or_default()),
        };
        let newest = |before: Option<&Tally>| {
            let is_older =
                |before: &Tally| before.counted_at.parse().is_ok_and(|at: Timestamp| at > counted_at);
            (!before.is_some_and(is_older)).then(|| tally.clone())
        };
        let kept = self.documents.change(&key, newest).await.map_err(|error| failure(&error))?;
        Ok(kept.unwrap_or(tally))
    }
}

/// The counts, most first. A reaction in another skin tone (`+1::skin-tone-2`) is the same reaction, and somebody who
/// reacts in two tones is one person as far as Slack lists who reacted.
fn counts(reactions: Vec<Reaction>) -> Vec<ReactionCount> {
    let mut people = BTreeMap::<String, (BTreeSet<String>, u64)>::new();
    for Reaction { name, count, users, .. } in reactions {
        let name = name.split("::").next().unwrap_or_default().to_owned();
        let users = users.unwrap_or_default();
        let count = count.and_then(|count| u64::try_from(count).ok()).unwrap_or_default();
        let (named, unnamed) = people.entry(name).or_default();
        *unnamed += count.saturating_sub(users.len() as u64);
        named.extend(users);
    }
    let count = |(name, (named, unnamed)): (String, (BTreeSet<String>, u64))| ReactionCount {
        name,
        count: named.len() as u64 + unnamed,
    };
    let mut counts: Vec<ReactionCount> = people.into_iter().map(count).collect();
    counts.sort_by_key(|reaction| std::cmp::Reverse(reaction.count));
    counts
}

fn of_slack(error: &SlackError) -> CountFailure {
    if matches!(error, SlackError::Refused { .. }) {
        return Failure::new(CountReactionsError::ReactionsDenied, error.to_string());
    }
    error.failure(CountReactionsError::SlackRateLimited, CountReactionsError::SlackUnavailable)
}

fn failure(error: &DocumentError) -> CountFailure {
    error.failure(CountReactionsError::StorageUnavailable, CountReactionsError::TallyUnreadable)
}

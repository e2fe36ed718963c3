//! What people do in the afternoon, in order, and what is to come of it.

use std::{
    collections::HashSet,
    time::{Duration, Instant},
};

use ackflow_engine::{ExecutionRow, Journal, Observation, Status};
use ackflow_flows::APPROVAL_ACTIONS;
use miette::{IntoDiagnostic, Report, Result, miette};
use serde_json::Value;
use tokio::{sync::mpsc, time::timeout};

use super::{
    REMEDY,
    expectation::{Expectation, IsSo, deleted, tallied, told_alone, told_directly, told_in_thread},
    office::Office,
};
use crate::{
    cli::terminal::print,
    simulator::{PostedMessage, Simulator},
    system::System,
};

/// How long something may take: many times as long as it does.
const PATIENCE: Duration = Duration::from_secs(30);

/// An access key, as AWS's documentation has it.
const ACCESS_KEY: &str = "AKIAIOSFODNN7EXAMPLE";

/// The script, and how far it is.
pub(super) struct Afternoon<'a> {
    simulator: &'a Simulator,
    office: &'a Office,
    origin: &'a str,
    observations: mpsc::UnboundedReceiver<Observation>,
    is_quiet: bool,
    began: Instant,
    expectations: Vec<Expectation>,
}

impl<'a> Afternoon<'a> {
    /// The beginning. Ackflow listens at `origin`.
    pub(super) fn new(
        simulator: &'a Simulator,
        office: &'a Office,
        origin: &'a str,
        observations: mpsc::UnboundedReceiver<Observation>,
        is_quiet: bool,
    ) -> Self {
        let (began, expectations) = (Instant::now(), Vec::new());
        Self { simulator, office, origin, observations, is_quiet, began, expectations }
    }

    /// Plays it; gives the newcomer's id. The bot posts one message a second in each channel: that is what takes time.
    pub(super) async fn play(&mut self) -> Result<String> {
        let Office { general, devops, .. } = self.office;
        let proposal = self.vote().await?;
        let sam = self.join_workspace().await?;
        self.command(general, "help", "`deploy stg SERVICE`", "dana is told what the bot can do").await?;
        let deployed = "*api* is deployed to *stg*";
        self.command(devops, "deploy stg api", deployed, "api is deployed to stg").await?;
        self.join_alerts(&sam).await?;
        let suggestion = "did you mean \"prod\"?";
        self.command(general, "deploy prd api", suggestion, "dana is told what prd may mean").await?;
        self.deploy_denied().await?;
        self.deploy_approved().await?;
        self.leak_key().await?;
        let tally = tallied(&proposal, ":+1: 2  :-1: 1");
        self.see("each vote counts once, as it was at last", tally).await?;
        Ok(sam)
    }

    /// Waits until everything has come to its end; gives the executions after the one of this number, newest first.
    pub(super) async fn end(
        &mut self,
        journal: &Journal,
        before: i64,
        system: &System,
    ) -> Result<Vec<ExecutionRow>> {
        let rows = executions(journal, before).await?.into_iter();
        let running = rows.filter(|row| row.status == Status::Running);
        let mut running: HashSet<String> = running.map(|row| row.start.name).collect();
        let ended = async {
            while !running.is_empty()
                && let Some(observation) = self.observations.recv().await
            {
                if observation.events.iter().any(|event| has_ended(event.event_type)) {
                    running.remove(&observation.name);
                }
            }
            system.notices_posted().await
        };
        let in_time = timeout(PATIENCE, ended).await;
        in_time.map_err(|_| in_vain("every execution has ended"))?.into_diagnostic()?;
        executions(journal, before).await
    }

    /// What has happened, to be looked at again: nothing of it may have happened twice.
    pub(super) fn into_expectations(self) -> Vec<Expectation> {
        self.expectations
    }

    /// Slack tells of votes in another order than they were given, and of each twice.
    async fn vote(&self) -> Result<PostedMessage> {
        let Office { votes, dana, lee, kim, .. } = self.office;
        let proposal = self.say(votes, lee, "Shall we deploy on Fridays? :+1: or :-1:").await?;
        self.line("dana and lee vote :+1:, kim votes :+1:, takes it back, and votes :-1:")?;
        let (slack, ts) = (self.simulator, &proposal.ts);
        let events = [
            slack.react(votes, ts, dana, "+1"),
            slack.react(votes, ts, kim, "+1"),
            slack.unreact(votes, ts, kim, "+1"),
            slack.react(votes, ts, kim, "-1"),
            slack.react(votes, ts, lee, "+1"),
        ];
        let events = events.into_iter().collect::<Result<Vec<Value>, _>>().into_diagnostic()?;
        self.line("Slack tells of the last vote first, and of each again")?;
        for event in events.iter().rev().chain(&events) {
            self.deliver(event).await?;
        }
        Ok(proposal)
    }

    /// Gives the newcomer's id.
    async fn join_workspace(&mut self) -> Result<String> {
        let (sam, joined) = self.simulator.join_team("sam");
        self.line("sam joins the workspace")?;
        self.deliver(&joined).await?;
        let added = told_directly(&sam, format!("I added you to <#{}>.", self.office.general));
        self.see("sam is welcomed, and added to #general", added).await?;
        Ok(sam)
    }

    async fn join_alerts(&mut self, sam: &str) -> Result<()> {
        let joined = self.simulator.join_channel(&self.office.alerts, sam).into_diagnostic()?;
        self.line("sam joins #alerts")?;
        self.deliver(&joined).await?;
        let guide = format!("alerts in <#{}> are for whoever is on call", self.office.alerts);
        self.see("sam is told what #alerts is for", told_directly(sam, guide)).await
    }

    async fn deploy_denied(&mut self) -> Result<()> {
        let Office { devops, leads, dana, lee, .. } = self.office;
        let [(approve, _), (deny, _)] = APPROVAL_ACTIONS;
        let asked = self.mention(devops, "deploy prod api").await?;
        let request = self.request().await?;
        self.press(&request, approve, dana).await?;
        let refused = told_alone(leads, dana, "You are none of the approvers");
        self.see("dana is no approver, and nobody else is told so", refused).await?;
        self.press(&request, deny, lee).await?;
        let denied = format!("*api* is not deployed to *prod*. Denied by <@{lee}>");
        self.see("api is not deployed to prod", told_in_thread(&asked, denied)).await
    }

    async fn deploy_approved(&mut self) -> Result<()> {
        let [(approve, _), _] = APPROVAL_ACTIONS;
        let asked = self.mention(&self.office.devops, "deploy prod api").await?;
        let request = self.request().await?;
        self.press(&request, approve, &self.office.kim).await?;
        let deployed = told_in_thread(&asked, "*api* is deployed to *prod*");
        self.see("api is deployed to prod", deployed).await
    }

    async fn leak_key(&mut self) -> Result<()> {
        let Office { general, dana, .. } = self.office;
        let leak = self.say(general, dana, &format!("The key for the bucket is {ACCESS_KEY}")).await?;
        self.see("the message is deleted", deleted(&leak)).await?;
        self.see("dana is told why", told_directly(dana, "breaks a rule. I deleted it.")).await
    }

    /// Dana gives the bot a command, and is answered in the thread.
    async fn command(&mut self, channel: &str, command: &str, answer: &str, what: &str) -> Result<()> {
        let asked = self.mention(channel, command).await?;
        self.see(what, told_in_thread(&asked, answer)).await
    }

    /// Dana mentions the bot. Slack tells of such a message twice: that it was posted, and that it is a mention.
    async fn mention(&self, channel: &str, command: &str) -> Result<PostedMessage> {
        let bot = &self.simulator.workspace().bot_user_id;
        let message = self.say(channel, &self.office.dana, &format!("<@{bot}> {command}")).await?;
        self.deliver(&self.simulator.mention(&message)).await?;
        Ok(message)
    }

    async fn say(&self, channel: &str, user: &str, text: &str) -> Result<PostedMessage> {
        let slack = self.simulator;
        let message = slack.post(channel, user, text, &[]).into_diagnostic()?;
        let (place, author) = (slack.channel_name(channel).into_diagnostic()?, slack.user_name(user));
        let bot = &slack.workspace().bot_user_id;
        self.line(&format!("{author} in #{place}: {}", text.replace(&format!("<@{bot}>"), "@ackflow")))?;
        self.deliver(&slack.event(&message)).await?;
        Ok(message)
    }

    /// Waits until the leads are to decide a deployment; gives the message that asks them.
    async fn request(&mut self) -> Result<PostedMessage> {
        // A press that comes before the deployment waits for one would be refused.
        let waits = async {
            while let Some(observation) = self.observations.recv().await {
                if observation.events.iter().any(|event| event.event_type == "TaskSubmitted") {
                    return Some(observation.name);
                }
            }
            None
        };
        let nobody_asks = || in_vain("the leads are asked");
        let approval = timeout(PATIENCE, waits).await.ok().flatten().ok_or_else(nobody_asks)?;
        let leads = &self.office.leads;
        let asks = |message: &PostedMessage| {
            message.blocks.iter().any(|block| block["elements"][0]["value"] == approval.as_str())
        };
        self.until("the leads are asked", |slack| slack.messages(leads).iter().any(asks)).await?;
        self.simulator.messages(leads).into_iter().find(asks).ok_or_else(nobody_asks)
    }

    async fn press(&self, request: &PostedMessage, action: &str, user: &str) -> Result<()> {
        let slack = self.simulator;
        let form = slack.press(&request.channel, &request.ts, action, user).into_diagnostic()?;
        let label = if action == APPROVAL_ACTIONS[0].0 { "Approve" } else { "Deny" };
        self.line(&format!("{} presses {label}", slack.user_name(user)))?;
        let attempt = slack.deliver_form(&format!("{}/slack/interactivity", self.origin), &form).await;
        if attempt.failure.is_none() { Ok(()) } else { Err(unacknowledged("a press of a button")) }
    }

    async fn deliver(&self, event: &Value) -> Result<()> {
        let delivery = self.simulator.deliver(&format!("{}/slack/events", self.origin), event).await;
        let kind = event["event"]["type"].as_str().unwrap_or_default();
        if delivery.is_acknowledged() { Ok(()) } else { Err(unacknowledged(kind)) }
    }

    /// Waits until something is so.
    async fn see(&mut self, what: &str, is_so: IsSo) -> Result<()> {
        self.until(what, &*is_so).await?;
        self.line(&format!("  ✓ {what}"))?;
        self.expectations.push(Expectation { what: what.to_owned(), is_so });
        Ok(())
    }

    async fn until(&self, what: &str, is_so: impl Fn(&Simulator) -> bool) -> Result<()> {
        timeout(PATIENCE, self.simulator.until(is_so)).await.map_err(|_| in_vain(what))
    }

    fn line(&self, text: &str) -> Result<()> {
        let millis = self.began.elapsed().as_millis();
        if self.is_quiet { Ok(()) } else { print(&format!("{millis:>7} ms  {text}\n")) }
    }
}

async fn executions(journal: &Journal, before: i64) -> Result<Vec<ExecutionRow>> {
    let mut rows = journal.list(1_000).await.into_diagnostic()?;
    rows.retain(|row| row.id > before);
    Ok(rows)
}

fn has_ended(event_type: &str) -> bool {
    matches!(event_type, "ExecutionSucceeded" | "ExecutionFailed" | "ExecutionTimedOut")
}

fn in_vain(what: &str) -> Report {
    miette!(help = REMEDY, "after {} s this was not so: {what}", PATIENCE.as_secs())
}

fn unacknowledged(what: &str) -> Report {
    miette!(help = "try again with RUST_LOG=debug", "this was not acknowledged: {what}")
}

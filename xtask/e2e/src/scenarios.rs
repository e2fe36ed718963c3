//! What is tried.

mod bot;
mod crash;
mod job;
mod logs;
mod outages;
mod permissions;
mod poison;
mod storm;
mod two_engines;

use futures_util::future::LocalBoxFuture;

use crate::deployment::Deployment;

/// A scenario that panics when something is not as it should be.
pub(crate) struct Scenario<'a> {
    pub(crate) name: &'static str,
    pub(crate) run: LocalBoxFuture<'a, ()>,
}

/// All of them, in order.
pub(crate) fn scenarios(deployment: &Deployment) -> Vec<Scenario<'_>> {
    let scenario = |name, run| Scenario { name, run };
    vec![
        scenario("the handshake", Box::pin(job::handshake(deployment))),
        scenario("files, metadata, and a message in the thread", Box::pin(job::whole_job(deployment))),
        scenario("a file of 20 MiB", Box::pin(job::large_file(deployment))),
        scenario("a file that breaks off", Box::pin(job::broken_file(deployment))),
        scenario("an edited comment rewrites the tags", Box::pin(job::edited(deployment))),
        scenario("a request that is not Slack's", Box::pin(job::refused(deployment))),
        scenario("a duplicate storm", Box::pin(storm::storm(deployment))),
        scenario("Slack does not give a file", Box::pin(outages::slack_down(deployment))),
        scenario("Step Functions is down", Box::pin(outages::engine_down(deployment))),
        scenario("DynamoDB is down", Box::pin(outages::ledger_down(deployment))),
        scenario("both are down", Box::pin(outages::both_down(deployment))),
        scenario("a step's process dies", Box::pin(crash::step_dies(deployment))),
        scenario("one definition, two engines, one result", Box::pin(two_engines::same(deployment))),
        scenario("the bot deploys by webhook, build and state machine", Box::pin(bot::deploys(deployment))),
        scenario("an approval", Box::pin(bot::approved(deployment))),
        scenario("a message that breaks a rule", Box::pin(bot::moderated(deployment))),
        scenario("a new teammate", Box::pin(bot::welcomed(deployment))),
        scenario("reactions are counted", Box::pin(bot::counted(deployment))),
        scenario("the bot: two engines, one result", Box::pin(two_engines::bot::same(deployment))),
        scenario("a poison notice", Box::pin(poison::poison(deployment))),
        scenario("logs and metrics", Box::pin(logs::in_order(deployment))),
        scenario("every call is allowed, and nothing else", Box::pin(permissions::as_called(deployment))),
    ]
}

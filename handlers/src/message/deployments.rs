//! How a deployment goes.

use ackflow_schemas::devops::{DeployOrder, DeployReport, DeployResult, Verdict};
use serde_json::Value;

use super::{
    approvals::outcome,
    mrkdwn::{duration, link, sentence, shown, user},
};

/// What is deployed where: `*api* to *prod*`.
pub(super) fn subject(order: &DeployOrder) -> String {
    format!("*{}* to *{}*", shown(&order.service), shown(&order.environment))
}

pub(super) fn waits(order: &DeployOrder) -> String {
    let what = subject(order);
    format!("Another deployment of {what} is under way. Yours begins when those before it have ended.")
}

pub(super) fn started(order: &DeployOrder) -> String {
    format!("Deploying {}…", subject(order))
}

pub(super) fn ended(report: &DeployReport) -> String {
    let who = user(&report.order.origin.user_id);
    let (service, environment) = (shown(&report.order.service), shown(&report.order.environment));
    match &report.result {
        DeployResult::Deployed { link: address } => {
            let took = took(report).map(|took| format!(", in {took}")).unwrap_or_default();
            let open = address.as_deref().map(|address| format!(" {}", link(address, "Open")));
            let open = open.unwrap_or_default();
            format!(":white_check_mark: {who} *{service}* is deployed to *{environment}*{took}.{open}")
        }
        DeployResult::Failed { error, cause } => {
            format!("{} {who} {}{}", sign(error), failure(report, error), quoted(error, cause))
        }
        DeployResult::NotApproved => {
            let decided = outcome(&report.decision);
            format!(":no_entry_sign: {who} *{service}* is not deployed to *{environment}*. {decided}")
        }
    }
}

/// How long it took, where that is known.
fn took(report: &DeployReport) -> Option<String> {
    duration(report.started_at.as_deref()?, report.ended_at.as_deref()?)
}

/// Whether it is certain that nothing goes on, and that nothing was deployed unless the target says so.
fn sign(error: &str) -> &'static str {
    match error {
        "DeployFailed" | "TargetRefused" | "TurnTaken" | "StorageUnavailable" | "BoardUnreadable" => ":x:",
        _ => ":warning:",
    }
}

/// What went wrong, and what to do. An error that both the start and the watching of a deployment may end with leaves
/// open whether anything was started.
fn failure(report: &DeployReport, error: &str) -> String {
    const LOOK: &str = "Look at it before you try again";
    let what = subject(&report.order);
    match error {
        "DeployFailed" => {
            let after = took(report).map(|took| format!(" after {took}")).unwrap_or_default();
            format!("The deployment of {what} failed{after}.")
        }
        "DeployUncertain" => format!(
            "I can't tell what became of the deployment of {what}: it may have been done. {LOOK}; I did not start it twice."
        ),
        "DeployRunning" => format!("The deployment of {what} goes on for longer than I watch it. {LOOK}."),
        "StartUnderWay" => {
            format!("The deployment of {what} may still be starting, but I gave up on it. {LOOK}.")
        }
        "LedgerUnavailable" => format!(
            "I can't note what I do with {what}, so I stopped. It may have been started all the same. {LOOK}."
        ),
        "TargetRefused" => {
            format!("I can't deploy {what}: what should do it refuses. Nothing was started.")
        }
        "TargetUnknown" => format!(
            "I have no way to deploy {what}, or none any more: the operators can mend that. If it was under way already, look at it before you try again."
        ),
        "TargetUnavailable" => format!(
            "I can't reach what deploys {what}, though I tried several times. It may have been started all the same. {LOOK}."
        ),
        "TurnTaken" => format!(
            "I gave up on deploying {what}: the deployments before it did not end. Nothing was started; ask again when they have."
        ),
        "StorageUnavailable" => format!(
            "I did not deploy {what}: my storage can't be reached, though I tried several times. Ask again later, please."
        ),
        "BoardUnreadable" => format!(
            "I did not deploy {what}: my list of deployments can't be read. Ask again once the operators have mended that."
        ),
        // It was asked for, and not decided.
        _ if report.decision.verdict == Verdict::Expired => format!(
            "I did not deploy {what}: something went wrong on my side before it was approved; the operators can see what. Ask again later, please."
        ),
        "States.Timeout" => {
            format!("The deployment of {what} takes longer than I may wait: it may have been done. {LOOK}.")
        }
        lambda if lambda.starts_with("Lambda.") => format!(
            "The machines that I run on had trouble while I deployed {what}: it may have been done. {LOOK}."
        ),
        _ => format!(
            "Something went wrong on my side while I deployed {what}; the operators can see what. It may have been done. {LOOK}."
        ),
    }
}

/// What is known of the target, below the message. Other causes are for the operators.
fn quoted(error: &str, cause: &str) -> String {
    let is_of_target = matches!(
        error,
        "DeployFailed" | "DeployUncertain" | "TargetRefused" | "TargetUnavailable" | "TargetUnknown"
    );
    let said = if is_of_target { said(cause.trim()) } else { String::new() };
    if said.is_empty() { said } else { format!("\n> {said}") }
}

/// What a cause says in words. That of a Lambda function is JSON around them.
///
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/rust-handler.html>
fn said(cause: &str) -> String {
    if !cause.starts_with('{') {
        return sentence(cause);
    }
    let payload: Value = serde_json::from_str(cause).unwrap_or_default();
    sentence(payload["errorMessage"].as_str().unwrap_or_default())
}

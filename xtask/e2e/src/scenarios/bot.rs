//! The DevOps bot.

use ackflow::simulator::PostedMessage;
use ackflow_handlers::signature;
use serde_json::Value;

use super::outages::fault;
use crate::{
    deployment::{Deployment, ENVIRONMENT, until},
    targets::WEBHOOK_SECRET,
};

/// Somebody mentions the bot in a channel of their own.
async fn mention(deployment: &Deployment, text: &str) -> PostedMessage {
    let channel = deployment.simulator.create_channel("deploys");
    let text = format!("<@{}> {text}", deployment.simulator.workspace().bot_user_id);
    let message = deployment.simulator.post(&channel, "U0DANA", &text, &[]).unwrap();
    deliver(deployment, &deployment.simulator.mention(&message)).await;
    message
}

async fn deliver(deployment: &Deployment, event: &Value) {
    let delivery = deployment.simulator.deliver(&deployment.url(), event).await;
    assert!(delivery.is_acknowledged(), "{delivery:?}");
}

/// Waits until the thread of a message holds a text.
async fn is_told(deployment: &Deployment, message: &PostedMessage, text: &str) {
    until(text, async || {
        let thread = deployment.simulator.thread(&message.channel, &message.ts);
        thread.iter().any(|reply| reply.text.contains(text)).then_some(())
    })
    .await;
}

/// By each kind of target.
pub(crate) async fn deploys(deployment: &Deployment) {
    for service in ["api", "web", "batch"] {
        let message = mention(deployment, &format!("deploy stg {service}")).await;
        is_told(deployment, &message, &format!("*{service}* is deployed to *stg*")).await;
    }
    let requests = deployment.targets.requests.lock().unwrap().clone();
    let [(headers, body)] = requests.as_slice() else { panic!("{requests:?}") };
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let timestamp = header("x-ackflow-request-timestamp");
    let now = timestamp.unwrap().parse().unwrap();
    let signature = header("x-ackflow-signature");
    signature::verify(&[WEBHOOK_SECRET.into()], timestamp, signature, body, now).unwrap();
}

/// Waits for days on Step Functions, if need be; here somebody decides at once.
pub(crate) async fn approved(deployment: &Deployment) {
    let simulator = &deployment.simulator;
    let message = mention(deployment, "deploy prod api").await;
    let leads = &deployment.channels.leads;
    let request = until("the request", async || {
        simulator.messages(leads).into_iter().find(|request| !request.blocks.is_empty())
    })
    .await;
    let status = mention(deployment, "status").await;
    is_told(deployment, &status, "Waiting for approval").await;
    let press = async |user| {
        let body = simulator.press(leads, &request.ts, "approve_deploy", user).unwrap();
        let attempt = simulator.deliver_form(&deployment.interactivity_url(), &body).await;
        assert_eq!(attempt.status, Some(200), "{attempt:?}");
    };
    // While Step Functions is down, a press is kept like an event.
    deployment.aws.fault(fault("states", "StartExecution")).await;
    press("U0DANA").await;
    deployment.aws.clear_faults().await;
    deployment.aws.run_scheduled(&format!("slack-redriver-{ENVIRONMENT}")).await;
    until("the refusal", async || {
        simulator.ephemerals(leads).into_iter().find(|shown| shown.user == "U0DANA")
    })
    .await;
    press("U0LEE").await;
    is_told(deployment, &message, "*api* is deployed to *prod*").await;
    until("who decided", async || {
        let decided = simulator.messages(leads).into_iter().find(|shown| shown.ts == request.ts)?;
        decided.text.contains("Approved by <@U0LEE>").then_some(())
    })
    .await;
    assert_eq!(deployment.targets.received().len(), 2);
}

pub(crate) async fn moderated(deployment: &Deployment) {
    let simulator = &deployment.simulator;
    let channel = simulator.create_channel("random");
    let message = simulator.post(&channel, "U0SAM", "my key: AKIA0123456789ABCDEF", &[]).unwrap();
    deliver(deployment, &simulator.event(&message)).await;
    until("the direct message", async || simulator.dm("U0SAM").pop()).await;
    assert!(simulator.messages(&channel).is_empty());
}

pub(crate) async fn welcomed(deployment: &Deployment) {
    let simulator = &deployment.simulator;
    let (user, event) = simulator.join_team("kim");
    deliver(deployment, &event).await;
    until("the greeting", async || simulator.dm(&user).pop()).await;
    deliver(deployment, &simulator.join_channel(&deployment.channels.alerts, &user).unwrap()).await;
    until("the guide", async || {
        simulator.dm(&user).into_iter().find(|message| message.text.contains("The guide is pinned"))
    })
    .await;
}

/// Counts that change are shown in the one message that there is.
pub(crate) async fn counted(deployment: &Deployment) {
    let simulator = &deployment.simulator;
    let channel = &deployment.channels.votes;
    let proposal = simulator.post(channel, "U0DANA", "Tabs?", &[]).unwrap();
    for (count, user) in ["U0DANA", "U0LEE"].into_iter().enumerate() {
        deliver(deployment, &simulator.react(channel, &proposal.ts, user, "+1").unwrap()).await;
        is_told(deployment, &proposal, &format!(":+1: {}", count + 1)).await;
    }
    assert_eq!(simulator.thread(channel, &proposal.ts).len(), 2);
}

//! What people do with the bot, on both engines.

use ackflow::simulator::PostedMessage;
use serde_json::Value;

use super::{Names, names_of, plain, side::Side, sorted};
use crate::{
    deployment::{Deployment, until},
    local::Local,
};

/// The board of the simulated workspace.
const BOARD: &str = "board/T0ACKFLOW.json";

/// What is there in the end.
#[derive(Debug, PartialEq)]
struct Seen {
    /// Each execution's status and output.
    executions: Vec<(String, String)>,
    /// The documents in the bucket.
    documents: Vec<Option<String>>,
    /// What people read, in the order of the alphabet: no other is promised on AWS.
    messages: Vec<String>,
}

pub(crate) async fn same(deployment: &Deployment) {
    let local = Local::start().await;
    let (aws, local) = (Side::Aws(deployment), Side::Local(&local));
    // People are told of the end of a deployment a moment before it makes room for the next.
    until("the end of every deployment before", async || {
        let board: Value = serde_json::from_slice(&aws.object(BOARD).await?).unwrap();
        board["deploys"].as_array()?.is_empty().then_some(())
    })
    .await;
    assert_eq!(deployed(aws).await, deployed(local).await, "a deployment");
    assert_eq!(approved(aws).await, approved(local).await, "a deployment that is approved");
    assert_eq!(moderated(aws).await, moderated(local).await, "a message that breaks a rule");
    assert_eq!(welcomed(aws).await, welcomed(local).await, "a new teammate");
    assert_eq!(counted(aws).await, counted(local).await, "a vote");
}

async fn deployed(side: Side<'_>) -> Seen {
    let deed = mention(side, "deploy stg api").await;
    let execution = deed.execution();
    let ended = deed.ended("deployments", &execution).await;
    let mut messages = deed.read("what is told of the deployment", 2, || deed.told()).await;
    messages.push(deed.target_was_told());
    Seen { executions: vec![ended], documents: vec![deed.document(BOARD).await], messages }
}

/// The board is looked at while the deployment waits, too.
async fn approved(side: Side<'_>) -> Seen {
    let mut deed = mention(side, "deploy prod api").await;
    let (simulator, leads, execution) = (side.simulator(), &side.channels().leads, deed.execution());
    let request = until("the request", async || {
        let is_it = |request: &PostedMessage| {
            request.blocks.iter().any(|block| block.to_string().contains(&execution))
        };
        simulator.messages(leads).into_iter().find(is_it)
    })
    .await;
    let waiting = until("its place on the board", async || {
        deed.document(BOARD).await.filter(|board| board.contains("waits_for_approval"))
    })
    .await;
    let form = simulator.press(leads, &request.ts, "approve_deploy", "U0LEE").unwrap();
    let press = started(side, "approvals", side.deliver_press(&form)).await;
    deed.names.push((press.clone(), "PRESS".to_owned()));
    let executions = vec![deed.ended("deployments", &execution).await, deed.ended("approvals", &press).await];
    let mut messages = deed.read("what is told of the deployment", 3, || deed.told()).await;
    let decided = || {
        let shown = simulator.messages(leads).into_iter().filter(|shown| shown.ts == request.ts);
        shown.map(|shown| shown.text).filter(|text| text.contains("Approved by")).collect()
    };
    messages.extend(deed.read("who decided", 1, decided).await);
    messages.push(deed.target_was_told());
    let approval = deed.document(&format!("approvals/{execution}.json")).await;
    Seen { executions, documents: vec![Some(waiting), approval, deed.document(BOARD).await], messages }
}

async fn moderated(side: Side<'_>) -> Seen {
    let simulator = side.simulator();
    let (user, channel) = (simulator.add_user("robin"), simulator.create_channel("random"));
    let message = simulator.post(&channel, &user, "my key: AKIA0123456789ABCDEF", &[]).unwrap();
    let event = simulator.event(&message);
    let mut deed = Deed::new(side, event, Some(message));
    deed.names.push((user.clone(), "USER".to_owned()));
    side.deliver(&deed.event).await;
    let ended = deed.ended("moderation", &deed.execution()).await;
    let messages = deed.read("the direct message", 1, || texts(simulator.dm(&user))).await;
    assert!(simulator.messages(&channel).is_empty(), "it is deleted");
    Seen { executions: vec![ended], documents: Vec::new(), messages }
}

async fn welcomed(side: Side<'_>) -> Seen {
    let simulator = side.simulator();
    let (user, event) = simulator.join_team("alex");
    let mut deed = Deed::new(side, event, None);
    deed.names.push((user.clone(), "USER".to_owned()));
    side.deliver(&deed.event).await;
    let ended = deed.ended("onboarding", &deed.execution()).await;
    let messages = deed.read("the greeting", 1, || texts(simulator.dm(&user))).await;
    Seen { executions: vec![ended], documents: Vec::new(), messages }
}

/// One vote: two that fall into different seconds would be counted twice.
async fn counted(side: Side<'_>) -> Seen {
    let (simulator, channel) = (side.simulator(), &side.channels().votes);
    let proposal = simulator.post(channel, "U0DANA", "Spaces?", &[]).unwrap();
    let event = simulator.react(channel, &proposal.ts, "U0LEE", "+1").unwrap();
    let tally = format!("tallies/T0ACKFLOW/{channel}/{}.json", proposal.ts);
    let deed = Deed::new(side, event, Some(proposal));
    let count = started(side, "votes", side.deliver(&deed.event)).await;
    let ended = deed.ended("votes", &count).await;
    let messages = deed.read("the counts", 1, || deed.told()).await;
    Seen { executions: vec![ended], documents: vec![deed.document(&tally).await], messages }
}

/// Dana mentions the bot in a channel of her own.
async fn mention<'a>(side: Side<'a>, command: &str) -> Deed<'a> {
    let simulator = side.simulator();
    let text = format!("<@{}> {command}", simulator.workspace().bot_user_id);
    let channel = simulator.create_channel("deploys");
    let message = simulator.post(&channel, "U0DANA", &text, &[]).unwrap();
    let deed = Deed::new(side, simulator.mention(&message), Some(message));
    side.deliver(&deed.event).await;
    deed
}

/// Has one execution of a flow start; gives its name.
async fn started(side: Side<'_>, flow: &str, start: impl Future<Output = ()>) -> String {
    let before = side.executions(flow).await;
    start.await;
    let after = side.executions(flow).await;
    let new: Vec<&String> = after.difference(&before).collect();
    let [name] = new[..] else { panic!("{flow} starts {new:?}") };
    name.clone()
}

fn texts(messages: Vec<PostedMessage>) -> Vec<String> {
    messages.into_iter().map(|message| message.text).collect()
}

/// What somebody does.
struct Deed<'a> {
    side: Side<'a>,
    event: Value,
    message: Option<PostedMessage>,
    names: Names,
}

impl<'a> Deed<'a> {
    fn new(side: Side<'a>, event: Value, message: Option<PostedMessage>) -> Self {
        let mut names = names_of(&event, message.as_ref());
        let channels = side.channels();
        for (id, name) in
            [(&channels.leads, "LEADS"), (&channels.moderators, "MODERATORS"), (&channels.general, "GENERAL")]
        {
            names.push((id.clone(), name.to_owned()));
        }
        Self { side, event, message, names }
    }

    /// The execution that the event starts.
    fn execution(&self) -> String {
        format!("T0ACKFLOW-{}", self.event["event_id"].as_str().unwrap())
    }

    /// Waits until an execution has ended; gives its status and its output.
    async fn ended(&self, flow: &str, name: &str) -> (String, String) {
        let (status, output) = self.side.ended(flow, name).await;
        (status, sorted(&output, &self.names))
    }

    /// The document of a key, if it is there.
    async fn document(&self, key: &str) -> Option<String> {
        let bytes = self.side.object(key).await?;
        Some(sorted(&serde_json::from_slice(&bytes).unwrap(), &self.names))
    }

    /// What the bot has said in the thread so far.
    fn told(&self) -> Vec<String> {
        self.message.as_ref().map(|message| self.side.told(message)).unwrap_or_default()
    }

    /// Waits until so many texts are found.
    async fn read(&self, what: &str, count: usize, find: impl Fn() -> Vec<String>) -> Vec<String> {
        let found = until(what, async || Some(find()).filter(|found| found.len() == count)).await;
        let mut texts: Vec<String> = found.iter().map(|text| plain(text, &self.names)).collect();
        texts.sort();
        texts
    }

    /// What the target was told last.
    fn target_was_told(&self) -> String {
        let requests = self.side.targets().received();
        sorted(requests.last().expect("it was told to deploy"), &self.names)
    }
}

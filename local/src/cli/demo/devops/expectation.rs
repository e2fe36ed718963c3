//! What is to be so in Slack when something has happened.

use crate::simulator::{PostedMessage, Simulator};

/// Something that is to be so, and to stay so.
pub(super) struct Expectation {
    /// What, in words.
    pub(super) what: String,
    /// Whether it is so.
    pub(super) is_so: IsSo,
}

/// Looks at a workspace.
pub(super) type IsSo = Box<dyn Fn(&Simulator) -> bool>;

/// The bot has said this in the thread of a message, once.
pub(super) fn told_in_thread(asked: &PostedMessage, text: impl Into<String>) -> IsSo {
    let (channel, ts, text) = (asked.channel.clone(), asked.ts.clone(), text.into());
    Box::new(move |simulator| is_said_once(&simulator.thread(&channel, &ts), &text))
}

/// The bot has said this in a direct message, once.
pub(super) fn told_directly(user: &str, text: impl Into<String>) -> IsSo {
    let (user, text) = (user.to_owned(), text.into());
    Box::new(move |simulator| is_said_once(&simulator.dm(&user), &text))
}

/// The bot has shown this to one member of a channel, and nothing to any other.
pub(super) fn told_alone(channel: &str, user: &str, text: impl Into<String>) -> IsSo {
    let (channel, user, text) = (channel.to_owned(), user.to_owned(), text.into());
    Box::new(move |simulator| {
        let shown = simulator.ephemerals(&channel);
        matches!(&shown[..], [only] if only.user == user && only.text.contains(&text))
    })
}

/// The bot has said one thing in the thread of a message, and it is this.
pub(super) fn tallied(message: &PostedMessage, tally: impl Into<String>) -> IsSo {
    let (channel, ts, tally) = (message.channel.clone(), message.ts.clone(), tally.into());
    Box::new(move |simulator| {
        let thread = simulator.thread(&channel, &ts);
        thread.iter().filter(|reply| reply.bot_id.is_some()).map(|reply| &reply.text).eq([&tally])
    })
}

/// A message is gone.
pub(super) fn deleted(message: &PostedMessage) -> IsSo {
    let (channel, ts) = (message.channel.clone(), message.ts.clone());
    Box::new(move |simulator| !simulator.messages(&channel).iter().any(|other| other.ts == ts))
}

fn is_said_once(messages: &[PostedMessage], text: &str) -> bool {
    let said = |message: &&PostedMessage| message.bot_id.is_some() && message.text.contains(text);
    messages.iter().filter(said).count() == 1
}

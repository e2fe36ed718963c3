//! What people and the bot have put into a workspace, in memory.

use std::collections::HashMap;
use std::io;

use jiff::Timestamp;

use super::fault_queue::FaultQueue;
use super::shared_file::{NewFile, SharedFile};
use super::{PostedMessage, RecordedRequest, UnknownId};

/// Channels, messages and files; the faults to come and the requests that came.
#[derive(Debug)]
pub(super) struct Content {
    channels: HashMap<String, Channel>,
    files: HashMap<String, SharedFile>,
    pub(super) faults: FaultQueue,
    pub(super) requests: Vec<RecordedRequest>,
    /// Makes the ids of two runs differ, as those of two events of one workspace do: a ledger that outlives a run
    /// must not take the next run's first event for the last run's.
    era: String,
    ids_given: u64,
    last_microsecond: i64,
}

/// A channel and its messages, oldest first.
#[derive(Debug)]
pub(super) struct Channel {
    pub(super) name: String,
    messages: Vec<PostedMessage>,
}

impl Content {
    pub(super) fn new(started: Timestamp) -> Self {
        Self {
            channels: HashMap::new(),
            files: HashMap::new(),
            faults: FaultQueue::default(),
            requests: Vec::new(),
            era: base36(started.as_millisecond().unsigned_abs()),
            ids_given: 0,
            last_microsecond: 0,
        }
    }

    /// A new id of the kind that starts so: `C` for a channel, `F` for a file, `Ev` for an event.
    pub(super) fn new_id(&mut self, prefix: &str) -> String {
        self.ids_given += 1;
        format!("{prefix}{}{:0>3}", self.era, base36(self.ids_given))
    }

    /// A new message's `ts`: the time, to the microsecond, and later than any given before.
    pub(super) fn new_ts(&mut self, now: Timestamp) -> String {
        self.last_microsecond = now.as_microsecond().max(self.last_microsecond + 100);
        format!("{}.{:06}", self.last_microsecond / 1_000_000, self.last_microsecond % 1_000_000)
    }

    pub(super) fn create_channel(&mut self, name: &str) -> String {
        let id = self.new_id("C");
        self.channels.insert(id.clone(), Channel { name: name.into(), messages: Vec::new() });
        id
    }

    pub(super) fn channel(&self, id: &str) -> Result<&Channel, UnknownId> {
        self.channels.get(id).ok_or_else(|| UnknownId::Channel(id.into()))
    }

    pub(super) fn post(
        &mut self,
        mut message: PostedMessage,
        now: Timestamp,
    ) -> Result<PostedMessage, UnknownId> {
        self.channel(&message.channel)?;
        if let Some(asked) = message.thread_ts.take() {
            // A reply to a reply belongs to the same thread: Slack's threads have one level.
            let answered = self.message(&message.channel, &asked)?;
            message.thread_ts = Some(answered.thread_ts.clone().unwrap_or(asked));
        }
        for id in &message.files {
            let file = self.files.get_mut(id).ok_or_else(|| UnknownId::File(id.clone()))?;
            file.owner.get_or_insert_with(|| message.user.clone());
        }
        message.ts = self.new_ts(now);
        let channel = message.channel.clone();
        let home = self.channels.get_mut(&channel).ok_or(UnknownId::Channel(channel))?;
        home.messages.push(message.clone());
        Ok(message)
    }

    pub(super) fn message(&self, channel: &str, ts: &str) -> Result<&PostedMessage, UnknownId> {
        let missing = || UnknownId::Message { channel: channel.into(), ts: ts.into() };
        self.channel(channel)?.messages.iter().find(|message| message.ts == ts).ok_or_else(missing)
    }

    /// Gives the message as it was and as it is now.
    pub(super) fn edit(
        &mut self,
        channel: &str,
        ts: &str,
        text: &str,
        edited_ts: String,
    ) -> Result<(PostedMessage, PostedMessage), UnknownId> {
        let home = self.channels.get_mut(channel).ok_or_else(|| UnknownId::Channel(channel.into()))?;
        let missing = || UnknownId::Message { channel: channel.into(), ts: ts.into() };
        let message = home.messages.iter_mut().find(|message| message.ts == ts).ok_or_else(missing)?;
        let before = message.clone();
        message.text = text.into();
        message.edited_ts = Some(edited_ts);
        Ok((before, message.clone()))
    }

    pub(super) fn thread(&self, channel: &str, ts: &str) -> Vec<PostedMessage> {
        let Ok(channel) = self.channel(channel) else { return Vec::new() };
        let belongs = |message: &&PostedMessage| message.ts == ts || message.thread_ts.as_deref() == Some(ts);
        channel.messages.iter().filter(belongs).cloned().collect()
    }

    pub(super) fn messages(&self, channel: &str) -> Vec<PostedMessage> {
        self.channel(channel).map(|channel| channel.messages.clone()).unwrap_or_default()
    }

    pub(super) fn add_file(&mut self, file: NewFile, created: Timestamp) -> io::Result<String> {
        let id = self.new_id("F");
        let file = SharedFile::new(id.clone(), file, created)?;
        self.files.insert(id.clone(), file);
        Ok(id)
    }

    pub(super) fn file(&self, id: &str) -> Result<&SharedFile, UnknownId> {
        self.files.get(id).ok_or_else(|| UnknownId::File(id.into()))
    }

    pub(super) fn delete_file(&mut self, id: &str) -> Result<(), UnknownId> {
        let file = self.files.get_mut(id).ok_or_else(|| UnknownId::File(id.into()))?;
        file.deleted = true;
        Ok(())
    }
}

/// A number in the digits and capitals that Slack's ids are made of.
fn base36(mut number: u64) -> String {
    const DIGITS: &[u8; 36] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    let mut digits = Vec::new();
    loop {
        digits.push(char::from(DIGITS[usize::try_from(number % 36).unwrap_or_default()]));
        number /= 36;
        if number == 0 {
            return digits.iter().rev().collect();
        }
    }
}

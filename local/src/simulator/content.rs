//! What people and the bot have put into a workspace, in memory.

use std::collections::{BTreeMap, HashMap};
use std::io;

use jiff::Timestamp;

use super::channel::Channel;
use super::channel_kind::ChannelKind;
use super::fault_queue::FaultQueue;
use super::hook_response::Hook;
use super::shared_file::{NewFile, SharedFile};
use super::{HookResponse, PostedMessage, RecordedRequest, UnknownId, Workspace};

/// People, channels, messages and files; the faults to come, the requests and the answers to interactions that came.
#[derive(Debug)]
pub(super) struct Content {
    /// Names by id.
    people: HashMap<String, String>,
    channels: BTreeMap<String, Channel>,
    files: HashMap<String, SharedFile>,
    pub(super) faults: FaultQueue,
    pub(super) requests: Vec<RecordedRequest>,
    /// By the path of the response URL.
    pub(super) hooks: HashMap<String, Hook>,
    pub(super) responses: Vec<HookResponse>,
    /// Makes the ids of two runs differ, as those of two events of one workspace do: a ledger that outlives a run
    /// must not take the next run's first event for the last run's.
    era: String,
    ids_given: u64,
    last_microsecond: i64,
}

impl Content {
    pub(super) fn new(settings: &Workspace, started: Timestamp) -> Self {
        let people = [
            (&*settings.bot_user_id, "ackflow"),
            (&*settings.admin_user_id, "admin"),
            ("USLACKBOT", "slackbot"),
        ];
        Self {
            people: people.into_iter().map(|(id, name)| (id.to_owned(), name.to_owned())).collect(),
            channels: BTreeMap::new(),
            files: HashMap::new(),
            faults: FaultQueue::default(),
            requests: Vec::new(),
            hooks: HashMap::new(),
            responses: Vec::new(),
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

    pub(super) fn add_user(&mut self, name: &str) -> String {
        let id = self.new_id("U");
        self.people.insert(id.clone(), name.into());
        id
    }

    /// The name of someone whom the workspace knows.
    pub(super) fn known_name(&self, user: &str) -> Option<&str> {
        self.people.get(user).map(String::as_str)
    }

    /// What people call this user: by the id, if by no name.
    pub(super) fn user_name<'name>(&'name self, user: &'name str) -> &'name str {
        self.known_name(user).unwrap_or(user)
    }

    pub(super) fn create_channel(
        &mut self,
        kind: ChannelKind,
        name: &str,
        members: &[&str],
        created: Timestamp,
    ) -> String {
        let id = self.new_id(if kind == ChannelKind::Direct { "D" } else { "C" });
        let channel = Channel {
            id: id.clone(),
            name: name.into(),
            kind,
            created: created.as_second(),
            is_archived: false,
            members: members.iter().map(|&member| member.to_owned()).collect(),
            messages: Vec::new(),
            ephemerals: Vec::new(),
        };
        self.channels.insert(id.clone(), channel);
        id
    }

    /// In the order of their ids.
    pub(super) fn channels(&self) -> impl Iterator<Item = &Channel> {
        self.channels.values()
    }

    pub(super) fn channel(&self, id: &str) -> Result<&Channel, UnknownId> {
        self.channels.get(id).ok_or_else(|| UnknownId::Channel(id.into()))
    }

    pub(super) fn channel_mut(&mut self, id: &str) -> Result<&mut Channel, UnknownId> {
        self.channels.get_mut(id).ok_or_else(|| UnknownId::Channel(id.into()))
    }

    /// The channel, if it exists for this user.
    pub(super) fn visible_channel(&self, id: &str, user: &str) -> Result<&Channel, UnknownId> {
        let channel = self.channel(id)?;
        if channel.is_visible_to(user) { Ok(channel) } else { Err(UnknownId::Channel(id.into())) }
    }

    /// The direct message between these two, in either order.
    pub(super) fn direct_channel(&self, one: &str, other: &str) -> Option<&Channel> {
        let is_theirs = |channel: &&Channel| channel.members.contains(one) && channel.members.contains(other);
        self.channels().filter(|channel| channel.kind == ChannelKind::Direct).find(is_theirs)
    }

    /// Lets someone into a channel, and so into the workspace.
    pub(super) fn enter(&mut self, channel: &str, user: &str) -> Result<(), UnknownId> {
        self.channel_mut(channel)?.members.insert(user.into());
        self.people.entry(user.into()).or_insert_with(|| user.into());
        Ok(())
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
        self.enter(&message.channel, &message.user)?;
        self.channel_mut(&message.channel)?.messages.push(message.clone());
        Ok(message)
    }

    pub(super) fn message(&self, channel: &str, ts: &str) -> Result<&PostedMessage, UnknownId> {
        let missing = || UnknownId::Message { channel: channel.into(), ts: ts.into() };
        self.channel(channel)?.messages.iter().find(|message| message.ts == ts).ok_or_else(missing)
    }

    pub(super) fn message_mut(&mut self, channel: &str, ts: &str) -> Result<&mut PostedMessage, UnknownId> {
        let missing = || UnknownId::Message { channel: channel.into(), ts: ts.into() };
        let home = self.channel_mut(channel)?;
        home.messages.iter_mut().find(|message| message.ts == ts).ok_or_else(missing)
    }

    /// Takes a message away. Of one that has replies, something stays.
    pub(super) fn delete_message(&mut self, channel: &str, ts: &str) -> Result<(), UnknownId> {
        let home = self.channel_mut(channel)?;
        if home.messages.iter().any(|message| message.thread_ts.as_deref() == Some(ts)) {
            *self.message_mut(channel, ts)? = PostedMessage::tombstone(channel, ts);
        } else {
            home.messages.retain(|message| message.ts != ts);
        }
        Ok(())
    }

    /// Gives the message as it was and as it is now.
    pub(super) fn edit(
        &mut self,
        channel: &str,
        ts: &str,
        text: &str,
        edited_ts: String,
    ) -> Result<(PostedMessage, PostedMessage), UnknownId> {
        let message = self.message_mut(channel, ts)?;
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

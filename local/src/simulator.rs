//! A stand-in for one Slack workspace, in one process: people, channels, threads, files over HTTP, the Web API's
//! methods that Ackflow calls, signed deliveries of events and interactions, and faults on demand.
//!
//! It holds to what Slack does where that bites: a token without `files:read` gets a login page with status 200, a
//! page of a thread starts with the thread's first message each time, read methods ignore a JSON body, a file of
//! another workspace arrives as an id to look up. What it does not know it refuses by name; it never guesses.

mod arguments;
mod caller;
mod channel;
mod channel_kind;
mod content;
mod cursor;
mod download;
mod ephemeral;
mod event;
mod fault;
mod fault_queue;
mod file_kind;
mod hook_response;
mod interaction;
mod login_page;
mod method_error;
mod methods;
mod mrkdwn;
mod posted_message;
mod reaction;
mod recorded_request;
mod server;
mod shared_file;
mod transcript;
mod trap;
mod user;
mod workspace;
mod world;

use std::io;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use ackflow_handlers::ports::Clock;
use bytes::Bytes;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

pub use ephemeral::Ephemeral;
pub use fault::Fault;
pub use fault_queue::Target;
pub use file_kind::FileKind;
pub use hook_response::HookResponse;
pub use interaction::PressError;
pub use posted_message::PostedMessage;
pub use reaction::Reaction;
pub use recorded_request::{RecordedRequest, Token};
pub use shared_file::{FileSource, NewFile};
pub use trap::Trap;
pub use workspace::Workspace;

use crate::delivery::{Attempt, Delivery, Sender};
use channel_kind::ChannelKind;
use world::World;

/// How long [`Simulator::shutdown`] waits for answers that are under way.
const LAST_ANSWERS: Duration = Duration::from_secs(5);

/// An id that the workspace does not have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnknownId {
    /// No such channel.
    #[error("the simulated workspace has no channel {0}")]
    Channel(String),
    /// No such message in the channel.
    #[error("the simulated channel {channel} has no message {ts}")]
    Message {
        /// The channel looked in.
        channel: String,
        /// The message looked for.
        ts: String,
    },
    /// No such file.
    #[error("the simulated workspace has no file {0}")]
    File(String),
    /// No such reaction to the message.
    #[error("{user} has not reacted with {name} to the simulated message {ts}")]
    Reaction {
        /// The message looked at.
        ts: String,
        /// The one who was to have reacted.
        user: String,
        /// The emoji looked for.
        name: String,
    },
}

/// A running workspace. Dropping it stops its server.
#[derive(Debug)]
pub struct Simulator {
    world: Arc<World>,
    sender: Sender,
    /// Its end, by a message or by a drop, is what stops the server.
    stop: oneshot::Sender<()>,
    server: JoinHandle<()>,
}

impl Simulator {
    /// Starts a workspace on a free port of this machine. The clock dates its messages and signs its deliveries.
    pub async fn start(settings: Workspace, clock: Arc<dyn Clock>) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let origin = format!("http://{}", listener.local_addr()?);
        let sender = Sender::to_this_machine(settings.signing_secret.clone()).map_err(io::Error::other)?;
        let world = Arc::new(World::new(settings, origin, clock));
        let (stop, stopped) = oneshot::channel();
        let server = tokio::spawn(server::serve(listener, Arc::clone(&world), stopped));
        Ok(Self { world, sender, stop, server })
    }

    /// Stops the server and waits, for some seconds, until the answers under way are out.
    pub async fn shutdown(self) {
        drop(self.stop);
        let mut server = self.server;
        if tokio::time::timeout(LAST_ANSWERS, &mut server).await.is_err() {
            server.abort();
        }
    }

    /// Where the Web API is: what a client takes for `https://slack.com/api/`.
    pub fn api_url(&self) -> String {
        format!("{}/api/", self.world.origin)
    }

    /// Host and port of the Web API and the files: a host that may see the bot token.
    pub fn host(&self) -> &str {
        self.world.origin.trim_start_matches("http://")
    }

    /// The settings it was started with.
    pub fn workspace(&self) -> &Workspace {
        &self.world.settings
    }

    /// A new person, who was here before the app and of whom no event tells.
    pub fn add_user(&self, name: &str) -> String {
        self.world.content().add_user(name)
    }

    /// Someone's name. An id that was never named, as an author's may be, is its own name.
    pub fn user_name(&self, user: &str) -> String {
        self.world.content().user_name(user).to_owned()
    }

    /// A new public channel, with the bot in it. Whoever acts in a channel is in it from then on.
    pub fn create_channel(&self, name: &str) -> String {
        self.world.create_channel(ChannelKind::Public, name, true)
    }

    /// A new public channel that the bot has not joined yet.
    pub fn create_channel_without_bot(&self, name: &str) -> String {
        self.world.create_channel(ChannelKind::Public, name, false)
    }

    /// A new private channel. For a bot that is not in it, it does not exist.
    pub fn create_private_channel(&self, name: &str, with_bot: bool) -> String {
        self.world.create_channel(ChannelKind::Private, name, with_bot)
    }

    /// Someone archives a channel: it can be read, and nobody joins it or posts in it by the Web API.
    pub fn archive_channel(&self, channel: &str) -> Result<(), UnknownId> {
        self.world.content().channel_mut(channel)?.is_archived = true;
        Ok(())
    }

    /// A channel's name, without the `#`.
    pub fn channel_name(&self, channel: &str) -> Result<String, UnknownId> {
        Ok(self.world.content().channel(channel)?.name.clone())
    }

    /// Uploads a file, or registers one that lies elsewhere. It belongs to whoever posts it first.
    pub fn add_file(&self, file: NewFile) -> io::Result<String> {
        let created = self.world.clock.now();
        self.world.content().add_file(file, created)
    }

    /// Someone deletes a file: it can be neither looked up nor downloaded from now on.
    pub fn delete_file(&self, file: &str) -> Result<(), UnknownId> {
        self.world.content().delete_file(file)
    }

    /// Someone posts a message. The text is in Slack's stored form, where `&amp;`, `&lt;` and `&gt;` stand for what
    /// was typed as `&`, `<` and `>`.
    pub fn post(
        &self,
        channel: &str,
        user: &str,
        text: &str,
        files: &[String],
    ) -> Result<PostedMessage, UnknownId> {
        self.world.post(PostedMessage::by_user(channel, None, user, text, files))
    }

    /// Someone answers in the thread that a message starts or is part of.
    pub fn reply(
        &self,
        channel: &str,
        thread_ts: &str,
        user: &str,
        text: &str,
        files: &[String],
    ) -> Result<PostedMessage, UnknownId> {
        self.world.post(PostedMessage::by_user(channel, Some(thread_ts), user, text, files))
    }

    /// A thread as a person sees it: its first message, then the replies in order. Empty if there is none.
    pub fn thread(&self, channel: &str, ts: &str) -> Vec<PostedMessage> {
        self.world.content().thread(channel, ts)
    }

    /// Every message of a channel and of its threads, in order.
    pub fn messages(&self, channel: &str) -> Vec<PostedMessage> {
        self.world.content().messages(channel)
    }

    /// Every direct message between the bot and this user, in order.
    pub fn dm(&self, user: &str) -> Vec<PostedMessage> {
        let content = self.world.content();
        let channel = content.direct_channel(&self.world.settings.bot_user_id, user);
        channel.map(|channel| channel.messages.clone()).unwrap_or_default()
    }

    /// What the bot has shown to single members of a channel, in order.
    pub fn ephemerals(&self, channel: &str) -> Vec<Ephemeral> {
        self.world.content().channel(channel).map(|channel| channel.ephemerals.clone()).unwrap_or_default()
    }

    /// A channel as people see it, without times: a line or more for each message, replies indented below the
    /// message that they answer. Empty if there is no such channel.
    pub fn transcript(&self, channel: &str) -> String {
        self.world.transcript(channel)
    }

    /// The body of the event that tells of this message, with an event id of its own at each call.
    pub fn event(&self, message: &PostedMessage) -> Value {
        let posted = self.world.message_event(message);
        self.wrap(&posted)
    }

    /// The author edits a message; gives the body of the `message_changed` event.
    pub fn edit(&self, channel: &str, ts: &str, text: &str) -> Result<Value, UnknownId> {
        let changed = self.world.edit(channel, ts, text)?;
        Ok(self.wrap(&changed))
    }

    /// The body of the `app_mention` event of a message whose text names the bot.
    pub fn mention(&self, message: &PostedMessage) -> Value {
        let mentioned = self.world.mention_event(message);
        self.wrap(&mentioned)
    }

    /// Someone new comes into the workspace; gives the id and the body of the `team_join` event.
    pub fn join_team(&self, name: &str) -> (String, Value) {
        let (user, joined) = self.world.join_team(name);
        (user, self.wrap(&joined))
    }

    /// Someone, or the bot, comes into a channel; gives the body of the `member_joined_channel` event.
    pub fn join_channel(&self, channel: &str, user: &str) -> Result<Value, UnknownId> {
        let joined = self.world.join_channel(channel, user)?;
        Ok(self.wrap(&joined))
    }

    /// Someone reacts to a message with an emoji, named without colons; gives the body of the `reaction_added` event.
    /// The same reaction again changes nothing, and gives an event all the same.
    pub fn react(&self, channel: &str, ts: &str, user: &str, name: &str) -> Result<Value, UnknownId> {
        let added = self.world.react(channel, ts, user, name)?;
        Ok(self.wrap(&added))
    }

    /// Someone takes a reaction back; gives the body of the `reaction_removed` event.
    pub fn unreact(&self, channel: &str, ts: &str, user: &str, name: &str) -> Result<Value, UnknownId> {
        let removed = self.world.unreact(channel, ts, user, name)?;
        Ok(self.wrap(&removed))
    }

    /// Someone presses the button with this action id; gives the form that Slack posts to the app.
    pub fn press(&self, channel: &str, ts: &str, action_id: &str, user: &str) -> Result<String, PressError> {
        self.world.press(channel, ts, action_id, user)
    }

    /// Someone types a slash command, as in `/deploy` and `prod web`; gives the form that Slack posts to the app.
    pub fn slash(&self, command: &str, text: &str, channel: &str, user: &str) -> Result<String, UnknownId> {
        self.world.slash(command, text, channel, user)
    }

    /// What apps have posted to the response URLs of interactions and slash commands, in order.
    pub fn responses(&self) -> Vec<HookResponse> {
        self.world.content().responses.clone()
    }

    /// Any event in the envelope that Slack sends it in, with an event id of its own at each call.
    pub fn wrap(&self, event: &Value) -> Value {
        self.world.envelope(event)
    }

    /// The body of Slack's handshake for a new request URL.
    pub fn url_verification(&self, challenge: &str) -> Value {
        let token = self.world.settings.verification_token.as_str();
        json!({"token": token, "challenge": challenge, "type": "url_verification"})
    }

    /// Delivers an event as Slack does: signed, three seconds for an answer, up to three retries.
    pub async fn deliver(&self, url: &str, body: &Value) -> Delivery {
        self.sender.deliver(url, Bytes::from(body.to_string()), self.world.clock.as_ref()).await
    }

    /// Delivers the form of an interaction or a slash command as Slack does: signed, three seconds for an answer, and
    /// not again.
    pub async fn deliver_form(&self, url: &str, form: &str) -> Attempt {
        let form = Bytes::copy_from_slice(form.as_bytes());
        self.sender.attempt_form(url, form, self.world.clock.as_ref()).await
    }

    /// What signs and sends this workspace's events, for deliveries out of Slack's usual order.
    pub fn sender(&self) -> &Sender {
        &self.sender
    }

    /// Lets the next requests to a target go wrong. Faults of one target happen in the order they were given.
    pub fn fault(&self, target: Target, times: usize, fault: Fault) {
        self.world.content().faults.add(target, times, fault);
    }

    /// How many faults have not happened yet: a test of a fault checks that none is left.
    pub fn faults_left(&self) -> usize {
        self.world.content().faults.left()
    }

    /// Returns once this is so. Looks again whenever a request came or was answered.
    pub async fn until(&self, is_so: impl Fn(&Self) -> bool) {
        let mut news = self.world.news.subscribe();
        while !is_so(self) {
            // The sender lives as long as the workspace.
            let _ = news.changed().await;
        }
    }

    /// Every request received until now, in order.
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.world.content().requests.clone()
    }
}

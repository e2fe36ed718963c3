//! What every part of a running workspace shares.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard};

use ackflow_handlers::ports::Clock;
use tokio::sync::watch;

use super::channel_kind::ChannelKind;
use super::content::Content;
use super::{PostedMessage, UnknownId, Workspace};

/// The settings, the clock and everything that people and the bot have put in.
pub(super) struct World {
    pub(super) settings: Workspace,
    /// Scheme, host and port, without a slash at the end.
    pub(super) origin: String,
    pub(super) clock: Arc<dyn Clock>,
    /// Tells that a request came or was answered.
    pub(super) news: watch::Sender<()>,
    content: Mutex<Content>,
}

impl World {
    pub(super) fn new(settings: Workspace, origin: String, clock: Arc<dyn Clock>) -> Self {
        let content = Mutex::new(Content::new(&settings, clock.now()));
        Self { settings, origin, clock, news: watch::Sender::new(()), content }
    }

    pub(super) fn content(&self) -> MutexGuard<'_, Content> {
        self.content.lock().expect("no code panics while it holds the workspace's content")
    }

    /// A new channel, with the admin in it.
    pub(super) fn create_channel(&self, kind: ChannelKind, name: &str, with_bot: bool) -> String {
        let Workspace { admin_user_id, bot_user_id, .. } = &self.settings;
        let both = [admin_user_id.as_str(), bot_user_id.as_str()];
        let members = if with_bot { &both[..] } else { &both[..1] };
        self.content().create_channel(kind, name, members, self.clock.now())
    }

    /// Stores a message and gives it back as stored.
    pub(super) fn post(&self, message: PostedMessage) -> Result<PostedMessage, UnknownId> {
        let now = self.clock.now();
        self.content().post(message, now)
    }

    /// A message's address in a browser.
    pub(super) fn permalink(&self, message: &PostedMessage) -> String {
        let Workspace { domain, .. } = &self.settings;
        let PostedMessage { channel, ts, thread_ts, .. } = message;
        let page = format!("https://{domain}.slack.com/archives/{channel}/p{}", ts.replace('.', ""));
        match thread_ts {
            Some(thread) => format!("{page}?thread_ts={thread}&cid={channel}"),
            None => page,
        }
    }
}

impl fmt::Debug for World {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("World").field("origin", &self.origin).finish_non_exhaustive()
    }
}

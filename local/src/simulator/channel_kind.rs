//! The kinds of conversations, and what Slack calls each in its many places.

/// Which kind of conversation it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ChannelKind {
    Public,
    Private,
    /// Of two people, one of them usually the bot.
    Direct,
    /// Of several people. The workspace has none, and can say so.
    GroupDirect,
}

impl ChannelKind {
    /// The kind that this name means in the `types` of `conversations.list`.
    pub(super) fn of_type(name: &str) -> Option<Self> {
        Some(match name {
            "public_channel" => Self::Public,
            "private_channel" => Self::Private,
            "im" => Self::Direct,
            "mpim" => Self::GroupDirect,
            _ => return None,
        })
    }

    /// What the `message` event calls it.
    pub(super) fn channel_type(self) -> &'static str {
        match self {
            Self::Public => "channel",
            Self::Private => "group",
            Self::Direct => "im",
            Self::GroupDirect => "mpim",
        }
    }

    /// What `member_joined_channel` calls it, whatever letter the channel's id starts with.
    pub(super) fn letter(self) -> &'static str {
        match self {
            Self::Public => "C",
            Self::Private | Self::GroupDirect => "G",
            Self::Direct => "D",
        }
    }

    /// The scope for this kind: `read` is `channels:read` for a public channel.
    pub(super) fn scope(self, may: &str) -> String {
        let of = match self {
            Self::Public => "channels",
            Self::Private => "groups",
            Self::Direct => "im",
            Self::GroupDirect => "mpim",
        };
        format!("{of}:{may}")
    }
}

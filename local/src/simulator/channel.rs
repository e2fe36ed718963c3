//! A channel or a direct message.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::channel_kind::ChannelKind;
use super::method_error::MethodError;
use super::{Ephemeral, PostedMessage};

/// A conversation with its members and its messages, oldest first.
#[derive(Debug)]
pub(super) struct Channel {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) kind: ChannelKind,
    /// In seconds of Unix time.
    pub(super) created: i64,
    pub(super) is_archived: bool,
    pub(super) members: BTreeSet<String>,
    pub(super) messages: Vec<PostedMessage>,
    pub(super) ephemerals: Vec<Ephemeral>,
}

impl Channel {
    /// To others than its members, a private channel does not exist.
    pub(super) fn is_visible_to(&self, user: &str) -> bool {
        self.kind == ChannelKind::Public || self.members.contains(user)
    }

    /// Refuses whoever may see the channel, and not post in it.
    pub(super) fn may_post(&self, user: &str) -> Result<(), MethodError> {
        if self.is_archived {
            return Err(MethodError::named("is_archived"));
        }
        if !self.members.contains(user) {
            return Err(MethodError::named("not_in_channel"));
        }
        Ok(())
    }

    /// The name in slash commands and interactions, where Slack keeps the private ones' names to itself.
    pub(super) fn name_for_apps(&self) -> &str {
        match self.kind {
            ChannelKind::Public => &self.name,
            ChannelKind::Private | ChannelKind::GroupDirect => "privategroup",
            ChannelKind::Direct => "directmessage",
        }
    }

    /// The conversation object, as this user sees it.
    pub(super) fn to_slack(&self, user: &str) -> Value {
        let Self { id, name, kind, created, is_archived, members, .. } = self;
        if *kind == ChannelKind::Direct {
            let other = members.iter().find(|member| *member != user);
            return json!({
                "id": id,
                "created": created,
                "is_archived": is_archived,
                "is_im": true,
                "is_org_shared": false,
                "user": other,
                "is_user_deleted": false,
                "priority": 0,
            });
        }
        json!({
            "id": id,
            "name": name,
            // `is_group` is said of private channels older than March 2021 only.
            "is_channel": true,
            "is_group": false,
            "is_im": false,
            "is_mpim": false,
            "is_private": *kind == ChannelKind::Private,
            "created": created,
            "is_archived": is_archived,
            "is_general": false,
            "unlinked": 0,
            "name_normalized": name,
            "is_shared": false,
            "is_ext_shared": false,
            "is_org_shared": false,
            "pending_shared": [],
            "is_pending_ext_shared": false,
            "is_member": members.contains(user),
        })
    }
}

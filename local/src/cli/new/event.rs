//! The events that a flow may be started by, and what is written for each.

use clap::ValueEnum;

/// An event of Slack's that there is a model for.
#[derive(Clone, Copy, Debug, ValueEnum)]
#[value(rename_all = "snake_case")]
pub(super) enum Event {
    /// A message of a person that begins with the flow's name
    Message,
    /// A mention of the bot with the flow's name after it
    AppMention,
    /// Somebody joined the workspace
    TeamJoin,
    /// Somebody joined a channel
    MemberJoinedChannel,
    /// An emoji called as the flow was put on a message
    ReactionAdded,
    /// An emoji called as the flow was taken back
    ReactionRemoved,
}

/// A field of the flow's input: its name, and what it is.
pub(super) type Field = (&'static str, &'static str);

const TEAM: Field = ("team_id", "The workspace.");
const CHANNEL: Field = ("channel_id", "The channel.");
const USER: Field = ("user_id", "Who it was.");
const TS: Field = ("ts", "The message.");
const TEXT: Field = ("text", "The message's text, in Slack's markup.");

/// What is written for an event. The texts may hold placeholders.
pub(super) struct Pieces {
    /// The event's type.
    pub(super) event: &'static str,
    /// The event's model, which is also its variant of `Event`.
    pub(super) model: &'static str,
    /// Which of these events start the flow, for people.
    pub(super) when: &'static str,
    /// The subscriptions, as the route names them.
    pub(super) subscriptions: &'static str,
    /// Which of these events start the flow, for the compiler. Those who join can't say whom they mean: they are taken
    /// while the system's own flow for them is off.
    pub(super) guard: &'static str,
    /// Whether the configuration wants the route.
    pub(super) is_wanted: &'static str,
    /// The module of the route.
    pub(super) route: &'static str,
    /// What the flow is started with.
    pub(super) fields: &'static [Field],
    /// What the handler says of the event.
    pub(super) sentence: &'static str,
    /// How the event comes to be in the simulator.
    pub(super) happens: &'static str,
    /// Who causes it there.
    pub(super) user: &'static str,
}

/// What most events have in common: their text or their emoji says which of them are meant, and Dana causes them.
const COMMON: Pieces = Pieces {
    event: "",
    model: "",
    when: "",
    subscriptions: "&[\"__event__\"]",
    guard: "__module__::is_wanted(&event)",
    is_wanted: "|_| true",
    route: "",
    fields: &[],
    sentence: "",
    happens: "",
    user: "\"U0DANA\"",
};

const MESSAGE: Pieces = Pieces {
    event: "message",
    model: "Message",
    when: "a message of a person that begins with __flow__",
    subscriptions: "MESSAGE_EVENTS",
    route: include_str!("templates/route/message.rs.template"),
    fields: &[TEAM, CHANNEL, USER, TS, TEXT],
    sentence: r#"format!("{} wrote in {}: {}", input.user_id, input.channel_id, input.text)"#,
    happens: r#"let posted = stage.simulator.post(&stage.channel, "U0DANA", "__flow__ for ben", &[]).unwrap();
    let event = stage.simulator.event(&posted);"#,
    ..COMMON
};

const APP_MENTION: Pieces = Pieces {
    event: "app_mention",
    model: "AppMention",
    when: "a mention of the bot by a person, with __flow__ after it",
    route: include_str!("templates/route/app_mention.rs.template"),
    happens: r#"let text = "<@U0ACKFLOW> __flow__ for ben";
    let posted = stage.simulator.post(&stage.channel, "U0DANA", text, &[]).unwrap();
    let event = stage.simulator.mention(&posted);"#,
    fields: MESSAGE.fields,
    sentence: MESSAGE.sentence,
    ..COMMON
};

const TEAM_JOIN: Pieces = Pieces {
    event: "team_join",
    model: "TeamJoin",
    when: "somebody who joins the workspace and is no bot, while onboarding is off",
    guard: "configuration.onboarding.is_none()",
    is_wanted: "|configuration| configuration.onboarding.is_none()",
    route: include_str!("templates/route/team_join.rs.template"),
    fields: &[TEAM, USER],
    sentence: r#"format!("{} joined the workspace.", input.user_id)"#,
    happens: r#"let (user, event) = stage.simulator.join_team("eve");"#,
    user: "&user",
    ..COMMON
};

const MEMBER_JOINED_CHANNEL: Pieces = Pieces {
    event: "member_joined_channel",
    model: "MemberJoinedChannel",
    when: "somebody other than the bot who joins a channel, while onboarding is off",
    route: include_str!("templates/route/member_joined_channel.rs.template"),
    fields: &[TEAM, CHANNEL, USER],
    sentence: r#"format!("{} joined {}.", input.user_id, input.channel_id)"#,
    happens: r#"let event = stage.simulator.join_channel(&stage.channel, "U0DANA").unwrap();"#,
    guard: TEAM_JOIN.guard,
    is_wanted: TEAM_JOIN.is_wanted,
    ..COMMON
};

const REACTION_ADDED: Pieces = Pieces {
    event: "reaction_added",
    model: "ReactionAdded",
    when: "the emoji __flow__ that is put on a message",
    route: include_str!("templates/route/reaction.rs.template"),
    fields: &[TEAM, CHANNEL, USER, TS],
    sentence: r#"format!("{} put __flow__ on {} in {}.", input.user_id, input.ts, input.channel_id)"#,
    happens: r#"let posted = stage.simulator.post(&stage.channel, "U0BEN", "It is done.", &[]).unwrap();
    let event = stage.simulator.react(&stage.channel, &posted.ts, "U0DANA", "__flow__").unwrap();"#,
    ..COMMON
};

const REACTION_REMOVED: Pieces = Pieces {
    event: "reaction_removed",
    model: "ReactionRemoved",
    when: "the emoji __flow__ that is taken back from a message",
    sentence: r#"format!("{} took __flow__ from {} in {}.", input.user_id, input.ts, input.channel_id)"#,
    happens: r#"let posted = stage.simulator.post(&stage.channel, "U0BEN", "It is done.", &[]).unwrap();
    stage.simulator.react(&stage.channel, &posted.ts, "U0DANA", "__flow__").unwrap();
    let event = stage.simulator.unreact(&stage.channel, &posted.ts, "U0DANA", "__flow__").unwrap();"#,
    ..REACTION_ADDED
};

impl Event {
    /// What is written for it.
    pub(super) fn pieces(self) -> Pieces {
        match self {
            Self::Message => MESSAGE,
            Self::AppMention => APP_MENTION,
            Self::TeamJoin => TEAM_JOIN,
            Self::MemberJoinedChannel => MEMBER_JOINED_CHANNEL,
            Self::ReactionAdded => REACTION_ADDED,
            Self::ReactionRemoved => REACTION_REMOVED,
        }
    }
}

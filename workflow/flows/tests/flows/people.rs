//! People who join the workspace, or a channel.

use ackflow_flows::{Configuration, Ignored, Onboarding};
use ackflow_schemas::devops::{GuidedMember, Newcomer};
use serde_json::{Value, json};

use crate::{
    example::{EXAMPLE, NOW, ignored, input, missing, routed, routed_by, started},
    payloads::envelope,
};

/// The example with another onboarding, or none.
fn with(onboarding: Option<Onboarding>) -> Configuration {
    Configuration { onboarding, ..EXAMPLE.clone() }
}

/// Somebody joins the workspace.
fn joins_team() -> Value {
    envelope(&json!({
        "type": "team_join",
        "user": {
            "id": "U0NEW",
            "team_id": "T043DB835ML",
            "name": "noor",
            "real_name": "Noor",
            "is_bot": false,
            "is_restricted": false,
            "profile": { "email": "noor@example.com" },
        },
        "event_ts": "1767225599.000100",
    }))
}

/// Somebody joins a channel.
fn joins_channel(user: &str, channel: &str) -> Value {
    envelope(&json!({
        "type": "member_joined_channel",
        "user": user,
        "channel": channel,
        "channel_type": "C",
        "team": "T043DB835ML",
        "inviter": "U0DANA",
        "event_ts": "1767225599.000100",
    }))
}

#[test]
fn somebody_who_joins_the_workspace_is_a_newcomer() {
    let start = started(routed(&joins_team()));
    assert_eq!((&*start.flow, &*start.name), ("onboarding", "T043DB835ML-Ev04EEHX2PSS"));
    let newcomer = Newcomer { team_id: "T043DB835ML".to_owned(), user_id: "U0NEW".to_owned() };
    assert_eq!(input::<Newcomer>(&start), newcomer);
    assert!(!start.input.get().contains("noor"), "who they are is Slack's to tell: {}", start.input);
}

#[test]
fn a_bot_is_no_newcomer() {
    let mut payload = joins_team();
    payload["event"]["user"]["is_bot"] = true.into();
    assert_eq!(routed(&payload), ignored(Ignored::FromBot));
}

#[test]
fn a_newcomer_is_greeted_or_invited_or_left_alone() {
    let whole = EXAMPLE.onboarding.clone().unwrap();
    let flow = |onboarding| started(routed_by(&with(Some(onboarding)), &joins_team(), NOW)).flow;
    assert_eq!(flow(Onboarding { default_channels: Vec::new(), ..whole.clone() }), "onboarding");
    assert_eq!(flow(Onboarding { welcome: None, ..whole.clone() }), "onboarding");

    let guides_alone = Onboarding { guides: whole.guides, ..Onboarding::default() };
    for onboarding in [None, Some(Onboarding::default()), Some(guides_alone)] {
        let routing = routed_by(&with(onboarding), &joins_team(), NOW);
        assert_eq!(routing, ignored(Ignored::SwitchedOff));
    }
}

#[test]
fn somebody_who_joins_a_channel_with_a_guide_is_guided() {
    let start = started(routed(&joins_channel("U0NEW", "C0ALERTS")));
    assert_eq!((&*start.flow, &*start.name), ("channel-guides", "T043DB835ML-Ev04EEHX2PSS"));
    let guide =
        "<@U0NEW>, alerts in <#C0ALERTS> are for whoever is on call. Take one by reacting with :eyes:.";
    let member = GuidedMember {
        team_id: "T043DB835ML".to_owned(),
        channel_id: "C0ALERTS".to_owned(),
        user_id: "U0NEW".to_owned(),
        guide: guide.to_owned(),
    };
    assert_eq!(input::<GuidedMember>(&start), member);
}

#[test]
fn nobody_is_guided_who_needs_no_guide() {
    let bot = joins_channel("U0442US8QGH", "C0ALERTS");
    assert_eq!(routed(&bot), ignored(Ignored::FromBot), "this bot's own user");
    assert_eq!(routed(&joins_channel("U0NEW", "C0GENERAL")), ignored(Ignored::NoGuide));
    assert_eq!(routed(&joins_channel("U0442US8QGH", "C0GENERAL")), ignored(Ignored::NoGuide));
    let switched_off = routed_by(&with(None), &joins_channel("U0NEW", "C0ALERTS"), NOW);
    assert_eq!(switched_off, ignored(Ignored::SwitchedOff));
}

#[test]
fn a_missing_field_of_somebody_who_joins_is_named() {
    let without = |mut payload: Value, pointer: &str| {
        *payload.pointer_mut(pointer).unwrap() = Value::Null;
        routed(&payload)
    };
    for (pointer, path) in
        [("/event/user", "event.user"), ("/event/user/id", "event.user.id"), ("/team_id", "team_id")]
    {
        assert_eq!(without(joins_team(), pointer), missing(path));
    }
    for (pointer, path) in
        [("/event/user", "event.user"), ("/event/channel", "event.channel"), ("/event_id", "event_id")]
    {
        assert_eq!(without(joins_channel("U0NEW", "C0ALERTS"), pointer), missing(path));
    }
}

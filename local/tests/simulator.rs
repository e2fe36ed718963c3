//! The Slack simulator against a real HTTP client.

#![expect(clippy::unwrap_used, reason = "clippy knows test functions as tests, and not what they share")]

mod simulator {
    pub(crate) mod bench;

    mod channels;
    mod delivery;
    mod events;
    mod faults;
    mod files;
    mod interactions;
    mod messages;
    mod reactions;
    mod transcript;
    mod web_api;
}

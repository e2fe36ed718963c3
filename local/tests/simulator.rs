//! The Slack simulator against a real HTTP client.

#![expect(clippy::unwrap_used, reason = "clippy knows test functions as tests, and not what they share")]

mod simulator {
    pub(crate) mod bench;

    mod delivery;
    mod faults;
    mod files;
    mod web_api;
}

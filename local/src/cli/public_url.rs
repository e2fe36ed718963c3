//! Where Slack reaches a deployment.

use std::str::FromStr;

use url::Url;

/// The path of the events, which may come along when the Request URL is what was copied.
const EVENTS: &str = "/slack/events";

/// What all of a deployment's request URLs begin with, such as `https://ackflow.example.com`.
#[derive(Clone, Debug)]
pub(super) struct PublicUrl(Url);

impl PublicUrl {
    /// The whole URL of a path such as `slack/events`.
    pub(super) fn join(&self, path: &str) -> Url {
        self.0.join(path).expect("a path is a relative URL")
    }

    pub(super) fn is_https(&self) -> bool {
        self.0.scheme() == "https"
    }
}

impl FromStr for PublicUrl {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim().trim_end_matches('/');
        // With a slash at its end: else it would lose its last part when a path is joined to it.
        let url = Url::parse(&format!("{}/", text.strip_suffix(EVENTS).unwrap_or(text)));
        let is_plain = |url: &Url| {
            matches!(url.scheme(), "http" | "https")
                && url.query().is_none()
                && url.fragment().is_none()
                && url.username().is_empty()
                && url.password().is_none()
        };
        let url = url.ok().filter(is_plain);
        url.map(Self).ok_or("it is no http(s) URL: write it as Slack reaches it, such as https://HOST")
    }
}

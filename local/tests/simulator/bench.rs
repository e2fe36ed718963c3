//! What each test starts with: a workspace with a channel, a client and a clock that does not wait.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use ackflow::simulator::{Simulator, Workspace};
use ackflow_handlers::ports::Clock;
use async_trait::async_trait;
use jiff::Timestamp;
use reqwest::redirect::Policy;
use reqwest::{Client, Response};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

const ADMIN_TOKEN: &str = "xoxp-simulated-user-token";

pub(crate) struct Bench {
    pub(crate) simulator: Simulator,
    pub(crate) channel: String,
    pub(crate) clock: Arc<VirtualClock>,
    pub(crate) client: Client,
}

impl Bench {
    pub(crate) async fn new() -> Self {
        Self::with(Workspace::default()).await
    }

    pub(crate) async fn with(settings: Workspace) -> Self {
        let clock = Arc::new(VirtualClock::default());
        let simulator = Simulator::start(settings, Arc::clone(&clock) as Arc<dyn Clock>).await.unwrap();
        let channel = simulator.create_channel("finance");
        let client = Client::builder().no_proxy().redirect(Policy::none()).build().unwrap();
        Self { simulator, channel, clock, client }
    }

    /// A workspace whose admin installed the app with a user token too.
    pub(crate) async fn with_admin() -> Self {
        let user_token = Some(SecretString::from(ADMIN_TOKEN));
        Self::with(Workspace { user_token, ..Workspace::default() }).await
    }

    pub(crate) fn token(&self) -> &str {
        self.simulator.workspace().bot_token.expose_secret()
    }

    /// Calls a method as the bot, with the arguments in a form.
    pub(crate) async fn try_call(
        &self,
        method: &str,
        arguments: &[(&str, &str)],
    ) -> reqwest::Result<Response> {
        let url = format!("{}{method}", self.simulator.api_url());
        self.client.post(url).bearer_auth(self.token()).form(arguments).send().await
    }

    pub(crate) async fn call(&self, method: &str, arguments: &[(&str, &str)]) -> Value {
        self.try_call(method, arguments).await.unwrap().json().await.unwrap()
    }

    /// Calls a method as the admin, with the arguments in a form.
    pub(crate) async fn call_as_admin(&self, method: &str, arguments: &[(&str, &str)]) -> Value {
        let url = format!("{}{method}", self.simulator.api_url());
        let call = self.client.post(url).bearer_auth(ADMIN_TOKEN).form(arguments);
        call.send().await.unwrap().json().await.unwrap()
    }

    /// Calls a method as the bot, with the arguments in JSON.
    pub(crate) async fn call_json(&self, method: &str, arguments: &Value) -> Value {
        let url = format!("{}{method}", self.simulator.api_url());
        self.client
            .post(url)
            .bearer_auth(self.token())
            .json(arguments)
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap()
    }

    pub(crate) async fn download(&self, url: &str) -> Response {
        self.client.get(url).bearer_auth(self.token()).send().await.unwrap()
    }

    /// Where a file's bytes are, by `files.info`.
    pub(crate) async fn file_url(&self, file: &str) -> String {
        self.call("files.info", &[("file", file)]).await["file"]["url_private_download"]
            .as_str()
            .unwrap()
            .into()
    }
}

/// A clock that moves on when someone waits for it, and notes the wait.
pub(crate) struct VirtualClock {
    now: Mutex<Timestamp>,
    pub(crate) waits: Mutex<Vec<Duration>>,
}

impl Default for VirtualClock {
    fn default() -> Self {
        Self { now: Mutex::new("2026-11-21T09:00:00Z".parse().unwrap()), waits: Mutex::default() }
    }
}

#[async_trait]
impl Clock for VirtualClock {
    fn now(&self) -> Timestamp {
        *self.now.lock().unwrap()
    }

    async fn sleep(&self, duration: Duration) {
        *self.now.lock().unwrap() += duration;
        self.waits.lock().unwrap().push(duration);
    }
}

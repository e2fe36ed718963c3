//! Starts the AWS stand-in, and talks to it. What it is, and what it is not, stands in its README.

#![allow(
    clippy::missing_panics_doc,
    reason = "it is for tests, which panic on whatever is not as it should be"
)]

use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use reqwest::Client;
use serde_json::{Value, json};
use tempfile::TempDir;

/// A running stand-in. Dropping it ends it, and the functions that run in it.
#[derive(Debug)]
pub struct StandIn {
    child: Child,
    /// Where all of AWS is.
    pub endpoint: String,
    client: Client,
    _state: TempDir,
}

impl StandIn {
    /// Starts one, unless it is not installed: then whoever must prove everything panics, and everyone else is told.
    pub fn start() -> Option<Self> {
        let python = root().join("target/venv/bin/python");
        if !python.exists() {
            assert!(
                std::env::var_os("ACKFLOW_REQUIRE_SHARED").is_none(),
                "the AWS stand-in is not installed: `cargo xtask test` installs it"
            );
            eprintln!("══ SKIPPED: the AWS stand-in is not installed; `cargo xtask test` installs it ══");
            return None;
        }
        Some(Self::start_with(&python))
    }

    fn start_with(python: &Path) -> Self {
        let state = tempfile::tempdir().expect("a temporary folder");
        let mut child = Command::new(python)
            .args(["-m", "stand_in", "--port", "0", "--retry-scale", "0.01", "--state-dir"])
            .arg(state.path())
            .env("PYTHONPATH", root().join("xtask/stand-in"))
            // It ends when the pipe does: with this process, however that ends.
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(std::fs::File::create(log()).map_or_else(|_| Stdio::null(), Stdio::from))
            .spawn()
            .expect("python starts");
        let mut line = String::new();
        let stdout = child.stdout.take().expect("it is piped");
        BufReader::new(stdout).read_line(&mut line).expect("it says where it is");
        let said: Value = serde_json::from_str(&line)
            .unwrap_or_else(|error| panic!("the stand-in does not start ({error}): see {}", log().display()));
        let endpoint = said["endpoint"].as_str().expect("its endpoint").to_owned();
        Self { child, endpoint, client: client(), _state: state }
    }

    /// Lets the next calls of an action fail: see `stand_in/faults.py` for the fields.
    pub async fn fault(&self, fault: Value) {
        self.control(self.client.post(self.url("/_control/faults")).json(&fault)).await;
    }

    /// Ends all faults.
    pub async fn clear_faults(&self) {
        self.control(self.client.delete(self.url("/_control/faults"))).await;
    }

    /// Runs a function as its schedule does; gives what it answers.
    pub async fn run_scheduled(&self, function: &str) -> Value {
        let request = self.client.post(self.url("/_control/schedule")).json(&json!({ "function": function }));
        serde_json::from_str(&self.control(request).await).expect("an answer in JSON")
    }

    /// What each function has done, and logged.
    pub async fn functions(&self) -> Value {
        let request = self.client.get(self.url("/_control/functions"));
        serde_json::from_str(&self.control(request).await).expect("an answer in JSON")
    }

    /// Which actions each caller has called; a function's name is its caller's.
    pub async fn calls(&self) -> Value {
        let request = self.client.get(self.url("/_control/calls"));
        serde_json::from_str(&self.control(request).await).expect("an answer in JSON")
    }

    /// Where the deployed HTTP API takes requests to a path.
    pub fn http_api(&self, path: &str) -> String {
        self.url(&format!("/_http{path}"))
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.endpoint)
    }

    async fn control(&self, request: reqwest::RequestBuilder) -> String {
        let response = request.send().await.expect("the stand-in answers");
        let status = response.status();
        let body = response.text().await.expect("the stand-in answers");
        assert!(status.is_success(), "the stand-in answers {status}: {body}");
        body
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        // Its functions end with it.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A client of what is on this machine.
pub fn client() -> Client {
    // Fails when a provider is installed already, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder().no_proxy().build().expect("a client")
}

/// The workspace's folder.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// What it logs.
fn log() -> PathBuf {
    root().join(format!("target/stand-in-{}.log", std::process::id()))
}

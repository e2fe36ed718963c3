//! `ackflow send`.

use std::{fmt::Write, path::PathBuf};

use bytes::Bytes;
use clap::Args;
use futures_util::future::join_all;
use miette::{Context, IntoDiagnostic, Result, miette};
use secrecy::SecretString;
use serde_json::{Value, json};
use url::Url;

use super::terminal::{plain, print, print_json};
use crate::{
    clock::SystemClock,
    delivery::{Delivery, Sender},
};

/// Sign a payload and post it as Slack would, to any deployment: a smoke test
///
/// A delivery that is not acknowledged within 3 s is repeated once, at once, with Slack's retry headers. Slack would
/// repeat it after one and after five minutes too.
#[derive(Debug, Args)]
pub(super) struct Send {
    /// Where to: the Request URL, as the Slack app is given it.
    #[arg(long, env = "ACKFLOW_URL")]
    url: Url,
    /// A file with the JSON body; `-` is standard input. Sent byte for byte.
    #[arg(long, value_name = "FILE")]
    event: PathBuf,
    /// The signing secret; of two, the first.
    #[arg(long, env = "SLACK_SIGNING_SECRET", hide_env_values = true)]
    secret: Option<String>,
    /// How many deliveries of the one event to make, all at once.
    #[arg(long, default_value_t = 1, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1000))]
    deliveries: u16,
    /// Print one JSON document.
    #[arg(long)]
    json: bool,
}

impl Send {
    pub(super) async fn run(self) -> Result<()> {
        let secret = self.secret.as_deref().unwrap_or_default().split(',').next().unwrap_or_default().trim();
        if secret.is_empty() {
            return Err(miette!(
                help = "give it with --secret or as SLACK_SIGNING_SECRET",
                "there is no signing secret to sign with"
            ));
        }
        if !matches!(self.url.scheme(), "http" | "https") {
            return Err(miette!(
                help = "give the Request URL as the Slack app has it: https://…/slack/events",
                "{} is no http(s) URL",
                self.url
            ));
        }
        let body = self.read_event()?;
        let sender = Sender::new(SecretString::from(secret)).into_diagnostic()?;
        let deliveries = join_all(
            (0..self.deliveries).map(|_| sender.deliver_soon(self.url.as_str(), body.clone(), &SystemClock)),
        )
        .await;
        self.report(&deliveries)?;
        if deliveries.iter().all(Delivery::is_acknowledged) {
            return Ok(());
        }
        Err(miette!(
            help = "401: the secret is not the app's, or a clock is off; 400: the answer names the field; 404: the URL has no /slack/events; connection_failed: nothing serves there, or the name is unknown; http_timeout: no answer within 3 s",
            "not every delivery was acknowledged"
        ))
    }

    fn read_event(&self) -> Result<Bytes> {
        let (name, read) = if self.event.as_os_str() == "-" {
            let mut body = Vec::new();
            (
                "standard input".to_owned(),
                std::io::Read::read_to_end(&mut std::io::stdin(), &mut body).map(|_| body),
            )
        } else {
            (self.event.display().to_string(), std::fs::read(&self.event))
        };
        let body = read.into_diagnostic().wrap_err_with(|| format!("can't read the event from {name}"))?;
        if let Err(error) = serde_json::from_slice::<Value>(&body) {
            eprintln!("Warning: {name} is not JSON ({error}); it is sent as it is.");
        }
        Ok(Bytes::from(body))
    }

    fn report(&self, deliveries: &[Delivery]) -> Result<()> {
        if self.json {
            return print_json(&json!({ "url": self.url.as_str(), "deliveries": deliveries }));
        }
        let mut text = String::new();
        for (number, delivery) in deliveries.iter().enumerate() {
            for attempt in &delivery.attempts {
                let retry =
                    attempt.retry.map(|retry| format!(", retry {} ({})", retry.num, retry.reason.as_str()));
                let result = match (attempt.status, attempt.failure) {
                    (Some(status), _) => format!("{status} {}", plain(attempt.answer.trim())),
                    (None, Some(reason)) => reason.as_str().to_owned(),
                    (None, None) => "no answer".to_owned(),
                };
                let _ = writeln!(
                    text,
                    "delivery {}{}: {result} in {:.1} ms",
                    number + 1,
                    retry.unwrap_or_default(),
                    attempt.millis
                );
            }
        }
        print(&text)
    }
}

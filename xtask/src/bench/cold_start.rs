//! From the start of a function's process to its first acknowledgement, through a Runtime API as Lambda has it.
//!
//! What a function asks of AWS is answered at once here, so that its own time is measured: for Ackflow a secret, the
//! claim, the start and the mark of an execution. The peers ask for nothing.
//!
//! Source: <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>

use std::{
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use clap::Args;
use miette::{IntoDiagnostic, Result, bail, miette};
use serde_json::{Value, json};
use tiny_http::{Header, Request, Response, Server};

use super::{
    event::{SECRET, Template},
    machine::said,
    process::Process,
    server::{self, run},
};
use crate::{
    e2e, python,
    root::{root, target},
};

/// How long a function may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// Measure how long a function's process takes to its first acknowledgement
#[derive(Args)]
pub(crate) struct ColdStart {
    /// How often each is started; the median is shown
    #[arg(long, default_value_t = 15)]
    repetitions: usize,
}

/// A function that acknowledges events.
#[derive(Clone, Copy)]
enum Function {
    Ackflow,
    BoltJs,
    BoltPython,
}

/// One start.
#[derive(Clone, Copy)]
struct Start {
    /// Milliseconds to the first acknowledgement.
    first: f64,
    /// Resident memory in MiB after it, at rest.
    memory: f64,
}

impl ColdStart {
    pub(crate) fn run(&self) -> Result<()> {
        if !python::install()? {
            bail!("the benchmark needs Python");
        }
        let all = [Function::Ackflow, Function::BoltJs, Function::BoltPython];
        for function in all {
            function.build()?;
        }
        println!("| function | first acknowledgement ms | memory MiB | ÷ ackflow |");
        println!("| --- | ---: | ---: | ---: |");
        let mut floor = None;
        for function in all {
            let mut starts = Vec::new();
            for _ in 0..self.repetitions {
                starts.push(function.start()?);
            }
            let first = median(&starts, |start| start.first);
            let ratio = first / *floor.get_or_insert(first);
            println!(
                "| {} | {first:.1} | {:.1} | {ratio:.1} |",
                function.name(),
                median(&starts, |start| start.memory)
            );
        }
        println!(
            "\nNode {}; {}; the median of {}.",
            said("node", &["--version"]),
            said("python3", &["--version"]),
            self.repetitions
        );
        Ok(())
    }
}

impl Function {
    fn name(self) -> &'static str {
        match self {
            Self::Ackflow => "slack-event-handler",
            Self::BoltJs => "Bolt for JavaScript, AwsLambdaReceiver",
            Self::BoltPython => "Bolt for Python, SlackRequestHandler",
        }
    }

    fn build(self) -> Result<()> {
        match self {
            Self::Ackflow => e2e::build_functions(),
            Self::BoltJs => server::Server::BoltJs.build(),
            Self::BoltPython => run(Command::new(python::program("python"))
                .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"])
                .arg(root().join("xtask/peers/bolt-python/requirements.txt"))),
        }
    }

    fn command(self) -> Command {
        let peers = root().join("xtask/peers");
        match self {
            Self::Ackflow => Command::new(target().join("lambda/slack-event-handler/bootstrap")),
            Self::BoltJs => {
                let mut command = Command::new("node");
                command.arg(peers.join("bolt-js/lambda.js")).env("NODE_ENV", "production");
                command
            }
            Self::BoltPython => {
                let mut command = Command::new(python::program("python"));
                command.arg(peers.join("bolt-python/lambda_function.py"));
                command
            }
        }
    }

    /// Starts it, has it acknowledge an event, and ends it once it asks for another.
    fn start(self) -> Result<Start> {
        let server = Server::http("127.0.0.1:0").map_err(|error| miette!("no port is free: {error}"))?;
        let address = server.server_addr().to_string();
        let mut events = Template::new("http://127.0.0.1:9")?;
        let mut command = self.command();
        for (name, value) in environment(&address) {
            command.env(name, value);
        }
        let began = Instant::now();
        let process = Process::spawn(command.stdout(Stdio::null()))?;
        let mut acknowledged = None;
        loop {
            let Some(mut request) = server.recv_timeout(PATIENCE).into_diagnostic()? else {
                bail!("{} does not answer", self.name());
            };
            let url = request.url().to_owned();
            if url.ends_with("/invocation/next") {
                if let Some(first) = acknowledged {
                    let unknown = || miette!("the system does not tell the memory of a process");
                    return Ok(Start { first, memory: process.memory().ok_or_else(unknown)? });
                }
                answer(request, &invocation(&mut events), true)?;
            } else if url.ends_with("/response") {
                acknowledged = Some(began.elapsed().as_secs_f64() * 1000.0);
                let mut body = String::new();
                request.as_reader().read_to_string(&mut body).into_diagnostic()?;
                let said: Value = serde_json::from_str(&body).into_diagnostic()?;
                if said["statusCode"] != 200 {
                    bail!("{} does not acknowledge: {said}", self.name());
                }
                answer(request, &json!({}), false)?;
            } else if url.contains("/runtime/") {
                bail!("{} fails at {url}", self.name());
            } else {
                let said = aws(&request);
                answer(request, &said, false)?;
            }
        }
    }
}

/// What Lambda and the deployment tell a function.
fn environment(address: &str) -> Vec<(&'static str, String)> {
    let endpoint = format!("http://{address}");
    let arn = |service: &str, name: &str| format!("arn:aws:{service}:eu-central-1:123456789012:{name}");
    let machines = json!({ "document-pipeline": arn("states", "stateMachine:document-pipeline") });
    vec![
        ("AWS_LAMBDA_RUNTIME_API", address.to_owned()),
        ("AWS_LAMBDA_FUNCTION_NAME", "slack-event-handler".to_owned()),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256".to_owned()),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST".to_owned()),
        ("AWS_LAMBDA_LOG_GROUP_NAME", "group".to_owned()),
        ("AWS_LAMBDA_LOG_STREAM_NAME", "stream".to_owned()),
        ("AWS_REGION", "eu-central-1".to_owned()),
        ("AWS_ACCESS_KEY_ID", "bench".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "bench".to_owned()),
        ("AWS_ENDPOINT_URL", endpoint),
        ("LEDGER_TABLE", "ledger".to_owned()),
        ("STATE_MACHINES", machines.to_string()),
        ("NOTICES_TOPIC", arn("sns", "notices")),
        ("SLACK_SIGNING_SECRET_SECRET", arn("secretsmanager", "secret:signing")),
        ("SLACK_SIGNING_SECRET", SECRET.to_owned()),
    ]
}

/// An event as the HTTP API hands it over.
///
/// Source: <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html>
fn invocation(events: &mut Template) -> Value {
    let event = events.sign_one();
    json!({
        "version": "2.0",
        "routeKey": "POST /slack/events",
        "rawPath": "/slack/events",
        "rawQueryString": "",
        "headers": {
            "content-type": "application/json",
            "x-slack-request-timestamp": event.timestamp.to_string(),
            "x-slack-signature": event.signature,
        },
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "api",
            "domainName": "api.example.com",
            "domainPrefix": "api",
            "http": {
                "method": "POST",
                "path": "/slack/events",
                "protocol": "HTTP/1.1",
                "sourceIp": "127.0.0.1",
                "userAgent": "Slackbot 1.0 (+https://api.slack.com/robots)",
            },
            "requestId": "request",
            "routeKey": "POST /slack/events",
            "stage": "$default",
            "time": "22/Nov/2026:09:00:00 +0000",
            "timeEpoch": event.timestamp * 1000,
        },
        "body": event.body,
        "isBase64Encoded": false,
    })
}

/// What AWS answers, at once.
fn aws(request: &Request) -> Value {
    let target = request.headers().iter().find(|header| header.field.equiv("x-amz-target"));
    let action = target.map(|header| header.value.as_str()).unwrap_or_default();
    match action.rsplit('.').next() {
        Some("GetSecretValue") => {
            json!({ "SecretString": json!({ "signing_secret": SECRET }).to_string() })
        }
        Some("StartExecution") => json!({ "executionArn": "arn", "startDate": 1.0 }),
        _ => json!({}),
    }
}

fn answer(request: Request, body: &Value, is_invocation: bool) -> Result<()> {
    let mut response = Response::from_string(body.to_string());
    let mut headers = vec![("Content-Type", "application/x-amz-json-1.0".to_owned())];
    if is_invocation {
        let deadline = super::event::now() * 1000 + 3_000;
        headers.push(("Lambda-Runtime-Aws-Request-Id", "8476a536-e9f4-11e8-9739-2dfe598c3fcd".to_owned()));
        headers.push(("Lambda-Runtime-Deadline-Ms", deadline.to_string()));
        headers.push(("Lambda-Runtime-Invoked-Function-Arn", "arn".to_owned()));
    }
    for (name, value) in headers {
        let header = Header::from_bytes(name, value).map_err(|()| miette!("{name} is no header"))?;
        response.add_header(header);
    }
    request.respond(response).into_diagnostic()
}

fn median(starts: &[Start], of: impl Fn(&Start) -> f64) -> f64 {
    let mut values: Vec<f64> = starts.iter().map(of).collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

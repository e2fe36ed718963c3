//! The stack, deployed by the real CDK, with a Slack workspace on the other side.

use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
    time::Duration,
};

use ackflow::{
    clock::SystemClock,
    simulator::{Simulator, Workspace},
};
use ackflow_aws::clients::{self, Patience};
use ackflow_stand_in::StandIn;
use aws_config::{Region, SdkConfig};
use aws_sdk_sfn::{
    config::{Credentials, SharedCredentialsProvider},
    types::ExecutionStatus,
};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use crate::{
    channels::Channels,
    targets::{Targets, WEBHOOK_SECRET},
};

const REGION: &str = "eu-central-1";

/// The environment that is deployed: what its names end with.
pub(crate) const ENVIRONMENT: &str = "dev";

pub(crate) struct Deployment {
    pub(crate) aws: StandIn,
    pub(crate) simulator: Simulator,
    pub(crate) config: SdkConfig,
    pub(crate) channels: Channels,
    /// What services are deployed by.
    pub(crate) targets: Targets,
    outputs: Value,
}

impl Deployment {
    pub(crate) async fn start() -> Option<Self> {
        let aws = StandIn::start()?;
        let workspace = Workspace { user_token: Some("xoxp-simulated-admin".into()), ..Workspace::default() };
        let simulator = Simulator::start(workspace, Arc::new(SystemClock)).await.unwrap();
        let channels = Channels::of(&simulator);
        let targets = Targets::start().await;
        let outputs = tokio::task::block_in_place(|| deploy(&aws, &simulator, &channels, &targets));
        let config = clients::config(Patience::STEP)
            .await
            .into_builder()
            .endpoint_url(aws.endpoint.replace("localhost", "127.0.0.1"))
            .region(Region::new(REGION))
            .credentials_provider(SharedCredentialsProvider::new(Credentials::new("e", "e", None, None, "e")))
            .build();
        let deployment = Self { aws, simulator, config, channels, targets, outputs };
        deployment.fill_secrets().await;
        deployment.targets.create(&deployment.config).await;
        Some(deployment)
    }

    /// What a stack's output says.
    pub(crate) fn output(&self, name: &str) -> &str {
        self.outputs[name].as_str().unwrap_or_else(|| panic!("no output {name} in {}", self.outputs))
    }

    /// Where Slack posts presses on buttons.
    pub(crate) fn interactivity_url(&self) -> String {
        self.aws.http_api("/slack/interactivity")
    }

    /// Where Slack posts events.
    pub(crate) fn url(&self) -> String {
        self.aws.http_api("/slack/events")
    }

    /// The ARN of a flow's state machine.
    pub(crate) fn machine(&self, flow: &str) -> String {
        let machines: Value = serde_json::from_str(self.output("StateMachines")).unwrap();
        machines[flow].as_str().unwrap().to_owned()
    }

    /// Waits until an execution has ended; gives its status and its output.
    pub(crate) async fn ended(&self, flow: &str, name: &str) -> (ExecutionStatus, Value) {
        let client = aws_sdk_sfn::Client::new(&self.config);
        let arn = self.machine(flow).replace(":stateMachine:", ":execution:") + ":" + name;
        until(&format!("the end of {name}"), async || {
            let execution = client.describe_execution().execution_arn(&arn).send().await.ok()?;
            let output =
                execution.output.as_deref().map_or(Value::Null, |text| serde_json::from_str(text).unwrap());
            (execution.status != ExecutionStatus::Running).then_some((execution.status, output))
        })
        .await
    }

    /// The names of the executions of a flow.
    pub(crate) async fn executions(&self, flow: &str) -> Vec<String> {
        let client = aws_sdk_sfn::Client::new(&self.config);
        let found = client.list_executions().state_machine_arn(self.machine(flow)).send().await.unwrap();
        found.executions.into_iter().map(|execution| execution.name).collect()
    }

    /// The bytes of an object that is there.
    pub(crate) async fn object(&self, key: &str) -> Vec<u8> {
        self.find_object(key).await.unwrap_or_else(|| panic!("there is no {key}"))
    }

    /// An object's bytes, if it is there.
    pub(crate) async fn find_object(&self, key: &str) -> Option<Vec<u8>> {
        let client = aws_sdk_s3::Client::new(&self.config);
        let object = client.get_object().bucket(self.output("Bucket")).key(key).send().await.ok()?;
        Some(object.body.collect().await.unwrap().to_vec())
    }

    /// As the outputs of the stack tell the platform engineer.
    async fn fill_secrets(&self) {
        let client = aws_sdk_secretsmanager::Client::new(&self.config);
        let workspace = self.simulator.workspace();
        let secrets = [
            ("PutSigningSecret", json!({ "signing_secret": workspace.signing_secret.expose_secret() })),
            ("PutBotToken", json!({ "bot_token": workspace.bot_token.expose_secret() })),
            ("PutUserToken", json!({ "user_token": workspace.user_token.as_ref().unwrap().expose_secret() })),
            ("PutWebhookSecret", json!({ "webhook_secret": WEBHOOK_SECRET })),
        ];
        for (output, value) in secrets {
            let command = self.output(output);
            let (_, id) = command.split_once("--secret-id ").unwrap();
            let id = id.split_whitespace().next().unwrap();
            client.put_secret_value().secret_id(id).secret_string(value.to_string()).send().await.unwrap();
        }
    }
}

/// Asks again and again, for a minute.
pub(crate) async fn until<T>(what: &str, ask: impl AsyncFn() -> Option<T>) -> T {
    let asked = async {
        loop {
            if let Some(answer) = ask().await {
                return answer;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let answered = tokio::time::timeout(Duration::from_mins(1), asked).await;
    answered.unwrap_or_else(|_| panic!("{what} does not come within a minute"))
}

/// `cdk bootstrap` and `cdk deploy`; gives the stack's outputs.
fn deploy(aws: &StandIn, simulator: &Simulator, channels: &Channels, targets: &Targets) -> Value {
    let outputs = root().join("target/e2e-outputs.json");
    let configuration = root().join("target/e2e-ackflow.toml");
    std::fs::write(&configuration, channels.configuration(targets)).unwrap();
    describe(&configuration);
    cdk(aws, &["bootstrap"]);
    let api_url = format!("SLACK_API_URL={}", simulator.api_url());
    let operators = format!("SLACK_OPERATORS_CHANNEL={}", channels.operators);
    let configuration = format!("config={}", configuration.canonicalize().unwrap().display());
    cdk(
        aws,
        &[
            "deploy",
            "--require-approval=never",
            "--method=direct",
            "--outputs-file",
            &outputs.display().to_string(),
            "--context",
            &api_url,
            "--context",
            &operators,
            "--context",
            &configuration,
        ],
    );
    let outputs: Value = serde_json::from_slice(&std::fs::read(outputs).unwrap()).unwrap();
    outputs[format!("ackflow-{ENVIRONMENT}")].clone()
}

/// Writes the description that the CDK app reads.
fn describe(configuration: &Path) {
    let description = std::fs::File::create(root().join("target/synth.json")).unwrap();
    let ackflow = std::env::current_exe().unwrap().with_file_name("ackflow");
    let mut synth = Command::new(ackflow);
    let status = synth.args(["synth", "--config"]).arg(configuration).stdout(description).status().unwrap();
    assert!(status.success(), "`ackflow synth` fails");
}

fn cdk(aws: &StandIn, arguments: &[&str]) {
    let output = Command::new("npx")
        .arg("cdk")
        .args(arguments)
        .args(["--app", "node --import tsx bin/ackflow.ts", "--output", "../target/e2e-cdk.out"])
        .args(["--context", &format!("env={ENVIRONMENT}"), "--context", "arch=x86_64"])
        .current_dir(root().join("infra"))
        .env("AWS_ENDPOINT_URL", &aws.endpoint)
        .env("AWS_REGION", REGION)
        .env("AWS_ACCESS_KEY_ID", "e")
        .env("AWS_SECRET_ACCESS_KEY", "e")
        .env_remove("AWS_PROFILE")
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "cdk {arguments:?} fails:\n{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

/// The workspace's folder.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

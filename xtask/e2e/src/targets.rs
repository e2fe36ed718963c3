//! What services are deployed by: a webhook, a build project, a state machine.

use std::sync::{Arc, Mutex};

use aws_config::SdkConfig;
use aws_sdk_codebuild::types::{
    ArtifactsType, ComputeType, EnvironmentType, ProjectArtifacts, ProjectEnvironment, ProjectSource,
    SourceType,
};
use axum::{Json, Router, body::Bytes, http::HeaderMap, routing::post};
use serde_json::{Value, json};

/// What the webhook's requests are signed with.
pub(crate) const WEBHOOK_SECRET: &str = "simulated-webhook-secret";

const ROLE: &str = "arn:aws:iam::123456789012:role/deploys";

pub(crate) struct Targets {
    pub(crate) webhook: String,
    pub(crate) project: &'static str,
    pub(crate) machine: &'static str,
    /// The requests that the webhook has received.
    pub(crate) requests: Arc<Mutex<Vec<(HeaderMap, Bytes)>>>,
}

impl Targets {
    /// Starts the webhook's server.
    pub(crate) async fn start() -> Self {
        let requests: Arc<Mutex<Vec<(HeaderMap, Bytes)>>> = Arc::default();
        let received = Arc::clone(&requests);
        let receive = move |headers: HeaderMap, body: Bytes| async move {
            received.lock().unwrap().push((headers, body));
            Json(json!({ "link": "https://ci.example.com/7" }))
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let webhook = format!("http://{}/deploy", listener.local_addr().unwrap());
        tokio::spawn(axum::serve(listener, Router::new().route("/deploy", post(receive))).into_future());
        Self {
            webhook,
            project: "deploy-web",
            machine: "arn:aws:states:eu-central-1:123456789012:stateMachine:deploy-batch",
            requests,
        }
    }

    /// Creates the project and the state machine, which are not this stack's.
    pub(crate) async fn create(&self, config: &SdkConfig) {
        let artifacts = ProjectArtifacts::builder().r#type(ArtifactsType::NoArtifacts).build().unwrap();
        let environment = ProjectEnvironment::builder()
            .r#type(EnvironmentType::LinuxContainer)
            .image("aws/codebuild/standard:7.0")
            .compute_type(ComputeType::BuildGeneral1Small)
            .build()
            .unwrap();
        let source = ProjectSource::builder().r#type(SourceType::S3).location("sources/web.zip");
        aws_sdk_codebuild::Client::new(config)
            .create_project()
            .name(self.project)
            .source(source.build().unwrap())
            .artifacts(artifacts)
            .environment(environment)
            .service_role(ROLE)
            .send()
            .await
            .unwrap();
        let definition = json!({ "StartAt": "Do", "States": { "Do": { "Type": "Pass", "End": true } } });
        aws_sdk_sfn::Client::new(config)
            .create_state_machine()
            .name("deploy-batch")
            .definition(definition.to_string())
            .role_arn(ROLE)
            .send()
            .await
            .unwrap();
    }

    /// What the webhook was told, without what identifies the request.
    pub(crate) fn received(&self) -> Vec<Value> {
        let requests = self.requests.lock().unwrap();
        requests.iter().map(|(_, body)| serde_json::from_slice(body).unwrap()).collect()
    }
}

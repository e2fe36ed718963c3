//! Deploys by builds of AWS `CodeBuild`.

use ackflow_flows::{Target, template};
use ackflow_handlers::ports::{DeployError, Deployer, Deployment, Progress};
use async_trait::async_trait;
use aws_sdk_codebuild::{
    Client,
    types::{Build, EnvironmentVariable, ProjectEnvironment, StatusType},
};

use super::deploy_error::deploy_error;

/// The environment variable by which a build is found again.
const KEY: &str = "ACKFLOW_IDEMPOTENCY_KEY";

/// How many pages of a project's builds are looked through, a hundred on each, the newest first. `CodeBuild` remembers
/// the builds of a year.
///
/// Source: <https://docs.aws.amazon.com/codebuild/latest/userguide/builds-working.html>
const PAGES: usize = 10;

/// Starts builds. They read from their environment what to deploy: `ACKFLOW_SERVICE`, `ACKFLOW_ENVIRONMENT`,
/// `ACKFLOW_REQUESTED_BY` and `ACKFLOW_IDEMPOTENCY_KEY`.
#[derive(Clone, Debug)]
pub struct CodeBuildDeployer {
    client: Client,
}

impl CodeBuildDeployer {
    /// Starts builds of the projects in this client's account and region.
    pub fn new(client: Client) -> Self {
        Self { client }
    }

    async fn builds(&self, ids: Vec<String>) -> Result<Vec<Build>, DeployError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let found = self.client.batch_get_builds().set_ids(Some(ids)).send().await.map_err(deploy_error)?;
        Ok(found.builds.unwrap_or_default())
    }
}

#[async_trait]
impl Deployer for CodeBuildDeployer {
    /// For five minutes, `CodeBuild` knows the token and gives the build that it has started. The step's attempts that
    /// do not reach it end sooner. One that comes later, after a crash, looks for the build first.
    ///
    /// Source: <https://docs.aws.amazon.com/codebuild/latest/APIReference/API_StartBuild.html>
    async fn start(&self, deployment: &Deployment) -> Result<Progress, DeployError> {
        let started = self
            .client
            .start_build()
            .project_name(project(deployment)?)
            .idempotency_token(&deployment.key)
            .set_environment_variables_override(Some(variables(deployment)))
            .send()
            .await
            .map_err(deploy_error)?;
        let id = started.build_value.and_then(|build| build.id);
        let unnamed =
            || DeployError::Uncertain("CodeBuild does not say which build it has started".to_owned());
        id.map(Progress::Running).ok_or_else(unnamed)
    }

    /// The lease of a start that broke off runs out a quarter of an hour after it: by then, `CodeBuild` lists each
    /// build that it has accepted.
    async fn find(&self, deployment: &Deployment) -> Result<Option<Progress>, DeployError> {
        let project = project(deployment)?;
        let list = self.client.list_builds_for_project().project_name(&project);
        let (mut pages, mut read) = (list.into_paginator().send(), 0);
        while let Some(page) = pages.try_next().await.map_err(deploy_error)? {
            if read == PAGES {
                let reason = format!("it is not among the newest {PAGES}00 builds of {project}");
                return Err(DeployError::Uncertain(reason));
            }
            read += 1;
            let builds = self.builds(page.ids.unwrap_or_default()).await?;
            if let Some(build) = builds.into_iter().find(|build| has_key(build, &deployment.key)) {
                return Ok(Some(progress(build)));
            }
        }
        Ok(None)
    }

    async fn check(&self, _: &Deployment, handle: &str) -> Result<Progress, DeployError> {
        let build = self.builds(vec![handle.to_owned()]).await?.pop();
        // It may be a moment before a build that was just started can be read.
        let unknown = || DeployError::Unavailable(format!("CodeBuild does not know the build {handle}"));
        build.map(progress).ok_or_else(unknown)
    }
}

fn project(deployment: &Deployment) -> Result<String, DeployError> {
    let Target::Codebuild(target) = &deployment.target else {
        return Err(DeployError::Unsupported("the target is no build project".to_owned()));
    };
    Ok(template::fill_deployment(&target.project, &deployment.service, &deployment.environment))
}

fn variables(deployment: &Deployment) -> Vec<EnvironmentVariable> {
    let variable = |(name, value): (&str, &String)| {
        let variable = EnvironmentVariable::builder().name(name).value(value);
        variable.build().expect("it has a name and a value")
    };
    let values = [
        (KEY, &deployment.key),
        ("ACKFLOW_SERVICE", &deployment.service),
        ("ACKFLOW_ENVIRONMENT", &deployment.environment),
        ("ACKFLOW_REQUESTED_BY", &deployment.requested_by),
    ];
    values.map(variable).into()
}

fn has_key(build: &Build, key: &str) -> bool {
    let mut variables = build.environment.iter().flat_map(ProjectEnvironment::environment_variables);
    variables.any(|variable| variable.name == KEY && variable.value == key)
}

fn progress(build: Build) -> Progress {
    let link = build.logs.and_then(|logs| logs.deep_link);
    match build.build_status {
        Some(StatusType::InProgress) | None => Progress::Running(build.id.unwrap_or_default()),
        Some(StatusType::Succeeded) => Progress::Succeeded(link),
        Some(status) => {
            let logs = link.map(|link| format!("; its logs: {link}")).unwrap_or_default();
            Progress::Failed(format!("the build ended as {}{logs}", status.as_str()))
        }
    }
}

//! A step's process dies in the middle of its work.

use std::{fs, path::Path, process::Command, time::Duration};

use ackflow::simulator::Fault;
use aws_sdk_sfn::types::ExecutionStatus;

use crate::{
    deployment::{Deployment, ENVIRONMENT, until},
    post::Post,
};

pub(crate) async fn step_dies(deployment: &Deployment) {
    let post = Post::new(deployment, "#finance", &[("report.txt", "content")]);
    deployment.simulator.fault(post.file(0), 1, Fault::Delay(Duration::from_mins(5)));
    post.deliver(deployment).await;
    until("the download", async || {
        let requests = deployment.simulator.requests();
        let key = post.key(0);
        let file = key.rsplit('/').next().unwrap();
        requests.iter().any(|request| request.path.contains(file)).then_some(())
    })
    .await;
    let killed = processes(deployment, "slack-file-fetcher")
        .filter(|process| Command::new("kill").args(["-9", process]).status().unwrap().success());
    assert!(killed.count() > 0, "one was at it");
    let (status, _) = deployment.ended("document-pipeline", &post.execution()).await;
    assert_eq!(status, ExecutionStatus::Succeeded, "it is run again");
    post.is_told(deployment).await;
}

/// The processes that run a function of this deployment.
fn processes(deployment: &Deployment, function: &str) -> impl Iterator<Item = String> + use<> {
    let endpoint = deployment.aws.endpoint.replace("localhost", "127.0.0.1");
    let wanted = [
        format!("AWS_LAMBDA_FUNCTION_NAME={function}-{ENVIRONMENT}"),
        format!("AWS_ENDPOINT_URL={endpoint}"),
    ];
    let is_it = move |process: &Path| {
        let environment = fs::read(process.join("environ")).unwrap_or_default();
        let variables: Vec<&[u8]> = environment.split(|byte| *byte == 0).collect();
        wanted.iter().all(|wanted| variables.contains(&wanted.as_bytes()))
    };
    let all = fs::read_dir("/proc").unwrap().filter_map(|entry| Some(entry.ok()?.path()));
    all.filter(move |process| is_it(process))
        .filter_map(|process| Some(process.file_name()?.to_str()?.to_owned()))
}

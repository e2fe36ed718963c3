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
    for process in processes(&format!("slack-file-fetcher-{ENVIRONMENT}")) {
        assert!(Command::new("kill").args(["-9", &process]).status().unwrap().success());
    }
    let (status, _) = deployment.ended("document-pipeline", &post.execution()).await;
    assert_eq!(status, ExecutionStatus::Succeeded, "it is run again");
    post.is_told(deployment).await;
}

/// The processes that run a function.
fn processes(function: &str) -> Vec<String> {
    let is_it = |process: &Path| {
        let environment = fs::read(process.join("environ")).unwrap_or_default();
        let wanted = format!("AWS_LAMBDA_FUNCTION_NAME={function}");
        environment.split(|byte| *byte == 0).any(|variable| variable == wanted.as_bytes())
    };
    let all = fs::read_dir("/proc").unwrap().map(|entry| entry.unwrap().path());
    all.filter(|process| is_it(process))
        .filter_map(|process| Some(process.file_name()?.to_str()?.to_owned()))
        .collect()
}

//! Deploys the real stack, with the real binaries, to a stand-in for AWS; posts in a simulated Slack; and looks at what
//! people there, and the operators, would see. `cargo xtask e2e` builds what it needs and runs it.

#![allow(clippy::unwrap_used, reason = "it is a test: it panics on whatever is not as it should be")]

mod channels;
mod deployment;
mod local;
mod post;
mod scenarios;
mod targets;

use std::time::Instant;

use self::{deployment::Deployment, scenarios::scenarios};

#[tokio::main]
async fn main() {
    let begun = Instant::now();
    let deployment = Deployment::start().await.expect("the stand-in is installed");
    eprintln!("deployed in {} s", begun.elapsed().as_secs());
    for scenario in scenarios(&deployment) {
        let begun = Instant::now();
        scenario.run.await;
        deployment.aws.clear_faults().await;
        eprintln!("ok {:>5} ms  {}", begun.elapsed().as_millis(), scenario.name);
    }
    eprintln!("The deployed stack does what it should ({} s).", begun.elapsed().as_secs());
}

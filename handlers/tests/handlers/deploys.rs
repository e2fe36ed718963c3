//! A deployment is started at most once, whatever fails, and its end is found.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use ackflow_asl::{Call, Failure, StepError};
use ackflow_flows::{
    CheckDeployError, CodebuildTarget, CommandTarget, Configuration, StartDeployError, StateMachineTarget,
    Target,
};
use ackflow_handlers::{
    CheckDeployHandler, Deployers, StartDeployHandler, StepHandler,
    ports::{DeployError, Deployment, EffectLedger, Guard, PortError, Progress},
};
use ackflow_schemas::devops::{DeployReport, DeployResult, DeployRun};
use async_trait::async_trait;
use futures_util::FutureExt;

use crate::{
    fake_deployer::{FakeDeployer, Start},
    fake_ports::{Effects, Health, VirtualClock},
    orders::{ASKER, configuration, order, reviewed},
    request::NOW,
    step_output::assert_step_output,
};

const EXECUTION: &str = "T0TEAM-Ev0EVENT";

/// What the ledger knows its start by.
const EFFECT: &str = "deploy/T0TEAM-Ev0EVENT";

type Started = Result<DeployRun, Failure<StartDeployError>>;

fn running() -> Progress {
    Progress::Running("build-7".to_owned())
}

fn succeeded(link: Option<&str>) -> Progress {
    Progress::Succeeded(link.map(str::to_owned))
}

fn why() -> String {
    "why".to_owned()
}

/// A target of the service `api`, and the steps that use it.
struct Site {
    target: Arc<FakeDeployer>,
    ledger: Arc<Effects>,
    start: StartDeployHandler,
    check: CheckDeployHandler,
}

impl Site {
    /// A target whose deployments stand like this.
    fn with(progress: Progress) -> Self {
        let (target, ledger) = (Arc::new(FakeDeployer::new(Ok(progress))), Arc::<Effects>::default());
        let start = start_step(ledger.clone(), &target, configuration());
        let deployers = Deployers { webhook: Some(target.clone()), ..Deployers::default() };
        let check = CheckDeployHandler::new(deployers, Arc::new(VirtualClock::at(NOW)), configuration());
        Self { target, ledger, start, check }
    }

    async fn start(&self) -> Started {
        run_start(&self.start).await
    }

    /// Whoever runs the step dies in the middle of it.
    fn start_and_die(&self) {
        assert!(self.start().now_or_never().is_none(), "it did not get stuck");
    }

    /// How often the deployment was really started.
    fn starts(&self) -> usize {
        self.target.started().len()
    }

    async fn check(&self, run: DeployRun) -> Result<DeployReport, Failure<CheckDeployError>> {
        self.check.run(Call::new(EXECUTION, run)).await
    }
}

fn start_step(
    ledger: Arc<dyn EffectLedger>,
    target: &Arc<FakeDeployer>,
    configuration: Arc<Configuration>,
) -> StartDeployHandler {
    let deployers = Deployers { webhook: Some(target.clone()), ..Deployers::default() };
    StartDeployHandler::new(ledger, deployers, Arc::new(VirtualClock::at(NOW)), configuration)
}

async fn run_start(start: &StartDeployHandler) -> Started {
    start.run(Call::new(EXECUTION, reviewed(order("api", "stg")))).await
}

/// A configuration in which another target deploys `api`.
fn deployed_by(target: Target) -> Arc<Configuration> {
    let mut configuration = Configuration::clone(&configuration());
    let deploy = configuration.deploy.as_mut().expect("a section [deploy]");
    deploy.services.get_mut("api").expect("a service").target = target;
    Arc::new(configuration)
}

#[tokio::test]
async fn a_deployment_is_started_as_it_is_configured_and_ordered() {
    let site = Site::with(running());
    let run = site.start().await.unwrap();
    assert_step_output("StartDeploy", &run);
    let configuration = configuration();
    let target = &configuration.deploy.as_ref().expect("a section [deploy]").services["api"].target;
    let expected = Deployment {
        key: EXECUTION.to_owned(),
        service: "api".to_owned(),
        environment: "stg".to_owned(),
        requested_by: ASKER.to_owned(),
        target: target.clone(),
    };
    assert_eq!(site.target.started(), [expected]);
}

#[tokio::test]
async fn the_note_gives_the_result_to_whoever_runs_the_step_again() {
    let failed = Progress::Failed("exit status 1".to_owned());
    for progress in [running(), succeeded(None), succeeded(Some("https://ci.example.com/7")), failed] {
        let site = Site::with(progress.clone());
        let first = site.start().await.unwrap();
        // What the target says now does not matter: its answer was noted.
        site.target.set(Err(DeployError::Unavailable(why())));
        assert_eq!(site.start().await, Ok(first), "{progress:?}");
        assert_eq!(site.starts(), 1, "{progress:?}");
    }
}

#[tokio::test]
async fn two_requests_are_two_deployments() {
    let site = Site::with(running());
    site.start().await.unwrap();
    site.start.run(Call::new("T0TEAM-Ev1EVENT", reviewed(order("api", "stg")))).await.unwrap();
    let keys: Vec<String> = site.target.started().into_iter().map(|deployment| deployment.key).collect();
    assert_eq!(keys, [EXECUTION, "T0TEAM-Ev1EVENT"]);
}

#[tokio::test]
async fn a_start_whose_answer_was_lost_is_found() {
    let site = Site::with(running());
    site.target.start_next(Start::AnswerLost);
    site.start_and_die();
    assert_eq!(site.start().await.unwrap().handle.as_deref(), Some("build-7"));
    assert_eq!(site.starts(), 1);
    assert!(matches!(site.ledger.get(EFFECT), Some(Guard::Done(_))), "what was found is noted");
}

#[tokio::test]
async fn a_start_that_the_target_never_heard_of_is_made_up_for() {
    let site = Site::with(running());
    site.target.start_next(Start::RequestLost);
    site.start_and_die();
    assert_eq!(site.starts(), 0);
    site.start().await.unwrap();
    assert_eq!(site.starts(), 1);
}

#[tokio::test]
async fn a_start_that_the_target_cannot_tell_of_is_not_made_again() {
    for lost in [Start::AnswerLost, Start::RequestLost] {
        let site = Site::with(running());
        site.target.start_next(lost.clone());
        site.start_and_die();
        let before = site.starts();
        site.target.set(Err(DeployError::Uncertain("it keeps no list".to_owned())));
        for _ in 0..2 {
            let failure = site.start().await.unwrap_err();
            assert_eq!(failure.error, StartDeployError::DeployUncertain, "{lost:?}");
            assert!(failure.cause.contains("it keeps no list"), "{failure}");
        }
        assert_eq!(site.starts(), before, "{lost:?}");
    }
}

#[tokio::test]
async fn a_target_that_is_down_while_it_is_asked_what_became_of_a_start_is_asked_again() {
    let site = Site::with(running());
    site.target.start_next(Start::AnswerLost);
    site.start_and_die();
    site.target.set(Err(DeployError::Unavailable(why())));
    assert_eq!(site.start().await.unwrap_err().error, StartDeployError::TargetUnavailable);
    site.target.set(Ok(running()));
    site.start().await.unwrap();
    assert_eq!(site.starts(), 1);
}

#[tokio::test]
async fn where_nothing_was_started_the_next_attempt_is_as_good_as_the_first() {
    for (error, expected) in [
        (DeployError::Unavailable(why()), StartDeployError::TargetUnavailable),
        (DeployError::Refused(why()), StartDeployError::TargetRefused),
        (DeployError::Unsupported(why()), StartDeployError::TargetUnknown),
    ] {
        let site = Site::with(running());
        site.target.start_next(Start::Failed(error));
        let failure = site.start().await.unwrap_err();
        assert_eq!(failure.error, expected);
        assert!(failure.cause.contains("why"), "{failure}");
        assert_eq!(site.ledger.get(EFFECT), Some(Guard::First), "{expected:?}");
        site.start().await.unwrap();
        assert_eq!(site.starts(), 1, "{expected:?}");
    }
}

#[tokio::test]
async fn where_something_may_have_been_started_the_next_attempt_looks_first() {
    let site = Site::with(running());
    site.target.start_next(Start::Failed(DeployError::Uncertain(why())));
    assert_eq!(site.start().await.unwrap_err().error, StartDeployError::DeployUncertain);
    assert_eq!(site.ledger.get(EFFECT), Some(Guard::Uncertain));
}

#[tokio::test]
async fn a_start_that_another_attempt_may_be_making_waits() {
    let site = Site::with(running());
    site.ledger.set(EFFECT, Guard::Busy);
    assert_eq!(site.start().await.unwrap_err().error, StartDeployError::StartUnderWay);
    assert_eq!(site.starts(), 0);
}

#[tokio::test]
async fn without_the_ledger_nothing_is_started() {
    let site = Site::with(running());
    site.ledger.health.set(Health::Down);
    let failure = site.start().await.unwrap_err();
    assert_eq!(failure.error, StartDeployError::LedgerUnavailable);
    assert!(failure.cause.contains("the ledger"), "{failure}");
    assert_eq!(site.starts(), 0);
}

#[tokio::test]
async fn a_note_that_cannot_be_read_starts_nothing() {
    let site = Site::with(running());
    site.ledger.set(EFFECT, Guard::Done("not ours".to_owned()));
    assert_eq!(site.start().await.unwrap_err().error, StartDeployError::DeployUncertain);
    assert_eq!(site.starts(), 0);
}

/// A ledger of whose calls one fails, before or after it took effect.
struct FailingLedger {
    ledger: Effects,
    calls: AtomicUsize,
    failing: usize,
    takes_effect: bool,
}

impl FailingLedger {
    async fn run<T>(&self, call: impl Future<Output = Result<T, PortError>>) -> Result<T, PortError> {
        let fails = self.calls.fetch_add(1, Ordering::Relaxed) == self.failing;
        if fails && !self.takes_effect {
            return Err(PortError::new("the ledger", "it is down"));
        }
        let answer = call.await;
        if fails { Err(PortError::new("the ledger", "its answer was lost")) } else { answer }
    }
}

#[async_trait]
impl EffectLedger for FailingLedger {
    async fn begin(&self, id: &str, lease: Duration) -> Result<Guard, PortError> {
        self.run(self.ledger.begin(id, lease)).await
    }

    async fn release(&self, id: &str) -> Result<(), PortError> {
        self.run(self.ledger.release(id)).await
    }

    async fn finish(&self, id: &str, note: &str) -> Result<(), PortError> {
        self.run(self.ledger.finish(id, note)).await
    }

    async fn note(&self, id: &str) -> Result<Option<String>, PortError> {
        self.run(self.ledger.note(id)).await
    }
}

/// Runs the step again for as long as its error may pass, as the flow does.
async fn start_until_it_ends(start: &StartDeployHandler) -> Started {
    for _ in 0..5 {
        match run_start(start).await {
            Err(failure) if failure.error.is_transient() => {}
            ended => return ended,
        }
    }
    panic!("it goes on for ever");
}

#[tokio::test]
async fn one_start_is_what_it_comes_to_whichever_call_of_the_ledger_fails() {
    let down = || Start::Failed(DeployError::Unavailable(why()));
    for (failing, takes_effect) in (0..5).flat_map(|call| [(call, false), (call, true)]) {
        for first_start in [Start::Answered, down()] {
            let case = format!("call {failing}, takes effect: {takes_effect}, {first_start:?}");
            let target = Arc::new(FakeDeployer::new(Ok(running())));
            target.start_next(first_start);
            let ledger = FailingLedger {
                ledger: Effects::default(),
                calls: AtomicUsize::new(0),
                failing,
                takes_effect,
            };
            let start = start_step(Arc::new(ledger), &target, configuration());
            let run = start_until_it_ends(&start).await.unwrap_or_else(|failure| panic!("{case}: {failure}"));
            assert_eq!(run.handle.as_deref(), Some("build-7"), "{case}");
            assert_eq!(target.started().len(), 1, "{case}");
        }
    }
}

#[tokio::test]
async fn a_target_that_this_process_has_no_deployer_for_is_named() {
    let codebuild = Target::Codebuild(CodebuildTarget { project: "deploy".to_owned() });
    let arn = "arn:aws:states:eu-central-1:123456789012:stateMachine:deploy".to_owned();
    let state_machine = Target::StateMachine(StateMachineTarget { arn });
    let command = Target::Command(CommandTarget {
        program: "./deploy.sh".to_owned(),
        arguments: Vec::new(),
        folder: None,
        timeout_seconds: 600,
    });
    for (target, named) in [
        (codebuild, "`codebuild` works on AWS only"),
        (state_machine, "`state_machine` works on AWS only"),
        (command, "`command` works on one machine (`ackflow dev`) only"),
    ] {
        let (ledger, deployer) = (Arc::<Effects>::default(), Arc::new(FakeDeployer::new(Ok(running()))));
        let failure =
            run_start(&start_step(ledger.clone(), &deployer, deployed_by(target))).await.unwrap_err();
        assert_eq!(failure.error, StartDeployError::TargetUnknown);
        assert!(failure.cause.contains(named), "{failure}");
        assert!(deployer.started().is_empty());
        assert_eq!(ledger.get(EFFECT), Some(Guard::First), "it may be started elsewhere");
    }

    let (ledger, clock) = (Arc::<Effects>::default(), Arc::new(VirtualClock::at(NOW)));
    let start = StartDeployHandler::new(ledger, Deployers::default(), clock, configuration());
    let failure = run_start(&start).await.unwrap_err();
    assert!(failure.cause.contains("DEPLOY_WEBHOOK_SECRET"), "{failure}");
}

#[tokio::test]
async fn a_service_that_is_not_configured_any_more_is_named() {
    let mut other = Configuration::clone(&configuration());
    other.deploy.as_mut().expect("a section [deploy]").services.remove("api");
    for configuration in [Arc::default(), Arc::new(other)] {
        let (ledger, deployer) = (Arc::<Effects>::default(), Arc::new(FakeDeployer::new(Ok(running()))));
        let failure = run_start(&start_step(ledger.clone(), &deployer, configuration)).await.unwrap_err();
        assert_eq!(failure.error, StartDeployError::TargetUnknown);
        assert!(failure.cause.contains("api is deployed to stg"), "{failure}");
        assert_eq!(ledger.get(EFFECT), None, "the ledger need not know");
    }
    // `web` is for `stg` alone.
    let site = Site::with(running());
    let failure = site.start.run(Call::new(EXECUTION, reviewed(order("web", "prod")))).await.unwrap_err();
    assert_eq!(failure.error, StartDeployError::TargetUnknown);
}

#[tokio::test]
async fn a_deployment_that_goes_on_is_looked_after_until_it_ends() {
    let site = Site::with(running());
    let run = site.start().await.unwrap();
    let failure = site.check(run.clone()).await.unwrap_err();
    assert_eq!(failure.error, CheckDeployError::DeployRunning);

    site.target.set(Ok(succeeded(Some("https://ci.example.com/7"))));
    let report = site.check(run).await.unwrap();
    assert_step_output("CheckDeploy", &report);
    assert_eq!(report.result, DeployResult::Deployed { link: Some("https://ci.example.com/7".to_owned()) });
    assert_eq!(site.target.checked(), ["build-7"; 2]);
}

#[tokio::test]
async fn without_a_link_of_the_targets_it_is_the_configured_one() {
    let deployed = |link: &str| DeployResult::Deployed { link: Some(link.to_owned()) };
    let site = Site::with(running());
    let run = site.start().await.unwrap();
    site.target.set(Ok(succeeded(None)));
    assert_eq!(site.check(run).await.unwrap().result, deployed("https://api.stg.example.com"));

    let site = Site::with(succeeded(None));
    assert_eq!(site.start().await.unwrap().result, Some(deployed("https://api.stg.example.com")));
}

#[tokio::test]
async fn what_the_target_says_of_a_failure_is_reported() {
    let site = Site::with(running());
    let run = site.start().await.unwrap();
    site.target.set(Ok(Progress::Failed("exit status 1".to_owned())));
    let report = site.check(run).await.unwrap();
    assert_step_output("CheckDeploy_failed", &report);
}

#[tokio::test]
async fn an_end_that_is_known_is_not_asked_for() {
    let site = Site::with(succeeded(None));
    let run = site.start().await.unwrap();
    assert_eq!(run.handle, None);
    site.target.set(Err(DeployError::Unavailable(why())));
    let report = site.check(run.clone()).await.unwrap();
    assert_eq!(Some(report.result), run.result);
    assert_eq!(site.target.checked(), [""; 0]);
}

#[tokio::test]
async fn a_deployment_that_cannot_be_asked_for_is_uncertain() {
    let site = Site::with(running());
    let run = DeployRun { handle: None, ..site.start().await.unwrap() };
    assert_eq!(site.check(run).await.unwrap_err().error, CheckDeployError::DeployUncertain);
}

#[tokio::test]
async fn why_an_end_is_not_known_is_told_by_its_name() {
    let site = Site::with(running());
    let run = site.start().await.unwrap();
    for (error, expected) in [
        (DeployError::Unavailable(why()), CheckDeployError::TargetUnavailable),
        (DeployError::Unsupported(why()), CheckDeployError::TargetUnknown),
        (DeployError::Refused(why()), CheckDeployError::DeployUncertain),
        (DeployError::Uncertain(why()), CheckDeployError::DeployUncertain),
    ] {
        site.target.set(Err(error));
        let failure = site.check(run.clone()).await.unwrap_err();
        assert_eq!(failure.error, expected);
        assert!(failure.cause.contains("why"), "{failure}");
    }
    let run = DeployRun { order: order("gone", "stg"), ..run };
    let failure = site.check(run).await.unwrap_err();
    assert_eq!(failure.error, CheckDeployError::TargetUnknown);
    assert!(failure.cause.contains("gone is deployed to stg"), "{failure}");
}

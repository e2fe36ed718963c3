//! The process dies before and after each call of a port, in turn, and starts again: what is there in the end is the
//! same.

use std::collections::BTreeSet;

use ackflow::simulator::Workspace;

use super::{fake_deployer::FakeDeployer, office::Office};
use crate::{
    tripwire::{CrashPoint, Tripwire},
    watched::{Call, watched},
};

/// What people do, and what comes of it.
pub(crate) trait Scenario: Default {
    /// People do it, and all that follows has happened. Played again after the process died, it goes on: what was done
    /// is not done again, but Slack may deliver it again.
    async fn play(&mut self, office: &mut Office);

    /// Checks what is there in the end.
    fn check(&self, office: &Office);
}

/// Checks a scenario without a crash, and with one at each point that it passes.
pub(crate) async fn crash_at_each_call<S: Scenario>(settings: &Workspace) {
    let clean = run::<S>(settings, None).await;
    assert!(!clean.died);
    let mut died_at = BTreeSet::new();
    for &point in &clean.passed {
        eprintln!("a crash at {point:?}");
        if run::<S>(settings, Some(point)).await.died {
            died_at.insert(point.call);
        }
    }
    // How often a call is made is not the same in every run. That it is made is.
    let calls: BTreeSet<Call> = clean.passed.iter().map(|point| point.call).collect();
    assert_eq!(died_at, calls);
}

struct Run {
    /// Every point that was passed before the crash.
    passed: Vec<CrashPoint>,
    died: bool,
}

async fn run<S: Scenario>(settings: &Workspace, at: Option<CrashPoint>) -> Run {
    let tripwire = Tripwire::at(at);
    let ports = |ports| watched(ports, &tripwire);
    let mut office = Office::with(settings.clone(), FakeDeployer::new(), ports).await;
    let mut scenario = S::default();
    let died = tokio::select! {
        biased;
        () = tripwire.tripped() => true,
        () = scenario.play(&mut office) => false,
    };
    if died {
        office = office.restart().await;
        scenario.play(&mut office).await;
    }
    scenario.check(&office);
    Run { passed: tripwire.passed(), died }
}

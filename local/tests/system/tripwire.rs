//! Where a process dies: at a call of one of its ports, before or after it.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use ackflow_handlers::ports::PortError;
use async_trait::async_trait;
use tokio::sync::Notify;

use super::watched::{Call, Doorman};

/// Before or after a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Moment {
    Before,
    After,
}

/// Where a process may die: at the n-th time that a call comes to a moment, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct CrashPoint {
    pub(crate) call: Call,
    pub(crate) moment: Moment,
    pub(crate) occurrence: usize,
}

/// Notes every point that is passed. At the chosen one no call goes on, until the process is gone.
#[derive(Default)]
pub(crate) struct Tripwire {
    at: Option<CrashPoint>,
    counts: Mutex<HashMap<(Call, Moment), usize>>,
    passed: Mutex<Vec<CrashPoint>>,
    tripped: Notify,
}

impl Tripwire {
    pub(crate) fn at(at: Option<CrashPoint>) -> Arc<Self> {
        Arc::new(Self { at, ..Self::default() })
    }

    /// Waits until the chosen point is reached.
    pub(crate) async fn tripped(&self) {
        self.tripped.notified().await;
    }

    /// Every point that was passed until now, in order.
    pub(crate) fn passed(&self) -> Vec<CrashPoint> {
        self.passed.lock().unwrap().clone()
    }

    async fn pass(&self, call: Call, moment: Moment) {
        let occurrence = {
            let mut counts = self.counts.lock().unwrap();
            let count = counts.entry((call, moment)).or_default();
            *count += 1;
            *count
        };
        let point = CrashPoint { call, moment, occurrence };
        self.passed.lock().unwrap().push(point);
        if self.at == Some(point) {
            self.tripped.notify_one();
            std::future::pending::<()>().await;
        }
    }
}

#[async_trait]
impl Doorman for Tripwire {
    async fn before(&self, call: Call) -> Result<(), PortError> {
        self.pass(call, Moment::Before).await;
        Ok(())
    }

    async fn after(&self, call: Call) {
        self.pass(call, Moment::After).await;
    }
}

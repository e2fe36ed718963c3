//! Takes events in where ledger and engine fail apart from each other: either is enough to keep an event.

use std::{sync::Arc, time::Duration};

use ackflow_flows::StartRequest;
use ackflow_schemas::notice::Notice;
use async_trait::async_trait;
use tokio::time::Instant;

use crate::{
    in_time::in_time,
    ports::{Claim, EventLedger, Executions, Intake, Kept, NoticeTopic, PortError, Taken},
};

/// How long one port may take.
const PORT_TIMEOUT: Duration = Duration::from_secs(1);

/// How long all ports together may take: Slack waits for three seconds.
const TIMEOUT: Duration = Duration::from_millis(2_600);

/// Claims an event in the ledger, starts its execution on the engine, and marks it as started.
pub struct LedgerIntake {
    ledger: Arc<dyn EventLedger>,
    executions: Arc<dyn Executions>,
    notices: Arc<dyn NoticeTopic>,
}

#[async_trait]
impl Intake for LedgerIntake {
    async fn take(&self, start: &StartRequest) -> Result<Taken, PortError> {
        let deadline = Instant::now() + TIMEOUT;
        match in_turn("the ledger", deadline, self.ledger.claim(&start.name)).await {
            Ok(Claim::Started) => Ok(Taken::Duplicate),
            Ok(Claim::New | Claim::Claimed) => self.start(start, deadline).await,
            Err(ledger_error) => {
                tracing::error!(%ledger_error, name = start.name, "the event is started by its name alone");
                in_turn("the engine", deadline, self.executions.start(start)).await?;
                Ok(Taken::Accepted)
            }
        }
    }
}

impl LedgerIntake {
    /// An intake with its ports.
    pub fn new(
        ledger: Arc<dyn EventLedger>,
        executions: Arc<dyn Executions>,
        notices: Arc<dyn NoticeTopic>,
    ) -> Self {
        Self { ledger, executions, notices }
    }

    /// Starts the execution of an event that is in the ledger.
    async fn start(&self, start: &StartRequest, deadline: Instant) -> Result<Taken, PortError> {
        if let Err(error) = in_turn("the engine", deadline, self.executions.start(start)).await {
            return self.keep(start, &error, deadline).await;
        }
        // Not knowing it only costs another start under the same name.
        if let Err(error) = in_turn("the ledger", deadline, self.ledger.mark_started(&start.name)).await {
            tracing::warn!(%error, name = start.name, "the event is not marked as started");
        }
        Ok(Taken::Accepted)
    }

    /// Keeps an event that can't be started now, for the redriver.
    async fn keep(
        &self,
        start: &StartRequest,
        reason: &PortError,
        deadline: Instant,
    ) -> Result<Taken, PortError> {
        if in_turn("the ledger", deadline, self.ledger.keep_pending(start)).await? == Kept::Started {
            return Ok(Taken::Duplicate);
        }
        tracing::error!(%reason, name = start.name, "the event is kept, and started later");
        let notice = Notice::Operations {
            id: format!("pending/{}", start.name),
            subject: "An event waits for the engine".to_owned(),
            text: format!(
                "Execution {} of {} could not be started: {reason}. The event is kept and started again every minute.",
                start.name, start.flow
            ),
        };
        if let Err(error) = in_turn("the notices' topic", deadline, self.notices.publish(&notice)).await {
            tracing::error!(%error, ?notice, "a notice for the operators was not published");
        }
        Ok(Taken::Accepted)
    }
}

/// One port's share of the time that is left.
async fn in_turn<T>(
    port: &'static str,
    deadline: Instant,
    call: impl Future<Output = Result<T, PortError>>,
) -> Result<T, PortError> {
    in_time(port, deadline.min(Instant::now() + PORT_TIMEOUT), call).await
}

//! Orders of deployments, and the configuration that says how they are carried out.

use std::sync::Arc;

use ackflow_flows::Configuration;
use ackflow_schemas::devops::{Decision, DeployOrder, Origin, ReviewedDeploy, Verdict};

/// The workspace, two environments and two services.
const CONFIGURATION: &str = r#"
[deploy]
approvers = ["U0LEAD", "U0OTHERLEAD"]
leads_channel = "C0LEADS"
slash_command = "/deploy"

[deploy.environments.prod]
needs_approval = true

[deploy.environments.stg]
needs_approval = false

[deploy.services.api]
link = "https://{service}.{environment}.example.com"
target.webhook.url = "https://hooks.example.com/deploy"

[deploy.services.web]
environments = ["stg"]
target.command.program = "./deploy.sh"
"#;

/// Who asks.
pub(crate) const ASKER: &str = "U0ASKER";

/// Somebody who may approve.
pub(crate) const LEAD: &str = "U0LEAD";

/// Somebody else who may approve.
pub(crate) const OTHER_LEAD: &str = "U0OTHERLEAD";

pub(crate) fn configuration() -> Arc<Configuration> {
    Arc::new(Configuration::parse(CONFIGURATION, "ackflow.toml").expect("a configuration"))
}

/// An order that was given in a thread.
pub(crate) fn order(service: &str, environment: &str) -> DeployOrder {
    let needs_approval = environment == "prod";
    DeployOrder {
        origin: Origin {
            team_id: "T0TEAM".to_owned(),
            channel_id: "C0CHANNEL".to_owned(),
            user_id: ASKER.to_owned(),
            thread_ts: Some("1670631527.874149".to_owned()),
        },
        service: service.to_owned(),
        environment: environment.to_owned(),
        requested_at: "2022-12-10T00:18:47Z".to_owned(),
        needs_approval,
        patience_seconds: 24 * 3600,
        leads_channel: needs_approval.then(|| "C0LEADS".to_owned()),
    }
}

/// An order that may be carried out.
pub(crate) fn reviewed(order: DeployOrder) -> ReviewedDeploy {
    let verdict = if order.needs_approval { Verdict::Approved } else { Verdict::NotNeeded };
    let user_id = order.needs_approval.then(|| LEAD.to_owned());
    let decision = Decision { verdict, user_id, decided_at: "2022-12-10T00:18:49Z".to_owned() };
    ReviewedDeploy { order, decision }
}

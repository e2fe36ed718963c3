//! A deployment as it is configured.

use ackflow_flows::{Configuration, template};
use ackflow_schemas::devops::{DeployOrder, DeployResult};

use crate::ports::{Deployment, Progress};

/// The name of the error where the target says that a deployment failed.
const DEPLOY_FAILED: &str = "DeployFailed";

/// What an order asks of its target, or why there is none any more.
pub(crate) fn deployment(
    configuration: &Configuration,
    key: &str,
    order: &DeployOrder,
) -> Result<Deployment, String> {
    let DeployOrder { service, environment, origin, .. } = order;
    let deploy = configuration.deploy.as_ref();
    let known = deploy.and_then(|deploy| deploy.service(service)).filter(|known| known.is_in(environment));
    let known = known.ok_or_else(|| {
        format!("The configuration does not say any more how {service} is deployed to {environment}.")
    })?;
    Ok(Deployment {
        key: key.to_owned(),
        service: service.clone(),
        environment: environment.clone(),
        requested_by: origin.user_id.clone(),
        target: known.target.clone(),
    })
}

/// How a deployment ended, if it has. Where the target gives no link, it is the configured one.
pub(crate) fn result(
    configuration: &Configuration,
    order: &DeployOrder,
    progress: Progress,
) -> Option<DeployResult> {
    match progress {
        Progress::Running(_) => None,
        Progress::Succeeded(link) => {
            let link = link.or_else(|| configured_link(configuration, order));
            Some(DeployResult::Deployed { link })
        }
        Progress::Failed(cause) => Some(DeployResult::Failed { error: DEPLOY_FAILED.to_owned(), cause }),
    }
}

fn configured_link(configuration: &Configuration, order: &DeployOrder) -> Option<String> {
    let link = configuration.deploy.as_ref()?.service(&order.service)?.link.as_deref()?;
    Some(template::fill_deployment(link, &order.service, &order.environment))
}

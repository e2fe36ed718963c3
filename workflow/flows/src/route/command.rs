//! What a command asks for, in the words of a mention or of a slash command.

use ackflow_schemas::devops::{CommandRequest, DeployOrder, DeployRequest, Origin, Question};
use jiff::Timestamp;

use super::{Routing, message::as_typed};
use crate::{Deploy, commands::COMMANDS, configuration::did_you_mean, deployments::DEPLOYMENTS};

/// The commands that the bot knows.
pub(super) const KNOWN: [&str; 3] = ["deploy", "help", "status"];

/// The flows that a command may start.
pub(super) const FLOWS: [&str; 2] = [COMMANDS, DEPLOYMENTS];

/// Starts what a command asks for. What is not understood is answered too.
pub(super) fn start(text: &str, origin: Origin, name: String, deploy: &Deploy, now: Timestamp) -> Routing {
    let words = words(text);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let question = match *words.as_slice() {
        [] | ["help", ..] => Question::Help,
        ["status", ..] => Question::Status,
        ["deploy", environment, service] => match check(deploy, environment, service) {
            Ok(()) => {
                let order = order(origin, environment, service, deploy, now);
                return super::start(DEPLOYMENTS, name, &DeployRequest { order });
            }
            Err(problem) => Question::NotUnderstood(problem),
        },
        ["deploy", ..] => Question::NotUnderstood(format!(
            "`deploy` takes an environment and a service, such as `{}`.",
            example(deploy)
        )),
        [unknown, ..] => Question::NotUnderstood(format!(
            "I don't know `{}`: {}",
            quoted(unknown),
            hint(unknown, KNOWN.into_iter())
        )),
    };
    super::start(COMMANDS, name, &CommandRequest { origin, question })
}

/// The words as they are meant: in lower case, without the quotes and the punctuation that people, or their keyboards,
/// put around them.
fn words(text: &str) -> Vec<String> {
    const AROUND: &str = "\"'`“”„‘’‚«»,.:;!?";
    let text = as_typed(text).to_lowercase();
    let words = text.split_whitespace().map(|word| word.trim_matches(|char| AROUND.contains(char)));
    words.filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// Says what is wrong with an environment or a service, and what would have worked.
fn check(deploy: &Deploy, environment: &str, service: &str) -> Result<(), String> {
    let environments = || deploy.environments.keys().map(String::as_str);
    if deploy.environments.contains_key(service) && deploy.services.contains_key(environment) {
        return Err(format!("The environment comes first: `deploy {service} {environment}`."));
    }
    if !deploy.environments.contains_key(environment) {
        let hint = hint(environment, environments());
        return Err(format!("There is no environment `{}`: {hint}", quoted(environment)));
    }
    let Some(known) = deploy.service(service) else {
        let services = deploy.services.iter().filter(|(_, service)| service.is_in(environment));
        let hint = hint(service, services.map(|(name, _)| name.as_str()));
        return Err(format!("There is no service `{}`: {hint}", quoted(service)));
    };
    if known.is_in(environment) {
        return Ok(());
    }
    let own: Vec<_> =
        environments().filter(|it| known.is_in(it)).map(|environment| format!("`{environment}`")).collect();
    Err(format!("`{service}` is not deployed to `{environment}`, but to {}.", own.join(", ")))
}

fn order(origin: Origin, environment: &str, service: &str, deploy: &Deploy, now: Timestamp) -> DeployOrder {
    let needs_approval = deploy.environments.get(environment).is_some_and(|it| it.needs_approval);
    DeployOrder {
        origin,
        service: service.to_owned(),
        environment: environment.to_owned(),
        requested_at: now.to_string(),
        needs_approval,
        leads_channel: deploy.leads_channel.clone().filter(|_| needs_approval),
        patience_seconds: deploy.approval_timeout_minutes * 60,
    }
}

/// What would have worked, to the end of the sentence.
fn hint<'a>(unknown: &str, known: impl Iterator<Item = &'a str>) -> String {
    let hint = did_you_mean(unknown, known);
    if hint.ends_with('?') { hint } else { hint + "." }
}

/// A command that would work.
fn example(deploy: &Deploy) -> String {
    let works = deploy.services.iter().find_map(|(name, service)| {
        let environments = deploy.environments.iter().filter(|(environment, _)| service.is_in(environment));
        let (environment, _) = environments.min_by_key(|(_, environment)| environment.needs_approval)?;
        Some(format!("deploy {environment} {name}"))
    });
    works.unwrap_or_else(|| "deploy stg api".to_owned())
}

/// A word that somebody wrote. Of one that is longer than a name, only the beginning: it may be a secret, which an answer
/// in the channel must not repeat once the message is deleted. An AWS access key has 20 characters.
fn quoted(word: &str) -> String {
    const LONGEST: usize = 16;
    const BEGINNING: usize = 6;
    let is_cut = word.chars().count() > LONGEST;
    let shown = if is_cut { BEGINNING } else { LONGEST };
    let quoted: String = word.chars().take(shown).filter(|char| *char != '`').collect();
    if is_cut { quoted + "…" } else { quoted }
}

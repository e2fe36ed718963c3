//! The configuration file: what it means, and what is said of one that is wrong.

use std::collections::BTreeSet;

use ackflow_flows::{Configuration, ConfigurationError, Target, template};
use proptest::prelude::*;
use serde_json::Value;

use crate::snapshots;

const EXAMPLE: &str = include_str!("../../../../ackflow.example.toml");

/// Ten mistakes and more, of every kind, in one file.
const BAD: &str = r##"
bot_token = "hush"

[documents]
enabled = "yes"

[deploy]
aprovers = ["U0LEAD1"]
approval_timeout_minutes = 0
slash_command = "deploy"

[deploy.environments.prod]
needs_approval = true

[deploy.environments.stg]

[deploy.services.api]
environments = ["stg", "prd"]
link = "https://example.com/{servce}"
target.command.program = "./deploy.sh"

[deploy.services.hook]
target.webhook.url = "http://hooks.example.com/hush"

[deploy.services.two]
target.command.program = "./deploy.sh"
target.codebuild.project = "two"

[deploy.services.Web]
target.command = { program = "", arguments = ["{service}", ""] }

[deploy.services.worker]
target.comand = { program = "./deploy.sh" }

[moderation]
moderators_channel = "#mods"

[[moderation.rules]]
name = "nothing to find"
text = "{user}, do not."

[[moderation.rules]]
name = "links"
pattern = "https?://("
text = "No links."

[[moderation.rules]]
name = "tokens"
pattern = "xox[bp]-"
text = "Use xoxb-1-hush."

[[moderation.rules]]
name = "shouting"
pattern = "(?i)[a-z]*"
channels = ["C0GENERAL", "general"]
text = "Quiet, {name}."

[onboarding]
default_channels = [3, "C0GENERAL", "U0LEAD1"]

[[onboarding.guides]]
channel = "C0ALERTS"
text = "Alerts."

[[onboarding.guides]]
channel = "C0ALERTS"
text = "More alerts."

[votes]
channels = []
settle_seconds = 301
"##;

fn parse(text: &str) -> Result<Configuration, ConfigurationError> {
    Configuration::parse(text, "ackflow.toml")
}

/// Where the problems of a text are: their lines and keys.
fn places(text: &str) -> Vec<(usize, String)> {
    let problems = parse(text).unwrap_err().problems;
    problems.into_iter().map(|problem| (problem.line.unwrap(), problem.key)).collect()
}

/// The keys alone.
fn keys(text: &str) -> Vec<String> {
    places(text).into_iter().map(|(_, key)| key).collect()
}

/// The example with what it leaves out.
fn whole_example() -> String {
    let line = |line: &'static str| match line.strip_prefix('#') {
        Some(setting) if setting.starts_with(|first: char| first == '[' || first.is_ascii_lowercase()) => {
            setting
        }
        _ => line,
    };
    EXAMPLE.lines().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn an_empty_file_stores_documents_and_nothing_else() {
    let configuration = parse("").unwrap();
    assert_eq!(configuration, Configuration::default());
    assert!(configuration.documents.enabled);
    assert!(configuration.deploy.is_none() && configuration.moderation.is_none());
    assert!(configuration.onboarding.is_none() && configuration.votes.is_none());
}

#[test]
fn the_example_means_what_it_says() {
    let configuration = parse(EXAMPLE).unwrap_or_else(|error| panic!("{error}"));
    let deploy = configuration.deploy.unwrap();
    let api = deploy.service("api").unwrap();
    assert!(matches!(&api.target, Target::Webhook(webhook) if webhook.url.scheme() == "https"));
    assert!(api.is_in("stg") && api.is_in("prod") && !api.is_in("dev"));
    let web = deploy.service("web").unwrap();
    assert!(matches!(&web.target, Target::Command(command) if command.program == "./deploy.sh"));
    assert!(web.is_in("prod"), "without environments, it is in all");
    assert!(deploy.service("worker").is_none());
    assert!(deploy.environments["prod"].needs_approval && !deploy.environments["stg"].needs_approval);

    let moderation = configuration.moderation.unwrap();
    let broken = |channel, text| moderation.broken_rule(channel, text).map(|rule| rule.name.as_str());
    assert_eq!(broken("C0ANY", "my key is AKIAIOSFODNN7EXAMPLE"), Some("access keys"));
    assert_eq!(broken("C0GENERAL", "We Are Hiring!"), Some("job offers"));
    assert_eq!(broken("C0JOBS", "We are hiring!"), None);

    let onboarding = configuration.onboarding.unwrap();
    assert!(onboarding.guide("C0ALERTS").unwrap().text.contains("on call"));
    assert_eq!(onboarding.guide("C0GENERAL"), None);
    assert_eq!(configuration.votes.unwrap().settle_seconds, 5);
}

#[test]
fn the_example_names_every_key() {
    let whole = whole_example();
    let configuration = parse(&whole).unwrap_or_else(|error| panic!("{error}"));
    let deploy = configuration.deploy.unwrap();
    assert!(matches!(deploy.service("worker").unwrap().target, Target::Codebuild(_)));
    assert!(matches!(deploy.service("search").unwrap().target, Target::StateMachine(_)));

    let mut written = BTreeSet::new();
    names(&serde_json::to_value(toml::from_str::<toml::Table>(&whole).unwrap()).unwrap(), &mut written);
    let mut declared = BTreeSet::new();
    properties(&Configuration::json_schema(), &mut declared);
    assert!(declared.len() > 25, "the schema was walked: {declared:?}");
    assert_eq!(declared.difference(&written).collect::<Vec<_>>(), Vec::<&String>::new());
}

/// Every key of a document.
fn names(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                found.insert(name.clone());
                names(value, found);
            }
        }
        Value::Array(items) => {
            for item in items {
                names(item, found);
            }
        }
        _ => {}
    }
}

/// Every property that a schema declares.
fn properties(schema: &Value, found: &mut BTreeSet<String>) {
    match schema {
        Value::Object(fields) => {
            let declared = fields.get("properties").and_then(Value::as_object);
            found.extend(declared.into_iter().flatten().map(|(name, _)| name.clone()));
            for value in fields.values() {
                properties(value, found);
            }
        }
        Value::Array(items) => {
            for item in items {
                properties(item, found);
            }
        }
        _ => {}
    }
}

#[test]
fn the_schema_is_this() {
    let schema = serde_json::to_string_pretty(&Configuration::json_schema()).unwrap();
    snapshots("configuration").bind(|| insta::assert_snapshot!("schema", schema));
}

#[test]
fn everything_that_is_wrong_is_told_at_once() {
    let error = parse(BAD).unwrap_err();
    snapshots("configuration").bind(|| insta::assert_snapshot!("problems", error.to_string()));
    assert!(
        error.problems.iter().all(|problem| problem.line.is_some() && !problem.remedy.is_empty()),
        "{error}"
    );
    assert!(!error.to_string().contains("hush"), "{error}");
    assert_eq!(error.to_string().lines().count(), error.problems.len(), "one line a problem");
}

#[test]
fn what_is_no_toml_is_told_with_its_line_and_without_its_text() {
    let error = parse("[documents]\nenabled = true\n\n[deploy\nbot_token = xoxb-hush\n").unwrap_err();
    assert_eq!(error.problems[0].line, Some(4), "{error}");
    assert!(error.problems[0].message.starts_with("this is no TOML"), "{error}");
    assert!(!error.to_string().contains("hush"), "{error}");
}

#[test]
fn a_problem_in_an_array_keeps_its_number_whatever_is_wrong_before_it() {
    let found = places(
        "[onboarding]\ndefault_channels = [\n  1,\n  \"C0GENERAL\",\n  true,\n  \"general\",\n]\nguides = [3, { channel = \"C0ALERTS\" }]\n",
    );
    let found: Vec<_> = found.iter().map(|(line, key)| (*line, key.as_str())).collect();
    let expected = [
        (3, "onboarding.default_channels[0]"),
        (5, "onboarding.default_channels[2]"),
        (6, "onboarding.default_channels[3]"),
        (8, "onboarding.guides[0]"),
        (8, "onboarding.guides[1].text"),
    ];
    assert_eq!(found, expected);
}

#[test]
fn an_environment_that_is_wrong_is_not_also_reported_as_missing() {
    let text = r#"
        [deploy.environments.prod]
        needs_aproval = true
        [deploy.services.api]
        environments = ["prod"]
        target.command.program = "./deploy.sh"
    "#;
    assert_eq!(
        keys(text),
        ["deploy.environments.prod.needs_approval", "deploy.environments.prod.needs_aproval"]
    );
}

/// One run tells it all: nobody mends a file only to read of what stood there all along.
#[test]
fn a_table_that_lacks_a_key_is_checked_all_the_same() {
    let text = r#"[deploy.environments.stg]
[deploy.services.api]
link = "example.com"
[moderation]
moderators_channel = 3
[[moderation.rules]]
name = ""
channels = ["general"]
text = "{name}"
[votes]
settle_seconds = 0
"#;
    let expected = [
        "deploy.environments.stg.needs_approval",
        "deploy.services.api.target",
        "deploy.services.api.link",
        "moderation.moderators_channel",
        "moderation.rules[0].pattern",
        "moderation.rules[0].name",
        "moderation.rules[0].channels[0]",
        "moderation.rules[0].text",
        "votes.channels",
        "votes.settle_seconds",
    ];
    assert_eq!(keys(text), expected);
}

#[test]
fn where_there_are_no_environments_no_service_is_told_that_its_own_is_none_of_them() {
    let text = "[deploy.services.api]\nenvironments = [\"stg\"]\ntarget.command.program = \"true\"\n";
    assert_eq!(keys(text), ["deploy.environments"]);
}

#[test]
fn a_service_is_deployed_somewhere() {
    let told = |environments: &str| {
        keys(&format!(
            "[deploy.environments.stg]\nneeds_approval = false\n[deploy.services.api]\nenvironments = {environments}\ntarget.command.program = \"true\"\n"
        ))
    };
    assert_eq!(told("[]"), ["deploy.services.api.environments"]);
    assert_eq!(told("3"), ["deploy.services.api.environments"]);
    assert_eq!(told("[3]"), ["deploy.services.api.environments[0]"]);
}

#[test]
fn approval_needs_somebody_who_gives_it_and_a_channel_to_ask_in() {
    let text = |extra: &str| {
        format!(
            "[deploy]\n{extra}\n[deploy.environments.prod]\nneeds_approval = true\n[deploy.services.api.target.command]\nprogram = \"true\"\n"
        )
    };
    assert_eq!(keys(&text("")), ["deploy.approvers", "deploy.leads_channel"]);
    parse(&text("approvers = [\"U0LEAD1\"]\nleads_channel = \"C0LEADS\"")).unwrap();
}

#[test]
fn a_webhook_is_a_url_that_others_cannot_read() {
    let is_taken = |url: &str| {
        let text = format!(
            "[deploy.environments.stg]\nneeds_approval = false\n[deploy.services.api.target.webhook]\nurl = \"{url}\"\n"
        );
        parse(&text).is_ok()
    };
    for url in
        ["https://ci.example.com/hook", "http://127.0.0.1:9/", "http://[::1]:9/", "http://localhost:9/"]
    {
        assert!(is_taken(url), "{url}");
    }
    for url in
        ["http://ci.example.com/", "ftp://ci.example.com/", "ci.example.com", "https://a:b@ci.example.com/"]
    {
        assert!(!is_taken(url), "{url}");
    }
}

#[test]
fn a_token_is_found_wherever_it_stands_and_a_pattern_that_finds_tokens_is_none() {
    let rule = |text: &str| {
        format!(
            "[moderation]\nmoderators_channel = \"C0MODS\"\n[[moderation.rules]]\nname = \"a\"\npattern = '{text}'\ntext = \"b\"\n"
        )
    };
    for token in ["xoxb-123-abc", "--token=xoxp-1", "xapp-1-A0", "xoxe.xoxp-1"] {
        let error = parse(&rule(token)).unwrap_err();
        assert_eq!(error.problems.len(), 1, "{error}");
        assert!(
            error.problems[0].message.contains("secret") && !error.to_string().contains(token),
            "{error}"
        );
    }
    for pattern in ["xox[baprs]-[0-9]+", r"xoxb-\d+", "xoxo", "xapp"] {
        parse(&rule(pattern)).unwrap_or_else(|error| panic!("{error}"));
    }
}

#[test]
fn a_template_is_filled_once() {
    let values = [("service", "{environment}"), ("environment", "prod")];
    assert_eq!(template::fill("{service} to {environment}", &values), "{environment} to prod");
    assert_eq!(template::fill(r#"{"name": "{service}", {x}"#, &values), r#"{"name": "{environment}", {x}"#);
    assert_eq!(template::placeholders("{a}{b} { c } {} {d"), ["a", "b"]);
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "(?s).{0,200}") {
        let _ = parse(&text);
    }

    #[test]
    fn no_change_of_the_example_makes_it_panic(at in 0..EXAMPLE.len(), put in "[\\[\\]{}=\"'#a1.\n]{0,3}") {
        let mut text = EXAMPLE.to_owned();
        let at = (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap();
        text.insert_str(at, &put);
        let _ = parse(&text);
    }

    #[test]
    fn a_template_without_placeholders_stays_as_it_is(text in "[^{]*") {
        prop_assert_eq!(template::fill(&text, &[("a", "b")]), text);
    }
}

/// What is said of a service that is deployed so.
fn said_of(target: &str) -> Vec<String> {
    let environment = "[deploy.environments.stg]\nneeds_approval = false";
    let text = format!("{environment}\n[deploy.services]\napi.target.{target}");
    let problems = parse(&text).err().map(|error| error.problems).unwrap_or_default();
    problems.into_iter().map(|problem| problem.to_string()).collect()
}

#[test]
fn a_target_on_aws_is_one_thing_and_not_a_pattern_of_things() {
    for project in ["deploy-web", "{service}_{environment}"] {
        let said = said_of(&format!("codebuild.project = {project:?}"));
        assert!(said.is_empty(), "{said:?}");
    }
    for project in ["", "*", "deploy-*", "deploy?", "web/api", "arn:aws:codebuild:a:1:project/web"] {
        let said = said_of(&format!("codebuild.project = {project:?}"));
        assert!(said.len() == 1 && said[0].contains("can't be the name of a CodeBuild project"), "{said:?}");
    }
    let of = "arn:aws:states:eu-central-1:123456789012:stateMachine";
    for name in ["deploy", "{service}-{environment}", "deploy:live", "deploy:3"] {
        let arn = format!("{of}:{name}");
        let said = said_of(&format!("state_machine.arn = {arn:?}"));
        assert!(said.is_empty(), "{arn}: {said:?}");
    }
    for arn in [
        format!("{of}:*"),
        format!("{of}:deploy-?"),
        format!("{of}:"),
        format!("{of}:deploy:live:more"),
        "arn:aws:states:*:123456789012:stateMachine:deploy".to_owned(),
        "arn:aws:states:eu-central-1:*:stateMachine:deploy".to_owned(),
        "arn:aws:states:eu-central-1:1:stateMachine:deploy".to_owned(),
        "arn:aws:iam::123456789012:role/a:stateMachine:deploy".to_owned(),
        "deploy".to_owned(),
    ] {
        let said = said_of(&format!("state_machine.arn = {arn:?}"));
        assert!(said.len() == 1 && said[0].contains("no ARN of a state machine"), "{arn}: {said:?}");
    }
}

//! What the operator may write, and what not; by the functions' own rules, and by those of the deployment.

use std::{collections::BTreeSet, fmt::Debug};

use ackflow_flows::functions;
use ackflow_handlers::{Operators, SLACK_API_URL, SettingError, api_url, operators, team_ids};
use regex::Regex;

/// The pattern that the deployment holds a variable against.
fn pattern(name: &str) -> Regex {
    let functions = functions();
    let mut variables = functions.iter().flat_map(|function| function.environment);
    let pattern = variables.find(|variable| variable.name == name).and_then(|variable| variable.pattern);
    Regex::new(pattern.unwrap()).unwrap()
}

/// Both rules take the right texts, and refuse the wrong ones; an error names the variable.
fn assert_rules<T: Debug>(
    name: &str,
    read: fn(&str) -> Result<T, SettingError>,
    right: &[&str],
    wrong: &[&str],
) {
    let pattern = pattern(name);
    for text in right {
        assert!(read(text).is_ok(), "{name} should take {text:?}");
        assert!(pattern.is_match(text), "the deployment should take {text:?} as {name}");
    }
    for text in wrong {
        let error = read(text).unwrap_err().to_string();
        assert!(error.starts_with(name), "{error}");
        assert!(!pattern.is_match(text), "the deployment should refuse {text:?} as {name}");
    }
}

#[test]
fn workspaces_are_ids_with_commas_between_them() {
    assert_rules(
        "SLACK_TEAM_IDS",
        team_ids,
        &["T0123ABCD", "T0123ABCD,E0456EFGH", "T0123ABCD, T0456EFGH"],
        &[",", "T0SMOKE;T2", "T0SMOKE,,T2", "T0SMOKE,", "T0SMOKE T2", "t0smoke", "acme", "C0123ABCD"],
    );
    assert_eq!(team_ids("T1, T2").unwrap(), BTreeSet::from(["T1".to_owned(), "T2".to_owned()]));
    assert_eq!(team_ids(" ").unwrap(), BTreeSet::new());
}

#[test]
fn the_operators_channel_is_an_id() {
    assert_rules(
        "SLACK_OPERATORS_CHANNEL",
        operators,
        &["C0123ABCD", "G0123ABCD", "D0123ABCD"],
        &["#ops", "ops", "C", "C0123ABCD,C0456EFGH", "T0123ABCD"],
    );
    assert!(matches!(operators("").unwrap(), Operators::Log));
}

#[test]
fn the_token_goes_where_nobody_else_reads_it() {
    assert_rules(
        "SLACK_API_URL",
        api_url,
        &[
            "https://slack.com/api",
            "https://slack.example:8443/api/",
            "http://127.0.0.1:9/api/",
            "http://[::1]:9/",
            "http://localhost:9",
        ],
        &[
            "http://slack.example/api/",
            "http://localhost.example/",
            "ftp://slack.com/api/",
            "https://slack.com/api/?a=b",
            "https://slack.com/api/#a",
            "https://name:word@slack.com/api/",
            "slack.com",
        ],
    );
}

#[test]
fn a_url_of_the_api_ends_with_one_slash() {
    for text in ["", "https://slack.com/api", "https://slack.com/api/", "https://slack.com/api//"] {
        assert_eq!(api_url(text).unwrap().as_str(), SLACK_API_URL);
    }
}

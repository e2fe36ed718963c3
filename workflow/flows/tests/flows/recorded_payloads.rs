//! Every recorded event is routed: it starts a flow, is ignored with a reason, or lacks a field that is named.

use std::{collections::BTreeMap, fs, path::Path};

use ackflow_flows::{Configuration, RouteError, Routing, route};
use ackflow_schemas::slack::OuterEvent;
use jiff::Timestamp;

use crate::shared;

fn collect(folder: &Path, found: &mut Vec<(String, Vec<u8>)>) {
    for entry in fs::read_dir(folder).expect("a folder of payloads can be read") {
        let path = entry.expect("a folder of payloads can be listed").path();
        if path.is_dir() {
            collect(&path, found);
        } else {
            found.push((path.display().to_string(), fs::read(&path).expect("a payload can be read")));
        }
    }
}

#[test]
fn every_recorded_envelope_is_routed() {
    let Some(folder) = shared::path("events/envelope") else { return };
    let mut payloads = Vec::new();
    collect(&folder, &mut payloads);
    let mut count: BTreeMap<String, usize> = BTreeMap::new();
    for (path, body) in payloads {
        let Ok(OuterEvent::EventCallback(callback)) = OuterEvent::parse(&body) else { continue };
        let outcome = match route(&callback, &Configuration::default(), Timestamp::UNIX_EPOCH) {
            Ok(Routing::Start(start)) => start.flow,
            Ok(Routing::Ignore(reason)) => format!("{reason:?}"),
            Err(error @ RouteError::Missing(_)) => error.to_string(),
            Err(error) => panic!("{path}: {error}"),
        };
        *count.entry(outcome).or_default() += 1;
    }
    eprintln!("{count:#?}");
    assert!(count.get("document-pipeline").is_some_and(|&started| started > 0), "{count:?}");
    assert!(count.get("OtherType").is_some_and(|&ignored| ignored > 0), "{count:?}");
}

//! `ackflow cost`.

use std::fmt::Write;

use super::ackflow::{run, snapshots};

#[test]
fn the_estimates_of_the_book() {
    let mut page = String::new();
    for (events, files) in [("10000", "500"), ("1000000", "50000"), ("100000000", "5000000")] {
        let arguments = ["cost", "--events", events, "--files", files, "--size", "2MB"];
        writeln!(page, "$ ackflow {}\n{}", arguments.join(" "), run(arguments).text()).unwrap();
    }
    snapshots().bind(|| insta::assert_snapshot!("cost", page));
    let book = include_str!("../../../docs/cost.md");
    for line in page.lines().filter(|line| line.contains("dollars a month")) {
        assert!(book.contains(line.trim_start()), "docs/cost.md does not say: {line}");
    }
}

#[test]
fn the_parts_make_the_whole() {
    let estimate = run(["cost", "--events", "1000000", "--files", "50000", "--json"]).json();
    let parts: f64 =
        estimate["costs"].as_array().unwrap().iter().map(|cost| cost["dollars"].as_f64().unwrap()).sum();
    assert!((parts - estimate["dollars_a_month"].as_f64().unwrap()).abs() < 1e-6, "{estimate}");
    assert_eq!(estimate["traffic"]["size"], 2_000_000);
}

#[test]
fn a_number_that_is_none_is_refused_with_one_that_would_be() {
    for events in ["-1", "1e6", "1_000", "many", "18446744073709551615"] {
        let ended = run(["cost", "--events", events, "--files", "1"]);
        assert_eq!(ended.status, Some(2), "{ended:?}");
        assert!(ended.stderr.contains("write it in digits, such as 1000000"), "{ended:?}");
    }
    for size in ["-5", "large", "2 elephants", "1TB"] {
        let ended = run(["cost", "--events", "1", "--files", "1", "--size", size]);
        assert_eq!(ended.status, Some(2), "{ended:?}");
        assert!(ended.stderr.contains("write a number with its unit, such as 2MB"), "{ended:?}");
    }
}

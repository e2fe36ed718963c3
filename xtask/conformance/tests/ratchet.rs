//! How many of the scenarios recorded from AWS are as recorded. The numbers may only rise.

use ackflow_conformance::{Grade, Report, Tally, run, shared};

/// By kind: how many end as recorded, and how many are as recorded in everything.
const RATCHET: [(&str, u32, u32); 7] = [
    ("create_error", 4, 4),
    ("execution", 722, 718),
    ("execution with a history", 393, 389),
    ("express_async", 6, 6),
    ("express_sync", 8, 8),
    ("test_state", 146, 146),
    ("validate", 20, 20),
];

#[test]
fn the_rates_only_rise() {
    let mut report = Report::default();
    for scenario in shared().expect("readable scenarios") {
        report.add(&scenario, Grade::of(&scenario, &run(&scenario)));
    }
    println!("{report}");
    for (kind, outcome, full) in RATCHET {
        let Some(tally) = report.kinds.get(kind) else { continue };
        let Tally { outcome: own_outcome, full: own_full, .. } = *tally;
        assert!(
            own_outcome >= outcome,
            "{kind}: {own_outcome} end as recorded, not {outcome} any more\n{report}"
        );
        assert!(own_full >= full, "{kind}: {own_full} are as recorded, not {full} any more\n{report}");
    }
}

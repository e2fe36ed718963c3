//! How many scenarios come how close to what was recorded.

use std::{collections::BTreeMap, fmt};

use serde::Serialize;

use crate::{Difference, Grade, Kind, Scenario};

/// The grades of many scenarios, counted by kind and by tag.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Report {
    /// By kind; the executions whose history was recorded also by themselves.
    pub kinds: BTreeMap<&'static str, Tally>,
    /// By tag.
    pub tags: BTreeMap<String, Tally>,
    /// The scenarios that differ.
    pub failures: Vec<Failure>,
}

/// How many scenarios reach each grade.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// All of them.
    pub scenarios: u32,
    /// Those that end as recorded.
    pub outcome: u32,
    /// Those that do so in everything that was recorded.
    pub full: u32,
}

/// A scenario that differs from what was recorded.
#[derive(Clone, Debug, Serialize)]
pub struct Failure {
    /// The scenario.
    pub id: String,
    /// Whether it ends as recorded all the same.
    pub outcome: bool,
    /// The first difference.
    pub difference: Difference,
}

impl Report {
    /// Counts one more scenario.
    pub fn add(&mut self, scenario: &Scenario, grade: Grade) {
        self.kinds.entry(scenario.kind.name()).or_default().add(&grade);
        if scenario.kind == Kind::Execution && scenario.events().is_some() {
            self.kinds.entry("execution with a history").or_default().add(&grade);
        }
        for tag in &scenario.tags {
            self.tags.entry(tag.clone()).or_default().add(&grade);
        }
        let outcome = grade.outcome.is_none();
        self.failures.extend(grade.full.map(|difference| Failure {
            id: scenario.id.clone(),
            outcome,
            difference,
        }));
    }
}

impl Tally {
    fn add(&mut self, grade: &Grade) {
        self.scenarios += 1;
        self.outcome += u32::from(grade.outcome.is_none());
        self.full += u32::from(grade.full.is_none());
    }
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for failure in &self.failures {
            let grade = if failure.outcome { "not in full" } else { "not the outcome" };
            writeln!(formatter, "{}: {grade}\n    {}", failure.id, failure.difference)?;
        }
        if !self.failures.is_empty() {
            writeln!(formatter)?;
        }
        write_table(formatter, "tag", self.tags.iter().map(|(tag, tally)| (tag.as_str(), tally)))?;
        writeln!(formatter)?;
        write_table(formatter, "kind", self.kinds.iter().map(|(kind, tally)| (*kind, tally)))
    }
}

fn write_table<'r>(
    formatter: &mut fmt::Formatter<'_>,
    what: &str,
    rows: impl Iterator<Item = (&'r str, &'r Tally)>,
) -> fmt::Result {
    writeln!(formatter, "{what:<32} {:>9} {:>15} {:>15}", "scenarios", "outcome", "full")?;
    for (name, Tally { scenarios, outcome, full }) in rows {
        let rate =
            |reached: u32| format!("{reached} {:5.1} %", 100.0 * f64::from(reached) / f64::from(*scenarios));
        writeln!(formatter, "{name:<32} {scenarios:>9} {:>15} {:>15}", rate(*outcome), rate(*full))?;
    }
    Ok(())
}

//! Runs the scenarios of a folder, and prints how close they come to what was recorded from AWS.

use std::{fs, path::PathBuf};

use ackflow_conformance::{Grade, Report, Scenario, read, run, shared};
use clap::Parser;
use miette::{Context, IntoDiagnostic, Result};
use serde_json::{Map, Value, json};

/// Hold the engine against what was recorded from AWS Step Functions
#[derive(Parser)]
#[command(name = "ackflow-conformance")]
struct Conformance {
    /// The folder of the scenarios; without it, `../shared/asl-conformance` beside the repository
    dir: Option<PathBuf>,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
    /// Write what the engine gave for each scenario into this folder, one JSON file each
    #[arg(long, value_name = "OUT_DIR")]
    actual: Option<PathBuf>,
}

fn main() -> Result<()> {
    let arguments = Conformance::parse();
    let scenarios = match &arguments.dir {
        Some(folder) => read(folder),
        None => shared(),
    };
    if let Some(folder) = &arguments.actual {
        fs::create_dir_all(folder)
            .into_diagnostic()
            .wrap_err_with(|| format!("{} can't be created", folder.display()))?;
    }
    let mut report = Report::default();
    for scenario in scenarios.into_diagnostic()? {
        let actual = run(&scenario);
        report.add(&scenario, Grade::of(&scenario, &actual));
        if let Some(folder) = &arguments.actual {
            let file = folder.join(format!("{}.json", scenario.id));
            fs::write(&file, document(&scenario, actual))
                .into_diagnostic()
                .wrap_err_with(|| format!("{} can't be written", file.display()))?;
        }
    }
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&report).into_diagnostic()?);
    } else {
        print!("{report}");
    }
    Ok(())
}

/// What the engine gave, after the scenario's id.
fn document(scenario: &Scenario, actual: Value) -> String {
    let mut fields = Map::from_iter([("id".to_owned(), json!(scenario.id))]);
    if let Value::Object(given) = actual {
        fields.extend(given);
    }
    format!("{:#}\n", Value::Object(fields))
}

//! `ackflow asl validate`.

use std::path::PathBuf;

use ackflow_asl::{Severity, validate};
use clap::Args;
use miette::{Result, miette};
use serde_json::{Value, json};

use super::{
    super::terminal::{print, print_json},
    definition::Definition,
    type_option::TypeOption,
};

/// Check documents as AWS does, and show each finding in the text
///
/// The exit status is 0 when there are warnings only, 1 when there is an error, and 2 when an option is wrong.
#[derive(Debug, Args)]
pub(super) struct Validate {
    /// The documents; `-` is standard input.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    machine_type: TypeOption,
    /// Exit with 1 when there are warnings only, too.
    #[arg(long)]
    deny_warnings: bool,
    /// Print one JSON document.
    #[arg(long)]
    json: bool,
}

impl Validate {
    pub(super) fn run(self) -> Result<()> {
        let machine_type = self.machine_type.machine_type();
        let (mut errors, mut warnings, mut documents) = (0, 0, Vec::<Value>::new());
        for file in &self.files {
            let definition = Definition::read(file)?;
            let findings = validate(&definition.text, machine_type);
            let are_errors = findings.iter().filter(|finding| finding.severity == Severity::Error).count();
            errors += are_errors;
            warnings += findings.len() - are_errors;
            if self.json {
                documents.extend(findings.iter().map(|finding| definition.document(finding)));
                continue;
            }
            for finding in &findings {
                eprintln!("{:?}", definition.report(finding));
            }
            if findings.is_empty() {
                print(&format!("{} is in order.\n", definition.name))?;
            }
        }
        if self.json {
            print_json(&json!({ "errors": errors, "warnings": warnings, "findings": documents }))?;
        }
        if errors == 0 && (warnings == 0 || !self.deny_warnings) {
            return Ok(());
        }
        let count = |count: usize, one: &str| format!("{count} {one}{}", if count == 1 { "" } else { "s" });
        Err(miette!(
            help = "each finding has its remedy; mend them, then validate again",
            "{}, {}",
            count(errors, "error"),
            count(warnings, "warning")
        ))
    }
}

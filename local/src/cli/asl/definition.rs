//! A States Language document, and what the validator says of it.

use std::{fs, io, ops::Range, path::Path, sync::Arc};

use ackflow_asl::{Diagnostic, MachineType, Severity, StateMachine, validate};
use miette::{LabeledSpan, MietteDiagnostic, NamedSource, Report, Result, miette};
use serde_json::{Value, json};

use super::{
    super::terminal::{plain, plain_in_place},
    byte_order_mark,
};

/// A document, from a file or from standard input.
pub(super) struct Definition {
    /// What it is called: that of its file, to be shown.
    pub(super) name: String,
    /// What was read.
    pub(super) text: String,
    /// The text to be shown.
    shown: Arc<str>,
}

impl Definition {
    /// Reads a file; `-` is standard input.
    pub(super) fn read(file: &Path) -> Result<Self> {
        let (name, read) = if file.as_os_str() == "-" {
            ("standard input".to_owned(), io::read_to_string(io::stdin()))
        } else {
            (plain(&file.display().to_string()), fs::read_to_string(file))
        };
        let text = read.map(byte_order_mark::strip).map_err(|error| {
            miette!(
                help = "name a file of JSON in UTF-8 that can be read, or - for standard input",
                "{name} can't be read: {error}"
            )
        })?;
        Ok(Self { name, shown: plain_in_place(&text).into(), text })
    }

    /// The state machine. What keeps it from being one is printed.
    pub(super) fn machine(&self, machine_type: MachineType) -> Result<StateMachine> {
        let mut errors = validate(&self.text, machine_type);
        errors.retain(|finding| finding.severity == Severity::Error);
        for error in &errors {
            eprintln!("{:?}", self.report(error));
        }
        match StateMachine::parse(&self.text) {
            Ok(machine) if errors.is_empty() => Ok(machine),
            _ => Err(miette!(
                help = "mend what is marked as an error; `ackflow asl validate` shows warnings, too",
                "{} is no state machine that can run",
                self.name
            )),
        }
    }

    /// A finding for people, with its place in the text.
    pub(super) fn report(&self, finding: &Diagnostic) -> Report {
        let location = finding.location.as_deref().map(plain);
        let label = |span: Range<usize>| vec![LabeledSpan::new_with_span(location, span)];
        let severity = match finding.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
        };
        let diagnostic = MietteDiagnostic {
            message: plain(finding.message.trim_end()),
            code: Some(finding.code.to_owned()),
            severity: Some(severity),
            help: Some(plain(&finding.remedy)),
            url: None,
            labels: finding.span.clone().map(label),
        };
        Report::new(diagnostic).with_source_code(NamedSource::new(&self.name, Arc::clone(&self.shown)))
    }

    /// A finding for programs. Lines and columns count from 1, columns in characters.
    pub(super) fn document(&self, finding: &Diagnostic) -> Value {
        let before = finding.span.as_ref().and_then(|span| self.text.get(..span.start));
        let line = before.map(|before| before.matches('\n').count() + 1);
        let column = before.map(|before| before.chars().rev().take_while(|char| *char != '\n').count() + 1);
        json!({
            "file": self.name,
            "line": line,
            "column": column,
            "severity": finding.severity.to_string(),
            "code": finding.code,
            "location": finding.location,
            "message": finding.message,
            "remedy": finding.remedy,
        })
    }
}

//! Definitions: one that is read is written so that it is read as the same again.

use ackflow_asl::StateMachine;

use crate::document::documents;

pub(crate) fn run(input: &[u8]) {
    let Ok(text) = str::from_utf8(input) else { return };
    let machine = match StateMachine::parse(text) {
        Ok(machine) => machine,
        Err(invalid) => {
            assert!(!invalid.diagnostics.is_empty(), "refused without a finding: {text}");
            assert!(!invalid.to_string().is_empty());
            return;
        }
    };
    let written = machine.to_json().to_string();
    let again = StateMachine::parse(&written).unwrap_or_else(|error| panic!("{written}: {error}"));
    assert_eq!(again, machine);
    assert_eq!(again.to_json().to_string(), written);
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    documents().iter().map(|document| document.definition.to_string().into_bytes()).collect()
}

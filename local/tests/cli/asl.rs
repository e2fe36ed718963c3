//! `ackflow asl`.

// The programs in its examples are Unix ones.
#[cfg(unix)]
mod book;
// The programs are Unix ones.
#[cfg(unix)]
mod programs;
mod run;
mod test_state;
mod validate;

use super::ackflow::{Ended, ackflow, run as ackflow_run, snapshots};

/// A sample of an order that is charged, may have to wait, and is shipped.
const ORDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/samples/order.asl.json");

/// What its tasks give.
const MOCKS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/samples/order.mocks.json");

fn asl(arguments: &[&str]) -> Ended {
    ackflow_run(["asl"].iter().chain(arguments))
}

/// Runs a command in a folder of its own, which holds these files.
fn asl_beside(files: &[(&str, &str)], arguments: &[&str]) -> Ended {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    ackflow().arg("asl").args(arguments).current_dir(folder.path()).output().unwrap().into()
}

/// What was said, in one line, however it was wrapped.
fn unwrapped(text: &str) -> String {
    text.split_whitespace().filter(|word| *word != "│").collect::<Vec<_>>().join(" ")
}

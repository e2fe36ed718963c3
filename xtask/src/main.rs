//! Developer chores, run as `cargo xtask <chore>`.

mod bench;
mod binaries;
mod cargo;
mod codegen;
mod conformance;
mod e2e;
mod fuzz;
mod infra;
mod models;
mod python;
mod root;
mod scaffold;
mod test;
mod tool;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Developer chores of Ackflow")]
struct Xtask {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Generate the Rust models from the JSON Schemas, and the Lambda binaries from the functions
    Codegen(codegen::Codegen),
    /// Measure how fast it is
    Bench(bench::Bench),
    /// Hold the engine against what was recorded from AWS Step Functions
    Conformance(conformance::Conformance),
    /// Deploy the real stack to a stand-in for AWS, and use it
    E2e(e2e::E2e),
    /// Give parsers and engine inputs that nobody thought of
    Fuzz(fuzz::Fuzz),
    /// Build and test what `ackflow new` writes
    Scaffold(scaffold::Scaffold),
    /// Run every check and test
    Test(test::Test),
}

fn main() -> miette::Result<()> {
    match Xtask::parse().chore {
        Chore::Codegen(codegen) => codegen.run(),
        Chore::Bench(bench) => bench.run(),
        Chore::Conformance(conformance) => conformance.run(),
        Chore::E2e(e2e) => e2e.run(),
        Chore::Fuzz(fuzz) => fuzz.run(),
        Chore::Scaffold(scaffold) => scaffold.run(),
        Chore::Test(test) => test.run(),
    }
}

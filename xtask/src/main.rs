//! Developer chores, run as `cargo xtask <chore>`.

mod codegen;
mod models;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Developer chores of Ackflow")]
struct Xtask {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Generate the Rust models from the JSON Schemas
    Codegen(codegen::Codegen),
}

fn main() -> miette::Result<()> {
    match Xtask::parse().chore {
        Chore::Codegen(codegen) => codegen.run(),
    }
}

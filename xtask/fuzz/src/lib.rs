//! What must hold for any input: the targets that `cargo xtask fuzz` runs, and the inputs that each begins with.

mod case;
mod definition;
mod document;
mod intrinsic;
mod journal;
mod jsonata;
mod path;
mod replay;
mod target;

pub use target::{TARGETS, Target};

//! The real engine, on a journal in a temporary file, with a virtual clock and scripted tasks.

mod answers;
mod crash;
mod failure;
mod run;
mod world;

//! The real engine, on a journal in a temporary file, with a virtual clock and scripted tasks.

mod activities;
mod answers;
mod crash;
mod eviction;
mod failure;
mod heartbeats;
mod nested;
mod pruning;
mod run;
mod stop;
mod turns;
mod unreadable;
mod world;

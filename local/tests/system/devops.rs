//! The DevOps bot: commands, deployments, moderation, onboarding and votes.

mod approvals;
mod at_most_once;
mod commands;
mod crash_at_each_call;
mod deployments;
mod fake_deployer;
mod moderation;
mod office;
mod onboarding;
mod own_messages;
// What they run is a Unix shell.
#[cfg(unix)]
mod programs;
mod storm;
mod unreadable_board;
mod votes;

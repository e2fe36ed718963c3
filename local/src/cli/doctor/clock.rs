//! How far the clock here is from Slack's.

use ackflow_handlers::signature::TOLERANCE_SECONDS;
use jiff::Timestamp;

use super::finding::Finding;

const CHECK: &str = "clock";

/// From how many seconds on a difference is worth a word: answers may take some seconds themselves.
const NOTICEABLE_SECONDS: u64 = 60;

/// Compares Slack's time with the time here when its answer came.
pub(super) fn check(slack: Option<Timestamp>, here: Timestamp) -> Finding {
    let Some(slack) = slack else {
        return Finding::warning(
            CHECK,
            "Slack's answer does not tell the time, so the clock was not checked",
        );
    };
    let apart = here.duration_since(slack).unsigned_abs().as_secs();
    let off = format!("the clock of this machine is {apart} s off");
    let set_it = "set it by NTP";
    if apart > TOLERANCE_SECONDS.unsigned_abs() {
        return Finding::error(CHECK, off)
            .breaks("every signature looks stale, and every event is refused")
            .remedy(set_it);
    }
    if apart > NOTICEABLE_SECONDS {
        let later = format!("from {TOLERANCE_SECONDS} s on, every event is refused");
        return Finding::warning(CHECK, off).breaks(later).remedy(set_it);
    }
    Finding::ok(CHECK, "the clock of this machine is right")
}

//! Timestamps as AWS takes them.

use jiff::{Timestamp, civil::date, fmt::temporal::Pieces};

/// Reads a timestamp of the ISO 8601 extended offset form: a capital `T`, and `Z` or an offset such as `+01:00`.
///
/// ```
/// # use ackflow_asl::parse_timestamp;
/// assert!(parse_timestamp("2016-12-05T21:29:29Z").is_some());
/// assert!(parse_timestamp("2016-12-05T21:29:29").is_none());
/// assert!(parse_timestamp("2016-12-05 21:29:29Z").is_none());
/// assert!(parse_timestamp("9999-12-31T23:59:59Z").is_some());
/// ```
pub fn parse_timestamp(text: &str) -> Option<Timestamp> {
    let time = text.get(10..)?.strip_prefix('T')?;
    let is_extended = time.bytes().all(|byte| byte.is_ascii_digit() || b":.+-Z".contains(&byte));
    let offset = time.find(['+', '-']).map(|at| &time[at + 1..]);
    let has_zone = time.ends_with('Z') || offset.is_some_and(|offset| offset.contains(':'));
    let has_minutes = time.get(2..3) == Some(":");
    if !(is_extended && has_zone && has_minutes) {
        return None;
    }
    text.parse().ok().or_else(|| {
        // What is later than jiff's last moment, 9999-12-30T22:00:00Z, is as late as that.
        let last = Pieces::parse(text).ok()?.date() >= date(9999, 12, 30);
        last.then_some(Timestamp::MAX)
    })
}

//! Wait states.

use super::{Chain, Field};
use crate::state::{State, Wait};

/// Waits until a time that the data holds, as RFC 3339 in UTC.
///
/// # Panics
/// Never: a field's name is a path.
pub fn wait_until<I>(name: &'static str, time: &Field<I, String>) -> Chain<I, I> {
    let timestamp_path = Some(time.path().parse().expect("a field is a path"));
    Chain::of(name, State::Wait(Box::new(Wait { timestamp_path, ..Wait::default() })))
}

//! Keeps a panic to the execution that it is about.

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
};

/// Applies signals to an execution; or says why that can't be done. A file that was changed, or an error of this
/// program, may make it panic: after that, the execution must not be used any more.
pub(crate) fn guarded<T>(apply: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(apply))
        .map_err(|panic| format!("it makes this version panic: {}", message(&*panic)))
}

/// What a panic said.
fn message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("it said nothing")
}

//! Where the next page starts, made opaque.

use super::method_error::MethodError;

/// A cursor to what comes after this place. The mark says which list it is of.
pub(super) fn write_cursor(mark: &str, place: &str) -> String {
    hex::encode(format!("{mark}{place}"))
}

/// The place in a cursor that [`write_cursor`] made with this mark.
pub(super) fn read_cursor(mark: &str, cursor: &str) -> Result<String, MethodError> {
    let plain = hex::decode(cursor).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let place = plain.as_deref().and_then(|plain| plain.strip_prefix(mark));
    place.map(str::to_owned).ok_or_else(|| MethodError::named("invalid_cursor"))
}

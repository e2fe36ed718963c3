//! Paths: one that is no error finds one value, or an array.

use ackflow_asl::{Path, Scope, Seed};

use crate::case::{self, Case};

pub(crate) fn run(input: &[u8]) {
    let Some(Case { data, text }) = Case::read(input) else { return };
    let Ok(path) = Path::parse(text) else { return };
    assert_eq!(Path::parse(path.as_str()).as_ref(), Ok(&path));
    let seed = Seed::new(0);
    let scope = Scope { variables: data.as_object(), ..Scope::new(&data, &data, &seed) };
    if let Ok(found) = path.select(&scope) {
        assert!(path.is_definite() || found.is_array(), "{text} finds {found}");
    }
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    case::seeds(|text| Path::parse(text).is_ok())
}

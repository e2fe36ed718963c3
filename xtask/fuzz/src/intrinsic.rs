//! Intrinsic calls: one gives the same each time, with the same randomness.

use ackflow_asl::{Intrinsic, Scope, Seed};

use crate::case::{self, Case};

pub(crate) fn run(input: &[u8]) {
    let Some(Case { data, text }) = Case::read(input) else { return };
    let Ok(call) = Intrinsic::parse(text) else { return };
    assert_eq!(Intrinsic::parse(call.as_str()).as_ref(), Ok(&call));
    let evaluate = || {
        let seed = Seed::new(0);
        let scope = Scope { variables: data.as_object(), ..Scope::new(&data, &data, &seed) };
        call.evaluate(&scope)
    };
    assert_eq!(evaluate(), evaluate());
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    case::seeds(|text| Intrinsic::parse(text).is_ok())
}

//! A run of states that is tried as one: whichever of them fails, the same detour is taken.

use super::{Caught, Chain};
use crate::{
    ErrorName,
    state::{Catcher, Parallel, State},
};

/// Runs a chain; once any of its states has failed for good, goes on with `detour`, which gives what the chain would
/// have given.
///
/// The States Language catches errors state by state, or around a Parallel state: this is one with a single branch.
///
/// # Panics
/// Never: `$[0]` and `$.failure` are paths.
pub fn attempt<I, O>(
    name: &'static str,
    chain: impl Into<Chain<I, O>>,
    detour: impl Into<Chain<Caught<I>, O>>,
) -> Chain<I, O> {
    let detour = detour.into();
    let state = Parallel {
        branches: vec![chain.into().close()],
        output_path: Some(Some("$[0]".parse().expect("the first branch's output is a path"))),
        catch: vec![Catcher {
            error_equals: vec![ErrorName::ALL.to_owned()],
            result_path: Some(Some("$.failure".parse().expect("a field is a reference path"))),
            output: None,
            assign: None,
            next: detour.start_at().to_owned(),
        }],
        ..Parallel::default()
    };
    let mut attempt = Chain::of(name, State::Parallel(Box::new(state)));
    attempt.rejoin(detour);
    attempt
}

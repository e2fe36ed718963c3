//! Choice states: one way or another to the same kind of data.

use super::{Chain, Condition};
use crate::{
    ChoiceRule,
    state::{Choice, State},
};

/// Goes on with `then` where the condition holds, else with `otherwise`. Both give the same.
pub fn choose<I, O>(
    name: &'static str,
    condition: Condition<I>,
    then: impl Into<Chain<I, O>>,
    otherwise: impl Into<Chain<I, O>>,
) -> Chain<I, O> {
    let (then, otherwise) = (then.into(), otherwise.into());
    let choice = Choice {
        choices: vec![ChoiceRule {
            rule: condition.rule,
            next: then.start_at().to_owned(),
            output: None,
            assign: None,
        }],
        default: Some(otherwise.start_at().to_owned()),
        ..Choice::default()
    };
    Chain::fork(name, State::Choice(Box::new(choice)), [then, otherwise])
}

/// Takes a detour where the condition holds, and goes on with the same data.
pub fn when<I>(name: &'static str, condition: Condition<I>, then: impl Into<Chain<I, I>>) -> Chain<I, I> {
    let then = then.into();
    let choice = Choice {
        choices: vec![ChoiceRule {
            rule: condition.rule,
            next: then.start_at().to_owned(),
            output: None,
            assign: None,
        }],
        ..Choice::default()
    };
    let mut chain = Chain::of(name, State::Choice(Box::new(choice)));
    chain.rejoin(then);
    chain
}

//! Steps that ask somebody, whose state goes on once they have answered.

use super::Field;
use crate::Step;

/// A step that hands out the token of its task, and what the data is once somebody has answered with that token.
///
/// Implemented by [`ask!`](crate::ask), which has the compiler check that nothing else of the data changes.
pub trait Ask {
    /// The step that hands out the token.
    type Step: Step<Output = ()>;
    /// The data after: what the step was given, and the answer.
    type To;
    /// Where the answer goes, as a path.
    const ANSWER: &'static str;
    /// Where the data says how many seconds to wait for an answer.
    const PATIENCE: Field<<Self::Step as Step>::Input, u64>;
}

/// Declares who is asked, and where the answer goes:
/// `ask!(Review: AskLeads, Order => ReviewedOrder.decision[Decision], keeping order; within order.patience_seconds)`.
///
/// `ReviewedOrder` has the fields of `Order`, the step's input, and the answer's.
#[macro_export]
macro_rules! ask {
    ($(#[$doc:meta])* $vis:vis $name:ident: $step:ty, $from:ident => $to:ident.$field:ident[$answer:ty],
     keeping $($rest:ident),*; within $($patience:ident).+) => {
        $(#[$doc])*
        $vis struct $name;

        impl $crate::builder::Ask for $name {
            type Step = $step;
            type To = $to;
            const ANSWER: &'static str = concat!("$.", stringify!($field));
            const PATIENCE: $crate::builder::Field<$from, u64> = $crate::field!($from: $($patience).+);
        }

        const _: fn(<$step as $crate::Step>::Input, $answer) -> $to = |from, answer| {
            let $from { $($rest),* } = from;
            $to { $field: answer, $($rest),* }
        };
    };
}

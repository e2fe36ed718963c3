//! Holds the engine against scenarios that were recorded from AWS Step Functions.
//!
//! A [`Scenario`] is [run](run()) on virtual time, with its tasks answered as they were recorded. What came of it is
//! [graded](Grade) against what AWS gave, by a [`Comparer`] that knows which names, times and ids the recorder
//! replaced. A [`Report`] counts the grades.
//!
//! The scenarios, their fields and the rules of comparing are described by the `README.md` in their folder.

mod aws_names;
mod comparer;
mod difference;
mod grade;
mod lambda;
mod read;
mod report;
mod run;
mod scenario;
mod test_state;
mod world;

pub use comparer::Comparer;
pub use difference::Difference;
pub use grade::Grade;
pub use read::{ReadError, read, shared};
pub use report::{Failure, Report, Tally};
pub use run::run;
pub use scenario::{Kind, Meta, Mock, Scenario};

//! The Amazon States Language as Rust types: model, parser, validator and a typed builder.
//!
//! Pure: nothing here does I/O or waits. What a document *means* while it runs is the business of
//! `ackflow-engine`.
//!
//! Source: <https://states-language.net/spec.html> and the AWS Step Functions developer guide.

pub mod builder;
mod choice;
mod cursor;
mod data_error;
mod diagnostic;
mod error_name;
mod expression;
mod intrinsic;
mod jsonata;
pub mod map_run;
mod nearest;
mod path;
mod query_language;
mod reference_path;
mod scope;
mod state;
mod state_machine;
mod step;
mod syntax_error;
mod template;
mod timestamp;
mod validate;

pub use choice::{Comparison, Rule};
pub use data_error::DataError;
pub use diagnostic::{Diagnostic, InvalidDefinition, Severity};
pub use error_name::ErrorName;
pub use expression::Expression;
pub use intrinsic::{Intrinsic, uuid};
pub use jsonata::{Bindings, Query, QueryError};
pub use path::Path;
pub use query_language::QueryLanguage;
pub use reference_path::ReferencePath;
pub use scope::{Entropy, Scope, Seed};
pub use state::{
    Catcher, Choice, ChoiceRule, Fail, ItemBatcher, ItemReader, JitterStrategy, Map, Nullable, Parallel,
    Pass, ProcessorConfig, ResultWriter, Retrier, State, Succeed, Task, Wait,
};
pub use state_machine::{StateMachine, States};
pub use step::{Call, Failure, Step, StepError};
pub use syntax_error::SyntaxError;
pub use template::{Kind, Template, TemplateError};
pub use timestamp::parse_timestamp;
pub use validate::{MachineType, validate, variable_references};

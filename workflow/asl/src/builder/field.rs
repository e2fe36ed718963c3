//! Fields of the data, by their path.

use std::marker::PhantomData;

use serde::Serialize;
use serde_json::Value;

use crate::{Comparison, Rule};

/// A field of type `T` in data of type `D`. Made by [`field!`](crate::field), which has the compiler check that it is
/// there.
#[derive(Debug)]
pub struct Field<D, T> {
    path: &'static str,
    types: PhantomData<fn(D) -> T>,
}

/// Something that holds, or does not, for data of type `D`.
#[derive(Clone, Debug)]
pub struct Condition<D> {
    pub(super) rule: Rule,
    data: PhantomData<fn(D)>,
}

impl<D, T> Field<D, T> {
    /// What [`field!`](crate::field) makes. The function is never called: it is there for the compiler.
    pub const fn new(path: &'static str, _: fn(&D) -> &T) -> Self {
        Self { path, types: PhantomData }
    }

    /// Its path, such as `$.order.service`.
    pub const fn path(&self) -> &'static str {
        self.path
    }
}

impl<D, T: Serialize> Field<D, T> {
    /// That the field holds this value: a text or a truth value.
    ///
    /// # Panics
    /// When the value is neither: that is a mistake in the flow, which every test of it finds.
    pub fn is(&self, value: T) -> Condition<D> {
        let value = serde_json::to_value(value).expect("a text or a truth value");
        let operator = if value.is_boolean() { "BooleanEquals" } else { "StringEquals" };
        Condition { rule: comparison(self.path, operator, value), data: PhantomData }
    }
}

impl<D> Condition<D> {
    /// That this holds, or the other does.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self { rule: Rule::Or(vec![self.rule, other.rule]), data: PhantomData }
    }
}

fn comparison(path: &str, operator: &str, value: Value) -> Rule {
    let path = path.parse().expect("a field is a path");
    Rule::Comparison(Comparison::new(path, operator, value).expect("a text or a truth value"))
}

/// Names a field of the data: `field!(Order: details.service)` is the one at `$.details.service`.
#[macro_export]
macro_rules! field {
    ($data:ty: $first:ident$(.$rest:ident)*) => {
        $crate::builder::Field::<$data, _>::new(
            concat!("$.", stringify!($first)$(, ".", stringify!($rest))*),
            |data| &data.$first$(.$rest)*,
        )
    };
}

//! Map states: the same chain for each item of a field.

use serde_json::json;

use super::Chain;
use crate::{
    Template,
    state::{Map, ProcessorConfig, State},
};

/// A field whose items a Map runs over, and what the data is once their outcomes stand in its place.
///
/// Implemented by [`each!`](crate::each), which has the compiler check that nothing else of the data changes.
pub trait Each {
    /// The data before.
    type From;
    /// One item of the field.
    type Item;
    /// What becomes of one item.
    type Outcome;
    /// The data after.
    type To;
    /// The field, as a path.
    const PATH: &'static str;
}

/// Declares a field to map over: `each!(Files: Request.files[Item] => Report[Outcome], keeping message)`.
///
/// `Request` and `Report` have the same fields, but that `files` holds items in one and outcomes in the other.
#[macro_export]
macro_rules! each {
    ($(#[$doc:meta])* $vis:vis $name:ident: $from:ident.$field:ident[$item:ty] => $to:ident[$outcome:ty],
     keeping $($rest:ident),*) => {
        $(#[$doc])*
        $vis struct $name;

        impl $crate::builder::Each for $name {
            type From = $from;
            type Item = $item;
            type Outcome = $outcome;
            type To = $to;
            const PATH: &'static str = concat!("$.", stringify!($field));
        }

        const _: fn($from, Vec<$outcome>) -> $to = |from, outcomes| {
            let $from { $field: items, $($rest),* } = from;
            let _: Vec<$item> = items;
            $to { $field: outcomes, $($rest),* }
        };
    };
}

/// A Map state in the making.
#[derive(Debug)]
pub struct MapBuilder<E: Each> {
    name: &'static str,
    state: Map,
    processor: Chain<E::Item, E::Outcome>,
}

/// Runs a chain for each item of a field, so many at a time.
///
/// # Panics
/// Never with an [`Each`] that [`each!`](crate::each) made: a field's name is a path.
pub fn map<E: Each>(
    name: &'static str,
    max_concurrency: u64,
    processor: impl Into<Chain<E::Item, E::Outcome>>,
) -> MapBuilder<E> {
    let path = E::PATH.parse().expect("a field is a path");
    let field = E::PATH.parse().expect("a field is a reference path");
    let state = Map {
        items_path: Some(path),
        max_concurrency: Some(Template::from(json!(max_concurrency))),
        result_path: Some(Some(field)),
        ..Map::default()
    };
    MapBuilder { name, state, processor: processor.into() }
}

impl<E: Each> From<MapBuilder<E>> for Chain<E::From, E::To> {
    fn from(builder: MapBuilder<E>) -> Self {
        let mut item_processor = builder.processor.close();
        let mode = Some("INLINE".to_owned());
        item_processor.processor_config = Some(ProcessorConfig { mode, ..ProcessorConfig::default() });
        Chain::of(builder.name, State::Map(Box::new(Map { item_processor, ..builder.state })))
    }
}

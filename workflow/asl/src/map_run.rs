//! The data of a distributed Map: how its items are read and batched, what becomes of its results.
//!
//! The caller resolves what a definition gives by a path or an expression, and fetches and stores objects. An
//! object whose key ends in `.gz` or `.zstd` is given decompressed.
//!
//! Source: <https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html>

mod athena_manifest;
mod batch;
mod child_execution;
mod csv;
mod inventory_manifest;
mod item;
mod items;
mod listed_items;
mod number;
mod object_location;
mod reader_settings;
mod tolerance;
mod writer_settings;

pub use athena_manifest::athena_objects;
pub use batch::{BatchSettings, batch};
pub use child_execution::{ChildExecution, ChildStatus};
pub use inventory_manifest::InventoryManifest;
pub use item::Item;
pub use items::read_items;
pub use listed_items::{listed_items, listed_objects};
pub use number::read_integer;
pub use object_location::ObjectLocation;
pub use reader_settings::{
    CsvDelimiter, CsvHeaderLocation, InputType, ManifestType, ReaderSettings, ReaderTransformation,
};
pub use tolerance::Tolerance;
pub use writer_settings::{Export, OutputType, ResultObject, WriterSettings, WriterTransformation};

use crate::{DataError, ErrorName};

/// The items can't be read.
fn reader_failed(cause: impl Into<String>) -> DataError {
    DataError::new(ErrorName::ITEM_READER_FAILED, cause)
}

//! `ReaderConfig` of an `ItemReader`: how an object holds the items.

use serde::Deserialize;
use serde_json::Value;

use super::{number::integer, reader_failed};
use crate::DataError;

/// A Map Run reads no more items.
const MOST_ITEMS: usize = 100_000_000;

/// `ReaderConfig` of an `ItemReader`, its expressions resolved.
///
/// Source: <https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itemreader.html>
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ReaderSettings {
    /// The form of the object.
    pub input_type: Option<InputType>,
    /// What an object that names other objects is.
    pub manifest_type: Option<ManifestType>,
    /// Whether listed objects are items, or hold them.
    pub transformation: ReaderTransformation,
    /// JSON: where in the document the array or object is, a JSON Pointer (RFC 6901); the document when absent.
    pub items_pointer: Option<String>,
    /// CSV: what separates fields.
    #[serde(rename = "CSVDelimiter")]
    pub csv_delimiter: CsvDelimiter,
    /// CSV: where the names of the columns are.
    #[serde(rename = "CSVHeaderLocation")]
    pub csv_header_location: Option<CsvHeaderLocation>,
    /// CSV: the names of the columns, when they are given.
    #[serde(rename = "CSVHeaders")]
    pub csv_headers: Vec<String>,
    /// `MaxItems`, or what `MaxItemsPath` leads to: a number, or text of one. Null and 0 are no limit.
    pub max_items: Value,
}

/// The form of an object that holds items.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum InputType {
    /// Text with a delimiter.
    Csv,
    /// A document of JSON.
    Json,
    /// A document of JSON on each line.
    Jsonl,
    /// The manifest of an Amazon S3 inventory.
    Manifest,
    /// Apache Parquet, which is not supported.
    Parquet,
}

/// What an object that names other objects is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ManifestType {
    /// The manifest of an Amazon S3 inventory, see [`InventoryManifest`](super::InventoryManifest).
    S3Inventory,
    /// The list of objects that Athena's `UNLOAD` writes, see [`athena_objects`](super::athena_objects()).
    AthenaData,
}

/// What is read of objects that are listed (`arn:aws:states:::s3:listObjectsV2`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ReaderTransformation {
    /// Each is an item, see [`listed_items`](super::listed_items()).
    #[default]
    None,
    /// Each is read as its input type says, and all their items are the Map's, see
    /// [`listed_objects`](super::listed_objects()).
    LoadAndFlatten,
}

/// What separates the fields of a text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum CsvDelimiter {
    /// `,`
    #[default]
    Comma,
    /// `|`
    Pipe,
    /// `;`
    Semicolon,
    /// A space.
    Space,
    /// A tab.
    Tab,
}

/// Where the names of the columns are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum CsvHeaderLocation {
    /// In the first row.
    FirstRow,
    /// In `CSVHeaders`.
    Given,
}

impl ReaderSettings {
    /// Reads a `ReaderConfig`.
    ///
    /// # Errors
    /// `States.ItemReaderFailed`.
    pub fn new(config: Value) -> Result<Self, DataError> {
        serde_json::from_value(config)
            .map_err(|error| reader_failed(format!("The ReaderConfig can't be used: {error}.")))
    }

    /// What the object is, if it names the objects that hold the items.
    pub fn manifest(&self) -> Option<ManifestType> {
        let is_inventory = self.input_type == Some(InputType::Manifest);
        self.manifest_type.or(is_inventory.then_some(ManifestType::S3Inventory))
    }

    /// The most items to read, of all objects together. AWS cuts what is above 100,000,000 without an error.
    ///
    /// # Errors
    /// `States.ItemReaderFailed`.
    pub fn limit(&self) -> Result<usize, DataError> {
        if self.max_items.is_null() {
            return Ok(MOST_ITEMS);
        }
        match integer(&self.max_items).map(usize::try_from) {
            Some(Ok(0)) => Ok(MOST_ITEMS),
            Some(Ok(items)) => Ok(items.min(MOST_ITEMS)),
            Some(Err(_)) => Err(reader_failed("field MaxItems must be positive")),
            None => Err(reader_failed("field MaxItems must be an integer")),
        }
    }
}

impl CsvDelimiter {
    /// The character.
    pub(super) fn character(self) -> char {
        match self {
            Self::Comma => ',',
            Self::Pipe => '|',
            Self::Semicolon => ';',
            Self::Space => ' ',
            Self::Tab => '\t',
        }
    }
}

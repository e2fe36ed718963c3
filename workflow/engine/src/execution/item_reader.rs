//! Reads the items of a distributed Map: those of an object, of a list of objects, or of all objects that a list or a
//! manifest names.
//!
//! Source: <https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itemreader.html>

use std::{collections::VecDeque, sync::Arc};

use ackflow_asl::{
    DataError, ItemReader, Kind, Path, State, SyntaxError, Template,
    map_run::{
        InventoryManifest, Item, ManifestType, ObjectLocation, ReaderSettings, ReaderTransformation,
        athena_objects, listed_items, listed_objects, read_items,
    },
};
use serde_json::{Value, json};

use super::{
    Execution,
    branch::{BranchId, state_of},
    data::Sight,
    failure::Failure,
    pending::Errand,
};

/// What gives an object that a list or a manifest names.
const GET_OBJECT: &str = "arn:aws:states:::s3:getObject";

/// The items of a Map Run while they are read.
#[derive(Debug)]
pub(super) struct Reading {
    settings: ReaderSettings,
    /// The object that is being read, or the bucket whose objects are listed.
    at: ObjectLocation,
    /// The objects that are still to be read, once a list or a manifest has named them.
    objects: Option<VecDeque<ObjectLocation>>,
    /// The manifest that named them, if that is an inventory's: it knows the columns of their rows.
    inventory: Option<InventoryManifest>,
    /// What was read so far.
    items: Vec<Item>,
}

impl Execution {
    /// Has the items read.
    pub(super) fn read_items(&mut self, id: BranchId, reader: &ItemReader) -> Result<(), DataError> {
        let seen = self.map_run(id).seen.clone();
        let (parameters, arguments) = (reader.parameters.as_ref(), reader.arguments.as_ref());
        let given = self.arguments(id, parameters, arguments, "ItemReader/Arguments", &seen)?;
        let given = given.unwrap_or_else(|| json!({}));
        let config = match &reader.reader_config {
            Some(config) => self.reader_config(id, config, &seen)?,
            None => json!({}),
        };
        match ReaderSettings::new(config).and_then(|settings| settings.limit().map(|_| settings)) {
            Ok(settings) => {
                self.map_run(id).reading = Some(Reading::new(settings, &given));
                let call = self.call(id, &reader.resource, given);
                self.run(id, call, Errand::ReadItems, None, None);
            }
            Err(error) => self.fail_map_run(id, &Failure::new(error.error, &error.cause)),
        }
        Ok(())
    }

    /// The `ReaderConfig`, with what `MaxItemsPath` finds in the place of `MaxItems`.
    fn reader_config(&mut self, id: BranchId, config: &Template, seen: &Value) -> Result<Value, DataError> {
        let mut given = self.render(id, config, "ItemReader/ReaderConfig", Sight::of(seen))?;
        if let Some(source) = config.as_json().get("MaxItems") {
            self.check_type(
                id,
                source,
                "ItemReader/ReaderConfig/MaxItems",
                Kind::Number,
                &given["MaxItems"],
            )?;
        }
        let Value::Object(fields) = &mut given else { return Ok(given) };
        if let Some(path) = fields.remove("MaxItemsPath") {
            let path = path.as_str().unwrap_or_default().parse();
            let path: Path = path.map_err(|error: SyntaxError| DataError::runtime(error.to_string()))?;
            fields.insert("MaxItems".to_owned(), self.find(id, &path, seen)?);
        }
        Ok(given)
    }

    /// What was read is here: the items, or what names the next object to read.
    pub(super) fn items_read(&mut self, id: BranchId, given: &Value) -> Result<(), DataError> {
        let mut reading = self.map_run(id).reading.take().expect("items are read once they are asked for");
        if let Err(error) = reading.receive(given) {
            self.fail_map_run(id, &Failure::new(error.error, &error.cause));
            return Ok(());
        }
        if let Some(object) = reading.next_object() {
            let parameters = json!({ "Bucket": object.bucket, "Key": object.key });
            self.map_run(id).reading = Some(reading);
            let call = self.call(id, GET_OBJECT, parameters);
            self.run(id, call, Errand::ReadItems, None, None);
            return Ok(());
        }
        let Reading { settings, items, .. } = reading;
        if settings.items_pointer.is_some() {
            let inputs = || items.iter().cloned().map(Item::into_input).collect::<Value>();
            self.inspect(|data| data.after_items_pointer = Some(inputs().to_string()));
        }
        let machine = Arc::clone(&self.machine);
        let State::Map(map) = state_of(&machine, &self.branches, id) else {
            unreachable!("only Map states read items");
        };
        self.start_children(id, map, items)
    }
}

impl Reading {
    /// `given` are the parameters of the reader.
    fn new(settings: ReaderSettings, given: &Value) -> Self {
        let text = |field: &str| given[field].as_str().unwrap_or_default().to_owned();
        let at = ObjectLocation { bucket: text("Bucket"), key: text("Key") };
        Self { settings, at, objects: None, inventory: None, items: Vec::new() }
    }

    /// Takes what was read: items, or the names of the objects that hold them.
    fn receive(&mut self, given: &Value) -> Result<(), DataError> {
        let contents = &given["Contents"];
        if contents.is_array() {
            return self.receive_list(contents);
        }
        let body = given["Body"].as_str().map_or_else(|| given["Body"].to_string(), str::to_owned);
        let body = body.as_bytes();
        match self.settings.manifest().filter(|_| self.objects.is_none()) {
            None => self.receive_items(body)?,
            Some(ManifestType::AthenaData) => self.objects = Some(athena_objects(body)?.into()),
            Some(ManifestType::S3Inventory) => {
                let manifest = InventoryManifest::parse(body)?;
                self.objects = Some(manifest.objects(&self.at.bucket).into());
                self.inventory = Some(manifest);
            }
        }
        Ok(())
    }

    fn receive_list(&mut self, contents: &Value) -> Result<(), DataError> {
        if self.settings.transformation == ReaderTransformation::LoadAndFlatten {
            self.objects = Some(listed_objects(contents, &self.at.bucket).into());
        } else {
            let source = self.source();
            let listed = listed_items(contents, &self.settings)?.into_iter();
            self.items = listed.map(|item| Item::new(item, &source)).collect();
        }
        Ok(())
    }

    fn receive_items(&mut self, body: &[u8]) -> Result<(), DataError> {
        let (source, left) = (self.source(), self.settings.limit()? - self.items.len());
        let items: Vec<Item> = match &self.inventory {
            Some(manifest) => {
                let rows = manifest.items(body, left)?.into_iter();
                rows.map(|row| Item::new(row, &source)).collect()
            }
            None => read_items(&self.settings, body, &source)?,
        };
        self.items.extend(items.into_iter().take(left));
        Ok(())
    }

    /// What the context object names as the source of an item that is read now. The documentation writes `S3://`; AWS
    /// was seen to write `s3://`.
    fn source(&self) -> Arc<str> {
        self.at.to_string().into()
    }

    /// The object to read next, if one is left and more items are wanted.
    fn next_object(&mut self) -> Option<&ObjectLocation> {
        let is_full = self.settings.limit().is_ok_and(|limit| self.items.len() >= limit);
        let objects = self.objects.as_mut().filter(|_| !is_full)?;
        self.at = objects.pop_front()?;
        Some(&self.at)
    }
}

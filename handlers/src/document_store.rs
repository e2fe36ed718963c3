//! Metadata documents in the bucket: read, changed and written without losing another's change.

use std::sync::Arc;

use ackflow_schemas::document::DocumentMetadata;

use crate::{
    object_key::ObjectKey,
    ports::{Expect, ObjectStore, PortError, Write},
};

/// Why a document was not changed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MetadataError {
    #[error(transparent)]
    Port(#[from] PortError),
    /// The object is not a metadata document.
    #[error("{key} is not a metadata document: {reason}. Move it away, then redrive")]
    Unreadable { key: ObjectKey, reason: String },
}

/// The documents of a bucket.
#[derive(Clone)]
pub(crate) struct MetadataStore {
    objects: Arc<dyn ObjectStore>,
}

impl MetadataStore {
    pub(crate) fn new(objects: Arc<dyn ObjectStore>) -> Self {
        Self { objects }
    }

    /// Changes a document: `change` is given what is there, and gives what shall be there or `None` to leave
    /// it. It is called again when somebody else wrote in between. Gives what is there in the end.
    pub(crate) async fn change(
        &self,
        key: &ObjectKey,
        change: impl Fn(Option<&DocumentMetadata>) -> Option<DocumentMetadata> + Send,
    ) -> Result<Option<DocumentMetadata>, MetadataError> {
        loop {
            let (before, expect) = match self.objects.get(key).await? {
                None => (None, Expect::Absent),
                Some(object) => {
                    let document = serde_json::from_slice(&object.content).map_err(|error| {
                        MetadataError::Unreadable { key: key.clone(), reason: error.to_string() }
                    })?;
                    (Some(document), Expect::Version(object.version))
                }
            };
            let Some(after) = change(before.as_ref()) else { return Ok(before) };
            if before.as_ref() == Some(&after) {
                return Ok(before);
            }
            let mut content = serde_json::to_vec_pretty(&after).expect("a document has string keys only");
            content.push(b'\n');
            if self.objects.put_if(key, content, expect).await? == Write::Done {
                return Ok(Some(after));
            }
        }
    }
}

//! JSON documents in the bucket: read, changed and written without losing another's change.

use std::sync::Arc;

use ackflow_asl::{Failure, StepError};
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    object_key::{NotAnId, ObjectKey},
    ports::{Expect, ObjectStore, PortError, Write},
};

/// Why a document was not read or changed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DocumentError {
    #[error(transparent)]
    Port(#[from] PortError),
    /// No document can lie there.
    #[error(transparent)]
    Key(#[from] NotAnId),
    /// The object is not such a document.
    #[error("{key} is not the document that belongs there: {reason}. Move it away, then redrive")]
    Unreadable { key: ObjectKey, reason: String },
}

impl DocumentError {
    /// The failure of a step: the bucket may be back later, what lies there stays as it is.
    pub(crate) fn failure<E: StepError>(&self, unavailable: E, unreadable: E) -> Failure<E> {
        let error = match self {
            Self::Port(_) => unavailable,
            Self::Key(_) | Self::Unreadable { .. } => unreadable,
        };
        Failure::new(error, self.to_string())
    }
}

/// The documents of a bucket.
#[derive(Clone)]
pub(crate) struct DocumentStore {
    objects: Arc<dyn ObjectStore>,
}

impl DocumentStore {
    pub(crate) fn new(objects: Arc<dyn ObjectStore>) -> Self {
        Self { objects }
    }

    /// The document of a key, if there is one.
    pub(crate) async fn read<T: DeserializeOwned>(
        &self,
        key: &ObjectKey,
    ) -> Result<Option<T>, DocumentError> {
        Ok(self.load(key).await?.0)
    }

    /// Changes a document: `change` is given what is there, and gives what shall be there or `None` to leave
    /// it. It is called again when somebody else wrote in between. Gives what is there in the end.
    pub(crate) async fn change<T: DeserializeOwned + Serialize + PartialEq>(
        &self,
        key: &ObjectKey,
        change: impl Fn(Option<&T>) -> Option<T> + Send,
    ) -> Result<Option<T>, DocumentError> {
        loop {
            let (before, expect) = self.load(key).await?;
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

    async fn load<T: DeserializeOwned>(&self, key: &ObjectKey) -> Result<(Option<T>, Expect), DocumentError> {
        let Some(object) = self.objects.get(key).await? else { return Ok((None, Expect::Absent)) };
        let document = serde_json::from_slice(&object.content)
            .map_err(|error| DocumentError::Unreadable { key: key.clone(), reason: error.to_string() })?;
        Ok((Some(document), Expect::Version(object.version)))
    }
}

//! The bucket, as files in a folder. Each appears whole or not at all.

use std::{
    io,
    path::{Path, PathBuf},
};

use ackflow_handlers::{
    object_key::ObjectKey,
    ports::{ContentStream, Expect, ObjectStore, PortError, PutError, StoredObject, Write},
};
use async_trait::async_trait;
use futures_util::StreamExt;
use sha2::{Digest, Sha256};
use tokio::{
    fs::{self, File},
    io::AsyncWriteExt,
    sync::Mutex,
};

/// Where files lie while they are written.
const INCOMING: &str = ".incoming";

/// A folder of objects.
#[derive(Debug)]
pub struct FileStore {
    folder: PathBuf,
    /// Held from the check of a conditional write to its end.
    conditional: Mutex<()>,
}

impl FileStore {
    /// Opens or creates the folder, and clears what a crash left half written.
    pub fn open(folder: &Path) -> io::Result<Self> {
        let incoming = folder.join(INCOMING);
        if incoming.exists() {
            std::fs::remove_dir_all(&incoming)?;
        }
        std::fs::create_dir_all(&incoming)?;
        Ok(Self { folder: folder.to_owned(), conditional: Mutex::default() })
    }

    /// The file that an object is kept in. A key holds ids only, so it stays within the folder.
    pub fn path(&self, key: &str) -> PathBuf {
        self.folder.join(key)
    }

    /// A new file for what is being written. It goes away by itself unless it is kept.
    fn incoming(&self) -> io::Result<(tempfile::TempPath, File)> {
        let (file, path) = tempfile::NamedTempFile::new_in(self.folder.join(INCOMING))?.into_parts();
        Ok((path, File::from_std(file)))
    }

    /// Makes a written file durable under its key.
    async fn keep(&self, key: &ObjectKey, incoming: tempfile::TempPath, mut file: File) -> io::Result<()> {
        file.flush().await?;
        file.sync_all().await?;
        let path = self.path(key.as_str());
        let folder = path.parent().unwrap_or(&self.folder).to_owned();
        self.create_folder(&folder).await?;
        incoming.persist(&path).map_err(|error| error.error)?;
        // The rename is durable once its folder is.
        File::open(&folder).await?.sync_all().await
    }

    /// Creates a folder, and makes each new one durable in the one above it.
    async fn create_folder(&self, folder: &Path) -> io::Result<()> {
        let within = folder.ancestors().take_while(|ancestor| *ancestor != self.folder);
        let new: Vec<&Path> = within.take_while(|ancestor| !ancestor.exists()).collect();
        fs::create_dir_all(folder).await?;
        for parent in new.iter().rev().filter_map(|folder| folder.parent()) {
            File::open(parent).await?.sync_all().await?;
        }
        Ok(())
    }

    async fn read(&self, key: &ObjectKey) -> io::Result<Option<StoredObject>> {
        match fs::read(self.path(key.as_str())).await {
            Ok(content) => {
                let version = hex::encode(Sha256::digest(&content));
                Ok(Some(StoredObject { content, version }))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn write_small(&self, key: &ObjectKey, content: &[u8]) -> io::Result<()> {
        let (incoming, mut file) = self.incoming()?;
        file.write_all(content).await?;
        self.keep(key, incoming, file).await
    }
}

#[async_trait]
impl ObjectStore for FileStore {
    async fn put_stream(
        &self,
        key: &ObjectKey,
        _content_type: Option<&str>,
        mut content: ContentStream<'_>,
    ) -> Result<(), PutError> {
        let (incoming, mut file) = self.incoming().map_err(|error| failed(&error))?;
        while let Some(piece) = content.next().await {
            let piece = piece.map_err(|_| PutError::Broken)?;
            file.write_all(&piece).await.map_err(|error| failed(&error))?;
        }
        self.keep(key, incoming, file).await.map_err(|error| failed(&error))?;
        Ok(())
    }

    async fn get(&self, key: &ObjectKey) -> Result<Option<StoredObject>, PortError> {
        self.read(key).await.map_err(|error| failed(&error))
    }

    async fn put_if(&self, key: &ObjectKey, content: Vec<u8>, expect: Expect) -> Result<Write, PortError> {
        let _held = self.conditional.lock().await;
        let before = self.read(key).await.map_err(|error| failed(&error))?;
        let as_expected = match (&expect, &before) {
            (Expect::Absent, None) => true,
            (Expect::Version(version), Some(object)) => *version == object.version,
            _ => false,
        };
        if !as_expected {
            return Ok(Write::Conflict);
        }
        self.write_small(key, &content).await.map_err(|error| failed(&error))?;
        Ok(Write::Done)
    }
}

fn failed(error: &io::Error) -> PortError {
    PortError::new("the folder of objects", error)
}

//! Shows how far a file is that takes long.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use ackflow_handlers::{
    object_key::ObjectKey,
    ports::{ContentStream, Expect, ObjectStore, PortError, PutError, StoredObject, Write},
};
use async_trait::async_trait;
use futures_util::StreamExt;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::Value;

use crate::{adapters::FileStore, cli::terminal::plain};

/// From how many bytes on a file is shown: smaller ones are done in no time.
const SHOWN_FROM: u64 = 8 * 1024 * 1024;

/// The bucket, watched.
pub(super) struct ProgressStore {
    inner: Arc<FileStore>,
    bars: MultiProgress,
    /// Name and size of each file, by its id.
    expected: Mutex<HashMap<String, (String, u64)>>,
}

impl ProgressStore {
    /// Watches a bucket; shows nothing when `quiet`.
    pub(super) fn new(inner: Arc<FileStore>, quiet: bool) -> Self {
        let target = if quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
        Self { inner, bars: MultiProgress::with_draw_target(target), expected: Mutex::default() }
    }

    /// Notes the files of an event, which are about to be fetched.
    pub(super) fn expect(&self, files: &Value) {
        let files = files.as_array().into_iter().flatten().filter_map(|file| {
            let text = |field: &str| file[field].as_str().map(str::to_owned);
            Some((text("id")?, (text("name")?, file["size"].as_u64()?)))
        });
        self.expected.lock().expect("no thread panics while it holds the files").extend(files);
    }

    /// Prints something while the bars step aside.
    pub(super) fn suspend<T>(&self, print: impl FnOnce() -> T) -> T {
        self.bars.suspend(print)
    }

    /// A bar for the object of this key; none for a file that is done in no time.
    fn bar(&self, key: &ObjectKey) -> Option<ProgressBar> {
        let id = key.as_str().rsplit('/').next().unwrap_or_default();
        let expected = self.expected.lock().expect("no thread panics while it holds the files");
        let (name, size) = expected.get(id).filter(|(_, size)| *size >= SHOWN_FROM)?.clone();
        let style = ProgressStyle::with_template(
            "{msg} [{bar:30}] {bytes}/{total_bytes} ({bytes_per_sec}, {eta} left)",
        );
        let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
        Some(self.bars.add(ProgressBar::new(size).with_style(style).with_message(plain(&name))))
    }
}

#[async_trait]
impl ObjectStore for ProgressStore {
    async fn put_stream(
        &self,
        key: &ObjectKey,
        content_type: Option<&str>,
        content: ContentStream<'_>,
    ) -> Result<(), PutError> {
        let bar = self.bar(key);
        let watched = content.inspect(|piece| {
            if let (Some(bar), Ok(piece)) = (&bar, piece) {
                bar.inc(piece.len() as u64);
            }
        });
        let stored = self.inner.put_stream(key, content_type, watched.boxed()).await;
        if let Some(bar) = bar {
            bar.finish_and_clear();
        }
        stored
    }

    async fn get(&self, key: &ObjectKey) -> Result<Option<StoredObject>, PortError> {
        self.inner.get(key).await
    }

    async fn put_if(&self, key: &ObjectKey, content: Vec<u8>, expect: Expect) -> Result<Write, PortError> {
        self.inner.put_if(key, content, expect).await
    }
}

//! Shows how far a file is that takes long.

use std::sync::Arc;

use ackflow_handlers::{
    object_key::ObjectKey,
    ports::{ContentStream, Expect, ObjectStore, PortError, PutError, StoredObject, Write},
};
use async_trait::async_trait;
use futures_util::StreamExt;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::adapters::FileStore;

/// From how many bytes on a file is shown: smaller ones are done in no time.
const SHOWN_FROM: u64 = 8 * 1024 * 1024;

/// The bucket, watched.
pub(super) struct ProgressStore {
    inner: Arc<FileStore>,
    bars: MultiProgress,
}

impl ProgressStore {
    /// Watches a bucket; shows nothing when `quiet`.
    pub(super) fn new(inner: Arc<FileStore>, quiet: bool) -> Self {
        let target = if quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
        Self { inner, bars: MultiProgress::with_draw_target(target) }
    }

    /// Prints something while the bars step aside.
    pub(super) fn suspend<T>(&self, print: impl FnOnce() -> T) -> T {
        self.bars.suspend(print)
    }

    fn bar(&self, key: &ObjectKey) -> ProgressBar {
        let style = ProgressStyle::with_template("            {msg} {bytes} ({bytes_per_sec})");
        let style = style.unwrap_or_else(|_| ProgressStyle::default_spinner());
        let file = key.as_str().rsplit('/').next().unwrap_or_default().to_owned();
        self.bars.add(ProgressBar::no_length().with_style(style).with_message(file))
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
        let mut taken: u64 = 0;
        let mut bar: Option<ProgressBar> = None;
        let watched = content.inspect(|piece| {
            taken += piece.as_ref().map_or(0, |piece| piece.len() as u64);
            if taken >= SHOWN_FROM {
                bar.get_or_insert_with(|| self.bar(key)).set_position(taken);
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

//! What is made of secrets, made anew from time to time, so that a rotated secret is taken up without a deployment.

use std::{sync::Arc, time::Duration};

use futures_util::future::BoxFuture;
use tokio::{sync::Mutex, time::Instant};

/// How long a secret is kept.
const TIME_TO_LIVE: Duration = Duration::from_mins(5);

/// How long whoever needs the value waits for a new one where there is an old one: somebody else waits for them.
const REFRESH: Duration = Duration::from_millis(300);

/// Makes a value.
type Make<T, E> = Box<dyn Fn() -> BoxFuture<'static, Result<T, E>> + Send + Sync>;

/// A value that is made anew when it is old.
pub struct Refreshed<T, E> {
    make: Make<T, E>,
    is_complete: fn(&T) -> bool,
    current: Mutex<Option<(Arc<T>, Instant)>>,
}

impl<T, E: std::fmt::Display> Refreshed<T, E> {
    /// Makes the value for the first time. If that fails, the first who needs it tries again; one that is not complete
    /// is made anew each time.
    pub async fn new<F>(make: impl Fn() -> F + Send + Sync + 'static, is_complete: fn(&T) -> bool) -> Self
    where
        F: Future<Output = Result<T, E>> + Send + 'static,
    {
        let make: Make<T, E> = Box::new(move || Box::pin(make()));
        let refreshed = Self { make, is_complete, current: Mutex::new(None) };
        if let Err(error) = refreshed.get().await {
            tracing::error!(%error, "the function can't start yet");
        }
        refreshed
    }

    /// The value. One that is old and can't be made anew serves on.
    pub async fn get(&self) -> Result<Arc<T>, E> {
        let mut current = self.current.lock().await;
        if let Some((value, made)) = &*current
            && made.elapsed() < TIME_TO_LIVE
            && (self.is_complete)(value)
        {
            return Ok(Arc::clone(value));
        }
        let Some((old, made)) = &mut *current else {
            let value = Arc::new((self.make)().await?);
            *current = Some((Arc::clone(&value), Instant::now()));
            return Ok(value);
        };
        *made = Instant::now();
        match tokio::time::timeout(REFRESH, (self.make)()).await {
            Ok(Ok(value)) => *old = Arc::new(value),
            Ok(Err(error)) => tracing::warn!(%error, "secrets can't be read again: the old ones serve on"),
            Err(_) => tracing::warn!("secrets are not read again in time: the old ones serve on"),
        }
        Ok(Arc::clone(old))
    }
}

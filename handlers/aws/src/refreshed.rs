//! What is made of secrets, made anew from time to time, so that a rotated secret is taken up without a deployment.

use std::{sync::Arc, time::Duration};

use futures_util::future::BoxFuture;
use tokio::{sync::Mutex, time::Instant};

/// How long a secret is kept.
const TIME_TO_LIVE: Duration = Duration::from_mins(5);

/// Makes a value.
type Make<T, E> = Box<dyn Fn() -> BoxFuture<'static, Result<T, E>> + Send + Sync>;

/// A value that is made anew when it is old.
pub struct Refreshed<T, E> {
    make: Make<T, E>,
    current: Mutex<Option<(Arc<T>, Instant)>>,
}

impl<T, E: std::fmt::Display> Refreshed<T, E> {
    /// Makes the value for the first time. If that fails, the first who needs it tries again.
    pub async fn new(make: impl Fn() -> BoxFuture<'static, Result<T, E>> + Send + Sync + 'static) -> Self {
        let refreshed = Self { make: Box::new(make), current: Mutex::new(None) };
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
        {
            return Ok(Arc::clone(value));
        }
        match ((self.make)().await, &mut *current) {
            (Ok(value), current) => {
                let value = Arc::new(value);
                *current = Some((Arc::clone(&value), Instant::now()));
                Ok(value)
            }
            (Err(error), Some((value, made))) => {
                tracing::warn!(%error, "secrets can't be read again: the old ones serve on");
                *made = Instant::now();
                Ok(Arc::clone(value))
            }
            (Err(error), None) => Err(error),
        }
    }
}

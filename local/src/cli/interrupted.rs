//! The end that somebody outside asks for.

#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Waits for Ctrl-C, or for the signal by which a service manager stops a process. Both are listened for from the call
/// on, not only once this is awaited.
#[cfg(unix)]
pub(super) fn interrupted() -> impl Future<Output = ()> {
    let [interrupt, terminate] = [SignalKind::interrupt(), SignalKind::terminate()].map(signal);
    async move {
        tokio::select! {
            () = received(interrupt) => {}
            () = received(terminate) => {}
        }
    }
}

/// Waits for a signal; for ever, if it can't be listened for.
#[cfg(unix)]
async fn received(listening: std::io::Result<Signal>) {
    match listening {
        Ok(mut signal) => {
            signal.recv().await;
        }
        Err(_) => std::future::pending().await,
    }
}

/// Waits for Ctrl-C.
#[cfg(not(unix))]
pub(super) async fn interrupted() {
    let _ = tokio::signal::ctrl_c().await;
}

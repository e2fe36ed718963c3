//! The end that somebody outside asks for.

#[cfg(unix)]
use std::{fs, future::poll_fn, task::Poll};

#[cfg(unix)]
use tokio::signal::unix::{SignalKind, signal};

/// Waits for Ctrl-C, or for the signal by which a service manager stops a process. Both are listened for from the call
/// on, not only once this is awaited.
#[cfg(unix)]
pub(super) fn interrupted() -> impl Future<Output = ()> {
    one_of([SignalKind::interrupt(), SignalKind::terminate()].into_iter())
}

/// Waits for any of the signals by which a terminal ends what runs in its foreground, or for the same.
#[cfg(unix)]
pub(super) fn interrupted_or_left() -> impl Future<Output = ()> {
    let hangup = (!ignores_hangups()).then(SignalKind::hangup);
    let others = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::quit()];
    one_of(others.into_iter().chain(hangup))
}

/// Whether this process is to outlive its terminal, as with `nohup`. Elsewhere than on Linux, nothing tells.
#[cfg(unix)]
fn ignores_hangups() -> bool {
    /// The bit of the signal 1.
    const HANGUP: u64 = 1;
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|signals| u64::from_str_radix(signals.trim(), 16).ok());
    ignored.is_some_and(|signals| signals & HANGUP != 0)
}

/// Waits for any of these signals. One that can't be listened for never comes.
#[cfg(unix)]
fn one_of(kinds: impl Iterator<Item = SignalKind>) -> impl Future<Output = ()> {
    let mut signals: Vec<_> = kinds.filter_map(|kind| signal(kind).ok()).collect();
    poll_fn(move |context| {
        let came = signals.iter_mut().any(|signal| signal.poll_recv(context).is_ready());
        if came { Poll::Ready(()) } else { Poll::Pending }
    })
}

/// Waits for Ctrl-C.
#[cfg(not(unix))]
pub(super) async fn interrupted() {
    let _ = tokio::signal::ctrl_c().await;
}

/// Waits for Ctrl-C.
#[cfg(not(unix))]
pub(super) async fn interrupted_or_left() {
    interrupted().await;
}

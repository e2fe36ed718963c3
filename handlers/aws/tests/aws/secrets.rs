//! Secrets, and what is made of them.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use ackflow_aws::Refreshed;

/// Makes values that are counted, or fails as long as it is told to.
async fn counted(fails: Arc<AtomicUsize>) -> (Refreshed<usize, String>, Arc<AtomicUsize>) {
    let made = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&made);
    let produce = move || {
        let (counter, fails) = (Arc::clone(&counter), Arc::clone(&fails));
        async move {
            if fails.load(Ordering::SeqCst) > 0 {
                return Err("it can't be read".to_owned());
            }
            Ok(counter.fetch_add(1, Ordering::SeqCst) + 1)
        }
    };
    let refreshed = Refreshed::new(produce, |value| *value != INCOMPLETE);
    (refreshed.await, made)
}

/// A value that is not to be kept.
const INCOMPLETE: usize = 3;

fn never() -> Arc<AtomicUsize> {
    Arc::default()
}

#[tokio::test(start_paused = true)]
async fn a_value_is_made_anew_after_five_minutes() {
    let (value, made) = counted(never()).await;
    for _ in 0..3 {
        assert_eq!(*value.get().await.unwrap(), 1);
    }
    tokio::time::advance(std::time::Duration::from_secs(301)).await;
    assert_eq!(*value.get().await.unwrap(), 2);
    assert_eq!(made.load(Ordering::SeqCst), 2);
}

#[tokio::test(start_paused = true)]
async fn an_old_value_serves_on_while_no_new_one_can_be_made() {
    let fails = never();
    let (value, _) = counted(Arc::clone(&fails)).await;
    fails.store(1, Ordering::SeqCst);
    tokio::time::advance(std::time::Duration::from_secs(301)).await;
    assert_eq!(*value.get().await.unwrap(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_value_that_is_not_complete_is_not_kept() {
    let (value, _) = counted(never()).await;
    for expected in [2, 3] {
        tokio::time::advance(std::time::Duration::from_secs(301)).await;
        assert_eq!(*value.get().await.unwrap(), expected);
    }
    assert_eq!(*value.get().await.unwrap(), 4, "at once");
    assert_eq!(*value.get().await.unwrap(), 4);
}

#[tokio::test]
async fn whoever_needs_it_first_tries_again() {
    let fails = Arc::new(AtomicUsize::new(1));
    let (value, _) = counted(Arc::clone(&fails)).await;
    assert_eq!(value.get().await.unwrap_err(), "it can't be read");
    fails.store(0, Ordering::SeqCst);
    assert_eq!(*value.get().await.unwrap(), 1);
}

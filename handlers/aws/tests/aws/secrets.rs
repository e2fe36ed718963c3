//! Secrets, and what is made of them.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use ackflow_aws::{Refreshed, secrets};
use aws_sdk_secretsmanager::Client;
use secrecy::ExposeSecret;

use super::world::World;

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

#[tokio::test]
async fn a_secret_that_may_stay_empty_is_none_then() {
    let Some(world) = World::new().await else { return };
    let client = Client::new(&world.config);
    let arn = client.create_secret().name("optional").send().await.unwrap().arn.unwrap();
    let both = async || {
        let token = secrets::user_token(&client, &arn).await.unwrap();
        let secret = secrets::webhook_secret(&client, &arn).await.unwrap();
        [token, secret].map(|secret| secret.map(|secret| secret.expose_secret().to_owned()))
    };
    let put = async |value: &str| {
        client.put_secret_value().secret_id(&arn).secret_string(value).send().await.unwrap();
    };
    assert_eq!(both().await, [None, None], "it has no value yet");
    for empty in ["{}", r#"{"user_token": "", "webhook_secret": ""}"#, r#"{"user_token": null}"#] {
        put(empty).await;
        assert_eq!(both().await, [None, None], "{empty}");
    }
    put(r#"{"user_token": "xoxp-1", "webhook_secret": "shared-with-the-target"}"#).await;
    assert_eq!(both().await, [Some("xoxp-1".to_owned()), Some("shared-with-the-target".to_owned())]);
}

#[tokio::test]
async fn a_token_of_another_kind_is_refused_and_not_shown() {
    let Some(world) = World::new().await else { return };
    let client = Client::new(&world.config);
    let value = r#"{"user_token": "xoxb-hush", "bot_token": "xoxp-hush"}"#;
    let create = client.create_secret().name("mixed-up").secret_string(value);
    let arn = create.send().await.unwrap().arn.unwrap();
    let user = secrets::user_token(&client, &arn).await.unwrap_err().to_string();
    assert!(user.contains("has a user_token that does not begin with xoxp-"), "{user}");
    let bot = secrets::bot_token(&client, &arn).await.unwrap_err().to_string();
    assert!(bot.contains("has no bot_token that begins with xoxb-"), "{bot}");
    for error in [user, bot] {
        assert!(error.contains(&arn) && !error.contains("hush"), "{error}");
    }
}

//! The database's two lanes: nobody in the foreground waits for the background, and neither waits for ever.

use std::sync::{Arc, Mutex, mpsc};

use ackflow_engine::Database;
use futures_util::future::join_all;
use tokio::sync::oneshot;

fn database() -> (tempfile::TempDir, Database) {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::open(&folder.path().join("lanes.db"), 1, "").unwrap();
    (folder, database)
}

#[tokio::test]
async fn what_waits_in_the_foreground_is_done_first() {
    let (_folder, database) = database();
    let background = database.background();
    let (started, begun) = oneshot::channel();
    let (let_go, held) = mpsc::channel::<()>();
    let asked = database.clone();
    let first = tokio::spawn(async move {
        let held = move |_: &_| {
            started.send(()).unwrap();
            held.recv().unwrap();
            Ok(())
        };
        asked.write(held).await
    });
    begun.await.unwrap();
    let order = Arc::new(Mutex::new(Vec::new()));
    let note = |name: &'static str| {
        let order = Arc::clone(&order);
        move |_: &_| {
            order.lock().unwrap().push(name);
            Ok(())
        }
    };
    let others = [
        background.write(note("background 1")),
        background.write(note("background 2")),
        database.write(note("foreground 1")),
        database.write(note("foreground 2")),
    ];
    // All of them are asked for while the first is under way.
    let (others, ()) = tokio::join!(biased; join_all(others), async { let_go.send(()).unwrap() });
    assert!(first.await.unwrap().is_ok() && others.iter().all(Result::is_ok));
    assert_eq!(*order.lock().unwrap(), ["foreground 1", "foreground 2", "background 1", "background 2"]);
}

#[tokio::test]
async fn the_background_goes_on_under_any_load() {
    let (_folder, database) = database();
    let background = database.background();
    // Each of the foreground is followed by another as soon as it is done.
    let load = join_all((0..8).map(|_| async {
        loop {
            database.write(|_| Ok(())).await.unwrap();
        }
    }));
    let work = async {
        for _ in 0..20 {
            background.write(|_| Ok(())).await.unwrap();
        }
    };
    tokio::select! {
        _ = load => {}
        () = work => {}
    }
}

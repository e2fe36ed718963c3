//! The database's two lanes: nobody in the foreground waits for the background, and neither waits for ever.

use std::{
    sync::{Arc, Mutex, mpsc},
    time::Duration,
};

use ackflow_engine::Database;
use futures_util::future::join_all;
use rusqlite::Connection;
use tokio::sync::oneshot;

fn database() -> (tempfile::TempDir, Database) {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::open(&folder.path().join("lanes.db"), 1, "").unwrap();
    (folder, database)
}

/// What a write gives.
type Done = rusqlite::Result<()>;

/// A write that says that it is under way, and waits until it is let go.
struct Held<W> {
    write: W,
    begun: oneshot::Receiver<()>,
    let_go: mpsc::Sender<()>,
}

fn hold() -> Held<impl FnOnce(&Connection) -> Done + Send> {
    let (started, begun) = oneshot::channel();
    let (let_go, held) = mpsc::channel();
    let write = move |_: &Connection| {
        started.send(()).unwrap();
        held.recv().unwrap();
        Ok(())
    };
    Held { write, begun, let_go }
}

/// The names of the writes that were done.
type Order = Arc<Mutex<Vec<&'static str>>>;

/// A write that notes when it is done.
fn note(name: &'static str, order: &Order) -> impl FnOnce(&Connection) -> Done + Send + use<> {
    let order = Arc::clone(order);
    move |_: &Connection| {
        order.lock().unwrap().push(name);
        Ok(())
    }
}

#[tokio::test]
async fn what_waits_in_the_foreground_is_done_first() {
    let (_folder, database) = database();
    let background = database.background();
    let Held { write, begun, let_go } = hold();
    let asked = database.clone();
    let first = tokio::spawn(async move { asked.write(write).await });
    begun.await.unwrap();
    let order = Order::default();
    let others = [
        background.write(note("background 1", &order)),
        background.write(note("background 2", &order)),
        database.write(note("foreground 1", &order)),
        database.write(note("foreground 2", &order)),
    ];
    // All of them are asked for while the first is under way.
    let (others, ()) = tokio::join!(biased; join_all(others), async { let_go.send(()).unwrap() });
    assert!(first.await.unwrap().is_ok() && others.iter().all(Result::is_ok));
    assert_eq!(*order.lock().unwrap(), ["foreground 1", "foreground 2", "background 1", "background 2"]);
}

/// Both of the background would go into one commit, if nobody asked for anything.
#[tokio::test]
async fn the_background_gives_way_to_whoever_asks_while_it_writes() {
    let (_folder, database) = database();
    let background = database.background();
    let Held { write, begun, let_go } = hold();
    let asked = database.clone();
    let first = tokio::spawn(async move { asked.write(write).await });
    begun.await.unwrap();
    let order = Order::default();
    let Held { write: second, begun: second_begun, let_go: let_second_go } = hold();
    let foreground = async {
        let_go.send(()).unwrap();
        second_begun.await.unwrap();
        let asked = database.write(note("foreground", &order));
        tokio::join!(biased; asked, async { let_second_go.send(()).unwrap() }).0
    };
    let (second, third, foreground) = tokio::join!(
        biased;
        background.write(second),
        background.write(note("background", &order)),
        foreground
    );
    first.await.unwrap().unwrap();
    assert!(second.is_ok() && third.is_ok() && foreground.is_ok());
    assert_eq!(*order.lock().unwrap(), ["foreground", "background"]);
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

async fn refused(database: &Database, name: &'static str, order: &Mutex<Vec<&'static str>>) {
    assert!(database.write(|_| Ok(())).await.is_err());
    order.lock().unwrap().push(name);
}

#[tokio::test]
async fn nobody_in_the_foreground_waits_for_the_errors_of_others() {
    let (_folder, database) = database();
    let (started, begun) = oneshot::channel();
    let (let_go, held) = mpsc::channel::<()>();
    let asked = database.clone();
    let broken = tokio::spawn(async move {
        let hold_and_break = move |connection: &Connection| {
            started.send(()).unwrap();
            held.recv().unwrap();
            connection.pragma_update(None, "query_only", true)
        };
        asked.write(hold_and_break).await
    });
    begun.await.unwrap();
    let (background, order) = (database.background(), Mutex::new(Vec::new()));
    let many = (0..100).map(|_| refused(&background, "background", &order));
    let all = many.chain([refused(&database, "foreground", &order)]);
    // All of them are asked for while the first is under way.
    let (_, ()) = tokio::join!(biased; join_all(all), async { let_go.send(()).unwrap() });
    broken.await.unwrap().unwrap();
    let order = order.into_inner().unwrap();
    let place = order.iter().position(|name| *name == "foreground").unwrap();
    assert!(place < 50, "it heard of it as number {place}");
}

/// A read can last until something is written.
#[tokio::test]
async fn a_read_holds_up_no_write() {
    let (_folder, database) = database();
    let (let_go, held) = mpsc::channel::<()>();
    let read = database.read(move |_| {
        held.recv().unwrap();
        Ok(())
    });
    let write = async {
        let written = database.write(|connection| connection.execute_batch("CREATE TABLE made (a)"));
        tokio::time::timeout(Duration::from_mins(1), written).await.expect("it hangs").unwrap();
        let_go.send(()).unwrap();
    };
    let (read, ()) = tokio::join!(biased; read, write);
    read.unwrap();
}

#[tokio::test]
async fn a_read_can_not_write() {
    let (_folder, database) = database();
    let refused = database.read(|connection| connection.execute_batch("CREATE TABLE made (a)")).await;
    assert!(refused.unwrap_err().to_string().contains("readonly"));
}

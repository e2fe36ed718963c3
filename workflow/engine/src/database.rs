//! One SQLite database, written by one thread that commits in groups.
//!
//! Whatever is asked for while a commit runs goes into the next one together, so that a hundred writers at
//! once cost one `fsync` and not a hundred. Writes are applied and committed in the order in which they were
//! asked for.

use std::{path::Path, sync::mpsc, thread, time::Duration};

use rusqlite::Connection;
use tokio::sync::oneshot;

/// The most writes in one commit: bounds how long the first of them waits.
const MAX_GROUP: usize = 512;

/// How long to wait for another process that writes to the same file.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Why the database did not do what was asked.
#[derive(Clone, Debug, thiserror::Error)]
pub enum DatabaseError {
    /// SQLite refused it: the disk is full, the folder is read-only, the file is no database …
    #[error(
        "the database can't be used: {0}. check that the disk has room and that the data folder is writable, then start again; a damaged file is to be restored from a back-up"
    )]
    Sqlite(String),
    /// The thread that writes has ended, because the process is stopping.
    #[error("the database is closed, because the process is stopping")]
    Closed,
}

impl From<rusqlite::Error> for DatabaseError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error.to_string())
    }
}

/// A write, to be done on the connection or refused with an error.
type Write = Box<dyn FnOnce(Result<&Connection, DatabaseError>) -> Done + Send>;

/// A write that was done, though not yet committed.
struct Done {
    /// Whether somebody was told already that it succeeded.
    was_told: bool,
    /// Tells whether it was committed.
    tell: Box<dyn FnOnce(Result<(), DatabaseError>) + Send>,
}

/// A handle on the database; clones share one connection.
#[derive(Clone, Debug)]
pub struct Database {
    writes: mpsc::Sender<Write>,
}

impl Database {
    /// Opens or creates the database and runs `schema`, which must be repeatable (`CREATE TABLE IF NOT EXISTS`).
    pub fn open(path: &Path, schema: &str) -> Result<Self, DatabaseError> {
        let connection = Connection::open(path)?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        connection.set_prepared_statement_cache_capacity(64);
        // FULL makes each commit durable; NORMAL would lose the last commits with the machine's power.
        connection.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;")?;
        connection.execute_batch(schema)?;
        let (writes, queue) = mpsc::channel();
        thread::Builder::new()
            .name("database".to_owned())
            .spawn(move || commit_in_groups(&connection, &queue))
            .map_err(|error| DatabaseError::Sqlite(format!("its thread can't be started: {error}")))?;
        Ok(Self { writes })
    }

    /// Does something in a transaction. The result is there once that is durable.
    pub async fn write<T: Send + 'static>(
        &self,
        operation: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, DatabaseError> {
        let (sender, receiver) = oneshot::channel();
        self.send(Box::new(move |connection| {
            let result = connection.and_then(|connection| Ok(atomically(connection, operation)?));
            let tell = move |committed: Result<(), DatabaseError>| {
                // Its own error says more than that of its group.
                let _ = sender.send(result.and_then(|value| committed.map(|()| value)));
            };
            Done { was_told: false, tell: Box::new(tell) }
        }))?;
        receiver.await.map_err(|_| DatabaseError::Closed)?
    }

    /// Does something in a transaction. The result is there at once, and durable before whatever is written
    /// after it: enough where a later [`write`](Self::write) is waited for. Should its commit fail, the database
    /// refuses everything that follows.
    pub async fn write_ahead<T: Send + 'static>(
        &self,
        operation: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, DatabaseError> {
        let (sender, receiver) = oneshot::channel();
        self.send(Box::new(move |connection| {
            let result = connection.and_then(|connection| Ok(atomically(connection, operation)?));
            let was_told = result.is_ok();
            let _ = sender.send(result);
            Done { was_told, tell: Box::new(|_| ()) }
        }))?;
        receiver.await.map_err(|_| DatabaseError::Closed)?
    }

    fn send(&self, write: Write) -> Result<(), DatabaseError> {
        self.writes.send(write).map_err(|_| DatabaseError::Closed)
    }
}

fn commit_in_groups(connection: &Connection, queue: &mpsc::Receiver<Write>) {
    while let Ok(first) = queue.recv() {
        if let Err(error) = connection.execute_batch("BEGIN IMMEDIATE") {
            let error = DatabaseError::from(error);
            (first(Err(error.clone())).tell)(Err(error));
            continue;
        }
        let mut group = vec![first(Ok(connection))];
        // SQLite leaves the transaction by itself when the disk is full: nothing may be written outside of it.
        while group.len() < MAX_GROUP && !connection.is_autocommit() {
            let Ok(write) = queue.try_recv() else { break };
            group.push(write(Ok(connection)));
        }
        let committed = connection.execute_batch("COMMIT").map_err(|error| {
            // Fails when SQLite has rolled back by itself, which is what is wanted.
            let _ = connection.execute_batch("ROLLBACK");
            DatabaseError::from(error)
        });
        let was_told = group.iter().any(|done| done.was_told);
        for done in group {
            (done.tell)(committed.clone());
        }
        if let Err(error) = committed
            && was_told
        {
            return refuse_all(queue, &error);
        }
    }
}

/// Somebody was told of a write that is lost. What is written after it was promised to be durable after it only,
/// so nothing is written any more.
fn refuse_all(queue: &mpsc::Receiver<Write>, error: &DatabaseError) {
    while let Ok(write) = queue.recv() {
        (write(Err(error.clone())).tell)(Err(error.clone()));
    }
}

/// Runs one write whole or not at all, apart from the others of its group.
fn atomically<T>(
    connection: &Connection,
    operation: impl FnOnce(&Connection) -> rusqlite::Result<T>,
) -> rusqlite::Result<T> {
    connection.prepare_cached("SAVEPOINT one")?.execute([])?;
    let result = operation(connection);
    if result.is_err() {
        // Fails when SQLite has rolled back everything; then this is undone too.
        let _ = connection.execute_batch("ROLLBACK TO one; RELEASE one");
        return result;
    }
    connection.prepare_cached("RELEASE one")?.execute([])?;
    result
}

//! One SQLite database, written by one thread that commits in groups.
//!
//! Whatever is asked for while a commit runs goes into the next one together, so that a hundred writers at
//! once cost one `fsync` and not a hundred. Writes of a lane are applied and committed in the order in which they
//! were asked for, and those of the [background](Database::background) give way to the others.

use std::{collections::VecDeque, path::Path, sync::mpsc, thread, time::Duration};

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
    /// It has the tables of another program.
    #[error("the database is not Ackflow's: it was written by another program. choose another folder")]
    Foreign,
    /// The thread that writes has ended, because the process is stopping.
    #[error("the database is closed, because the process is stopping")]
    Closed,
}

impl From<rusqlite::Error> for DatabaseError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error.to_string())
    }
}

/// How large a database is, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Space {
    /// What is in use.
    pub used: u64,
    /// What is free to be used before the file grows.
    pub free: u64,
}

/// What is done on the connection, or refused with an error.
type Operation = Box<dyn FnOnce(Result<&Connection, DatabaseError>) -> Done + Send>;

/// Something to be done, and how soon.
struct Write {
    is_background: bool,
    operation: Operation,
}

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
    is_background: bool,
}

impl Database {
    /// Opens or creates the database and runs `schema`, which must be repeatable (`CREATE TABLE IF NOT EXISTS`).
    /// A database that has tables and another `application_id` is somebody else's, and is refused.
    pub fn open(path: &Path, application_id: i32, schema: &str) -> Result<Self, DatabaseError> {
        let connection = Connection::open(path)?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        claim(&connection, application_id)?;
        connection.set_prepared_statement_cache_capacity(64);
        // FULL makes each commit durable; NORMAL would lose the last commits with the machine's power.
        connection.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;")?;
        connection.execute_batch(schema)?;
        let (writes, queue) = mpsc::channel();
        thread::Builder::new()
            .name("database".to_owned())
            .spawn(move || commit_in_groups(&connection, &queue))
            .map_err(|error| DatabaseError::Sqlite(format!("its thread can't be started: {error}")))?;
        Ok(Self { writes, is_background: false })
    }

    /// How much of its file the database uses. What it does not use is taken before the file grows.
    pub async fn space(&self) -> Result<Space, DatabaseError> {
        self.write_ahead(|connection| {
            let pragma = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
            let size = pragma("page_size")?;
            let free = pragma("freelist_count")?;
            let used = pragma("page_count")? - free;
            Ok(Space { used: (used * size).cast_unsigned(), free: (free * size).cast_unsigned() })
        })
        .await
    }

    /// Gives up to so many unused pages back to the file system. Says whether there may be more.
    ///
    /// A file that was made by a version that could not do this stays as long as it is.
    pub async fn shrink(&self, pages: u32) -> Result<bool, DatabaseError> {
        self.write(move |connection| {
            let mut statement = connection.prepare(&format!("PRAGMA incremental_vacuum({pages})"))?;
            let mut given_back = statement.query([])?;
            let mut count = 0;
            // Each step gives one page back.
            while given_back.next()?.is_some() {
                count += 1;
            }
            Ok(count >= pages)
        })
        .await
    }

    /// The same database, for writes that nobody waits for at once. While others are asked for, each commit has room
    /// for one of these, so that they go on, if slowly.
    #[must_use]
    pub fn background(&self) -> Self {
        Self { is_background: true, ..self.clone() }
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
    /// after it in the same lane: enough where a later [`write`](Self::write) is waited for. Should its commit fail, the database
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

    fn send(&self, operation: Operation) -> Result<(), DatabaseError> {
        let write = Write { is_background: self.is_background, operation };
        self.writes.send(write).map_err(|_| DatabaseError::Closed)
    }
}

/// What is asked for and not done yet, in two lanes.
#[derive(Default)]
struct Waiting {
    foreground: VecDeque<Operation>,
    background: VecDeque<Operation>,
}

impl Waiting {
    /// Waits until there is something to do. `false` when nobody is left to ask for anything.
    fn wait(&mut self, queue: &mpsc::Receiver<Write>) -> bool {
        if self.foreground.is_empty() && self.background.is_empty() {
            let Ok(write) = queue.recv() else { return false };
            self.add(write);
        }
        true
    }

    fn add(&mut self, write: Write) {
        let lane = if write.is_background { &mut self.background } else { &mut self.foreground };
        lane.push_back(write.operation);
    }

    /// What comes next in a group: one of the background, then all of the foreground; the rest of the background only
    /// where nothing of the foreground waits for the commit.
    fn next(
        &mut self,
        queue: &mpsc::Receiver<Write>,
        group: &[Done],
        has_foreground: &mut bool,
    ) -> Option<Operation> {
        for write in queue.try_iter() {
            self.add(write);
        }
        if group.is_empty()
            && let Some(operation) = self.background.pop_front()
        {
            return Some(operation);
        }
        if let Some(operation) = self.foreground.pop_front() {
            *has_foreground = true;
            return Some(operation);
        }
        if *has_foreground { None } else { self.background.pop_front() }
    }
}

/// Marks a new database as this application's; refuses one that is another's.
fn claim(connection: &Connection, application_id: i32) -> Result<(), DatabaseError> {
    let found: i32 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
    if found == application_id {
        return Ok(());
    }
    let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if found != 0 || tables > 0 {
        return Err(DatabaseError::Foreign);
    }
    // Before anything is written: a file that has pages keeps the way in which it was made.
    connection.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
    Ok(connection.pragma_update(None, "application_id", application_id)?)
}

fn commit_in_groups(connection: &Connection, queue: &mpsc::Receiver<Write>) {
    let mut waiting = Waiting::default();
    while waiting.wait(queue) {
        let (mut group, mut has_foreground) = (Vec::new(), false);
        if let Err(error) = run(connection, "BEGIN IMMEDIATE") {
            let error = DatabaseError::from(error);
            if let Some(first) = waiting.next(queue, &group, &mut has_foreground) {
                (first(Err(error.clone())).tell)(Err(error));
            }
            continue;
        }
        // SQLite leaves the transaction by itself when the disk is full: nothing may be written outside of it.
        while group.len() < MAX_GROUP && !connection.is_autocommit() {
            let Some(operation) = waiting.next(queue, &group, &mut has_foreground) else { break };
            group.push(operation(Ok(connection)));
        }
        let committed = run(connection, "COMMIT").map_err(|error| {
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
            return refuse_all(waiting, queue, &error);
        }
    }
}

/// Somebody was told of a write that is lost. What is written after it was promised to be durable after it only,
/// so nothing is written any more.
fn refuse_all(waiting: Waiting, queue: &mpsc::Receiver<Write>, error: &DatabaseError) {
    let later = queue.iter().map(|write| write.operation);
    for operation in waiting.background.into_iter().chain(waiting.foreground).chain(later) {
        (operation(Err(error.clone())).tell)(Err(error.clone()));
    }
}

/// Runs a statement that gives nothing.
fn run(connection: &Connection, sql: &str) -> rusqlite::Result<()> {
    connection.prepare_cached(sql)?.execute([]).map(drop)
}

/// Runs one write whole or not at all, apart from the others of its group.
fn atomically<T>(
    connection: &Connection,
    operation: impl FnOnce(&Connection) -> rusqlite::Result<T>,
) -> rusqlite::Result<T> {
    run(connection, "SAVEPOINT one")?;
    let result = operation(connection);
    if result.is_err() {
        // Fails when SQLite has rolled back everything; then this is undone too.
        let _ = connection.execute_batch("ROLLBACK TO one; RELEASE one");
        return result;
    }
    run(connection, "RELEASE one")?;
    result
}

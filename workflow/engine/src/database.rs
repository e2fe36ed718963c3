//! One SQLite database, written by one thread that commits in groups, and read by another.
//!
//! Whatever is asked for while a commit runs goes into the next one together, so that a hundred writers at
//! once cost one `fsync` and not a hundred. Writes of a lane are applied and committed in the order in which they
//! were asked for, and those of the [background](Database::background) give way to the others. A read sees what was
//! committed before it, and neither waits for a write nor holds one up.

use std::{collections::VecDeque, ops::Range, path::Path, sync::mpsc, thread, time::Duration};

use rusqlite::{Connection, ErrorCode};
use tokio::sync::oneshot;

/// The most writes in one commit: bounds how long the first of them waits.
const MAX_GROUP: usize = 512;

/// How long to wait for another process that writes to the same file, before the foreground is refused.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Why the database did not do what was asked.
#[derive(Clone, Debug, thiserror::Error)]
pub enum DatabaseError {
    /// SQLite refused it: the disk is full, the folder is read-only, the file is no database …
    #[error(
        "the database can't be used: {0}. check that the disk has room and that the data folder is writable, then start again; a damaged file is to be restored from a back-up"
    )]
    Sqlite(String),
    /// Another process has locked it.
    #[error(
        "the database is locked by another process: end that, such as `sqlite3` in a transaction, and try again"
    )]
    Busy,
    /// It has the tables of another program.
    #[error("the database is not Ackflow's: it was written by another program. choose another folder")]
    Foreign,
    /// The thread that writes has ended, because the process is stopping.
    #[error("the database is closed, because the process is stopping")]
    Closed,
}

impl From<rusqlite::Error> for DatabaseError {
    fn from(error: rusqlite::Error) -> Self {
        if is_busy(&error) { Self::Busy } else { Self::Sqlite(error.to_string()) }
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
type Operation = Box<dyn FnOnce(Result<&Connection, DatabaseError>) -> Tell + Send>;

/// Tells whoever asked for a write that was done whether it was committed.
type Tell = Box<dyn FnOnce(Result<(), DatabaseError>) + Send>;

/// What is read on the other connection, or refused with an error.
type Read = Box<dyn FnOnce(Result<&Connection, DatabaseError>) + Send>;

/// Something to be done, and how soon.
struct Write {
    is_background: bool,
    operation: Operation,
}

/// A handle on the database; clones share its two connections.
#[derive(Clone, Debug)]
pub struct Database {
    writes: mpsc::Sender<Write>,
    reads: mpsc::Sender<Read>,
    is_background: bool,
}

impl Database {
    /// Opens or creates the database and runs `schema`, which must be repeatable (`CREATE TABLE IF NOT EXISTS`).
    /// A database that has tables and another `application_id` is somebody else's, and is refused.
    pub fn open(path: &Path, application_id: i32, schema: &str) -> Result<Self, DatabaseError> {
        let connection = connect(path)?;
        claim(&connection, application_id)?;
        // FULL makes each commit durable; NORMAL would lose the last commits with the machine's power.
        connection.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;")?;
        connection.execute_batch(schema)?;
        let reader = connect(path)?;
        reader.pragma_update(None, "query_only", true)?;
        let (writes, queue) = mpsc::channel();
        start_thread("database", move || commit_in_groups(&connection, &queue))?;
        let (reads, queue) = mpsc::channel();
        start_thread("database reads", move || read_in_turn(&reader, &queue))?;
        Ok(Self { writes, reads, is_background: false })
    }

    /// How much of its file the database uses. What it does not use is taken before the file grows.
    pub async fn space(&self) -> Result<Space, DatabaseError> {
        self.read(|connection| {
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

    /// Reads something, as of one moment: whatever was committed by then, which is durable.
    pub async fn read<T: Send + 'static>(
        &self,
        operation: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, DatabaseError> {
        let (sender, receiver) = oneshot::channel();
        let read: Read = Box::new(move |connection| {
            // Who asked may have gone away.
            let _ = sender.send(connection.and_then(|connection| Ok(operation(connection)?)));
        });
        self.reads.send(read).map_err(|_| DatabaseError::Closed)?;
        receiver.await.map_err(|_| DatabaseError::Closed)?
    }

    /// Does something in a transaction. The result is there once that is durable.
    ///
    /// While another process has locked the file, a write of the background waits for it; any other is refused with
    /// [`DatabaseError::Busy`] after some seconds, and not done.
    pub async fn write<T: Send + 'static>(
        &self,
        operation: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, DatabaseError> {
        let (sender, receiver) = oneshot::channel();
        let operation: Operation = Box::new(move |connection| {
            let result = connection.and_then(|connection| Ok(atomically(connection, operation)?));
            Box::new(move |committed: Result<(), DatabaseError>| {
                // Its own error says more than that of its group.
                let _ = sender.send(result.and_then(|value| committed.map(|()| value)));
            })
        });
        let write = Write { is_background: self.is_background, operation };
        self.writes.send(write).map_err(|_| DatabaseError::Closed)?;
        receiver.await.map_err(|_| DatabaseError::Closed)?
    }
}

/// What is asked for and not done yet, in two lanes.
#[derive(Default)]
struct Waiting {
    foreground: VecDeque<Operation>,
    background: VecDeque<Operation>,
}

/// What of each lane goes into a commit.
struct Group {
    /// How many are still to come.
    foreground: usize,
    /// Which are still to come at most.
    background: Range<usize>,
}

impl Waiting {
    /// Waits until there is something to do, and says what of it goes into the next commit: all of the foreground and
    /// one of the background, or all of the background where the foreground asks for nothing. What is asked for
    /// later goes into a later one, so that nobody waits for it. `None` when nobody is left to ask for anything.
    fn group(&mut self, queue: &mpsc::Receiver<Write>) -> Option<Group> {
        if self.foreground.is_empty() && self.background.is_empty() {
            self.add(queue.recv().ok()?);
        }
        self.take_in(queue);
        let foreground = self.foreground.len().min(MAX_GROUP);
        let background = if foreground == 0 { self.background.len().min(MAX_GROUP) } else { 1 };
        Some(Group { foreground, background: 0..background })
    }

    /// Takes in what was asked for meanwhile.
    fn take_in(&mut self, queue: &mpsc::Receiver<Write>) {
        for write in queue.try_iter() {
            self.add(write);
        }
    }

    fn add(&mut self, write: Write) {
        let lane = if write.is_background { &mut self.background } else { &mut self.foreground };
        lane.push_back(write.operation);
    }

    /// What comes next in a group. One of the background has its turn in any case; the others give way to the
    /// foreground, should it ask for something meanwhile.
    fn next(&mut self, group: &mut Group, queue: &mpsc::Receiver<Write>) -> Option<Operation> {
        if group.foreground > 0 {
            group.foreground -= 1;
            return self.foreground.pop_front();
        }
        if group.background.next()? > 0 {
            self.take_in(queue);
            if !self.foreground.is_empty() {
                return None;
            }
        }
        self.background.pop_front()
    }
}

fn connect(path: &Path) -> Result<Connection, DatabaseError> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

fn start_thread(name: &str, run: impl FnOnce() + Send + 'static) -> Result<(), DatabaseError> {
    let started = thread::Builder::new().name(name.to_owned()).spawn(run);
    started.map_err(|error| DatabaseError::Sqlite(format!("its thread can't be started: {error}")))?;
    Ok(())
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
    while let Some(mut group) = waiting.group(queue) {
        match run(connection, "BEGIN IMMEDIATE") {
            Ok(()) => {}
            Err(error) if is_busy(&error) => {
                warn_of_lock();
                // Whoever asked for these may have given up, and would not expect them later. The background waits.
                refuse(waiting.foreground.drain(..group.foreground), &error.into());
                continue;
            }
            Err(error) => {
                let refused = std::iter::from_fn(|| waiting.next(&mut group, queue));
                refuse(refused, &error.into());
                continue;
            }
        }
        let mut all_done = Vec::new();
        // SQLite leaves the transaction by itself when the disk is full: nothing may be written outside of it.
        while !connection.is_autocommit() {
            let Some(operation) = waiting.next(&mut group, queue) else { break };
            all_done.push(operation(Ok(connection)));
        }
        let committed = run(connection, "COMMIT").map_err(|error| {
            // Fails when SQLite has rolled back by itself, which is what is wanted.
            let _ = connection.execute_batch("ROLLBACK");
            DatabaseError::from(error)
        });
        for tell in all_done {
            tell(committed.clone());
        }
    }
}

fn refuse(operations: impl Iterator<Item = Operation>, error: &DatabaseError) {
    for operation in operations {
        operation(Err(error.clone()))(Err(error.clone()));
    }
}

fn read_in_turn(connection: &Connection, queue: &mpsc::Receiver<Read>) {
    for read in queue {
        read(begin_read(connection).map(|()| connection));
        // Nothing was written. It fails where the transaction could not even begin.
        let _ = run(connection, "COMMIT");
    }
}

fn begin_read(connection: &Connection) -> Result<(), DatabaseError> {
    run(connection, "BEGIN")?;
    loop {
        // The moment is that of the first read.
        match connection.pragma_query_value(None, "schema_version", |_| Ok(())) {
            Err(error) if is_busy(&error) => warn_of_lock(),
            begun => return Ok(begun?),
        }
    }
}

/// Whether another process has locked the file.
fn is_busy(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
}

fn warn_of_lock() {
    tracing::warn!("another process has locked the database: the flows wait until it lets go");
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

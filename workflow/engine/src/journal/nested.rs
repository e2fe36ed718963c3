//! Executions that tasks of others start.

use rusqlite::{Connection, params};
use serde_json::Value;

use super::{ExecutionRow, Journal, JournalError, NewExecution, Status, row::COLUMNS};

/// An execution to start for a task of another.
pub(crate) struct NewChild {
    pub(crate) execution: NewExecution,
    /// The task, if it waits for the execution's end.
    pub(crate) awaiting: Option<Awaiting>,
}

/// A task that waits for the end of an execution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Awaiting {
    pub(crate) parent: i64,
    pub(crate) task: u64,
    /// Whether it wants the output as JSON; as text otherwise.
    pub(crate) as_json: bool,
}

/// An execution that a task waits for.
pub(crate) struct Awaited {
    pub(crate) child: i64,
    pub(crate) awaiting: Awaiting,
    pub(crate) has_ended: bool,
}

impl Journal {
    /// Starts executions for tasks of others. One of the same name and input that was started before is the same;
    /// `None` where one with another input has the name. Durable when this returns.
    pub(crate) async fn start_children(
        &self,
        children: Vec<NewChild>,
    ) -> Result<Vec<Option<ExecutionRow>>, JournalError> {
        let started = self
            .background
            .write(move |connection| children.iter().map(|child| child.start(connection)).collect())
            .await?;
        Ok(started)
    }

    /// Every execution that a task waits for. Where it can't be read which task that is, its execution goes on waiting.
    pub(crate) async fn awaited(&self) -> Result<Vec<Awaited>, JournalError> {
        let awaited = self
            .database
            .read(|connection| {
                let sql = "SELECT child, parent, task, as_json, status <> 'RUNNING'
                           FROM nested JOIN executions ON id = child";
                let mut statement = connection.prepare_cached(sql)?;
                let awaited = statement.query_map([], |row| {
                    let (child, parent): (i64, i64) = (row.get(0)?, row.get(1)?);
                    let (Ok(task), Ok(as_json)) = (row.get::<_, i64>(2), row.get(3)) else {
                        tracing::error!(parent, child, "which task waits for an execution can't be read");
                        return Ok(None);
                    };
                    let awaiting = Awaiting { parent, task: task.cast_unsigned(), as_json };
                    Ok(Some(Awaited { child, awaiting, has_ended: row.get(4)? }))
                })?;
                awaited.filter_map(Result::transpose).collect()
            })
            .await?;
        Ok(awaited)
    }

    /// The execution of this number, if it has ended.
    pub(crate) async fn ended(&self, execution: i64) -> Result<Option<ExecutionRow>, JournalError> {
        let rows = self
            .database
            .read(move |connection| {
                let sql = format!("SELECT {COLUMNS} FROM executions WHERE id = ?");
                ExecutionRow::read_all(connection, &sql, &[&execution])
            })
            .await?;
        Ok(rows.into_iter().find(|row| row.status != Status::Running))
    }
}

impl NewChild {
    fn start(&self, connection: &Connection) -> rusqlite::Result<Option<ExecutionRow>> {
        let NewExecution { flow, name, input, .. } = &self.execution;
        self.execution.insert(connection)?;
        let sql = format!("SELECT {COLUMNS} FROM executions WHERE name = ? AND flow = ?");
        let rows = ExecutionRow::read_all(connection, &sql, &[name, flow])?;
        // The input of one that can't be read is not known.
        let is_same = |row: &ExecutionRow| {
            row.unreadable.is_none()
                && serde_json::from_str::<Value>(input).is_ok_and(|input| row.start.input == input)
        };
        let child = rows.into_iter().find(is_same);
        if let (Some(row), Some(awaiting)) = (&child, &self.awaiting) {
            awaiting.insert(connection, row.id)?;
        }
        Ok(child)
    }
}

impl Awaiting {
    fn insert(&self, connection: &Connection, child: i64) -> rusqlite::Result<usize> {
        let sql = "INSERT OR IGNORE INTO nested (child, parent, task, as_json) VALUES (?, ?, ?, ?)";
        let task = self.task.cast_signed();
        connection.prepare_cached(sql)?.execute(params![child, self.parent, task, self.as_json])
    }
}

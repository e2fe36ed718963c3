//! What is written to the journal at once.

use rusqlite::{Connection, params};
use serde_json::Value;

use super::{Record, Stop};

/// What has happened, and what follows from it for other executions.
#[derive(Default)]
pub(crate) struct Changes {
    pub(crate) records: Vec<Record>,
    /// The executions that are to be stopped since it did.
    pub(crate) stops: Vec<Stop>,
    pub(crate) told: Option<Told>,
}

/// That the tasks that waited for an execution were told how it ended.
pub(crate) struct Told {
    pub(crate) child: i64,
    /// The parents whose tasks were not: these still wait.
    pub(crate) but: Vec<i64>,
}

impl Changes {
    /// Whether nothing has happened.
    pub(crate) fn is_empty(&self) -> bool {
        self.records.is_empty() && self.told.is_none()
    }

    pub(super) fn insert(&self, connection: &Connection) -> rusqlite::Result<()> {
        self.records.iter().try_for_each(|record| record.insert(connection))?;
        self.stops.iter().try_for_each(|stop| stop.insert(connection))?;
        self.told.iter().try_for_each(|told| told.insert(connection))
    }
}

impl Told {
    /// Forgets the tasks that were told.
    fn insert(&self, connection: &Connection) -> rusqlite::Result<()> {
        let sql = "DELETE FROM nested WHERE child = ? AND parent NOT IN (SELECT value FROM json_each(?))";
        let but = Value::from(self.but.clone()).to_string();
        connection.prepare_cached(sql)?.execute(params![self.child, but])?;
        Ok(())
    }
}

//! The journal's tables.

use sha2::{Digest, Sha256};

/// Times are milliseconds since 1970.
pub(crate) const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS machines (
    digest TEXT PRIMARY KEY,
    definition TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS executions (
    id INTEGER PRIMARY KEY,
    flow TEXT NOT NULL,
    name TEXT NOT NULL,
    machine TEXT NOT NULL REFERENCES machines (digest),
    input TEXT NOT NULL,
    seed INTEGER NOT NULL,
    started_at INTEGER NOT NULL,
    status TEXT NOT NULL,
    ended_at INTEGER,
    redriven INTEGER NOT NULL DEFAULT 0,
    UNIQUE (name, flow)
);
CREATE INDEX IF NOT EXISTS executions_running ON executions (id) WHERE status = 'RUNNING';
CREATE INDEX IF NOT EXISTS executions_redriven ON executions (id) WHERE redriven = 1;
CREATE INDEX IF NOT EXISTS executions_ended ON executions (ended_at) WHERE ended_at IS NOT NULL;

-- The executions under way that have no task to run: until when, or NULL for those that wait for an answer alone.
-- One that is not here is rebuilt when the engine starts.
CREATE TABLE IF NOT EXISTS waiting (
    execution INTEGER PRIMARY KEY REFERENCES executions (id),
    due INTEGER
);

CREATE TABLE IF NOT EXISTS signals (
    execution INTEGER NOT NULL REFERENCES executions (id),
    number INTEGER NOT NULL,
    at INTEGER NOT NULL,
    signal TEXT NOT NULL,
    PRIMARY KEY (execution, number)
) WITHOUT ROWID;

-- The executions that a task of another waits for. One of these rows goes once the task was told how it ended. Until
-- then the execution is kept; the parent may be gone.
CREATE TABLE IF NOT EXISTS nested (
    child INTEGER NOT NULL REFERENCES executions (id),
    parent INTEGER NOT NULL,
    task INTEGER NOT NULL,
    as_json INTEGER NOT NULL,
    PRIMARY KEY (child, parent, task)
) WITHOUT ROWID;

-- The executions under way that are to be stopped, and what is to be said of it.
CREATE TABLE IF NOT EXISTS stopping (
    execution INTEGER PRIMARY KEY REFERENCES executions (id),
    error TEXT NOT NULL,
    cause TEXT NOT NULL
);

CREATE TABLE IF NOT EXISTS engine (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    id INTEGER NOT NULL
);
";

/// What a definition is known by.
pub(crate) fn digest(definition: &str) -> String {
    hex::encode(Sha256::digest(definition))
}

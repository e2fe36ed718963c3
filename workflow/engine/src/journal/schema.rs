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

CREATE TABLE IF NOT EXISTS signals (
    execution INTEGER NOT NULL REFERENCES executions (id),
    number INTEGER NOT NULL,
    at INTEGER NOT NULL,
    signal TEXT NOT NULL,
    PRIMARY KEY (execution, number)
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS engine (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    id INTEGER NOT NULL
);
";

/// What a definition is known by.
pub(crate) fn digest(definition: &str) -> String {
    hex::encode(Sha256::digest(definition))
}

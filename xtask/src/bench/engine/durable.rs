//! Durable executions a second, beside Restate.

use std::{fmt::Write, path::Path};

use miette::{Context, Result, miette};

use super::{
    Engine, fsyncs,
    service::{Running, Service},
};
use crate::bench::{
    machine::sync_time,
    table::{median, thousands},
    wrk::{self, Load, Measured, float},
};

/// How long a service is warmed up before it is measured, in seconds.
const WARM_UP: u32 = 2;

/// What must be durable of one execution: its start, and the result of each of three steps, the last with its end.
const TRANSITIONS: u64 = 4;

/// The median of each figure of one service.
struct Row {
    service: Service,
    per_second: f64,
    p50: f64,
    p99: f64,
    /// `None` where they can't be counted.
    fsyncs: Option<f64>,
}

/// The table, and the floor below it.
pub(super) fn measure(engine: &Engine, folder: &Path) -> Result<String> {
    let mut rounds = Vec::new();
    for repetition in 1..=engine.repetitions {
        for service in [Service::Ackflow, Service::Restate] {
            let measured = round(engine, service, folder).wrap_err_with(|| service.name())?;
            let (name, per_second) = (service.name(), thousands(measured.per_second));
            eprintln!("{repetition} of {}: {name}, {per_second} executions/s", engine.repetitions);
            rounds.push((service, measured));
        }
    }
    let row = |service: Service| -> Result<Row> {
        let figures = || rounds.iter().filter(|(of, _)| *of == service).map(|(_, measured)| measured);
        let unmeasured = || miette!("{} was not measured", service.name());
        Ok(Row {
            service,
            per_second: median(figures().map(|figure| figure.per_second)).ok_or_else(unmeasured)?,
            p50: median(figures().map(|figure| figure.p50_millis)).ok_or_else(unmeasured)?,
            p99: median(figures().map(|figure| figure.p99_millis)).ok_or_else(unmeasured)?,
            fsyncs: fsyncs_per_transition(engine, service, folder)?,
        })
    };
    let rows = [row(Service::Ackflow)?, row(Service::Restate)?];
    let (table, floor) = (table(&rows), thousands(1.0 / sync_time(folder)?.as_secs_f64()));
    Ok(format!("{table}\nFloor: {floor} fsyncs a second on this disk, one after the other.\n"))
}

fn table(rows: &[Row; 2]) -> String {
    let mut text = "\
| service | executions/s | p50 ms | p99 ms | fsyncs a transition | ackflow ÷ it |
| --- | ---: | ---: | ---: | ---: | ---: |
"
    .to_owned();
    for Row { service, per_second, p50, p99, fsyncs } in rows {
        let fsyncs = fsyncs.map_or_else(|| "?".to_owned(), |fsyncs| format!("{fsyncs:.3}"));
        let ratio = rows[0].per_second / per_second;
        let (name, per_second) = (service.name(), thousands(*per_second));
        let _ = writeln!(text, "| {name} | {per_second} | {p50:.2} | {p99:.2} | {fsyncs} | {ratio:.2} |");
    }
    text
}

fn round(engine: &Engine, service: Service, folder: &Path) -> Result<Measured> {
    let running = service.start(&folder.join("round"), None)?;
    load(engine, &running, WARM_UP)?;
    load(engine, &running, engine.seconds)
}

/// Counted in a round of its own: the others are not to be held up by the counting.
fn fsyncs_per_transition(engine: &Engine, service: Service, folder: &Path) -> Result<Option<f64>> {
    if !fsyncs::can_be_counted() {
        return Ok(None);
    }
    let calls = folder.join("calls");
    let running = service.start(&folder.join("round"), Some(&calls))?;
    load(engine, &running, WARM_UP)?;
    let before = fsyncs::count(&calls)?;
    let measured = load(engine, &running, engine.seconds)?;
    let made = fsyncs::count(&calls)? - before;
    Ok(Some(float(made) / float(measured.answered * TRANSITIONS)))
}

/// Keeps as many executions running as is asked for.
pub(super) fn load(engine: &Engine, running: &Running, seconds: u32) -> Result<Measured> {
    wrk::post(running.port, running.path, Load { connections: engine.at_once, threads: 1, seconds })
}

//! Whether executions become slower with more and more of them in the database.

use std::{fmt::Write, path::Path};

use miette::{Context, Result, ensure, miette};

use super::{
    Engine,
    durable::load,
    service::{Running, Service},
};
use crate::bench::{
    request,
    table::{median, thousands},
};

/// So many executions are asked for in one request, which then is answered in time.
const PORTION: u32 = 1_000;

/// The table.
pub(super) fn measure(engine: &Engine, folder: &Path) -> Result<String> {
    let mut text = "\
| executions in the database | executions/s | ÷ the first |
| ---: | ---: | ---: |
"
    .to_owned();
    let mut first = None;
    for &executions in &engine.executions {
        let rounds = (0..engine.repetitions)
            .map(|_| round(engine, executions, folder))
            .collect::<Result<Vec<f64>>>()
            .wrap_err_with(|| format!("with {executions} executions in the database"))?;
        let per_second = median(rounds.into_iter()).ok_or_else(|| miette!("there was no round"))?;
        let ratio = per_second / *first.get_or_insert(per_second);
        let (executions, per_second) = (thousands(executions.into()), thousands(per_second));
        eprintln!("{executions} executions in the database: {per_second} executions/s");
        let _ = writeln!(text, "| {executions} | {per_second} | {ratio:.2} |");
    }
    Ok(text)
}

/// Executions a second after so many that have ended. There is no other warm-up: it would add to them.
fn round(engine: &Engine, executions: u32, folder: &Path) -> Result<f64> {
    let running = Service::Ackflow.start(&folder.join("round"), None)?;
    let mut left = executions;
    while left > 0 {
        let portion = left.min(PORTION);
        fill(&running, portion)?;
        left -= portion;
    }
    Ok(load(engine, &running, engine.seconds)?.per_second)
}

fn fill(running: &Running, count: u32) -> Result<()> {
    let answer = request::post_json(running.port, "/fill", &count.to_string())?;
    ensure!(answer.status == 200, "the service answers {}: {}", answer.status, answer.body);
    Ok(())
}

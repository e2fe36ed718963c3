//! The figures as tables in Markdown.

use std::fmt::Write;

use super::server::Server;
use super::wrk::{Measured, float};

/// One server under one load, once.
pub(super) struct Round {
    pub(super) server: Server,
    pub(super) connections: u32,
    pub(super) measured: Measured,
    /// Seconds of processor time that the server has used meanwhile, for whatever it did.
    pub(super) processor_time: Option<f64>,
    /// Resident MiB before any load, and after it.
    pub(super) idle: Option<f64>,
    pub(super) loaded: Option<f64>,
}

/// All rounds of one server under one load, the median of each figure.
struct Row {
    server: Server,
    connections: u32,
    per_second: f64,
    p50: f64,
    p99: f64,
    micros: Option<f64>,
    idle: Option<f64>,
    loaded: Option<f64>,
}

/// The figures, then what `ackflow` has in proportion to each other server.
pub(super) fn tables(servers: &[Server], connections: &[u32], rounds: &[Round]) -> String {
    let cells =
        connections.iter().flat_map(|&connections| servers.iter().map(move |&server| (server, connections)));
    let rows: Vec<Row> = cells.filter_map(|(server, connections)| row(server, connections, rounds)).collect();
    let mut text = figures(&rows);
    if let Some(ratios) = ratios(servers, connections, &rows) {
        text.push('\n');
        text.push_str(&ratios);
    }
    text
}

fn figures(rows: &[Row]) -> String {
    let mut text = "\
| connections | server | requests/s | p50 ms | p99 ms | CPU µs a request | idle MiB | after MiB |
| ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: |
"
    .to_owned();
    for Row { server, connections, per_second, p50, p99, micros, idle, loaded } in rows {
        let known = |figure: &Option<f64>, digits| {
            figure.map_or_else(|| "?".to_owned(), |figure| format!("{figure:.digits$}"))
        };
        let (name, per_second) = (server.name(), thousands(*per_second));
        let (micros, idle, loaded) = (known(micros, 0), known(idle, 1), known(loaded, 1));
        let _ = writeln!(
            text,
            "| {connections} | {name} | {per_second} | {p50:.2} | {p99:.2} | {micros} | {idle} | {loaded} |"
        );
    }
    text
}

fn ratios(servers: &[Server], connections: &[u32], rows: &[Row]) -> Option<String> {
    let others: Vec<_> = servers.iter().filter(|server| **server != Server::Ackflow).collect();
    if others.is_empty() || others.len() == servers.len() {
        return None;
    }
    let per_second = |server, connections| {
        let row = rows.iter().find(|row| row.server == server && row.connections == connections)?;
        Some(row.per_second)
    };
    let mut text = "| connections |".to_owned();
    for server in &others {
        let _ = write!(text, " ackflow ÷ {} |", server.name());
    }
    let _ = writeln!(text, "\n| ---: |{}", " ---: |".repeat(others.len()));
    for &connections in connections {
        let ackflow = per_second(Server::Ackflow, connections)?;
        let _ = write!(text, "| {connections} |");
        for &&server in &others {
            let _ = write!(text, " {:.2} |", ackflow / per_second(server, connections)?);
        }
        text.push('\n');
    }
    Some(text)
}

fn row(server: Server, connections: u32, rounds: &[Round]) -> Option<Row> {
    let rounds = || rounds.iter().filter(|round| round.server == server && round.connections == connections);
    Some(Row {
        server,
        connections,
        per_second: median(rounds().map(|round| round.measured.per_second))?,
        p50: median(rounds().map(|round| round.measured.p50_millis))?,
        p99: median(rounds().map(|round| round.measured.p99_millis))?,
        micros: median(
            rounds().filter_map(|round| Some(round.processor_time? * 1e6 / float(round.measured.answered))),
        ),
        idle: median(rounds().filter_map(|round| round.idle)),
        loaded: median(rounds().filter_map(|round| round.loaded)),
    })
}

/// The middle one; of an even number, the mean of the two in the middle.
pub(super) fn median(values: impl Iterator<Item = f64>) -> Option<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_unstable_by(f64::total_cmp);
    let upper = values.get(values.len() / 2)?;
    let lower = values.get(values.len().checked_sub(1)? / 2)?;
    Some(f64::midpoint(*lower, *upper))
}

/// A number of some size, as `12,345`.
pub(super) fn thousands(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_of_an_even_number_lies_between_the_middle_two() {
        assert_eq!(median([4.0, 1.0, 3.0, 2.0].into_iter()), Some(2.5));
        assert_eq!(median([3.0, 1.0, 2.0].into_iter()), Some(2.0));
        assert_eq!(median([].into_iter()), None);
    }

    #[test]
    fn thousands_are_set_apart() {
        assert_eq!(thousands(999.4), "999");
        assert_eq!(thousands(1_234_567.0), "1,234,567");
    }
}

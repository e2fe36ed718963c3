//! The interpreter alone: states a second, beside moto's.

use std::{
    fmt::Write,
    fs,
    path::Path,
    process::{Command, Stdio},
};

use miette::{Context, IntoDiagnostic, Result, bail, miette};
use serde_json::Value;

use super::{
    Engine,
    definition::{Definition, Language},
};
use crate::{
    bench::{
        machine::said,
        server::PROFILE,
        table::{median, thousands},
    },
    python,
    root::{root, target},
};

/// Which release of moto is measured.
pub(super) fn version() -> Result<String> {
    if !python::install()? {
        bail!("the benchmark of the interpreter needs Python");
    }
    let python = python::program("python").display().to_string();
    let moto = said(&python, &["-c", "import moto; print(moto.__version__)"]);
    Ok(format!("moto {moto} on {}", said(&python, &["--version"])))
}

/// The table.
pub(super) fn measure(engine: &Engine, folder: &Path) -> Result<String> {
    let mut text = "\
| definition | language | ackflow states/s | moto states/s | ackflow ÷ moto |
| --- | --- | ---: | ---: | ---: |
"
    .to_owned();
    for definition in engine.languages.iter().flat_map(|language| Definition::all(*language)) {
        let Definition { name, language, .. } = &definition;
        let mut ours = Command::new(target().join(PROFILE).join("interpreter"));
        let ours = states(engine, &mut ours, &definition, folder)?;
        eprintln!("{name} in {}: {} states/s", language.name(), thousands(ours));
        let (theirs, ratio) = match language {
            Language::Jsonpath => {
                let mut moto = Command::new(python::program("python"));
                moto.arg(root().join("xtask/peers/moto-interpreter/interpreter.py"));
                let theirs = states(engine, &mut moto, &definition, folder)?;
                (thousands(theirs), thousands(ours / theirs))
            }
            // Its evaluation of JSONata is left out, so that an execution ends in an error.
            Language::Jsonata => ("has no JSONata".to_owned(), "–".to_owned()),
        };
        let (language, ours) = (language.name(), thousands(ours));
        let _ = writeln!(text, "| {name} | {language} | {ours} | {theirs} | {ratio} |");
    }
    Ok(text)
}

/// How many states a second an interpreter enters: the median of the rounds.
fn states(engine: &Engine, interpreter: &mut Command, definition: &Definition, folder: &Path) -> Result<f64> {
    let (document, input) = (folder.join("definition.json"), folder.join("input.json"));
    fs::write(&document, definition.document.to_string()).into_diagnostic()?;
    fs::write(&input, definition.input.to_string()).into_diagnostic()?;
    interpreter.arg(document).arg(input).arg(engine.seconds.to_string());
    let rounds = (0..engine.repetitions)
        .map(|_| round(interpreter))
        .collect::<Result<Vec<f64>>>()
        .wrap_err_with(|| format!("{} in {}", definition.name, definition.language.name()))?;
    median(rounds.into_iter()).ok_or_else(|| miette!("there was no round"))
}

fn round(interpreter: &mut Command) -> Result<f64> {
    let output = interpreter
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| miette!("{interpreter:?} can't be run: {error}"))?;
    if !output.status.success() {
        bail!("{interpreter:?} failed: {}", output.status);
    }
    let said: Value = serde_json::from_slice(&output.stdout).into_diagnostic()?;
    let number = |name: &str| said[name].as_f64().ok_or_else(|| miette!("{name} is missing in {said}"));
    Ok(number("states")? / number("seconds")?)
}

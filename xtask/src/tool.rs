//! Tools that do not come with Rust. Where one is missing, what needs it is skipped, and that is said.

use std::{env, io, process::Command};

use miette::{Result, miette};

/// Whether `program`, a part of `product`, is there for `tests`. If not, it is an error where all must be proven, and
/// said loudly elsewhere.
pub(crate) fn is_installed(program: &str, product: &str, tests: &str) -> Result<bool> {
    let version = Command::new(program).arg("--version").output();
    if !version.is_err_and(|error| error.kind() == io::ErrorKind::NotFound) {
        return Ok(true);
    }
    if env::var_os("ACKFLOW_REQUIRE_SHARED").is_some() {
        return Err(miette!(help = format!("install {product}"), "{program} is not installed"));
    }
    eprintln!("══ SKIPPED: {tests} need {product}, and {program} is not installed ══");
    Ok(false)
}

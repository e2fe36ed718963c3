//! What libFuzzer drives: the target that the variable `ACKFLOW_FUZZ_TARGET` names.

#![no_main]

use std::{env, panic, sync::LazyLock};

use ackflow_fuzz::{TARGETS, Target};

static TARGET: LazyLock<&'static Target> = LazyLock::new(|| {
    let name = env::var("ACKFLOW_FUZZ_TARGET").unwrap_or_default();
    let target = TARGETS.iter().find(|target| target.name == name);
    target.unwrap_or_else(|| panic!("there is no target {name:?}: start this by `cargo xtask fuzz`"))
});

// libfuzzer-sys has each panic abort at once. Those of jsonata-core are caught and made errors: only one that nobody
// catches is a finding, and that one aborts all the same.
libfuzzer_sys::fuzz_target!(init: drop(panic::take_hook()), |data: &[u8]| (TARGET.run)(data));

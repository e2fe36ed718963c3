//! What runs three durable steps behind HTTP: how each is built and started.

use std::{
    env::consts::{ARCH, OS},
    fs,
    path::{Path, PathBuf},
    process::Command,
    thread::sleep,
    time::{Duration, Instant},
};

use miette::{IntoDiagnostic, Result, ensure};
use serde_json::json;

use super::fsyncs;
use crate::{
    bench::{
        process::{Process, free_port},
        request,
        server::{PROFILE, build_peer, install, installed, locked_in},
    },
    root::{root, target},
};

/// How long a server that listens may take until it is ready.
const PATIENCE: Duration = Duration::from_secs(20);

/// An engine behind HTTP, with the same three steps.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Service {
    /// The engine with its journal, the steps in its process
    Ackflow,
    /// Restate's server, the steps in a service of its Rust SDK
    Restate,
}

/// A service that runs, with a folder of its own. Ends with it.
pub(super) struct Running {
    pub(super) port: u16,
    /// Where an execution is asked for.
    pub(super) path: &'static str,
    _processes: Vec<Process>,
}

impl Service {
    /// What the table calls it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Ackflow => "ackflow",
            Self::Restate => "Restate",
        }
    }

    /// Which release of what is measured.
    pub(super) fn version(self) -> Result<String> {
        match self {
            Self::Ackflow => Ok(format!("ackflow {} (profile {PROFILE})", env!("CARGO_PKG_VERSION"))),
            Self::Restate => {
                let lock = fs::read_to_string(steps().join("Cargo.lock")).into_diagnostic()?;
                let sdk = locked_in(&lock, "restate-sdk")?;
                Ok(format!("{}, {sdk}", installed(&server(), "@restatedev/restate-server")?))
            }
        }
    }

    /// Builds or installs it. Ackflow's is built with what else the benchmark runs.
    pub(super) fn build(self) -> Result<()> {
        match self {
            Self::Ackflow => Ok(()),
            Self::Restate => {
                install(&server())?;
                build_peer(&steps())
            }
        }
    }

    /// Starts it with a new folder. With `calls`, what makes writes durable is written to that file.
    pub(super) fn start(self, folder: &Path, calls: Option<&Path>) -> Result<Running> {
        if folder.exists() {
            fs::remove_dir_all(folder).into_diagnostic()?;
        }
        fs::create_dir_all(folder).into_diagnostic()?;
        let running = match self {
            Self::Ackflow => start_ackflow(folder, calls)?,
            Self::Restate => start_restate(folder, calls)?,
        };
        let input = json!({ "order": 1 }).to_string();
        let answer = request::post_json(running.port, running.path, &input)?;
        let is_right = answer.status == 200 && answer.body.contains(&input);
        ensure!(is_right, "{} answers {}: {}", self.name(), answer.status, answer.body);
        Ok(running)
    }
}

fn start_ackflow(folder: &Path, calls: Option<&Path>) -> Result<Running> {
    let port = free_port()?;
    let mut command = Command::new(target().join(PROFILE).join("durable"));
    command.arg(format!("127.0.0.1:{port}")).arg(folder);
    let process = start(&mut command, calls, port, &folder.join("server.log"))?;
    Ok(Running { port, path: "/execute", _processes: vec![process] })
}

/// The server as it comes, with all that it keeps as durable as it is by default; only where it listens and writes is
/// said.
///
/// Source: <https://docs.restate.dev/references/server-config>
fn start_restate(folder: &Path, calls: Option<&Path>) -> Result<Running> {
    let (port, admin, node, steps_port) = (free_port()?, free_port()?, free_port()?, free_port()?);
    let mut steps = Command::new(target().join("peers/release/peer-restate-rust"));
    steps.arg(format!("127.0.0.1:{steps_port}"));
    let steps = Process::start(&mut steps, steps_port, &folder.join("steps.log"))?;

    let mut command = Command::new(server_program());
    command.arg("--no-logo").env("RESTATE_BASE_DIR", folder.join("data"));
    command.env("RESTATE_INGRESS__BIND_ADDRESS", format!("127.0.0.1:{port}"));
    command.env("RESTATE_ADMIN__BIND_ADDRESS", format!("127.0.0.1:{admin}"));
    command.env("RESTATE_BIND_IP", "127.0.0.1").env("RESTATE_BIND_PORT", node.to_string());
    command.env("RESTATE_LISTEN_MODE", "tcp").env("RESTATE_DISABLE_TELEMETRY", "true");
    command.env("RUST_LOG", "warn");
    let server = start(&mut command, calls, port, &folder.join("server.log"))?;
    let processes = vec![server, steps];

    let deadline = Instant::now() + PATIENCE;
    while !request::get(admin, "/health").is_ok_and(|health| health.status == 200) {
        ensure!(Instant::now() < deadline, "Restate's server is not ready after {} s", PATIENCE.as_secs());
        sleep(Duration::from_millis(100));
    }
    let deployment = json!({ "uri": format!("http://127.0.0.1:{steps_port}") });
    let answer = request::post_json(admin, "/deployments", &deployment.to_string())?;
    ensure!(answer.status == 201, "Restate's server answers {}: {}", answer.status, answer.body);
    Ok(Running { port, path: "/ThreeSteps/execute", _processes: processes })
}

fn start(command: &mut Command, calls: Option<&Path>, port: u16, log: &Path) -> Result<Process> {
    match calls {
        Some(calls) => Process::start(&mut fsyncs::counted(command, calls), port, log),
        None => Process::start(command, port, log),
    }
}

fn server() -> PathBuf {
    root().join("xtask/peers/restate-server")
}

/// The binary itself, without the script around it: that would go on when its parent is ended.
fn server_program() -> PathBuf {
    let system = if OS == "macos" { "darwin" } else { OS };
    let processor = match ARCH {
        "x86_64" => "x64",
        "aarch64" => "arm64",
        other => other,
    };
    let package = format!("node_modules/@restatedev/restate-server-{system}-{processor}");
    server().join(package).join("bin/restate-server")
}

fn steps() -> PathBuf {
    root().join("xtask/peers/restate-rust")
}

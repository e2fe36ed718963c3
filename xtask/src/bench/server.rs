//! The servers under test: how each is built and started.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use clap::ValueEnum;
use miette::{IntoDiagnostic, Result, bail, miette};
use serde_json::Value;

use super::event::SECRET;
use super::machine::said;
use super::process::Process;
use crate::root::{root, target};

/// The profile that `ackflow` and the floor are built with.
pub(super) const PROFILE: &str = "measured";

/// A server of Slack's events.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Server {
    /// `ackflow dev`: every event durable before its acknowledgement, and its flow run
    Ackflow,
    /// The same HTTP stack without any work
    Floor,
    /// Bolt for JavaScript
    BoltJs,
    /// slack-morphism on axum
    SlackMorphism,
}

/// Where the processes of one round listen and write.
pub(super) struct Place {
    pub(super) port: u16,
    pub(super) slack_port: u16,
    pub(super) folder: PathBuf,
}

impl Server {
    /// How the table calls it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Ackflow => "ackflow dev",
            Self::Floor => "floor",
            Self::BoltJs => "Bolt for JavaScript",
            Self::SlackMorphism => "slack-morphism",
        }
    }

    /// Which release of what is measured.
    pub(super) fn version(self) -> Result<String> {
        Ok(match self {
            Self::Ackflow => format!("ackflow {} (profile {PROFILE})", env!("CARGO_PKG_VERSION")),
            Self::Floor => format!("floor: {}, {}", locked("axum")?, locked("tokio")?),
            Self::BoltJs => {
                let package = installed(&bolt(), "@slack/bolt")?;
                format!("{package} on Node {}", said("node", &["--version"]))
            }
            Self::SlackMorphism => {
                let lock = fs::read_to_string(morphism().join("Cargo.lock")).into_diagnostic()?;
                locked_in(&lock, "slack-morphism")?
            }
        })
    }

    /// Builds or installs it.
    pub(super) fn build(self) -> Result<()> {
        match self {
            Self::Ackflow => {
                run(cargo().args(["build", "--profile", PROFILE, "-p", "ackflow", "-p", "bench-servers"]))
            }
            Self::Floor => run(cargo().args(["build", "--profile", PROFILE, "-p", "bench-servers"])),
            Self::BoltJs => install(&bolt()),
            Self::SlackMorphism => build_peer(&morphism()),
        }
    }

    /// Starts it with a new folder. What else it needs, such as something in the place of Slack, comes after it.
    pub(super) fn start(self, place: &Place) -> Result<Vec<Process>> {
        let address = format!("127.0.0.1:{}", place.port);
        let built = target().join(PROFILE);
        let mut others = Vec::new();
        let mut command = match self {
            Self::Ackflow => {
                others.push(start_slack(&built, place)?);
                let mut command = Command::new(built.join("ackflow"));
                command.args(["dev", "--listen", &address, "--data"]).arg(place.folder.join("data"));
                command.env("SLACK_BOT_TOKEN", "xoxb-of-nobody");
                command.env("SLACK_API_URL", format!("http://127.0.0.1:{}/api/", place.slack_port));
                command
            }
            Self::Floor => {
                let mut command = Command::new(built.join("floor"));
                command.arg(&address);
                command
            }
            Self::BoltJs => {
                let mut command = Command::new("node");
                command.arg(bolt().join("server.js")).env("PORT", place.port.to_string());
                command.env("NODE_ENV", "production");
                command
            }
            Self::SlackMorphism => {
                let mut command = Command::new(target().join("peers/release/peer-slack-morphism"));
                command.arg(&address);
                command
            }
        };
        command.env("SLACK_SIGNING_SECRET", SECRET);
        let log = place.folder.join("server.log");
        let mut processes = vec![Process::start(&mut command, place.port, &log)?];
        processes.append(&mut others);
        Ok(processes)
    }
}

fn start_slack(built: &Path, place: &Place) -> Result<Process> {
    let mut command = Command::new(built.join("slack"));
    command.arg(format!("127.0.0.1:{}", place.slack_port));
    Process::start(&mut command, place.slack_port, &place.folder.join("slack.log"))
}

/// Installs the npm packages of a peer, unless they are there.
pub(super) fn install(peer: &Path) -> Result<()> {
    let time = |name: &str| fs::metadata(peer.join(name)).and_then(|file| file.modified()).ok();
    if time("node_modules/.package-lock.json") >= time("package-lock.json") {
        return Ok(());
    }
    let arguments = ["ci", "--ignore-scripts", "--no-audit", "--no-fund"];
    run(Command::new("npm").args(arguments).current_dir(peer))
}

/// The name and version of an npm package that a peer has installed.
pub(super) fn installed(peer: &Path, package: &str) -> Result<String> {
    let file = peer.join("node_modules").join(package).join("package.json");
    let content: Value = serde_json::from_slice(&fs::read(file).into_diagnostic()?).into_diagnostic()?;
    Ok(format!("{package} {}", content["version"].as_str().unwrap_or("unknown")))
}

/// Builds a peer that is a crate of its own, into `target/peers`.
pub(super) fn build_peer(peer: &Path) -> Result<()> {
    let mut build = cargo();
    build.args(["build", "--release", "--locked", "--manifest-path"]);
    run(build.arg(peer.join("Cargo.toml")).env("CARGO_TARGET_DIR", target().join("peers")))
}

fn bolt() -> PathBuf {
    root().join("xtask/peers/bolt-js")
}

fn morphism() -> PathBuf {
    root().join("xtask/peers/slack-morphism")
}

/// The name and version of a package that the workspace is locked to.
fn locked(package: &str) -> Result<String> {
    let lock = fs::read_to_string(root().join("Cargo.lock")).into_diagnostic()?;
    locked_in(&lock, package)
}

pub(super) fn locked_in(lock: &str, package: &str) -> Result<String> {
    let version = lock
        .split_once(&format!("name = \"{package}\"\nversion = \""))
        .and_then(|(_, rest)| rest.split_once('"'));
    let (version, _) = version.ok_or_else(|| miette!("{package} is not in the lock file"))?;
    Ok(format!("{package} {version}"))
}

pub(super) fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo")));
    command.current_dir(root());
    // Some build scripts run anew when what cargo has told this program of itself changes.
    for (name, _) in std::env::vars_os() {
        if name
            .to_str()
            .is_some_and(|name| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_"))
        {
            command.env_remove(name);
        }
    }
    command
}

pub(super) fn run(command: &mut Command) -> Result<()> {
    let status = command.status().map_err(|error| miette!("{command:?} can't be run: {error}"))?;
    if !status.success() {
        bail!("{command:?} failed: {status}");
    }
    Ok(())
}

//! Who works in the simulated workspace, where they talk, and how the bot is set up for them.

use std::{
    fs,
    path::{Path, PathBuf},
};

use miette::{IntoDiagnostic, Result, WrapErr};
use serde_json::Value;

use crate::simulator::Simulator;

/// The configuration, with ids and a folder that stand in for those of a workspace.
const SAMPLE: &str = include_str!("../../../../samples/devops.toml");

/// The people and the channels, by their ids, and the files.
pub(super) struct Office {
    pub(super) dana: String,
    pub(super) lee: String,
    pub(super) kim: String,
    pub(super) general: String,
    pub(super) devops: String,
    pub(super) leads: String,
    pub(super) alerts: String,
    pub(super) votes: String,
    /// The configuration file.
    pub(super) configuration: PathBuf,
    /// What the program that deploys has noted.
    pub(super) deployments: PathBuf,
    /// The data folder.
    pub(super) data: PathBuf,
}

impl Office {
    /// Lets people in, creates the channels, and writes the configuration to the data folder.
    pub(super) fn open(simulator: &Simulator, data: &Path) -> Result<Self> {
        let office = Self {
            dana: simulator.add_user("dana"),
            lee: simulator.add_user("lee"),
            kim: simulator.add_user("kim"),
            general: simulator.create_channel("general"),
            devops: simulator.create_channel("devops"),
            leads: simulator.create_channel("leads"),
            alerts: simulator.create_channel("alerts"),
            votes: simulator.create_channel("votes"),
            configuration: data.join("devops.toml"),
            deployments: data.join("deployments.log"),
            data: data.to_owned(),
        };
        write(&office.configuration, &office.configured()?)?;
        // Another demo may have deployed from this folder.
        write(&office.deployments, "")?;
        Ok(office)
    }

    /// Where people talk, in the order in which it is shown.
    pub(super) fn channels(&self) -> [&str; 5] {
        [&self.general, &self.devops, &self.leads, &self.alerts, &self.votes]
    }

    /// The sample with what is true of this workspace.
    fn configured(&self) -> Result<String> {
        let folder = std::path::absolute(&self.data).into_diagnostic()?.display().to_string();
        let stand_ins = [
            ("U0LEE", &self.lee),
            ("U0KIM", &self.kim),
            ("C0GENERAL", &self.general),
            ("C0LEADS", &self.leads),
            ("C0ALERTS", &self.alerts),
            ("C0VOTES", &self.votes),
            ("/srv/ackflow", &folder),
        ];
        let mut text = SAMPLE.to_owned();
        for (stand_in, real) in stand_ins {
            text = text.replace(&quoted(stand_in), &quoted(real));
        }
        Ok(text)
    }
}

/// A text as TOML quotes it: JSON's escapes are TOML's too.
fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

fn write(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text).into_diagnostic().wrap_err_with(|| format!("can't write {}", path.display()))
}

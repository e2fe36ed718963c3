//! A file of the workspace.

use std::io;
use std::path::PathBuf;

use bytes::Bytes;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::FileKind;
use super::world::World;

/// Where a file's bytes are.
#[derive(Clone, Debug)]
pub enum FileSource {
    /// In memory.
    Bytes(Bytes),
    /// On disk; streamed from there at each download, and never loaded whole.
    Path(PathBuf),
    /// With another service: Slack has a link only.
    External(String),
}

/// A file to be uploaded.
#[derive(Clone, Debug)]
pub struct NewFile {
    name: String,
    source: FileSource,
    mimetype: Option<String>,
    slack_connect: bool,
}

impl NewFile {
    /// A file of this name; its type goes by the name.
    pub fn new(name: impl Into<String>, source: FileSource) -> Self {
        Self { name: name.into(), source, mimetype: None, slack_connect: false }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Says the type, whatever the name.
    #[must_use]
    pub fn mimetype(mut self, mimetype: impl Into<String>) -> Self {
        self.mimetype = Some(mimetype.into());
        self
    }

    /// The file belongs to another organisation that shares the channel: events carry its id only, and whoever wants
    /// more asks `files.info`.
    #[must_use]
    pub fn slack_connect(mut self) -> Self {
        self.slack_connect = true;
        self
    }
}

/// A file as the workspace keeps it.
#[derive(Clone, Debug)]
pub(super) struct SharedFile {
    id: String,
    pub(super) name: String,
    kind: FileKind,
    pub(super) mimetype: String,
    pub(super) source: FileSource,
    slack_connect: bool,
    pub(super) size: u64,
    created: i64,
    pub(super) owner: Option<String>,
    pub(super) deleted: bool,
}

impl SharedFile {
    /// Reads the size, so that a path without a file is refused here and not at the first download.
    pub(super) fn new(id: String, file: NewFile, created: Timestamp) -> io::Result<Self> {
        let NewFile { name, source, mimetype, slack_connect } = file;
        let size = match &source {
            FileSource::Bytes(bytes) => u64::try_from(bytes.len()).map_err(io::Error::other)?,
            FileSource::Path(path) => std::fs::metadata(path)?.len(),
            FileSource::External(_) => 0,
        };
        let kind = match source {
            // What Slack shows of a file it has a link to, whatever is behind the link.
            FileSource::External(_) => FileKind {
                mimetype: "application/vnd.slack-remote",
                filetype: "remote",
                pretty_type: "Remote",
            },
            _ => FileKind::of(&name),
        };
        let mimetype = mimetype.unwrap_or_else(|| kind.mimetype.into());
        let created = created.as_second();
        Ok(Self {
            id,
            name,
            kind,
            mimetype,
            source,
            slack_connect,
            size,
            created,
            owner: None,
            deleted: false,
        })
    }

    /// The file in an event: whole, but for one of another organisation or a deleted one.
    pub(super) fn in_event(&self, world: &World) -> Value {
        if self.deleted {
            return json!({"id": self.id, "mode": "tombstone"});
        }
        if self.slack_connect {
            return json!({
                "id": self.id,
                "mode": "file_access",
                "file_access": "check_file_info",
                "created": 0,
                "timestamp": 0,
                "user": "",
            });
        }
        self.to_slack(world)
    }

    /// The whole file object, as `files.info` gives it.
    pub(super) fn to_slack(&self, world: &World) -> Value {
        let Self { id, name, kind, mimetype, size, created, .. } = self;
        let team = &world.settings.team_id;
        let slug = self.slug();
        let owner = self.owner.as_deref().unwrap_or_default();
        let permalink = format!("https://{}.slack.com/files/{owner}/{id}/{slug}", world.settings.domain);
        let mut file = json!({
            "id": id,
            "created": created,
            "timestamp": created,
            "name": name,
            "title": name,
            "mimetype": mimetype,
            "filetype": kind.filetype,
            "pretty_type": kind.pretty_type,
            "user": owner,
            "user_team": team,
            "editable": false,
            "size": size,
            "mode": "hosted",
            "is_external": false,
            "external_type": "",
            "is_public": true,
            "public_url_shared": false,
            "display_as_bot": false,
            "username": "",
        });
        if let FileSource::External(url) = &self.source {
            file["mode"] = json!("external");
            file["is_external"] = json!(true);
            file["external_type"] = json!("app");
            file["external_url"] = json!(url);
            file["url_private"] = json!(url);
        } else {
            let private = format!("{}/files-pri/{team}-{id}", world.origin);
            file["url_private"] = json!(format!("{private}/{slug}"));
            file["url_private_download"] = json!(format!("{private}/download/{slug}"));
        }
        file["permalink"] = json!(permalink);
        file["has_rich_preview"] = json!(false);
        file["file_access"] = json!("visible");
        file
    }

    /// The name in an address. Slack keeps plain letters and digits; whatever else a user wrote is data of the file
    /// object only, so that no name can reach another address.
    fn slug(&self) -> String {
        let plain = |letter: char| match letter.to_ascii_lowercase() {
            kept @ ('a'..='z' | '0'..='9' | '.' | '_' | '-') => kept,
            _ => '_',
        };
        let slug: String = self.name.chars().map(plain).collect();
        let slug = slug.trim_start_matches('.');
        if slug.is_empty() { "file".into() } else { slug.into() }
    }
}

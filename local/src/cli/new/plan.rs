//! What is about to be written: all of it is made before any of it is written.

use std::{
    collections::BTreeMap,
    env,
    fmt::Write,
    fs, io,
    ops::Range,
    path::{Path, PathBuf},
};

use miette::{IntoDiagnostic, Result, WrapErr, miette};

use super::words::Words;

/// The files to create and to change, by their path from the workspace's folder.
pub(super) struct Plan {
    root: PathBuf,
    files: BTreeMap<String, Draft>,
}

/// A file as it is to be.
struct Draft {
    text: String,
    /// What is inserted, and where; nothing for a file that is new.
    insertions: Vec<(String, String)>,
}

/// A text to insert into a file next to an anchor: the last of these texts, each looked for behind the one before.
/// The text may hold placeholders.
pub(super) struct Insertion {
    path: &'static str,
    side: Side,
    anchor: &'static [&'static str],
    text: &'static str,
}

enum Side {
    Before,
    After,
}

impl Insertion {
    /// Before its anchor.
    pub(super) const fn before(
        path: &'static str,
        anchor: &'static [&'static str],
        text: &'static str,
    ) -> Self {
        Self { path, side: Side::Before, anchor, text }
    }

    /// After its anchor.
    pub(super) const fn after(
        path: &'static str,
        anchor: &'static [&'static str],
        text: &'static str,
    ) -> Self {
        Self { path, side: Side::After, anchor, text }
    }
}

impl Plan {
    /// A plan for the clone that the current folder is in.
    pub(super) fn new() -> Result<Self> {
        let here = env::current_dir().into_diagnostic().wrap_err("the current folder can't be read")?;
        let is_root = |folder: &&Path| {
            folder.join("Cargo.toml").is_file() && folder.join("workflow/flows/src/lib.rs").is_file()
        };
        let root = here.ancestors().find(is_root).ok_or_else(|| {
            miette!(
                help = "clone the repository, and run this in the clone",
                "neither {} nor a folder above it is a clone of Ackflow's repository",
                here.display()
            )
        })?;
        Ok(Self { root: root.to_owned(), files: BTreeMap::new() })
    }

    /// An error if the workspace has a file.
    pub(super) fn refuse(&self, path: &str) -> Result<()> {
        if self.root.join(path).exists() { Err(taken(path)) } else { Ok(()) }
    }

    /// An error if the code of a file has an identifier.
    pub(super) fn refuse_identifier(&self, path: &str, identifier: &str) -> Result<()> {
        let text = self.read(path)?;
        let mut code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
        let is_there = |line: &str| {
            line.split(|char: char| !char.is_alphanumeric() && char != '_').any(|word| word == identifier)
        };
        if code.any(is_there) { Err(taken(path)) } else { Ok(()) }
    }

    /// Creates a file.
    pub(super) fn create(&mut self, path: String, text: String) -> Result<()> {
        self.refuse(&path)?;
        self.files.insert(path, Draft { text, insertions: Vec::new() });
        Ok(())
    }

    /// Inserts a text into a file.
    pub(super) fn insert(&mut self, insertion: &Insertion, words: &Words) -> Result<()> {
        let Insertion { path, side, anchor, text } = insertion;
        let text = words.fill(text);
        let mut draft = match self.files.remove(*path) {
            Some(draft) => draft,
            None => Draft { text: self.read(path)?, insertions: Vec::new() },
        };
        let shown = anchor.iter().map(|part| format!("`{}`", part.trim())).collect::<Vec<_>>().join(" … ");
        let Some(found) = find(&draft.text, anchor) else {
            return Err(miette!(
                help = "give the file that text again, or write the flow by hand as docs/extend.md says",
                "{path} has no {shown}, which tells where to insert this; nothing was written:\n{}",
                text.trim()
            ));
        };
        let (at, side) = match side {
            Side::Before => (found.start, "before"),
            Side::After => (found.end, "after"),
        };
        draft.text.insert_str(at, &text);
        draft.insertions.push((format!("{side} {shown}"), text.trim().to_owned()));
        self.files.insert((*path).to_owned(), draft);
        Ok(())
    }

    /// What is in a file of the workspace.
    pub(super) fn read(&self, path: &str) -> Result<String> {
        fs::read_to_string(self.root.join(path))
            .into_diagnostic()
            .wrap_err_with(|| format!("{path} can't be read, so nothing was written"))
    }

    /// Each file, and whether it is new.
    pub(super) fn summary(&self) -> String {
        let mut summary = String::new();
        for (path, draft) in &self.files {
            let _ = writeln!(summary, "{} {path}", draft.verb());
        }
        summary
    }

    /// Each file, and all that is written to it.
    pub(super) fn detail(&self) -> String {
        let mut detail = String::new();
        for (path, draft) in &self.files {
            let _ = writeln!(detail, "{} {path}", draft.verb());
            if draft.insertions.is_empty() {
                detail.push_str(&added(&draft.text));
            }
            for (place, text) in &draft.insertions {
                let _ = writeln!(detail, "  {place}");
                detail.push_str(&added(text));
            }
        }
        detail
    }

    /// Writes the files.
    pub(super) fn write(&self) -> Result<()> {
        for (path, draft) in &self.files {
            write(&self.root.join(path), &draft.text).into_diagnostic().wrap_err_with(|| {
                format!("{path} can't be written; `git status` shows what was written before it")
            })?;
        }
        Ok(())
    }
}

impl Draft {
    fn verb(&self) -> &'static str {
        if self.insertions.is_empty() { "create" } else { "change" }
    }
}

/// A text as a diff shows what is added.
fn added(text: &str) -> String {
    text.lines().fold(String::new(), |all, line| all + format!("    + {line}").trim_end() + "\n")
}

fn taken(path: &str) -> miette::Report {
    miette!(help = "choose another name", "the name is taken, by {path}")
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(path, text)
}

/// Where the last of these texts stands, each looked for behind the one before.
fn find(text: &str, anchor: &[&str]) -> Option<Range<usize>> {
    let mut found = 0..0;
    for part in anchor {
        let start = found.end + text[found.end..].find(part)?;
        found = start..start + part.len();
    }
    Some(found)
}

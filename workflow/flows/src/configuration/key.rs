//! A place in the file.

use std::fmt;

use serde_path_to_error::{Path, Segment};

/// A place in the file, such as `deploy.services.api.environments[1]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Key(Vec<Step>);

/// One step of the way from the root of the file to a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// A key of a table.
    Name(String),
    /// An item of an array, from 0.
    Item(usize),
}

impl Key {
    /// The key of this name in the table here.
    pub(super) fn child(&self, name: &str) -> Self {
        self.then(Step::Name(name.to_owned()))
    }

    /// An item of the array here.
    pub(super) fn item(&self, index: usize) -> Self {
        self.then(Step::Item(index))
    }

    /// The table or array that this stands in, and the last step from there; `None` at the root.
    pub(super) fn split_last(&self) -> Option<(Self, &Step)> {
        let (last, way) = self.0.split_last()?;
        Some((Self(way.to_vec()), last))
    }

    /// Whether this is the other place, or a place in what stands there.
    pub(super) fn is_within(&self, other: &Self) -> bool {
        self.0.starts_with(&other.0)
    }

    pub(super) fn steps(&self) -> &[Step] {
        &self.0
    }

    fn then(&self, step: Step) -> Self {
        Self(self.0.iter().cloned().chain([step]).collect())
    }
}

impl From<&Path> for Key {
    fn from(path: &Path) -> Self {
        let step = |segment: &Segment| match segment {
            Segment::Seq { index } => Some(Step::Item(*index)),
            Segment::Map { key } | Segment::Enum { variant: key } => Some(Step::Name(key.clone())),
            Segment::Unknown => None,
        };
        Self(path.iter().map_while(step).collect())
    }
}

impl fmt::Display for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, step) in self.0.iter().enumerate() {
            match step {
                Step::Item(item) => write!(formatter, "[{item}]")?,
                Step::Name(name) => {
                    let dot = if index > 0 { "." } else { "" };
                    if is_bare(name) {
                        write!(formatter, "{dot}{name}")?;
                    } else {
                        write!(formatter, "{dot}{name:?}")?;
                    }
                }
            }
        }
        Ok(())
    }
}

/// Whether a key needs no quotes in TOML. Source: <https://toml.io/en/v1.0.0#keys>.
fn is_bare(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

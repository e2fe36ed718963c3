//! What Slack calls a file, going by its name.

/// The three names of a file's type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileKind {
    /// As HTTP has it.
    pub mimetype: &'static str,
    /// Slack's own short name.
    pub filetype: &'static str,
    /// What people are shown.
    pub pretty_type: &'static str,
}

/// Extensions and what they mean. Anything else is binary.
const KINDS: [(&[&str], FileKind); 12] = [
    (&["txt", "log"], FileKind { mimetype: "text/plain", filetype: "text", pretty_type: "Plain Text" }),
    (&["md"], FileKind { mimetype: "text/markdown", filetype: "markdown", pretty_type: "Markdown (raw)" }),
    (&["csv"], FileKind { mimetype: "text/csv", filetype: "csv", pretty_type: "CSV" }),
    (&["html", "htm"], FileKind { mimetype: "text/html", filetype: "html", pretty_type: "HTML" }),
    (&["json"], FileKind { mimetype: "application/json", filetype: "json", pretty_type: "JSON" }),
    (&["pdf"], FileKind { mimetype: "application/pdf", filetype: "pdf", pretty_type: "PDF" }),
    (&["png"], FileKind { mimetype: "image/png", filetype: "png", pretty_type: "PNG" }),
    (&["jpg", "jpeg"], FileKind { mimetype: "image/jpeg", filetype: "jpg", pretty_type: "JPEG" }),
    (&["gif"], FileKind { mimetype: "image/gif", filetype: "gif", pretty_type: "GIF" }),
    (&["zip"], FileKind { mimetype: "application/zip", filetype: "zip", pretty_type: "Zip" }),
    (
        &["docx"],
        FileKind {
            mimetype: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            filetype: "docx",
            pretty_type: "Word Document",
        },
    ),
    (
        &["xlsx"],
        FileKind {
            mimetype: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            filetype: "xlsx",
            pretty_type: "Excel Spreadsheet",
        },
    ),
];

impl FileKind {
    /// What a file of this name is taken for.
    pub fn of(name: &str) -> Self {
        let extension = name.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase());
        let known = |(extensions, _): &&(&[&str], Self)| {
            extension.as_deref().is_some_and(|extension| extensions.contains(&extension))
        };
        let binary = Self { mimetype: "application/octet-stream", filetype: "binary", pretty_type: "Binary" };
        KINDS.iter().find(known).map_or(binary, |(_, kind)| *kind)
    }
}

//! What is kept of a program while it runs: which process it is, and what it prints.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read, Seek, SeekFrom},
    path::{Path, PathBuf},
};

use super::{escapes, program::Program};

/// How much of a program's last line is shown, in characters.
const SHOWN: usize = 200;

/// How much of what a program printed is read, in bytes.
const TAIL: u64 = 4096;

/// The files of one program, in the folder of the notes.
pub(super) struct Note {
    process: PathBuf,
    stdout: PathBuf,
    stderr: PathBuf,
}

impl Note {
    /// An execution's name, which the key is, is the name of a file too.
    pub(super) fn of(folder: &Path, key: &str) -> Self {
        Self {
            process: folder.join(key),
            stdout: folder.join(format!("{key}.out.log")),
            stderr: folder.join(format!("{key}.err.log")),
        }
    }

    /// Where the program prints, standard output first. A pipe would break when this process is killed, and the program
    /// in mid-deployment with it.
    pub(super) fn outputs(&self) -> io::Result<(File, File)> {
        Ok((create(&self.stdout)?, create(&self.stderr)?))
    }

    /// Notes a program that was just started.
    pub(super) fn write(&self, program: Program) -> io::Result<()> {
        fs::write(&self.process, program.to_string())
    }

    /// What was noted of the program; nothing if it has ended.
    pub(super) fn read(&self) -> String {
        fs::read_to_string(&self.process).unwrap_or_default()
    }

    /// The last line of standard error, or else of standard output, as far as it is shown.
    pub(super) fn last_line(&self) -> Option<String> {
        last_line(&self.stderr).or_else(|| last_line(&self.stdout))
    }

    /// None of it is needed any more once the program has ended; it does no harm either.
    pub(super) fn cross_out(&self) {
        for file in [&self.process, &self.stdout, &self.stderr] {
            let _ = fs::remove_file(file);
        }
    }

    /// Why a program that can't be noted is not run.
    pub(super) fn unwritable(&self, error: &io::Error) -> String {
        format!(
            "{} can't be written: {error}; make room on the disk, and let Ackflow write there",
            self.process.display()
        )
    }
}

/// An empty file that nobody else may read: a program may print what is secret.
fn create(path: &Path) -> io::Result<File> {
    // An attempt that was killed may have left one.
    let _ = fs::remove_file(path);
    let mut options = OpenOptions::new();
    options.append(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// The last line that is not empty.
fn last_line(path: &Path) -> Option<String> {
    let tail = tail(path).ok()?;
    let text = escapes::strip(&String::from_utf8_lossy(&tail));
    let line = text.lines().rev().map(str::trim).find(|line| !line.is_empty())?;
    Some(line.chars().take(SHOWN).collect())
}

fn tail(path: &Path) -> io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    let start = file.metadata()?.len().saturating_sub(TAIL);
    file.seek(SeekFrom::Start(start))?;
    let mut tail = Vec::new();
    // What the program left running may print meanwhile.
    file.take(TAIL).read_to_end(&mut tail)?;
    Ok(tail)
}

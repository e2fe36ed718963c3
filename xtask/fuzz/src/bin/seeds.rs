//! Writes the inputs that each target begins with: `fuzz-seeds FOLDER` makes a folder for each in there.

use std::{env, fs, io, path::PathBuf};

use ackflow_fuzz::TARGETS;

fn main() -> io::Result<()> {
    let folder = env::args_os().nth(1).ok_or_else(|| io::Error::other("give the folder to write to"))?;
    let folder = PathBuf::from(folder);
    for target in &TARGETS {
        let folder = folder.join(target.name);
        fs::create_dir_all(&folder)?;
        for (number, seed) in (target.seeds)().iter().enumerate() {
            fs::write(folder.join(number.to_string()), seed)?;
        }
    }
    Ok(())
}

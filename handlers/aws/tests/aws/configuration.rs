//! The configuration file beside a function's executable.

use std::fs;

use ackflow_aws::configuration::read;
use ackflow_flows::Configuration;

#[test]
fn the_file_is_read_where_there_is_one() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(read(folder.path()).unwrap(), Configuration::default());
    fs::write(folder.path().join("ackflow.toml"), "[documents]\nenabled = false\n").unwrap();
    assert!(!read(folder.path()).unwrap().documents.enabled);
}

#[test]
fn everything_that_is_wrong_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ackflow.toml");
    fs::write(&file, "[documents]\nenabled = 1\n\n[votes]\nchanels = []\n").unwrap();
    let error = read(folder.path()).unwrap_err().to_string();
    assert!(error.contains("ackflow.toml:2: documents.enabled: "), "{error}");
    assert!(error.contains("ackflow.toml:5: votes.chanels: "), "{error}");
    assert!(error.contains("deploy it again"), "{error}");
    fs::remove_file(&file).unwrap();
    // As good as a file that may not be read.
    fs::create_dir(&file).unwrap();
    let error = read(folder.path()).unwrap_err().to_string();
    assert!(error.contains("ackflow.toml can't be read"), "{error}");
}

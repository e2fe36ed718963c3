//! What the binary is made of.

use std::process::Command;

#[test]
fn the_local_binary_needs_no_aws_crate() {
    let tree = Command::new(env!("CARGO"))
        .args(["tree", "--package", "ackflow", "--edges", "normal,build", "--prefix", "none", "--offline"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let tree = String::from_utf8(tree.stdout).unwrap();
    assert!(tree.contains("rusqlite v"), "the tree is the one that is meant: {tree}");
    let is_of_aws = |line: &&str| line.starts_with("aws-") || line.starts_with("lambda");
    let of_aws: Vec<_> = tree.lines().filter(is_of_aws).collect();
    assert_eq!(of_aws, [""; 0]);
}

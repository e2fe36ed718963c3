//! The examples of docs/asl.md.

use std::path::Path;

use super::ackflow;

/// What stands in the blocks of `console`.
fn consoles(book: &str) -> Vec<&str> {
    let blocks = book.split("```console\n").skip(1);
    blocks.map(|block| block.split("```").next().unwrap()).collect()
}

#[test]
fn each_example_prints_what_the_book_says() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let book = std::fs::read_to_string(root.join("docs/asl.md")).unwrap();
    let consoles = consoles(&book);
    assert!(!consoles.is_empty());
    for console in consoles {
        let (command, printed) = console.split_once('\n').unwrap();
        let words = shlex::split(command.strip_prefix("$ ackflow ").unwrap()).unwrap();
        let ended = ackflow().args(words).current_dir(root).output().unwrap();
        let said = String::from_utf8(ended.stdout).unwrap() + &String::from_utf8(ended.stderr).unwrap();
        assert_eq!(said, printed, "{command}");
    }
}

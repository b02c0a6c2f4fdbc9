//! How long files are, and what they say.

use cl_layering::{files, sizes, words};

use crate::{root, within};

#[test]
fn files_stay_short() {
    let root = root();
    let mut measured = Vec::new();
    for folder in ["crates", "bins", "testing"] {
        for path in files::below(&root.join(folder)).unwrap() {
            if path.extension().is_some_and(|extension| extension == "rs") {
                let lines = std::fs::read_to_string(&path).unwrap().lines().count();
                measured.push((within(&root, &path), lines));
            }
        }
    }
    let count = measured.len();
    let report = sizes::measure(measured);
    println!("{count} files, median {} lines, longest:", report.median);
    for (name, lines) in &report.longest {
        println!("{lines:6} {name}");
    }
    assert!(report.fine(), "caps are {} lines a file and {} median: {report:#?}", sizes::HARD_CAP, sizes::MEDIAN_CAP);
}

#[test]
fn files_speak_of_this_project_alone() {
    let root = root();
    let mut found = Vec::new();
    for path in files::below(&root).unwrap() {
        // The lock names the registry because cargo writes it so.
        if path.ends_with("Cargo.lock") {
            continue;
        }
        // What is not UTF-8 is not text.
        let Ok(text) = std::fs::read_to_string(&path) else {
            continue;
        };
        for (line, word) in words::check(&text) {
            found.push(format!("{}:{line}: {word}", within(&root, &path)));
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

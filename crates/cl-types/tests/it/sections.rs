//! The documentation of each container names the section of the specification that defines it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Files that hold no containers of the specification, but what is made of them.
const OURS: [&str; 4] = ["forks.rs", "mod.rs", "block_facts.rs", "structure.rs"];

/// All sections, as `make_sections.py` of `testing/vectors` found them.
fn sections() -> BTreeSet<(&'static str, &'static str)> {
    let lines = include_str!("../data/sections.txt").lines().filter(|line| !line.starts_with('#'));
    lines.map(|line| line.split_once(' ').unwrap()).collect()
}

/// The files of containers.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if path.is_dir() && name != "any" {
            found.extend(files(&path));
        } else if path.is_file() && !OURS.contains(&name) && name != "any.rs" {
            found.push(path);
        }
    }
    found
}

/// The public types of a source text, each with its documentation.
fn public_types(text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut documentation = String::new();
    for line in text.lines().map(str::trim_start) {
        let name = ["pub struct ", "pub type "].iter().find_map(|start| line.strip_prefix(start));
        if let Some(text) = line.strip_prefix("///") {
            documentation.push_str(text);
            documentation.push('\n');
        } else if let Some(name) = name {
            let name = name.split(|c: char| !c.is_alphanumeric()).next().unwrap();
            found.push((name.to_owned(), std::mem::take(&mut documentation)));
        } else if !line.starts_with("#[") {
            documentation.clear();
        }
    }
    found
}

/// What a documentation names: documents in backticks, each with a title in quotes.
fn named(documentation: &str) -> Vec<(&str, &str)> {
    let Some((_, see)) = documentation.split_once(" See `") else { return Vec::new() };
    let mut parts = see.split(['`', '"']);
    let mut found = Vec::new();
    while let (Some(document), Some(_), Some(title)) = (parts.next(), parts.next(), parts.next()) {
        found.push((document, title));
        parts.next();
    }
    found
}

/// Titles of sections that are not called after what they define.
fn title(name: &str) -> &str {
    match name {
        "StatusV1" => "Status v1",
        "StatusV2" => "Status v2",
        "MetaDataV1" | "MetaDataV2" | "MetaDataV3" => "MetaData",
        "BlocksByRangeRequest" => "BeaconBlocksByRange v1",
        "BlocksByRootRequest" => "BeaconBlocksByRoot v1",
        "BlocksByHeadRequest" => "BeaconBlocksByHead v1",
        "BlobsByRangeRequest" => "BlobSidecarsByRange v1",
        "BlobsByRootRequest" => "BlobSidecarsByRoot v1",
        "ColumnsByRangeRequest" => "DataColumnSidecarsByRange v1",
        "ColumnsByRootRequest" => "DataColumnSidecarsByRoot v1",
        "LightClientUpdatesByRangeRequest" => "LightClientUpdatesByRange",
        "EnvelopesByRangeRequest" => "ExecutionPayloadEnvelopesByRange v1",
        "EnvelopesByRootRequest" => "ExecutionPayloadEnvelopesByRoot v1",
        "InclusionListsByIndicesRequest" => "InclusionListsByIndices v1",
        "Signed" => "Signed envelopes",
        "Bytes32" => "Aliases",
        _ => name,
    }
}

#[test]
fn every_container_names_its_section() {
    let sections = sections();
    let mut types = 0;
    for path in files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/containers")) {
        let text = std::fs::read_to_string(&path).unwrap();
        for (name, documentation) in public_types(&text) {
            let named = named(&documentation);
            let place = format!("{name} in {}", path.display());
            assert_eq!(named.first().map(|(_, of)| *of), Some(title(&name)), "{place}");
            for section in named {
                assert!(sections.contains(&section), "{place}: no section {section:?}");
            }
            types += 1;
        }
    }
    assert!(types > 150, "only {types} types were found");
}

#[test]
fn a_type_without_its_section_is_found() {
    let text = "/// One.\n///\n/// See `a.md`, \"One\", and\n/// `b.md`, \"Two\".\n#[derive(Clone)]\npub struct One<P> {}\n\
                    /// Two.\n    pub type Two = One;\n";
    let types = public_types(text);
    assert_eq!(named(&types[0].1), [("a.md", "One"), ("b.md", "Two")]);
    assert_eq!((types[0].0.as_str(), types[1].0.as_str()), ("One", "Two"));
    assert!(named(&types[1].1).is_empty());
}

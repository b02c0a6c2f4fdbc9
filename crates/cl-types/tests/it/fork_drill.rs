//! `docs/fork-checklist.md`, carried out: a copy of this crate gets a made-up fork by the checklist's steps, and works.
//!
//! `cargo test -p cl-types --test it -- --ignored`

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// One step: in this file, after this line, this line.
const STEPS: [(&str, &str, &str); 11] = [
    (
        "src/fork.rs",
        "    Heze = \"heze\", \"HEZE_FORK_VERSION\", \"HEZE_FORK_EPOCH\";\n",
        "    /// Made up.\n    MadeUp = \"madeup\", \"MADEUP_FORK_VERSION\", \"MADEUP_FORK_EPOCH\";\n",
    ),
    ("src/topic.rs", "    InclusionList,\n", "    /// `made_up`\n    MadeUp,\n"),
    (
        "src/topic.rs",
        "        row(TopicKind::InclusionList, \"inclusion_list\", Heze, LAST),\n",
        "        row(TopicKind::MadeUp, \"made_up\", ForkName::MadeUp, LAST),\n",
    ),
    (
        "src/topic/bounds.rs",
        "        row!(T::InclusionList, Heze, heze::SignedInclusionList, Cap::Over(INCLUSION_LIST)),\n",
        "        row!(T::MadeUp, MadeUp, phase0::SignedVoluntaryExit),\n",
    ),
    (
        "src/containers/structure.rs",
        "    Ok(match kind {\n",
        "        TopicKind::MadeUp => GossipFacts::of_no_slot(FirstSeen::Exit(\n            \
         read::<SignedVoluntaryExit>(ssz)?.message.validator_index)),\n",
    ),
    (
        "src/protocol/table.rs",
        "            max_chunks: 16, context: Some(Context::InclusionList)),\n",
        "        row!(MadeUpByRootV1 = \"made_up_by_root\" / 1 of MadeUpByRoot, MadeUp, \"Root\" (32, 32) => MadeUp),\n",
    ),
    (
        "src/protocol.rs",
        "    /// Inclusion lists of a slot by committee position.\n    InclusionListsByIndices,\n",
        "    /// Made up.\n    MadeUpByRoot,\n",
    ),
    (
        "src/protocol.rs",
        "    /// `inclusion_lists_by_indices/1`\n    InclusionListsByIndicesV1,\n",
        "    /// `made_up_by_root/1`\n    MadeUpByRootV1,\n",
    ),
    ("src/protocol/object.rs", "    /// Since Heze.\n    SignedInclusionList,\n", "    /// Made up.\n    MadeUp,\n"),
    (
        "src/protocol/object.rs",
        "            Self::SignedInclusionList => like(TopicKind::InclusionList),\n",
        "            Self::MadeUp => like(TopicKind::MadeUp),\n",
    ),
    (
        "src/protocol/object.rs",
        "            Self::SignedInclusionList => \"SignedInclusionList\",\n",
        "            Self::MadeUp => \"SignedVoluntaryExit\",\n",
    ),
];

fn crate_dir() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Writes a file only where it changes, so that a second run has little to build.
fn write(path: &Path, content: &[u8]) {
    if fs::read(path).is_ok_and(|old| old == content) {
        return;
    }
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
}

fn copy(from: &Path, to: &Path) {
    for item in fs::read_dir(from).unwrap() {
        let item = item.unwrap();
        let target = to.join(item.file_name());
        if item.file_type().unwrap().is_dir() {
            copy(&item.path(), &target);
        } else {
            let text = fs::read(item.path()).unwrap();
            write(&target, &patched(&item.path(), text));
        }
    }
}

fn patched(path: &Path, content: Vec<u8>) -> Vec<u8> {
    let name = path.strip_prefix(crate_dir()).unwrap();
    let steps: Vec<_> = STEPS.iter().filter(|(file, ..)| Path::new(file) == name).collect();
    if steps.is_empty() {
        return content;
    }
    let mut text = String::from_utf8(content).unwrap();
    for (file, after, line) in steps {
        assert_eq!(text.matches(after).count(), 1, "{file} must have one line {after:?}");
        text = text.replacen(after, &format!("{after}{line}"), 1);
    }
    text.into_bytes()
}

/// The root manifest, with this crate as its only member.
fn manifest() -> String {
    let text = fs::read_to_string(crate_dir().join("../../Cargo.toml")).unwrap();
    let members = text.lines().find(|line| line.starts_with("members = ")).unwrap();
    text.replacen(members, "members = [\"crates/cl-types\"]", 1)
}

#[test]
#[ignore = "builds this crate anew, which takes a minute or two"]
fn a_made_up_fork_is_added_by_the_checklist() {
    // Beside the other things that are built, so that dependencies need not be built again.
    let root = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("fork-drill");
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let member = root.join("crates/cl-types");
    write(&root.join("Cargo.toml"), manifest().as_bytes());
    let lock = fs::read(crate_dir().join("../../Cargo.lock")).unwrap();
    fs::write(root.join("Cargo.lock"), lock).unwrap();
    write(&member.join("Cargo.toml"), &fs::read(crate_dir().join("Cargo.toml")).unwrap());
    copy(&crate_dir().join("src"), &member.join("src"));
    copy(&crate_dir().join("networks"), &member.join("networks"));
    copy(&crate_dir().join("tests/data/made_up_fork"), &member.join("tests"));

    let output = Command::new(env!("CARGO"))
        .args(["test", "--offline", "--quiet", "--package", "cl-types", "--test", "made_up"])
        .arg("--target-dir")
        .arg(target)
        .current_dir(&root)
        .output()
        .unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}");
    assert!(said.contains("1 passed"), "{said}");
}

/// The checklist names the files of the steps, and no file but those is about the newest fork.
#[test]
fn the_checklist_names_every_table() {
    let checklist = fs::read_to_string(crate_dir().join("../../docs/fork-checklist.md")).unwrap();
    for (file, ..) in STEPS {
        assert!(checklist.contains(file), "the checklist must name {file}");
    }
    assert!(checklist.lines().count() <= 60, "the checklist must fit on one screen");
    let mut with_forks = Vec::new();
    find(&crate_dir().join("src"), "Heze", &mut with_forks);
    for path in with_forks {
        let name = path.strip_prefix(crate_dir()).unwrap().to_str().unwrap().replace('\\', "/");
        // Containers are what a fork is about; the checklist names their folder.
        let named = checklist.contains(&name) || name.starts_with("src/containers/");
        assert!(named, "{name} is about a fork: the checklist must name it");
    }
}

fn find(dir: &Path, word: &str, found: &mut Vec<PathBuf>) {
    for item in fs::read_dir(dir).unwrap() {
        let path = item.unwrap().path();
        if path.is_dir() {
            find(&path, word, found);
        } else if fs::read_to_string(&path).unwrap().contains(word) {
            found.push(path);
        }
    }
}

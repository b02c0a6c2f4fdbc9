//! Who depends on whom, as cargo sees it.

use std::process::Command;

use cargo_metadata::{Metadata, MetadataCommand, Package};
use cl_layering::layers::{self, FORBIDDEN_BELOW, Member, Place};
use cl_layering::manifests;

use crate::{root, within};

fn metadata() -> Metadata {
    MetadataCommand::new().current_dir(root()).no_deps().exec().expect("cargo metadata answers")
}

fn member(package: &Package) -> Member {
    let root = root();
    let folder = within(&root, package.manifest_path.as_std_path());
    let place = match folder.split(['/', '\\']).next() {
        Some("crates") => Place::Crate,
        Some("bins") => Place::Bin,
        Some("testing") => Place::Testing,
        _ => panic!("{folder} is in none of crates/, bins/, testing/"),
    };
    // Dependencies of every kind: a dev-dependency is an arrow too.
    let dependencies = package.dependencies.iter().map(|dependency| dependency.name.clone()).collect();
    Member { name: package.name.to_string(), place, dependencies }
}

#[test]
fn arrows_point_down() {
    let members: Vec<Member> = metadata().workspace_packages().into_iter().map(member).collect();
    assert!(members.iter().any(|m| m.name == "cl-types"), "the workspace was not read");
    let violations: Vec<String> = layers::check(&members).iter().map(ToString::to_string).collect();
    assert!(violations.is_empty(), "{}", violations.join("\n"));
}

#[test]
fn pure_crates_pull_in_no_runtime() {
    let present = metadata();
    for (name, _) in FORBIDDEN_BELOW {
        if !present.workspace_packages().iter().any(|package| package.name.as_str() == *name) {
            continue;
        }
        let output = Command::new(env!("CARGO"))
            .args(["tree", "--offline", "--edges", "normal", "--prefix", "none", "--package", name])
            .current_dir(root())
            .output()
            .expect("cargo tree runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let tree = String::from_utf8(output.stdout).unwrap();
        let below: Vec<String> = tree.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect();
        assert!(below.len() > 1, "{name} has an empty tree");
        let violations: Vec<String> =
            layers::libraries(FORBIDDEN_BELOW, name, &below).iter().map(ToString::to_string).collect();
        assert!(violations.is_empty(), "{}", violations.join("\n"));
    }
}

#[test]
fn members_inherit_from_the_workspace() {
    let root = root();
    let mut violations = Vec::new();
    for package in metadata().workspace_packages() {
        let path = package.manifest_path.as_std_path();
        let text = std::fs::read_to_string(path).unwrap();
        for violation in manifests::check(&text).unwrap() {
            violations.push(format!("{}: {violation}", within(&root, path)));
        }
    }
    assert!(violations.is_empty(), "{}", violations.join("\n"));
}

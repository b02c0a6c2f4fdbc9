//! Arrows between crates point down only.

use std::fmt;

/// Each library crate with all the workspace crates it may depend on, dev-dependencies included.
///
/// A crate that is missing here is a violation too: its place must be decided before it is written.
pub const TABLE: &[(&str, &[&str])] = &[
    ("cl-types", &[]),
    ("cl-enr", &["cl-types"]),
    ("cl-gossip", &["cl-types"]),
    ("cl-rpc", &["cl-types"]),
    ("cl-validation", &["cl-types"]),
    ("cl-discovery", &["cl-enr", "cl-types"]),
    ("cl-peers", &["cl-enr", "cl-types"]),
    ("cl-node", &["cl-types", "cl-enr", "cl-gossip", "cl-rpc", "cl-validation", "cl-discovery", "cl-peers"]),
];

/// Libraries that a crate must not depend on by itself, in tests neither. A trailing `*` matches the rest of a name.
pub const FORBIDDEN_DIRECT: &[(&str, &[&str])] = &[
    ("cl-types", &["tokio*", "libp2p*", "discv5"]),
    ("cl-enr", &["tokio*", "libp2p", "libp2p-swarm*", "discv5"]),
    ("cl-peers", &["tokio*", "libp2p", "libp2p-swarm*", "discv5"]),
    ("cl-validation", &["tokio*", "libp2p*", "discv5", "k256", "enr"]),
];

/// Libraries that must not be anywhere below a crate in an ordinary build of it alone.
pub const FORBIDDEN_BELOW: &[(&str, &[&str])] = &[
    ("cl-types", &["tokio*", "libp2p*", "discv5"]),
    ("cl-enr", &["tokio*", "libp2p-swarm*", "discv5"]),
    ("cl-peers", &["tokio*", "libp2p-swarm*", "discv5"]),
    ("cl-validation", &["tokio*", "libp2p*", "discv5", "k256"]),
];

/// The folder a member lives in says what it may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// `crates/`: bound by [`TABLE`].
    Crate,
    /// `bins/`: may use any library crate.
    Bin,
    /// `testing/`: may use anything; nothing outside `testing/` may use it.
    Testing,
}

/// One workspace member with the names of everything it depends on, whatever the kind of dependency.
#[derive(Clone, Debug)]
pub struct Member {
    /// The package's name.
    pub name: String,
    /// Where it lives.
    pub place: Place,
    /// All its direct dependencies, of the workspace or not.
    pub dependencies: Vec<String>,
}

/// Something that points the wrong way.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Violation {
    /// A library crate that [`TABLE`] does not list.
    Unknown {
        /// The crate.
        member: String,
    },
    /// An arrow up or sideways.
    Arrow {
        /// The crate that depends.
        from: String,
        /// What it must not depend on.
        to: String,
    },
    /// A library that this crate must keep out.
    Library {
        /// The crate.
        member: String,
        /// The library.
        library: String,
    },
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown { member } => write!(f, "{member} has no row in the table of layers"),
            Self::Arrow { from, to } => write!(f, "{from} must not depend on {to}: arrows point down only"),
            Self::Library { member, library } => write!(f, "{member} must not pull in {library}"),
        }
    }
}

/// Checks every arrow between members, and every direct dependency on a forbidden library.
#[must_use]
pub fn check(members: &[Member]) -> Vec<Violation> {
    let mut found = Vec::new();
    for member in members {
        let row = TABLE.iter().find(|(name, _)| *name == member.name);
        if member.place == Place::Crate && row.is_none() {
            found.push(Violation::Unknown { member: member.name.clone() });
            continue;
        }
        for to in &member.dependencies {
            let Some(target) = members.iter().find(|m| m.name == *to) else {
                continue;
            };
            let fine = match (member.place, target.place) {
                (Place::Testing, _) => true,
                (_, Place::Testing | Place::Bin) => false,
                (Place::Bin, Place::Crate) => true,
                (Place::Crate, Place::Crate) => row.is_some_and(|(_, below)| below.contains(&to.as_str())),
            };
            if !fine {
                found.push(Violation::Arrow { from: member.name.clone(), to: to.clone() });
            }
        }
        found.extend(libraries(FORBIDDEN_DIRECT, &member.name, &member.dependencies));
    }
    found
}

/// Checks a list of libraries (direct or not) of one member against a table such as [`FORBIDDEN_BELOW`].
#[must_use]
pub fn libraries(table: &[(&str, &[&str])], member: &str, libraries: &[String]) -> Vec<Violation> {
    let patterns = table.iter().filter(|(name, _)| *name == member).flat_map(|(_, patterns)| patterns.iter());
    let mut found = Vec::new();
    for pattern in patterns {
        for library in libraries.iter().filter(|library| matches(pattern, library)) {
            found.push(Violation::Library { member: member.to_owned(), library: library.clone() });
        }
    }
    found
}

fn matches(pattern: &str, name: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(start) => name.starts_with(start),
        None => pattern == name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(place: Place, name: &str, dependencies: &[&str]) -> Member {
        Member { name: name.to_owned(), place, dependencies: dependencies.iter().map(|&d| d.to_owned()).collect() }
    }

    fn arrow(from: &str, to: &str) -> Violation {
        Violation::Arrow { from: from.to_owned(), to: to.to_owned() }
    }

    #[test]
    fn an_arrow_down_is_fine() {
        let graph = [
            member(Place::Crate, "cl-types", &["bytes"]),
            member(Place::Crate, "cl-enr", &["cl-types"]),
            member(Place::Crate, "cl-node", &["cl-types", "cl-enr", "tokio"]),
            member(Place::Bin, "cl-probe", &["cl-node", "cl-types"]),
            member(Place::Testing, "cl-lab", &["cl-node", "cl-enr"]),
        ];
        assert_eq!(check(&graph), []);
    }

    #[test]
    fn an_arrow_up_is_found() {
        let graph = [member(Place::Crate, "cl-types", &["cl-enr"]), member(Place::Crate, "cl-enr", &["cl-types"])];
        assert_eq!(check(&graph), [arrow("cl-types", "cl-enr")]);
    }

    #[test]
    fn an_arrow_sideways_is_found() {
        let graph = [member(Place::Crate, "cl-gossip", &["cl-rpc"]), member(Place::Crate, "cl-rpc", &[])];
        assert_eq!(check(&graph), [arrow("cl-gossip", "cl-rpc")]);
    }

    #[test]
    fn nobody_depends_on_tests_or_binaries() {
        let graph = [
            member(Place::Crate, "cl-node", &["cl-lab"]),
            member(Place::Bin, "cl-probe", &["cl-lab", "cl-crawler"]),
            member(Place::Bin, "cl-crawler", &[]),
            member(Place::Testing, "cl-lab", &[]),
        ];
        assert_eq!(
            check(&graph),
            [arrow("cl-node", "cl-lab"), arrow("cl-probe", "cl-lab"), arrow("cl-probe", "cl-crawler")]
        );
    }

    #[test]
    fn a_crate_without_a_row_is_found() {
        let graph = [member(Place::Crate, "cl-new", &[])];
        assert_eq!(check(&graph), [Violation::Unknown { member: "cl-new".to_owned() }]);
    }

    #[test]
    fn a_forbidden_library_is_found() {
        let graph = [
            member(Place::Crate, "cl-types", &["tokio"]),
            member(Place::Crate, "cl-enr", &["libp2p-identity", "libp2p-swarm-test"]),
        ];
        let library =
            |member: &str, library: &str| Violation::Library { member: member.to_owned(), library: library.to_owned() };
        assert_eq!(check(&graph), [library("cl-types", "tokio"), library("cl-enr", "libp2p-swarm-test")]);
    }
}

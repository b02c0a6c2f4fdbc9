//! The repository speaks of itself alone: no paths of the machine it was written on, no package mirrors.

/// Beginnings of absolute paths that mean nothing elsewhere. Split, so that this file does not contain them.
const PATHS: &[&str] = &[concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("/ho", "me/")];

/// Hosts of package registries. Packages are asked for by name; where they come from is the machine's business.
const HOSTS: &[&str] = &[
    concat!("index.", "crates.io"),
    concat!("static.", "crates.io"),
    concat!("registry.", "npmjs.org"),
    concat!("py", "pi.org"),
    concat!("files.", "pythonhosted.org"),
];

/// The words that `text` must not contain but does, with their line numbers from 1.
#[must_use]
pub fn check(text: &str) -> Vec<(usize, &'static str)> {
    let mut found = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        found.extend(PATHS.iter().filter(|path| begins_a_path(line, path)).map(|path| (number, *path)));
        found.extend(HOSTS.iter().filter(|host| line.contains(*host)).map(|host| (number, *host)));
    }
    found
}

/// Whether `path` stands in `line` as the beginning of a path, not in the middle of one.
fn begins_a_path(line: &str, path: &str) -> bool {
    line.match_indices(path).any(|(at, _)| {
        let before = line.get(..at).and_then(|before| before.chars().next_back());
        !before.is_some_and(|c| c.is_alphanumeric() || "._-~}{".contains(c))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_path_is_found() {
        let path = PATHS[0];
        assert_eq!(check(&format!("first\nsee `{path}main`")), [(2, path)]);
        assert_eq!(check(&format!("{path}main")), [(1, path)]);
    }

    #[test]
    fn a_relative_path_is_fine() {
        assert_eq!(check(&format!("net{}x", PATHS[0])), []);
        assert_eq!(check(&format!("..{}x", PATHS[0])), []);
    }

    #[test]
    fn a_registry_is_found() {
        let host = HOSTS[2];
        assert_eq!(check(&format!("npm --registry https://{host}/")), [(1, host)]);
    }
}

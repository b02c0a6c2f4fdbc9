//! The cases that are kept beside this crate: one line each, `preset fork Type case root` and the SSZ in raw snappy,
//! in hex.

use cl_types::ForkName;

use crate::case::Case;

/// What `make_subset.py` wrote.
const TEXT: &str = include_str!("../subset/cases.txt");

/// All cases; `None` for a line that is not one.
pub fn cases() -> impl Iterator<Item = Option<Case>> {
    TEXT.lines().filter(|line| !line.starts_with('#')).map(parse)
}

fn parse(line: &str) -> Option<Case> {
    let mut words = line.split(' ');
    let preset = words.next()?.parse().ok()?;
    let fork = words.next()?;
    let fork = ForkName::ALL.into_iter().find(|name| name.as_str() == fork)?;
    let type_name = words.next()?.to_owned();
    let name = words.next()?.to_owned();
    let root = words.next()?.parse().ok()?;
    let compressed = hex::decode(words.next()?).ok()?;
    let ssz = snap::raw::Decoder::new().decompress_vec(&compressed).ok()?;
    Some(Case { preset, fork, type_name, name, ssz: ssz.into(), root })
}

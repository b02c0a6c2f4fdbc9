//! The cases that are kept beside this crate: one line each, `preset fork Type case root` and the SSZ in raw snappy,
//! in hex. States of mainnet have megabytes, mostly zeros: they are compressed twice.

use cl_types::ForkName;

use crate::case::Case;

/// What `make_subset.py` wrote.
const CASES: &str = include_str!("../subset/cases.txt");
/// What `make_large.py` wrote.
const LARGE: &str = include_str!("../subset/large.txt");

/// All cases; `None` for a line that is not one.
pub fn cases() -> impl Iterator<Item = Option<Case>> {
    lines(CASES).map(|line| parse(line, 1)).chain(lines(LARGE).map(|line| parse(line, 2)))
}

fn lines(text: &'static str) -> impl Iterator<Item = &'static str> {
    text.lines().filter(|line| !line.starts_with('#'))
}

/// `times` is how often the SSZ is compressed.
fn parse(line: &str, times: u8) -> Option<Case> {
    let mut words = line.split(' ');
    let preset = words.next()?.parse().ok()?;
    let fork = words.next()?;
    let fork = ForkName::ALL.into_iter().find(|name| name.as_str() == fork)?;
    let type_name = words.next()?.to_owned();
    let name = words.next()?.to_owned();
    let root = words.next()?.parse().ok()?;
    let mut ssz = hex::decode(words.next()?).ok()?;
    for _ in 0..times {
        ssz = snap::raw::Decoder::new().decompress_vec(&ssz).ok()?;
    }
    Some(Case { preset, fork, type_name, name, ssz: ssz.into(), root })
}

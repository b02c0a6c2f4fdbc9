//! Inputs to begin with: the cases that are kept with the project.

use cl_toychain::JudgeTarget;
use cl_vectors::{Case, subset, table};

use crate::families::place;
use crate::requests;
use crate::targets::header;

/// Longer cases are left out: they slow the search down more than they add to it.
const LONGEST: usize = 20_000;

/// Inputs for a target, none of them refused for its length.
#[must_use]
pub fn seeds(target: &str) -> Vec<Vec<u8>> {
    if let Some(target) = JudgeTarget::named(target) {
        return target.seeds();
    }
    let fitting = |case: &Case| match target {
        "block-root" => case.type_name == "SignedBeaconBlock",
        "shared" => ["SignedBeaconBlock", "DataColumnSidecar"].contains(&case.type_name.as_str()),
        _ => true,
    };
    let cases = subset::cases().flatten().filter(|case| case.ssz.len() <= LONGEST && fitting(case));
    let mut seeds: Vec<Vec<u8>> = match target {
        "json" => cases.filter_map(|case| with_header(header(&case), &json(&case)?)).collect(),
        "handshake" => [16, 17, 24, 25, 32, 64, 84, 92].map(|len| vec![0; 3 + len]).into(),
        "requests" => requests::some().iter().filter_map(|ssz| with_header([0; 3], ssz)).collect(),
        _ => cases.filter_map(|case| with_header(header_for(target, &case)?, &case.ssz)).collect(),
    };
    seeds.sort();
    seeds.dedup();
    seeds
}

/// The header for a case; `None` if it is none of a family.
fn header_for(target: &str, case: &Case) -> Option<[u8; 3]> {
    let [preset, fork, of_all] = header(case);
    if crate::FAMILIES.iter().all(|family| family.name != target) {
        return Some([preset, fork, of_all]);
    }
    Some([preset, fork, u8::try_from(place(target, case.fork, &case.type_name)?).ok()?])
}

fn json(case: &Case) -> Option<Vec<u8>> {
    let entry = table::entry_of(case.preset, case.fork, &case.type_name)?;
    (entry.to_json)(&case.ssz)
}

fn with_header(header: [u8; 3], body: &[u8]) -> Option<Vec<u8>> {
    (body.len() <= LONGEST).then(|| [&header, body].concat())
}

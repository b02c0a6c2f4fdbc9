//! Which custody groups and columns a node id is responsible for (`fulu/das-core.md`).

use sha2::{Digest, Sha256};

/// `NUMBER_OF_CUSTODY_GROUPS`.
pub const NUMBER_OF_CUSTODY_GROUPS: u64 = 128;
/// `NUMBER_OF_COLUMNS`.
pub const NUMBER_OF_COLUMNS: u64 = 128;
/// `CUSTODY_REQUIREMENT`: what a node without validators keeps.
pub const CUSTODY_REQUIREMENT: u64 = 4;
/// `SAMPLES_PER_SLOT`: what a node samples at least.
pub const SAMPLES_PER_SLOT: u64 = 8;

/// `VALIDATOR_CUSTODY_REQUIREMENT`: what a node with validators keeps at least.
pub const VALIDATOR_CUSTODY_REQUIREMENT: u64 = 8;
/// `BALANCE_PER_ADDITIONAL_CUSTODY_GROUP`, in Gwei.
pub const BALANCE_PER_ADDITIONAL_CUSTODY_GROUP: u64 = 32_000_000_000;

/// `get_validators_custody_requirement`: how many custody groups the attached validators ask for, given the sum of their
/// effective balances (in Gwei) in the newest finalized state. A node without validators keeps [`CUSTODY_REQUIREMENT`]
/// instead. Where the requirement falls, what was once advertised is kept.
#[must_use]
pub const fn validators_custody_requirement(total_balance: u64) -> u64 {
    let groups = total_balance / BALANCE_PER_ADDITIONAL_CUSTODY_GROUP;
    if groups < VALIDATOR_CUSTODY_REQUIREMENT {
        VALIDATOR_CUSTODY_REQUIREMENT
    } else if groups > NUMBER_OF_CUSTODY_GROUPS {
        NUMBER_OF_CUSTODY_GROUPS
    } else {
        groups
    }
}

/// More custody groups asked for than there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} custody groups asked for, but there are only {NUMBER_OF_CUSTODY_GROUPS}")]
pub struct TooManyGroups(pub u64);

/// `get_custody_groups`: the groups of a node, ascending. `node_id` is the discv5 id, big-endian.
pub fn custody_groups(node_id: [u8; 32], count: u64) -> Result<Vec<u64>, TooManyGroups> {
    if count > NUMBER_OF_CUSTODY_GROUPS {
        return Err(TooManyGroups(count));
    }
    if count == NUMBER_OF_CUSTODY_GROUPS {
        return Ok((0..NUMBER_OF_CUSTODY_GROUPS).collect());
    }
    let mut current = node_id;
    // The id is read big-endian but hashed little-endian.
    current.reverse();
    let mut groups = Vec::new();
    while (groups.len() as u64) < count {
        let digest: [u8; 32] = Sha256::digest(current).into();
        let [a, b, c, d, e, f, g, h, ..] = digest;
        let group = u64::from_le_bytes([a, b, c, d, e, f, g, h]) % NUMBER_OF_CUSTODY_GROUPS;
        if !groups.contains(&group) {
            groups.push(group);
        }
        increment(&mut current);
    }
    groups.sort_unstable();
    Ok(groups)
}

/// `compute_columns_for_custody_group`: today, group g holds exactly column g.
pub fn columns_of_group(group: u64) -> impl Iterator<Item = u64> {
    (0..NUMBER_OF_COLUMNS).filter(move |column| column % NUMBER_OF_CUSTODY_GROUPS == group)
}

/// `get_custody_column_bits` (Gloas): the columns that a node has custody of, as an SSZ `Bitvector[128]`.
pub fn custody_column_bits(node_id: [u8; 32], count: u64) -> Result<[u8; 16], TooManyGroups> {
    let mut bits = [0; 16];
    for column in custody_groups(node_id, count)?.into_iter().flat_map(columns_of_group) {
        if let Some(byte) = bits.get_mut((column / 8) as usize) {
            *byte |= 1 << (column % 8);
        }
    }
    Ok(bits)
}

/// The columns a node samples and so subscribes to: those of `max(SAMPLES_PER_SLOT, count)` groups, ascending.
pub fn sampled_columns(node_id: [u8; 32], count: u64) -> Result<Vec<u64>, TooManyGroups> {
    let groups = custody_groups(node_id, count.max(SAMPLES_PER_SLOT))?;
    let mut columns: Vec<u64> = groups.into_iter().flat_map(columns_of_group).collect();
    columns.sort_unstable();
    Ok(columns)
}

/// Adds one to a little-endian number, wrapping around at its end.
fn increment(little_endian: &mut [u8; 32]) {
    for byte in little_endian {
        let (sum, overflow) = byte.overflowing_add(1);
        *byte = sum;
        if !overflow {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_answers() {
        assert_eq!(custody_groups([0; 32], 8).unwrap(), [1, 17, 19, 42, 75, 87, 102, 117]);
        assert_eq!(custody_groups([255; 32], 4).unwrap(), [1, 47, 87, 102]);
        assert_eq!(custody_groups([0; 32], 129), Err(TooManyGroups(129)));
        assert_eq!(sampled_columns([0; 32], 4).unwrap().len(), 8);
        assert_eq!(sampled_columns([0; 32], 128).unwrap().len(), 128);
    }
}

//! Sets of subnets: attestation, sync committee, custody columns.

use std::fmt;

use cl_types::containers::{Attnets, Syncnets};
use cl_types::custody::{NUMBER_OF_COLUMNS, NUMBER_OF_CUSTODY_GROUPS, custody_column_bits};
use cl_types::subnets::{ATTESTATION_SUBNET_COUNT, SYNC_COMMITTEE_SUBNET_COUNT};

/// One thing that some peers have and others have not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subnet {
    /// An attestation subnet, below 64.
    Attestation(u8),
    /// A sync committee subnet, below 4.
    Sync(u8),
    /// A data column in custody, below 128.
    Column(u8),
}

const ATTESTATION: usize = 64;
const SYNC: usize = 4;
const COLUMNS: usize = 128;
/// How many there are of all kinds.
pub(crate) const COUNT: usize = ATTESTATION + SYNC + COLUMNS;
const _: () = assert!(ATTESTATION as u64 == ATTESTATION_SUBNET_COUNT);
const _: () = assert!(SYNC as u64 == SYNC_COMMITTEE_SUBNET_COUNT);
const _: () = assert!(COLUMNS as u64 == NUMBER_OF_COLUMNS);

impl Subnet {
    /// Its place in a list of all; `None` if there is no such subnet.
    pub(crate) fn index(self) -> Option<usize> {
        let (start, at, count) = match self {
            Self::Attestation(at) => (0, at, ATTESTATION),
            Self::Sync(at) => (ATTESTATION, at, SYNC),
            Self::Column(at) => (ATTESTATION + SYNC, at, COLUMNS),
        };
        (usize::from(at) < count).then(|| start + usize::from(at))
    }
}

impl fmt::Display for Subnet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Attestation(at) => write!(f, "attestation subnet {at}"),
            Self::Sync(at) => write!(f, "sync subnet {at}"),
            Self::Column(at) => write!(f, "column {at}"),
        }
    }
}

impl serde::Serialize for Subnet {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl fmt::Display for Subnets {
    /// `attestation subnets 0-63, columns 18, 39, 59-61`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let families = [
            ("attestation subnet", u128::from(self.attestation)),
            ("sync subnet", u128::from(self.sync & 0x0f)),
            ("column", self.columns),
        ];
        let mut first = true;
        for (name, bits) in families.into_iter().filter(|(_, bits)| *bits != 0) {
            let comma = if std::mem::take(&mut first) { "" } else { ", " };
            let plural = if bits.count_ones() == 1 { "" } else { "s" };
            write!(f, "{comma}{name}{plural} {}", Ranges(bits))?;
        }
        Ok(())
    }
}

/// The places of the bits that are set, those in a row as a range.
struct Ranges(u128);

impl fmt::Display for Ranges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (mut rest, mut at) = (self.0, 0);
        while rest != 0 {
            let comma = if rest == self.0 { "" } else { ", " };
            let start = at + rest.trailing_zeros();
            let count = (self.0 >> start).trailing_ones();
            write!(f, "{comma}{start}")?;
            if count > 1 {
                write!(f, "-{}", start + count - 1)?;
            }
            at = start + count;
            rest = self.0.checked_shr(at).unwrap_or(0);
        }
        Ok(())
    }
}

/// A set of subnets, one bit each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Subnets {
    /// Attestation subnets.
    pub attestation: u64,
    /// Sync committee subnets; the upper four bits mean nothing.
    pub sync: u8,
    /// Columns in custody.
    pub columns: u128,
}

impl Subnets {
    /// None.
    pub const NONE: Self = Self { attestation: 0, sync: 0, columns: 0 };

    /// What bit fields say.
    #[must_use]
    pub fn of_fields(attnets: Option<&Attnets>, syncnets: Option<&Syncnets>) -> Self {
        let attestation =
            attnets.map_or(0, |bits| bits.iter().enumerate().fold(0, |set, (i, on)| set | (u64::from(on) << i)));
        let sync = syncnets.map_or(0, |bits| bits.iter().enumerate().fold(0, |set, (i, on)| set | (u8::from(on) << i)));
        Self { attestation, sync, columns: 0 }
    }

    /// The columns that a node has in custody (`get_custody_groups`). Counts above the number of groups mean all.
    #[must_use]
    pub fn of_custody(node_id: [u8; 32], group_count: u64) -> Self {
        let count = group_count.min(NUMBER_OF_CUSTODY_GROUPS);
        let columns = custody_column_bits(node_id, count).map_or(0, u128::from_le_bytes);
        Self { columns, ..Self::NONE }
    }

    /// Adds one; what does not exist is ignored.
    pub fn insert(&mut self, subnet: Subnet) {
        match subnet {
            Subnet::Attestation(at) => self.attestation |= 1_u64.checked_shl(at.into()).unwrap_or(0),
            Subnet::Sync(at) => self.sync |= 1_u8.checked_shl(at.into()).unwrap_or(0) & 0x0f,
            Subnet::Column(at) => self.columns |= 1_u128.checked_shl(at.into()).unwrap_or(0),
        }
    }

    /// Whether one is in it.
    #[must_use]
    pub fn contains(&self, subnet: Subnet) -> bool {
        let mut one = Self::NONE;
        one.insert(subnet);
        one != Self::NONE && self.and(&one) == one
    }

    /// What is in both.
    #[must_use]
    pub const fn and(&self, other: &Self) -> Self {
        Self {
            attestation: self.attestation & other.attestation,
            sync: self.sync & other.sync,
            columns: self.columns & other.columns,
        }
    }

    /// What is in either.
    #[must_use]
    pub const fn or(&self, other: &Self) -> Self {
        Self {
            attestation: self.attestation | other.attestation,
            sync: self.sync | other.sync,
            columns: self.columns | other.columns,
        }
    }

    /// What is in this one alone.
    #[must_use]
    pub const fn minus(&self, other: &Self) -> Self {
        Self {
            attestation: self.attestation & !other.attestation,
            sync: self.sync & !other.sync,
            columns: self.columns & !other.columns,
        }
    }

    /// How many.
    #[must_use]
    pub const fn len(&self) -> u32 {
        self.attestation.count_ones() + self.sync.count_ones() + self.columns.count_ones()
    }

    /// True if none is in it.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.attestation == 0 && self.sync == 0 && self.columns == 0
    }

    /// Each, in order.
    pub fn iter(&self) -> impl Iterator<Item = Subnet> + use<> {
        let attestation = bits(self.attestation.into()).map(Subnet::Attestation);
        let sync = bits((self.sync & 0x0f).into()).map(Subnet::Sync);
        attestation.chain(sync).chain(bits(self.columns).map(Subnet::Column))
    }
}

impl FromIterator<Subnet> for Subnets {
    fn from_iter<I: IntoIterator<Item = Subnet>>(subnets: I) -> Self {
        let mut set = Self::NONE;
        subnets.into_iter().for_each(|subnet| set.insert(subnet));
        set
    }
}

/// The positions of the bits that are set, lowest first.
fn bits(mut rest: u128) -> impl Iterator<Item = u8> {
    std::iter::from_fn(move || {
        let at = rest.trailing_zeros();
        rest &= rest.wrapping_sub(1);
        u8::try_from(at).ok().filter(|at| *at < 128)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_read_as_ranges() {
        let set = |attestation, sync, columns| Subnets { attestation, sync, columns }.to_string();
        assert_eq!(set(0, 0, 0), "");
        assert_eq!(set(u64::MAX, 0x0f, u128::MAX), "attestation subnets 0-63, sync subnets 0-3, columns 0-127");
        assert_eq!(set(0b1011, 0, 1 << 127 | 0b110), "attestation subnets 0-1, 3, columns 1-2, 127");
        assert_eq!(set(0, 0b10, 0), "sync subnet 1");
    }

    #[test]
    fn what_goes_in_comes_out_in_order() {
        let all =
            [Subnet::Attestation(0), Subnet::Attestation(63), Subnet::Sync(3), Subnet::Column(0), Subnet::Column(127)];
        let set: Subnets = all.into_iter().rev().collect();
        assert_eq!(set.iter().collect::<Vec<_>>(), all);
        assert_eq!(set.len(), 5);
        assert!(all.iter().all(|one| set.contains(*one)) && !set.contains(Subnet::Sync(0)));
    }

    #[test]
    fn what_does_not_exist_is_not_taken() {
        let none =
            [Subnet::Attestation(64), Subnet::Sync(4), Subnet::Sync(9), Subnet::Column(128), Subnet::Column(255)];
        assert!(none.into_iter().collect::<Subnets>().is_empty());
        assert!(none.iter().all(|one| one.index().is_none() && !Subnets::NONE.contains(*one)));
    }

    #[test]
    fn indices_are_all_different() {
        let all = Subnets { attestation: u64::MAX, sync: 15, columns: u128::MAX };
        let indices: Vec<_> = all.iter().filter_map(Subnet::index).collect();
        assert_eq!(indices, (0..COUNT).collect::<Vec<_>>());
    }

    #[test]
    fn custody_is_the_specifications() {
        let columns = |count| Subnets::of_custody([0; 32], count).iter().collect::<Vec<_>>();
        assert_eq!(columns(4), [1, 17, 87, 102].map(Subnet::Column));
        assert_eq!(columns(u64::MAX).len(), 128);
        assert!(columns(0).is_empty());
    }

    #[test]
    fn bit_fields_are_read_low_bit_first() {
        let mut attnets = Attnets::default();
        attnets.set(5, true).unwrap();
        let mut syncnets = Syncnets::default();
        syncnets.set(3, true).unwrap();
        let set = Subnets::of_fields(Some(&attnets), Some(&syncnets));
        assert_eq!(set.iter().collect::<Vec<_>>(), [Subnet::Attestation(5), Subnet::Sync(3)]);
    }
}
